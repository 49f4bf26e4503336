/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of many mappings have a port of an address. */
#ifndef MAPPING_MAPPING_INDEX_H
#define MAPPING_MAPPING_INDEX_H

#include "pubport.h"

/**
 * struct cover - mappings, to be found by what they cover
 * @sorted: single ports, then ranges; each kind in the order of its keys
 * @reach: for each of @sorted, the last port of all of its kind, address and
 *	protocol up to there
 * @single_count: how many are single ports
 * @count: number of @sorted
 */
struct cover {
	struct pubport_mapping **sorted;
	uint16_t *reach;
	size_t single_count;
	size_t count;
};

/**
 * struct cover_walk - a walk through what covers something
 * @cover: where
 * @key: what is to be covered
 * @in_ranges: whether single ports were all looked at
 * @at: of the kind that is walked through, those from here on were looked at
 */
struct cover_walk {
	const struct cover *cover;
	struct pubport_key key;
	bool in_ranges;
	size_t at;
};

int cover_init(struct cover *cover, const struct pubport_mappings *mappings);
void cover_done(struct cover *cover);
struct cover_walk cover_walk(const struct cover *cover,
			     const struct pubport_key *key);
struct pubport_mapping *cover_next(struct cover_walk *walk);

static inline void cleanup_cover(struct cover *cover)
{
	cover_done(cover);
}

#endif
