/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may connect, and what else the userdata of a mapping doesn't tell: read
 * back from its other elements.
 *
 * The networks of a mapping are not in its userdata.  And a table that was
 * printed by nft and loaded again has no userdata at all but for the names:
 * then its flags, and the target ports of a range, are what the other sets say.
 */
#include "table/allow.h"

#include "mapping/addr.h"
#include "mapping/helper.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "nft/userdata.h"
#include "table/mapping_element.h"
#include "util/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* ------------------------------------------------------- from the lists */

static int append_network(struct pubport_mapping *mapping,
			  const struct pubport_network *network)
{
	struct pubport_network *items =
		array_grow(mapping->from, mapping->from_count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	mapping->from = items;
	items[mapping->from_count++] = *network;
	return 0;
}

/**
 * allow_add() - add the networks that an element lists to a mapping
 * @element: of a set that mapping_element.c lists them in
 * @mapping: they are added to those that it has
 * @ret_added: how many there were
 *
 * Return: 0 or -ENOMEM.
 */
int allow_add(const struct element *element, struct pubport_mapping *mapping,
	      size_t *ret_added)
{
	struct pubport_network networks[USERDATA_NETWORKS_MAX];
	int code = 0;

	*ret_added = userdata_read_networks(element, mapping->key.host.family,
					    networks);
	for (size_t i = 0; !code && i < *ret_added; i++)
		code = append_network(mapping, &networks[i]);
	return code;
}

/**
 * allow_read() - read the networks of a mapping, as mapping_element.c lists
 *them
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
	size_t added = most;
	struct element at, element;
	int code = 0;

	if (!(mapping->flags & PUBPORT_MAPPING_LIMITED))
		return 0;
	mapping_write_key(set, &mapping->key, at.key, at.key_end);
	while (!code && added == most &&
	       mapping->from_count < MAPPING_NETWORKS_MAX) {
		code = element_get(nft, set, at.key, &element);
		if (!code)
			code = allow_add(&element, mapping, &added);
		if (code || !added)
			break;
		set = mapping_limited_set(&mapping->key) + SET_ALLOWED_DISTANCE;
		mapping_write_allowed_key(
			set, &mapping->key,
			&mapping->from[mapping->from_count - added], &at);
	}
	if (code != -ENOENT)
		return code;
	/* nothing in the kernel keeps anyone out */
	if (!mapping->from_count)
		mapping->flags &= ~(unsigned int)PUBPORT_MAPPING_LIMITED;
	return 0;
}

/* ------------------------------------------------------- from other sets */

static int find_key(struct netlink *nft, enum set_id set, const uint8_t *key,
		    unsigned int flag, struct pubport_mapping *mapping)
{
	struct element element;
	int code = element_get(nft, set, key, &element);

	if (!code)
		mapping->flags |= flag;
	return code == -ENOENT ? 0 : code;
}

/* an element of the whole mapping in a set means a flag */
static int read_flag(struct netlink *nft, enum set_id set, unsigned int flag,
		     struct pubport_mapping *mapping)
{
	uint8_t first[ELEMENT_KEY_MAX], last[ELEMENT_KEY_MAX];

	mapping_write_key(set, &mapping->key, first, last);
	return find_key(nft, set, first, flag, mapping);
}

static int read_shield(struct netlink *nft, struct pubport_mapping *mapping)
{
	enum set_id set =
		set_of_family(SET_SHIELDED4, mapping->key.host.family);
	struct element_fields fields = { .daddr = mapping->target_addr };
	uint8_t key[ELEMENT_KEY_MAX];

	element_write_key(set_get(set), &fields, key);
	return find_key(nft, set, key, PUBPORT_MAPPING_SHIELD, mapping);
}

static int read_option(struct netlink *nft, enum set_option option,
		       unsigned int flag, struct pubport_mapping *mapping)
{
	struct element element;

	mapping_write_option_key(mapping, option, &element);
	return find_key(nft, mapping_option_set(&mapping->key), element.key,
			flag, mapping);
}

static int read_helper(struct netlink *nft, struct pubport_mapping *mapping)
{
	enum set_id set = mapping_option_set(&mapping->key);
	struct element element;
	int code = -ENOENT;

	for (int i = HELPER_NONE + 1; code == -ENOENT && i < HELPER_COUNT;
	     i++) {
		const struct helper_info *helper = helper_get((enum helper)i);

		if (helper->protocol != mapping->key.protocol)
			continue;
		mapping_write_option_key(
			mapping, OPTION_HELPER + (unsigned int)i, &element);
		code = element_get(nft, set, element.key, &element);
		if (!code)
			snprintf(mapping->helper, sizeof(mapping->helper), "%s",
				 helper->name);
	}
	return code == -ENOENT ? 0 : code;
}

