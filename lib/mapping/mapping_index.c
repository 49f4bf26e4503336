/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index of mappings: which of many have a port of an address.
 *
 * Mappings are sorted once; what covers a port is found by bisection, and by
 * walking back from there as far as any that comes before can reach.  In a
 * table, ranges don't overlap, so that is one step.  Those that ended one after
 * the other may.
 */
#include "mapping/mapping_index.h"

#include "mapping/mapping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_of(const struct pubport_mapping *mapping,
		  const struct pubport_key *key)
{
	return mapping->key.protocol == key->protocol &&
	       !key_compare_hosts(&mapping->key, key);
}

static bool is_beside(const struct pubport_mapping *a,
		      const struct pubport_mapping *b)
{
	return mapping_is_range(a) == mapping_is_range(b) && is_of(a, &b->key);
}

static void find_reach(struct mapping_index *index)
{
	struct pubport_mapping **sorted = index->sorted;
	uint16_t *reach = index->reach;

	for (size_t i = 0; i < index->count; i++) {
		reach[i] = sorted[i]->key.ports.last;
		if (i && is_beside(sorted[i - 1], sorted[i]) &&
		    reach[i - 1] > reach[i])
			reach[i] = reach[i - 1];
		index->single_count += !mapping_is_range(sorted[i]);
	}
}

/* in the order of keys, those of one interface are neighbours */
static void find_interfaces(struct mapping_index *index)
{
	const char *last = "", *interface;

	for (size_t i = 0; i < index->count; i++) {
		interface = index->sorted[i]->key.interface;
		if (*interface && strcmp(interface, last) != 0)
			index->interfaces[index->interface_count++] = interface;
		last = interface;
	}
}

/**
 * mapping_index_init() - index mappings
 * @index: filled in; free with mapping_index_done(), also after a failure
 * @mappings: which; they must stay where they are
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_index_init(struct mapping_index *index,
		       const struct pubport_mappings *mappings)
{
	memset(index, 0, sizeof(*index));
	index->sorted = mappings_sort(mappings, true);
	index->reach = calloc(mappings->count + 1, sizeof(*index->reach));
	index->interfaces =
		calloc(mappings->count + 1, sizeof(*index->interfaces));
	if (!index->sorted || !index->reach || !index->interfaces)
		return -ENOMEM;
	index->count = mappings->count;
	find_reach(index);
	find_interfaces(index);
	return 0;
}

/**
 * mapping_index_done() - free what mapping_index_init() stored
 * @index: filled in by it, or all zero
 */
void mapping_index_done(struct mapping_index *index)
{
	free(index->sorted);
	free(index->reach);
	free(index->interfaces);
	memset(index, 0, sizeof(*index));
}

/* the index of the first in [begin, end) that comes after a key's last port */
static size_t bisect(const struct mapping_index *index, size_t begin,
		     size_t end, const struct pubport_key *key)
{
	struct pubport_key last = *key;
	size_t middle;

	last.ports = (struct pubport_ports){ key->ports.last, UINT16_MAX };
	while (begin < end) {
		middle = begin + (end - begin) / 2;
		if (key_compare(&index->sorted[middle]->key, &last) > 0)
			end = middle;
		else
			begin = middle + 1;
	}
	return begin;
}

/**
 * mapping_index_walk() - begin to look for mappings that have ports of an
 * address
 * @index: where
 * @key: the address, which is compared as it is: 0.0.0.0 is found by 0.0.0.0
 *	alone; the protocol; the ports, of which a mapping has at least one
 *
 * Return: what mapping_index_next() is called with.
 */
struct mapping_index_walk mapping_index_walk(const struct mapping_index *index,
					     const struct pubport_key *key)
{
	return (struct mapping_index_walk){
		.index = index,
		.key = *key,
		.at = bisect(index, 0, index->single_count, key),
	};
}

/**
 * mapping_index_walk_packet() - begin to look for mappings that a packet may
 * have taken
 * @index: where
 * @key: where the packet went: one address, protocol and port
 * @is_own: whether that is one of the host's addresses, so that mappings of
 *	interfaces and of all addresses count, too
 *
 * By which interface it came in is not known: any may be the one.
 *
 * Return: what mapping_index_next() is called with.
 */
struct mapping_index_walk
mapping_index_walk_packet(const struct mapping_index *index,
			  const struct pubport_key *key, bool is_own)
{
	struct mapping_index_walk walk = mapping_index_walk(index, key);

	walk.wider = is_own;
	return walk;
}

/* the next one of the kind that is walked through */
static struct pubport_mapping *step_back(struct mapping_index_walk *walk)
{
	const struct mapping_index *index = walk->index;
	size_t begin = walk->in_ranges ? index->single_count : 0;
	struct pubport_mapping *mapping;

	while (walk->at > begin) {
		mapping = index->sorted[walk->at - 1];
		if (!is_of(mapping, &walk->key) ||
		    index->reach[walk->at - 1] < walk->key.ports.first)
			return NULL;
		walk->at--;
		if (mapping->key.ports.last >= walk->key.ports.first)
			return mapping;
	}
	return NULL;
}

/* goes on with ranges, or with the next that is less specific */
static bool go_on(struct mapping_index_walk *walk)
{
	const struct mapping_index *index = walk->index;
	const char *interface = "";

	if (!walk->in_ranges) {
		walk->in_ranges = true;
		walk->at = bisect(index, index->single_count, index->count,
				  &walk->key);
		return true;
	}
	if (!walk->wider)
		return false;
	walk->wider = walk->interface < index->interface_count;
	if (walk->wider)
		interface = index->interfaces[walk->interface++];
	snprintf(walk->key.interface, sizeof(walk->key.interface), "%s",
		 interface);
	memset(walk->key.host.bytes, 0, sizeof(walk->key.host.bytes));
	walk->in_ranges = false;
	walk->at = bisect(index, 0, index->single_count, &walk->key);
	return true;
}

/**
 * mapping_index_next() - find another mapping
 * @walk: as mapping_index_walk() or mapping_index_walk_packet() began it
 *
 * Return: it, the most specific first, or NULL when there are no more.
 */
struct pubport_mapping *mapping_index_next(struct mapping_index_walk *walk)
{
	struct pubport_mapping *mapping = step_back(walk);

	while (!mapping && go_on(walk))
		mapping = step_back(walk);
	return mapping;
}
