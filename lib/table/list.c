/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists and counts the mappings that the table has. */
#include "table/list.h"

#include "mapping/mapping.h"
#include "mapping/mapping_index.h"
#include "table/allow.h"
#include "table/lookup.h"
#include "util/time.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <time.h>

/* how often a listing starts again because somebody changed the table */
#define LIST_TRIES 32
/* how often it does because a mapping is there twice: one that somebody added
 * by hand to two of the maps really is */
#define TWICE_TRIES 8
/* time for the kernel to move elements, in milliseconds */
#define TWICE_PAUSE_MS 2
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
	enum set_id set;
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
	struct visiting visiting = { SET_HOST4, time_now_ms(), visit, data };
	int code;

	for (int set = 0; set < SET_COUNT; set++) {
		visiting.set = (enum set_id)set;
		if (!set_holds_mappings(visiting.set))
			continue;
		code = element_dump(nft, visiting.set, visit_element,
				    &visiting);
		if (code)
			return code;
	}
	return 0;
}

/**
 * struct listing - what is listed
 * @mappings: what was found so far
 * @progress: told of each
 * @twice: how often mappings were there twice
 */
struct listing {
	struct pubport_mappings mappings;
	struct progress *progress;
	int twice;
};

static int list_mapping(const struct pubport_mapping *mapping, void *data)
{
	struct listing *listing = data;
	struct pubport_mapping *last = mappings_append(&listing->mappings);

	if (!last)
		return -ENOMEM;
	*last = *mapping;
	progress_step(listing->progress);
	return 0;
}

/**
 * struct counting - connections being counted port by port
 * @set: the map of ports that is being dumped
 * @cover: whose connections
 */
struct counting {
	enum set_id set;
	struct mapping_index cover;
};

static void cleanup_counting(struct counting *counting)
{
	mapping_index_done(&counting->cover);
}

static int add_connections(const struct element *element, void *data)
{
	struct counting *counting = data;
	struct pubport_key key;
	struct pubport_mapping *mapping;
	struct mapping_index_walk walk;

	if (!element->packets)
		return MNL_CB_OK;
	key = mapping_read_key(counting->set, element->key);
	walk = mapping_index_walk(&counting->cover, &key);
	while ((mapping = mapping_index_next(&walk)))
		if (mapping_is_by_port(mapping) &&
		    mapping_port_set(mapping) == counting->set)
			mapping->connections += element->packets;
	return MNL_CB_OK;
}

static bool has_by_port(const struct pubport_mappings *mappings)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mapping_is_by_port(&mappings->items[i]))
			return true;
	return false;
}

static int count_by_port(struct netlink *nft,
			 const struct pubport_mappings *mappings)
{
	struct counting counting CLEANUP(counting) = { .set = SET_REDIRECT };
	int code = mapping_index_init(&counting.cover, mappings);

	for (int set = 0; !code && set < SET_COUNT; set++) {
		counting.set = (enum set_id)set;
		if (set_get(counting.set)->data != DATA_NONE &&
		    !set_holds_mappings(counting.set))
			code = element_dump(nft, counting.set, add_connections,
					    &counting);
	}
	return code;
}

static int read_networks(struct netlink *nft, struct pubport_mappings *mappings)
{
	int code = 0;

	for (size_t i = 0; !code && i < mappings->count; i++)
		code = allow_complete(nft, &mappings->items[i]);
	return code;
}

/*
 * After a large change, the kernel moves the elements of a map to a table of
 * another size.  That is no change of the ruleset, but whoever reads them just
 * then gets some of them twice, and others not at all.
 */
static int sort_once_each(struct listing *listing)
{
	const struct pubport_mapping *items;
	int code = pubport_mappings_sort(&listing->mappings);

	if (code || listing->twice == TWICE_TRIES)
		return code;
	items = listing->mappings.items;
	for (size_t i = 1; i < listing->mappings.count; i++) {
		if (key_compare(&items[i - 1].key, &items[i].key) != 0)
			continue;
		listing->twice++;
		poll(NULL, 0, TWICE_PAUSE_MS);
		return -EINTR;
	}
	return 0;
}

