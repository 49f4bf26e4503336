/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be published: mappings, and what they need of the host. */
#ifndef PUBLISH_PLAN_H
#define PUBLISH_PLAN_H

#include "host/needs.h"

/**
 * struct plan - what is to be done
 * @mappings: what is published
 * @specs: for each mapping, the index of the spec that asked for it
 * @needs: what they need of the host
 * @now: seconds since the epoch, from which on the mappings last
 */
struct plan {
	struct pubport_mappings mappings;
	size_t *specs;
	struct needs needs;
	int64_t now;
};

struct pubport_mapping *plan_append(struct plan *plan, size_t spec);
void plan_done(struct plan *plan);

static inline void cleanup_plan_done(struct plan *plan)
{
	plan_done(plan);
}

#endif
