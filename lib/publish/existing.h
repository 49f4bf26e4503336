/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What add finds published just so already, and leaves alone. */
#ifndef PUBLISH_EXISTING_H
#define PUBLISH_EXISTING_H

#include "publish/change.h"
#include "util/cleanup.h"

/**
 * struct existing - mappings of a plan that are published just so
 * @mappings: as they are in the table
 * @at: for each mapping of the whole plan, whether it is one of them
 * @count: how many mappings the whole plan has
 */
struct existing {
	struct pubport_mappings mappings;
	bool *at;
	size_t count;
};

int existing_leave(struct change *change,
		   const struct pubport_add_request *request,
		   struct existing *ret_existing);
bool existing_has_come(const struct change *change);
int existing_join(struct change *change, struct existing *existing,
		  struct pubport_mappings *ret_mappings);
void existing_done(struct existing *existing);

DEFINE_CLEANUP(existing_done, struct existing)

#endif
