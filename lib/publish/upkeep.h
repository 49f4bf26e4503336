/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has what published mappings need be there, whoever took it. */
#ifndef PUBLISH_UPKEEP_H
#define PUBLISH_UPKEEP_H

#include "publish/plan.h"

/**
 * struct upkeep - what published mappings need, and what of it is not there
 * @plan: the mappings, one for each of their needs; settings that are off are
 *	marked
 * @is_lost: whether something of it is not there
 * @is_late: whether the table has other mappings by now
 */
struct upkeep {
	struct plan plan;
	bool is_lost;
	bool is_late;
};

int upkeep_find_lost(struct pubport *context, struct upkeep *upkeep);
int upkeep_survey(struct pubport *context, const struct mapping_hash *known,
		  const struct host_settings *but, struct upkeep *ret_upkeep,
		  struct pubport_error *error);
int upkeep_restore(struct pubport *context, const struct mapping_hash *known,
		   const struct host_settings *but,
		   struct pubport_error *error);
int upkeep_lay_rest(struct pubport *context, const struct mapping_hash *known,
		    const struct upkeep *upkeep, struct pubport_error *error);
void upkeep_done(struct upkeep *upkeep);

DEFINE_CLEANUP(upkeep_done, struct upkeep)

#endif
