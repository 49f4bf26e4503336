/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mapping's record doesn't tell, asked from its other elements.
 *
 * The networks of a mapping are in none.  And a table that was printed by nft
 * and loaded again has no records at all but for the names: then its flags, and
 * the target ports of a range, are what the other sets say.
 */
#include "table/recall.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "table/allow.h"
#include "table/emit.h"
#include "table/lookup.h"
#include "util/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static int has_key(struct netlink *nft, enum set_id set,
		   const struct pubport_key *key, bool *ret_has)
{
	uint8_t first[ELEMENT_KEY_MAX], last[ELEMENT_KEY_MAX];
	struct element element;
	int code;

	mapping_write_key(set, key, first, last);
	code = element_get(nft, set, first, &element);
	*ret_has = !code;
	return code == -ENOENT ? 0 : code;
}

static int recall_flag(struct netlink *nft, enum set_id set, unsigned int flag,
		       struct pubport_mapping *mapping)
{
	bool has;
	int code = has_key(nft, set, &mapping->key, &has);

	if (!code && has)
		mapping->flags |= flag;
	return code;
}

static int recall_shield(struct netlink *nft, struct pubport_mapping *mapping)
{
	enum set_id set =
		set_of_family(SET_SHIELDED4, mapping->key.host.family);
	struct element_fields fields = { .daddr = mapping->target_addr };
	uint8_t key[ELEMENT_KEY_MAX];
	struct element element;
	int code;

	element_write_key(set_get(set), &fields, key);
	code = element_get(nft, set, key, &element);
	if (!code)
		mapping->flags |= PUBPORT_MAPPING_SHIELD;
	return code == -ENOENT ? 0 : code;
}

/* the first port of a range tells where all of them lead */
static int recall_ports(struct netlink *nft, struct pubport_mapping *mapping)
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

/* --------------------------------------------------------------- networks */

/**
 * struct search - the search for the networks of a mapping
 * @set: where
 * @mapping: whose
 */
struct search {
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

static int take_network(const struct element *element, void *data)
{
	const struct search *search = data;
	struct pubport_mapping *mapping = search->mapping;
	const struct set *set = set_get(search->set);
	struct element_fields first, last;
	struct pubport_network *items, network;

	element_read_key(set, element->key, &first);
	element_read_key(set, element->key_end, &last);
	if (first.port != mapping->key.ports.first ||
	    last.port != mapping->key.ports.last ||
	    first.protocol != mapping->key.protocol ||
	    !addr_equal(&first.daddr, &mapping->key.host))
		return MNL_CB_OK;
	network.addr = first.saddr;
	network.prefix = set->interval
				 ? prefix_between(&first.saddr, &last.saddr)
				 : first.prefix;
	if (!prefix_is_valid(&network))
		return MNL_CB_OK;
	items = array_grow(mapping->from, mapping->from_count, sizeof(*items));
	if (!items) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	mapping->from = items;
	items[mapping->from_count++] = network;
	return MNL_CB_OK;
}

/* without lists, each element must be looked at */
static int recall_networks(struct netlink *nft, struct pubport_mapping *mapping)
{
	struct search search = {
		mapping_limited_set(&mapping->key) + SET_ALLOWED_DISTANCE,
		mapping,
	};
	int code = 0;

	if (mapping->flags & PUBPORT_MAPPING_LIMITED)
		code = element_dump(nft, search.set, take_network, &search);
	if (code == -ENOENT)
		code = 0;
	if (!code && mapping->from_count)
		mapping->from_count =
			prefixes_reduce(mapping->from, mapping->from_count);
	return code;
}

static int recall_all(struct netlink *nft, struct pubport_mapping *mapping)
{
	int code = recall_ports(nft, mapping);

	if (!code)
		code = recall_flag(nft, mapping_no_loopback_set(mapping),
				   PUBPORT_MAPPING_NO_LOOPBACK, mapping);
	if (!code)
		code = recall_flag(nft, mapping_limited_set(&mapping->key),
				   PUBPORT_MAPPING_LIMITED, mapping);
	if (!code)
		code = recall_shield(nft, mapping);
	return code ? code : recall_networks(nft, mapping);
}

/**
 * allow_complete() - complete a mapping that was read from its element
 * @nft: open NETLINK_NETFILTER socket
 * @mapping: its networks are added; if it has no record, also its flags and
 *	target ports are set
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int allow_complete(struct netlink *nft, struct pubport_mapping *mapping)
{
	return mapping->created ? allow_read(nft, mapping)
				: recall_all(nft, mapping);
}
