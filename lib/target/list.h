/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which targets there are. */
#ifndef TARGET_LIST_H
#define TARGET_LIST_H

#include "netlink/context.h"
#include "pubport.h"
#include "util/cleanup.h"

/**
 * struct found_targets - what can be published
 * @sure: what a runtime started, and what is on a bridge of the host; sorted
 *	by text
 * @wired: what is behind a plain wire, but answers by way of the host; sorted
 *	by text
 */
struct found_targets {
	struct pubport_targets sure;
	struct pubport_targets wired;
};

int targets_find(struct pubport *context, bool listeners,
		 struct found_targets *ret_found, struct pubport_error *error);
int targets_find_only(struct pubport *context,
		      const struct pubport_add_request *request,
		      struct pubport_target *ret_target,
		      struct pubport_error *error);
void found_targets_done(struct found_targets *found);

DEFINE_CLEANUP(found_targets_done, struct found_targets)

#endif
