/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks of the clients that limited mappings are for. */
#include "table/allow.h"

#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "nft/userdata.h"
#include "table/emit.h"
#include "util/array.h"

#include <errno.h>

/**
 * allow_add() - add the networks that an element lists to a mapping
 * @element: of a set that emit.c lists them in
 * @mapping: they are added to those that it has
 * @ret_taken: how many there were
 *
 * Return: 0 or -ENOMEM.
 */
int allow_add(const struct element *element, struct pubport_mapping *mapping,
	      size_t *ret_taken)
{
	enum pubport_family family = mapping->key.host.family;
	struct pubport_network networks[USERDATA_NETWORKS_MAX], *items;
	size_t count = userdata_read_networks(element, family, networks);

	for (size_t i = 0; i < count; i++) {
		items = array_grow(mapping->from, mapping->from_count,
				   sizeof(*items));
		if (!items)
			return -ENOMEM;
		mapping->from = items;
		items[mapping->from_count++] = networks[i];
	}
	*ret_taken = count;
	return 0;
}

/**
 * allow_read() - read the networks of a mapping, as emit.c lists them
 * @nft: open NETLINK_NETFILTER socket
 * @mapping: without networks so far; they are added to it.  If the table does
 *	not have it as limited, it is marked as for everyone
 *
 * Return: 0, -ENOMEM, -EPERM, or another negative errno.
 */
int allow_read(struct netlink *nft, struct pubport_mapping *mapping)
{
	enum set_id set = mapping_limited_set(&mapping->key);
	size_t most = userdata_networks_max(mapping->key.host.family);
	size_t taken = most;
	struct element at, element;
	int code = 0;

	if (!(mapping->flags & PUBPORT_MAPPING_LIMITED))
		return 0;
	mapping_write_key(set, &mapping->key, at.key, at.key_end);
	while (!code && taken == most &&
	       mapping->from_count < MAPPING_NETWORKS_MAX) {
		code = element_get(nft, set, at.key, &element);
		if (!code)
			code = allow_add(&element, mapping, &taken);
		if (code || !taken)
			break;
		set = mapping_limited_set(&mapping->key) + SET_ALLOWED_DISTANCE;
		mapping_write_allowed_key(
			set, &mapping->key,
			&mapping->from[mapping->from_count - taken], &at);
	}
	if (code != -ENOENT)
		return code;
	/* nothing in the kernel keeps anyone out */
	if (!mapping->from_count)
		mapping->flags &= ~(unsigned int)PUBPORT_MAPPING_LIMITED;
	return 0;
}

/**
 * allow_permits() - tell whether a client may connect
 * @mapping: to what; with its networks
 * @client: its address
 *
 * Return: whether it may.
 */
bool allow_permits(const struct pubport_mapping *mapping,
		   const struct pubport_addr *client)
{
	if (!(mapping->flags & PUBPORT_MAPPING_LIMITED))
		return true;
	for (size_t i = 0; i < mapping->from_count; i++)
		if (prefix_contains(&mapping->from[i], client))
			return true;
	return false;
}
