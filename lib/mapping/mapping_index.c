/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of many mappings have a port of an address.
 *
 * Mappings are sorted once; what covers a port is found by bisection, and by
 * walking back from there as far as any that comes before can reach.  In a
 * table, ranges don't overlap, so that is one step.  Those that ended one after
 * the other may.
 */
#include "mapping/mapping_index.h"

#include "mapping/mapping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_of(const struct pubport_mapping *mapping,
		  const struct pubport_key *key)
{
	return mapping->key.protocol == key->protocol &&
	       !pubport_addr_compare(&mapping->key.host, &key->host);
}

static bool is_beside(const struct pubport_mapping *a,
		      const struct pubport_mapping *b)
{
	return mapping_is_range(a) == mapping_is_range(b) && is_of(a, &b->key);
}

static void find_reach(struct mapping_index *cover)
{
	struct pubport_mapping **sorted = cover->sorted;
	uint16_t *reach = cover->reach;

	for (size_t i = 0; i < cover->count; i++) {
		reach[i] = sorted[i]->key.ports.last;
		if (i && is_beside(sorted[i - 1], sorted[i]) &&
		    reach[i - 1] > reach[i])
			reach[i] = reach[i - 1];
		cover->single_count += !mapping_is_range(sorted[i]);
	}
}

/**
 * mapping_index_init() - make mappings fit to be found
 * @cover: filled in; free with mapping_index_done(), also after a failure
 * @mappings: which; they must stay where they are
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_index_init(struct mapping_index *cover,
		       const struct pubport_mappings *mappings)
{
	int code;

	memset(cover, 0, sizeof(*cover));
	code = mappings_sort_apart(mappings, &cover->sorted);
	if (code)
		return code;
	cover->reach = calloc(mappings->count + 1, sizeof(*cover->reach));
	if (!cover->reach)
		return -ENOMEM;
	cover->count = mappings->count;
	find_reach(cover);
	return 0;
}

/**
 * mapping_index_done() - free what mapping_index_init() stored
 * @cover: filled in by it, or all zero
 */
void mapping_index_done(struct mapping_index *cover)
{
	free(cover->sorted);
	free(cover->reach);
	memset(cover, 0, sizeof(*cover));
}

/* the index of the first in [begin, end) that comes after a key's last port */
static size_t bisect(const struct mapping_index *cover, size_t begin,
		     size_t end, const struct pubport_key *key)
{
	const struct pubport_key last = { key->host,
					  key->protocol,
					  { key->ports.last, UINT16_MAX } };
	size_t middle;

	while (begin < end) {
		middle = begin + (end - begin) / 2;
		if (key_compare(&cover->sorted[middle]->key, &last) > 0)
			end = middle;
		else
			begin = middle + 1;
	}
	return begin;
}

/**
 * mapping_index_walk() - begin to look for mappings that have ports of an
 * address
 * @cover: where
 * @key: the address, which is compared as it is: 0.0.0.0 is found by 0.0.0.0
 *	alone; the protocol; the ports, of which a mapping has at least one
 *
 * Return: what mapping_index_next() is called with.
 */
struct mapping_index_walk mapping_index_walk(const struct mapping_index *cover,
					     const struct pubport_key *key)
{
	return (struct mapping_index_walk){
		.cover = cover,
		.key = *key,
		.at = bisect(cover, 0, cover->single_count, key),
	};
}

/* the next one of the kind that is walked through */
static struct pubport_mapping *step_back(struct mapping_index_walk *walk)
{
	const struct mapping_index *cover = walk->cover;
	size_t begin = walk->in_ranges ? cover->single_count : 0;
	struct pubport_mapping *mapping;

	while (walk->at > begin) {
		mapping = cover->sorted[walk->at - 1];
		if (!is_of(mapping, &walk->key) ||
		    cover->reach[walk->at - 1] < walk->key.ports.first)
			return NULL;
		walk->at--;
		if (mapping->key.ports.last >= walk->key.ports.first)
			return mapping;
	}
	return NULL;
}

/**
 * mapping_index_next() - find another mapping
 * @walk: as mapping_index_walk() began it
 *
 * Return: it, single ports first, or NULL when there are no more.
 */
struct pubport_mapping *mapping_index_next(struct mapping_index_walk *walk)
{
	const struct mapping_index *cover = walk->cover;
	struct pubport_mapping *mapping = step_back(walk);

	if (mapping || walk->in_ranges)
		return mapping;
	walk->in_ranges = true;
	walk->at = bisect(cover, cover->single_count, cover->count, &walk->key);
	return step_back(walk);
}
