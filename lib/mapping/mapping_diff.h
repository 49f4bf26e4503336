/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes the mappings that are there into those that are wanted. */
#ifndef MAPPING_MAPPING_DIFF_H
#define MAPPING_MAPPING_DIFF_H

#include "publish/plan.h"

/**
 * struct mapping_diff - what is to be done
 * @plan: mappings that come, in the order of their keys; its specs are their
 *	indexes among those that are wanted
 * @removed: mappings that go: first those that nothing takes the place of
 * @gone: how many of @removed these are
 * @kept: how many mappings stay as they are
 */
struct mapping_diff {
	struct plan plan;
	struct pubport_mappings removed;
	size_t gone;
	size_t kept;
};

bool mapping_diff_act_alike(const struct pubport_mapping *a,
			    const struct pubport_mapping *b);
int mapping_diff_find(const struct pubport_mappings *wanted,
		      struct pubport_mappings *there, int64_t now,
		      struct mapping_diff *ret_difference);
void mapping_diff_done(struct mapping_diff *difference);

static inline void cleanup_mapping_diff_done(struct mapping_diff *difference)
{
	mapping_diff_done(difference);
}

#endif
