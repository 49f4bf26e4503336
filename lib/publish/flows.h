/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live connections of mappings. */
#ifndef PUBLISH_FLOWS_H
#define PUBLISH_FLOWS_H

#include "netlink/context.h"

int conntrack_drop_stale(struct pubport *context,
			 const struct pubport_mappings *added);
int conntrack_cut(struct pubport *context,
		  const struct pubport_mappings *removed);
int conntrack_move(struct pubport *context,
		   const struct pubport_mappings *replaced);
int conntrack_has_live(struct pubport *context,
		       const struct pubport_mappings *mappings, bool *ret_has);

#endif
