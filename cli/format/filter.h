/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mappings are shown: ls --filter KEY=VALUE, and others. */
#ifndef CLI_FORMAT_FILTER_H
#define CLI_FORMAT_FILTER_H

#include "options.h"
#include "pubport.h"

/* whether a mapping is wanted; @data is what was handed to mappings_keep() */
typedef bool (*mapping_wanted_fn)(const struct pubport_mapping *mapping,
				  const void *data);

void mappings_keep(struct pubport_mappings *mappings, mapping_wanted_fn wanted,
		   const void *data);

struct filter;

/**
 * struct filters - what a mapping must match to be shown
 * @items: free with filters_done()
 * @count: number of @items
 */
struct filters {
	struct filter *items;
	size_t count;
};

int filters_parse(const struct words *words, struct filters *ret_filters,
		  struct pubport_error *error);
void filters_apply(const struct filters *filters,
		   struct pubport_mappings *mappings);
void filters_done(struct filters *filters);

static inline void cleanup_filters(struct filters *filters)
{
	filters_done(filters);
}

#endif
