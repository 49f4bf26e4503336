/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each command does first: what happened since the last one. */
#ifndef PUBLISH_CATCH_UP_H
#define PUBLISH_CATCH_UP_H

#include "host/sysctl.h"
#include "netlink/context.h"

int catch_up_find_guarded(struct netlink *nft, bool ret_guarded[2]);
void catch_up_with_routing(struct pubport *context);
void catch_up(struct pubport *context);

#endif
