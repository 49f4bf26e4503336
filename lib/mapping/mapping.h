/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of mappings, and which of them collide. */
#ifndef MAPPING_MAPPING_H
#define MAPPING_MAPPING_H

#include "pubport.h"

int key_compare(const struct pubport_key *a, const struct pubport_key *b);
int mappings_sort(const struct pubport_mappings *mappings,
		  struct pubport_mapping ***ret_sorted);
int mappings_sort_apart(const struct pubport_mappings *mappings,
			struct pubport_mapping ***ret_sorted);
int mappings_find_collision(const struct pubport_mappings *mappings,
			    size_t *ret_index);

#endif
