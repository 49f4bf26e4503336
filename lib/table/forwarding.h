/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host that somebody made a router since pubport turned on forwarding. */
#ifndef TABLE_FORWARDING_H
#define TABLE_FORWARDING_H

#include "netlink/context.h"

int forwarding_find_guarded(struct netlink *nft, bool ret_guarded[2]);
void forwarding_release(struct pubport *context);

#endif
