/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be published: mappings, and what they need of the host. */
#include "publish/plan.h"

#include "mapping/mapping.h"
#include "util/array.h"

#include <stdlib.h>
#include <string.h>

/**
 * plan_done() - free a plan
 * @plan: filled in, or all zero
 */
void plan_done(struct plan *plan)
{
	pubport_mappings_done(&plan->mappings);
	needs_done(&plan->needs);
	free(plan->specs);
	memset(plan, 0, sizeof(*plan));
}

/**
 * plan_append() - make room for a mapping
 * @plan: where
 * @spec: index of the input that asks for it
 *
 * Return: the mapping, all zero, which may move with the next one; or NULL
 * without memory.
 */
struct pubport_mapping *plan_append(struct plan *plan, size_t spec)
{
	struct pubport_mappings *mappings = &plan->mappings;
	size_t *specs =
		array_grow(plan->specs, mappings->count, sizeof(*specs));

	if (!specs)
		return NULL;
	plan->specs = specs;
	specs[mappings->count] = spec;
	return mappings_append(mappings);
}
