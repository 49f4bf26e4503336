/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live connections of mappings. */
#ifndef PUBLISH_FLOWS_H
#define PUBLISH_FLOWS_H

#include "netlink/context.h"

/**
 * enum flows_change - what became of mappings whose connections are forgotten
 * @FLOWS_OF_ADDED: they were added: UDP that went past them
 * @FLOWS_OF_REMOVED: they were removed: all of their connections
 * @FLOWS_OF_ENDED: they ended, and may be added again at once: the same, but
 *	TCP is not told
 * @FLOWS_OF_REPLACED: others took their place: UDP alone
 */
enum flows_change {
	FLOWS_OF_ADDED,
	FLOWS_OF_REMOVED,
	FLOWS_OF_ENDED,
	FLOWS_OF_REPLACED,
};

int flows_forget(struct pubport *context, enum flows_change change,
		 const struct pubport_mappings *mappings);
void flows_keep_own(struct pubport *context,
		    const struct pubport_mappings *mappings);
int flows_have_live(struct pubport *context,
		    const struct pubport_mappings *mappings, bool *ret_has);

#endif
