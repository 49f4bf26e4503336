/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live connections of mappings. */
#ifndef PUBLISH_FLOWS_H
#define PUBLISH_FLOWS_H

#include "netlink/context.h"

int flows_drop_stale(struct pubport *context,
		     const struct pubport_mappings *added);
int flows_cut(struct pubport *context, const struct pubport_mappings *removed);
int flows_move(struct pubport *context,
	       const struct pubport_mappings *replaced);
int flows_have_live(struct pubport *context,
		    const struct pubport_mappings *mappings, bool *ret_has);

#endif