/* the first port of a range tells where all of them lead */
static int read_ports(struct netlink *nft, struct pubport_mapping *mapping)
{
	enum set_id set = mapping_port_set(mapping);
	struct pubport_ports *ports = &mapping->target_ports;
	int width = mapping->key.ports.last - mapping->key.ports.first;
	uint8_t first[ELEMENT_KEY_MAX], last[ELEMENT_KEY_MAX];
	struct element element;
	uint16_t port_be;
	int code;

	if (!width)
		return 0;
	mapping_write_key(set, &mapping->key, first, last);
	code = element_get(nft, set, first, &element);
	if (code)
		return code == -ENOENT ? 0 : code;
	memcpy(&port_be,
	       element.data + (mapping_is_redirect(mapping)
				       ? 0
				       : addr_length(&mapping->target_addr)),
	       sizeof(port_be));
	if (ntohs(port_be) && ntohs(port_be) + width <= UINT16_MAX) {
		ports->first = ntohs(port_be);
		ports->last = (uint16_t)(ports->first + width);
	}
	return 0;
}

/**
 * struct network_search - the search for the networks of a mapping
 * @set: where
 * @mapping: whose
 */
struct network_search {
	enum set_id set;
	struct pubport_mapping *mapping;
};

static unsigned int prefix_between(const struct pubport_addr *first,
				   const struct pubport_addr *last)
{
	unsigned int bits = (unsigned int)(8 * addr_length(first)), prefix = 0;

	while (prefix < bits &&
	       !((first->bytes[prefix / 8] ^ last->bytes[prefix / 8]) &
		 0x80 >> prefix % 8))
		prefix++;
	return prefix;
}

static int read_network(const struct element *element, void *data)
{
	const struct network_search *search = data;
	struct pubport_mapping *mapping = search->mapping;
	const struct set *set = set_get(search->set);
	struct pubport_key key = mapping_read_key(search->set, element->key);
	struct element_fields first, last;
	struct pubport_network network;

	element_read_key(set, element->key, &first);
	element_read_key(set, element->key_end, &last);
	key.ports.last = last.port;
	if (key_compare(&key, &mapping->key) != 0)
		return MNL_CB_OK;
	network.addr = first.saddr;
	network.prefix = set->interval
				 ? prefix_between(&first.saddr, &last.saddr)
				 : first.prefix;
	if (!prefix_is_valid(&network))
		return MNL_CB_OK;
	if (append_network(mapping, &network)) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	return MNL_CB_OK;
}

/* without lists, each element must be looked at */
static int read_networks(struct netlink *nft, struct pubport_mapping *mapping)
{
	struct network_search search = {
		mapping_limited_set(&mapping->key) + SET_ALLOWED_DISTANCE,
		mapping,
	};
	int code = 0;

	if (mapping->flags & PUBPORT_MAPPING_LIMITED)
		code = element_dump(nft, search.set, read_network, &search);
	if (!code && mapping->from_count)
		mapping->from_count =
			prefixes_reduce(mapping->from, mapping->from_count);
	return code;
}

static int read_all(struct netlink *nft, struct pubport_mapping *mapping)
{
	int code = read_ports(nft, mapping);

	if (!code)
		code = read_flag(nft, mapping_no_loopback_set(mapping),
				 PUBPORT_MAPPING_NO_LOOPBACK, mapping);
	if (!code)
		code = read_flag(nft, mapping_limited_set(&mapping->key),
				 PUBPORT_MAPPING_LIMITED, mapping);
	if (!code)
		code = read_shield(nft, mapping);
	if (!code)
		code = read_option(nft, OPTION_MASQUERADE,
				   PUBPORT_MAPPING_MASQUERADE, mapping);
	if (!code)
		code = read_option(nft, OPTION_SYMMETRIC,
				   PUBPORT_MAPPING_SYMMETRIC, mapping);
	if (!code)
		code = read_helper(nft, mapping);
	return code ? code : read_networks(nft, mapping);
}

/**
 * allow_complete() - complete a mapping that was read from its element
 * @nft: open NETLINK_NETFILTER socket
 * @mapping: its networks are added; if it has no userdata, also its flags
 *	and target ports are set
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int allow_complete(struct netlink *nft, struct pubport_mapping *mapping)
{
	return mapping->created ? allow_read(nft, mapping)
				: read_all(nft, mapping);
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
