/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes the mappings that are there into those that are wanted. */
#ifndef MAPPING_MAPPING_DIFF_H
#define MAPPING_MAPPING_DIFF_H

#include "pubport.h"
#include "util/cleanup.h"

/**
 * struct mapping_diff - what is to be done
 * @added: mappings that come, in the order of their keys
 * @wanted: for each of @added, its index among those that are wanted
 * @removed: mappings that go: first those that nothing takes the place of
 * @gone: how many of @removed these are
 * @kept: how many mappings stay as they are
 */
struct mapping_diff {
	struct pubport_mappings added;
	size_t *wanted;
	struct pubport_mappings removed;
	size_t gone;
	size_t kept;
};

int mapping_diff_find(const struct pubport_mappings *wanted,
		      struct pubport_mappings *there, int64_t now,
		      struct mapping_diff *ret_diff);
void mapping_diff_done(struct mapping_diff *diff);

DEFINE_CLEANUP(mapping_diff_done, struct mapping_diff)

#endif