static int list_once(struct netlink *nft, struct listing *listing)
{
	uint32_t before = 0, after = 0;
	int code;

	pubport_mappings_done(&listing->mappings);
	progress_begin(listing->progress, "reading the table", 0);
	code = table_generation(nft, &before);
	if (!code)
		code = table_visit(nft, list_mapping, listing);
	if (!code)
		code = sort_once_each(listing);
	/* which also tells where ranges lead that have no record of it */
	if (!code)
		code = read_networks(nft, &listing->mappings);
	if (!code && has_by_port(&listing->mappings))
		code = count_by_port(nft, &listing->mappings);
	if (!code)
		code = table_generation(nft, &after);
	return code ? code : before == after ? 0 : -EINTR;
}

/**
 * table_list() - read all mappings, as they are at one moment
 * @nft: open NETLINK_NETFILTER socket
 * @ret_mappings: sorted; free with pubport_mappings_done()
 *
 * Return: 0, -EPERM, -ENOMEM, -EINTR when the ruleset never stood still, or
 * another negative errno.
 */
int table_list(struct netlink *nft, struct pubport_mappings *ret_mappings)
{
	struct listing listing = { .progress = nft->progress };
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
 * struct peeking - whether there are more mappings than some number
 * @set: the map that is being dumped
 * @left: how many more there may be
 * @more: whether there were more
 */
struct peeking {
	enum set_id set;
	size_t left;
	bool more;
};

static int peek_mapping(const struct element *element, void *data)
{
	struct peeking *peeking = data;
	struct pubport_mapping mapping;

	if (!mapping_read(peeking->set, element, 0, &mapping) ||
	    peeking->left--)
		return MNL_CB_OK;
	peeking->more = true;
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
	struct peeking peeking = { SET_HOST4, than, false };
	struct netlink *nft;
	int code;

	if (peeks->count == PEEKS_MAX)
		netlink_list_done(peeks);
	code = netlink_list_open(peeks, NETLINK_NETFILTER, &nft);
	for (int set = 0; set < SET_COUNT && !code; set++) {
		peeking.set = (enum set_id)set;
		if (!set_holds_mappings(peeking.set))
			continue;
		code = element_dump(nft, peeking.set, peek_mapping, &peeking);
		if (peeking.more)
			break;
	}
	if (!code)
		*ret_has = peeking.more;
	return code;
}

/**
 * struct overlap - the search for a range that is in the way
 * @set: the map that is being dumped
 * @planned: what is to be added
 * @same_is_fine: whether the very same key is not in the way
 * @found: the one that it is in the way of, or NULL
 */
struct overlap {
	enum set_id set;
	struct mapping_index planned;
	bool same_is_fine;
	const struct pubport_mapping *found;
};

static void cleanup_overlap(struct overlap *overlap)
{
	mapping_index_done(&overlap->planned);
}

static int find_overlap(const struct element *element, void *data)
{
	struct overlap *overlap = data;
	const struct pubport_mapping *planned;
	struct pubport_mapping there;
	struct mapping_index_walk walk;

	if (!mapping_read(overlap->set, element, 0, &there))
		return MNL_CB_OK;
	walk = mapping_index_walk(&overlap->planned, &there.key);
	while ((planned = mapping_index_next(&walk)))
		if (mapping_is_range(planned) &&
		    !(overlap->same_is_fine &&
		      !key_compare(&planned->key, &there.key)))
			overlap->found = planned;
	return MNL_CB_OK;
}

static bool uses_set(const struct pubport_mappings *mappings, enum set_id set)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mapping_set(&mappings->items[i].key) == set)
			return true;
	return false;
}

static int search_set(struct netlink *nft, struct overlap *overlap)
{
	int code = -EINTR;

	for (int i = 0; i < LIST_TRIES && code == -EINTR; i++) {
		overlap->found = NULL;
		code = element_dump(nft, overlap->set, find_overlap, overlap);
	}
	return code;
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
 * table never stood still, -ENOMEM, -EPERM, or another negative errno.
 */
int table_find_overlap(struct netlink *nft,
		       const struct pubport_mappings *planned,
		       bool same_is_fine, size_t *ret_index)
{
	struct overlap overlap CLEANUP(overlap) = {
		.same_is_fine = same_is_fine,
	};
	int code = mapping_index_init(&overlap.planned, planned);

	for (int set = 0; !code && !overlap.found && set < SET_COUNT; set++) {
		overlap.set = (enum set_id)set;
		if (set_holds_mappings(overlap.set) &&
		    set_get(overlap.set)->interval &&
		    uses_set(planned, overlap.set))
			code = search_set(nft, &overlap);
	}
	if (code || !overlap.found)
		return code;
	*ret_index = (size_t)(overlap.found - planned->items);
	return -EEXIST;
}
