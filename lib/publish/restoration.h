/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction that has mappings be as they were. */
#ifndef PUBLISH_RESTORATION_H
#define PUBLISH_RESTORATION_H

#include "host/sysctl.h"
#include "netlink/context.h"
#include "publish/change.h"

/**
 * struct restoration - mappings that are to be as somebody wants
 * @context: where
 * @wanted: how they are to be
 * @known: settings of the host that are on because of us, or NULL
 * @plan: those that are added
 * @is_refused: for each of @wanted, whether something else has its place
 * @change: how
 */
struct restoration {
	struct pubport *context;
	const struct pubport_mappings *wanted;
	const struct host_settings *known;
	struct plan plan;
	bool *is_refused;
	struct change change;
};

void restoration_done(struct restoration *restoration);
void restoration_begin(struct restoration *restoration);
int restoration_plan(struct restoration *restoration, size_t index,
		     const struct pubport_mapping *mapping);
int restoration_plan_needs(struct restoration *restoration, int code);
int restoration_settle(struct restoration *restoration, int code);

static inline void cleanup_restoration_done(struct restoration *restoration)
{
	restoration_done(restoration);
}

#endif
