/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index of mappings: which of many have a port of an address. */
#ifndef MAPPING_MAPPING_INDEX_H
#define MAPPING_MAPPING_INDEX_H

#include "pubport.h"
#include "util/cleanup.h"

/**
 * struct mapping_index - mappings, to be found by what they cover
 * @sorted: single ports, then ranges; each kind in the order of its keys
 * @reach: for each of @sorted, the last port of all of its kind, address and
 *	protocol up to there
 * @single_count: how many are single ports
 * @count: number of @sorted
 * @interfaces: those on which something is published, some perhaps twice
 * @interface_count: number of @interfaces
 */
struct mapping_index {
	struct pubport_mapping **sorted;
	uint16_t *reach;
	size_t single_count;
	size_t count;
	const char **interfaces;
	size_t interface_count;
};

/**
 * struct mapping_index_walk - a walk through mappings that have a port
 * @index: where
 * @key: address or interface, protocol and ports
 * @in_ranges: whether single ports were all looked at
 * @at: of the kind that is walked through, those from here on were looked at
 * @wider: whether interfaces, and then all addresses, follow
 * @interface: the next of them
 */
struct mapping_index_walk {
	const struct mapping_index *index;
	struct pubport_key key;
	bool in_ranges;
	size_t at;
	bool wider;
	size_t interface;
};

int mapping_index_init(struct mapping_index *index,
		       const struct pubport_mappings *mappings);
void mapping_index_done(struct mapping_index *index);
struct mapping_index_walk mapping_index_walk(const struct mapping_index *index,
					     const struct pubport_key *key);
struct mapping_index_walk
mapping_index_walk_packet(const struct mapping_index *index,
			  const struct pubport_key *key, bool is_own);
struct pubport_mapping *mapping_index_next(struct mapping_index_walk *walk);

DEFINE_CLEANUP(mapping_index_done, struct mapping_index)

#endif
