/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists and counts the mappings that the table has. */
#include "array.h"
#include "order.h"
#include "recall.h"
#include "table.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <time.h>

/* how often a listing starts again because somebody changed the table */
#define LIST_TRIES 32
/* how many half-read dumps are left open */
#define PEEKS_MAX 16

/**
 * struct visiting - mappings being read
 * @set: the map that is being dumped
 * @now_ms: milliseconds since the epoch
 * @visit: called for each mapping
 * @data: handed to @visit
 */
struct visiting {
	enum schema_set_id set;
	int64_t now_ms;
	table_visit_fn visit;
	void *data;
};

static int visit_element(const struct element *element, void *data)
{
	struct visiting *visiting = data;
	struct pubport_mapping mapping;
	int code = 0;

	if (mapping_read(visiting->set, element, visiting->now_ms, &mapping))
		code = visiting->visit(&mapping, visiting->data);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

/**
 * table_visit() - look at each mapping
 * @nft: open NETLINK_NETFILTER socket, not to be used meanwhile
 * @visit: called for each, without its networks
 * @data: handed to @visit
 *
 * Return: 0, -EINTR when the table changed meanwhile, -EPERM, another negative
 * errno, or that of @visit.
 */
int table_visit(struct netlink *nft, table_visit_fn visit, void *data)
{
	struct visiting visiting = { SET_HOST4, mapping_now_ms(), visit, data };
	int code;

	for (int set = 0; set < SET_MAPPING_COUNT; set++) {
		visiting.set = (enum schema_set_id)set;
		code = element_dump(nft, visiting.set, visit_element,
				    &visiting);
		if (code && code != -ENOENT)
			return code;
	}
	return 0;
}

/**
 * struct listing - what is listed
 * @set: the map of ports that is being dumped
 * @mappings: what was found so far
 * @by_port: whether connections of one of them are counted port by port
 */
struct listing {
	enum schema_set_id set;
	struct pubport_mappings mappings;
	bool by_port;
};

static int list_mapping(const struct pubport_mapping *mapping, void *data)
{
	struct listing *listing = data;
	struct pubport_mappings *mappings = &listing->mappings;
	struct pubport_mapping *items;

	items = array_grow(mappings->items, mappings->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	mappings->items = items;
	items[mappings->count++] = *mapping;
	listing->by_port |= mapping_is_by_port(mapping);
	return 0;
}

/* whether an element of the set is a mapping's port */
static bool is_port_of(const struct pubport_mapping *mapping,
		       enum schema_set_id set,
		       const struct element_fields *fields)
{
	const struct pubport_key *key = &mapping->key;

	return mapping_is_by_port(mapping) &&
	       mapping_port_set(mapping) == set &&
	       (!fields->family || key->host.family == fields->family) &&
	       key->protocol == fields->protocol &&
	       key->ports.first <= fields->port &&
	       fields->port <= key->ports.last &&
	       !memcmp(key->host.bytes, fields->daddr.bytes,
		       sizeof(key->host.bytes));
}

static int add_connections(const struct element *element, void *data)
{
	struct listing *listing = data;
	struct pubport_mappings *mappings = &listing->mappings;
	struct element_fields fields;

	if (!element->connections)
		return MNL_CB_OK;
	element_read_key(schema_set(listing->set), element->key, &fields);
	for (size_t i = 0; i < mappings->count; i++)
		if (is_port_of(&mappings->items[i], listing->set, &fields))
			mappings->items[i].connections += element->connections;
	return MNL_CB_OK;
}

static int count_by_port(struct netlink *nft, struct listing *listing)
{
	static const enum schema_set_id sets[] = {
		SET_SHIFT_HOST4, SET_SHIFT_HOST6, SET_SHIFT_ANY4,
		SET_SHIFT_ANY6,	 SET_REDIRECT,	  SET_REDIRECT_RANGE,
	};
	int code = 0;

	for (size_t i = 0; listing->by_port && i < ARRAY_SIZE(sets); i++) {
		listing->set = sets[i];
		code = element_dump(nft, listing->set, add_connections,
				    listing);
		if (code && code != -ENOENT)
			return code;
	}
	return 0;
}

static int read_networks(struct netlink *nft, struct pubport_mappings *mappings)
{
	int code = 0;

	for (size_t i = 0; !code && i < mappings->count; i++)
		code = recall(nft, &mappings->items[i]);
	return code;
}

static int list_once(struct netlink *nft, struct listing *listing)
{
	uint32_t before = 0, after = 0;
	int code;

	pubport_mappings_done(&listing->mappings);
	listing->by_port = false;
	code = table_generation(nft, &before);
	if (!code)
		code = table_visit(nft, list_mapping, listing);
	if (!code)
		code = count_by_port(nft, listing);
	if (!code)
		code = read_networks(nft, &listing->mappings);
	if (!code)
		code = table_generation(nft, &after);
	return code ? code : before == after ? 0 : -EINTR;
}

/**
 * table_list() - read all mappings, as they are at one moment
 * @nft: open NETLINK_NETFILTER socket
 * @ret_mappings: in no order; free with pubport_mappings_done()
 *
 * Return: 0, -EPERM, -ENOMEM, -EINTR when the ruleset never stood still, or
 * another negative errno.
 */
int table_list(struct netlink *nft, struct pubport_mappings *ret_mappings)
{
	struct listing listing = { .set = SET_HOST4 };
	int code = -EINTR;

	for (int i = 0; i < LIST_TRIES && code == -EINTR; i++)
		code = list_once(nft, &listing);
	if (code)
		pubport_mappings_done(&listing.mappings);
	else
		*ret_mappings = listing.mappings;
	return code;
}

/**
 * struct counting - whether there are more mappings than some number
 * @left: how many more there may be
 * @more: whether there were more
 */
struct counting {
	size_t left;
	bool more;
};

static int count_mapping(const struct element *element, void *data)
{
	struct counting *counting = data;

	(void)element;
	if (counting->left--)
		return MNL_CB_OK;
	counting->more = true;
	return MNL_CB_STOP;
}

/**
 * table_has_more() - look whether there are more than a number of mappings
 * @peeks: a socket is added, which may be left with a half-read dump
 * @than: that number
 * @ret_has: whether there are more
 *
 * It takes as long as it takes to count that far.
 *
 * Return: 0, -EINTR when the table changed meanwhile, -EPERM, or another
 * negative errno.
 */
int table_has_more(struct netlink_list *peeks, size_t than, bool *ret_has)
{
	struct counting counting = { than, false };
	struct netlink *nft;
	int code;

	if (peeks->count == PEEKS_MAX)
		netlink_list_done(peeks);
	code = netlink_list_open(peeks, NETLINK_NETFILTER, &nft);
	for (int set = 0; set < SET_MAPPING_COUNT && !code; set++) {
		code = element_dump(nft, (enum schema_set_id)set, count_mapping,
				    &counting);
		if (code == -ENOENT)
			code = 0;
		if (counting.more)
			break;
	}
	if (!code)
		*ret_has = counting.more;
	return code;
}

/**
 * struct overlap - the search for a range that is in the way
 * @set: the map that is being dumped
 * @planned: ranges among what is to be added
 * @same_is_fine: whether the very same key is in the way too
 * @index: index of the mapping that it is in the way of
 * @found: whether there is one
 */
struct overlap {
	enum schema_set_id set;
	const struct pubport_mappings *planned;
	bool same_is_fine;
	size_t index;
	bool found;
};

static bool keys_overlap(const struct pubport_key *a,
			 const struct pubport_key *b)
{
	return a->protocol == b->protocol &&
	       !pubport_addr_compare(&a->host, &b->host) &&
	       a->ports.first <= b->ports.last &&
	       b->ports.first <= a->ports.last;
}

static int find_overlap(const struct element *element, void *data)
{
	struct overlap *overlap = data;
	struct pubport_mapping there;

	if (!mapping_read(overlap->set, element, 0, &there))
		return MNL_CB_OK;
	for (size_t i = 0; i < overlap->planned->count; i++) {
		const struct pubport_key *key = &overlap->planned->items[i].key;

		if (mapping_set(key) != overlap->set ||
		    !keys_overlap(key, &there.key) ||
		    (overlap->same_is_fine && !order_compare(key, &there.key)))
			continue;
		overlap->index = i;
		overlap->found = true;
	}
	return MNL_CB_OK;
}

static bool uses_set(const struct pubport_mappings *mappings, int set)
{
	for (size_t i = 0; i < mappings->count; i++)
		if ((int)mapping_set(&mappings->items[i].key) == set)
			return true;
	return false;
}

/**
 * table_find_overlap() - find a range that is in the way of another
 * @nft: open NETLINK_NETFILTER socket
 * @planned: what is to be added; single ports don't count
 * @same_is_fine: whether the very same key is not in the way
 * @ret_index: index of the mapping that it is in the way of
 *
 * The kernel refuses a range whose first or last port is in another one, but
 * not one that encloses another.  So the ranges, and they alone, are read.
 *
 * Return: 0 when there is none, -EEXIST when there is one, -EINTR when the
 * table changed meanwhile, -EPERM, or another negative errno.
 */
int table_find_overlap(struct netlink *nft,
		       const struct pubport_mappings *planned,
		       bool same_is_fine, size_t *ret_index)
{
	struct overlap overlap = {
		.planned = planned,
		.same_is_fine = same_is_fine,
	};
	int code;

	for (int set = SET_RANGE_HOST4; set <= SET_RANGE_ANY6; set++) {
		if (!uses_set(planned, set))
			continue;
		overlap.set = (enum schema_set_id)set;
		code = element_dump(nft, overlap.set, find_overlap, &overlap);
		if (code && code != -ENOENT)
			return code;
	}
	if (!overlap.found)
		return 0;
	*ret_index = overlap.index;
	return -EEXIST;
}
