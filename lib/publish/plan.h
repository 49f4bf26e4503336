/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be published: mappings, and what they need of the host. */
#ifndef PUBLISH_PLAN_H
#define PUBLISH_PLAN_H

#include "host/needs.h"
#include "mapping/mapping_hash.h"
#include "netlink/uplink.h"
#include "publish/every_port.h"
#include "target/ward.h"
#include "util/cleanup.h"

/**
 * struct plan - what is to be published
 * @request: whose specs ask for the mappings, or NULL where somebody gives them
 * @every: @request, where each port of a target was asked for
 * @mappings: what is published
 * @inputs: for each mapping, the index of the spec, or of what was given
 * @needs: what they need of the host
 * @wards: all addresses of those targets that are to be shielded
 * @is_symmetric: whether answers of one are to leave as its clients came
 * @uplinks: by which they may leave, then
 * @now: seconds since the epoch, from which on the mappings last
 */
struct plan {
	const struct pubport_add_request *request;
	struct every_port every;
	struct pubport_mappings mappings;
	size_t *inputs;
	struct needs needs;
	struct wards wards;
	bool is_symmetric;
	struct uplinks uplinks;
	int64_t now;
};

struct pubport_mapping *plan_append(struct plan *plan, size_t input);
int plan_copy(struct plan *plan, size_t input,
	      const struct pubport_mapping *mapping);
int plan_copy_needy(struct plan *plan, const struct mapping_hash *known);
void plan_clear(struct plan *plan);
void plan_done(struct plan *plan);

int plan_refuse(const struct plan *plan, size_t mapping, int code,
		const char *why, struct pubport_error *error);
int plan_check(struct pubport *context, bool force, struct plan *plan,
	       struct pubport_error *error);

DEFINE_CLEANUP(plan_done, struct plan)

#endif
