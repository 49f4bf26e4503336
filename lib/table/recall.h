/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mapping's record doesn't tell, asked from its other elements. */
#ifndef TABLE_RECALL_H
#define TABLE_RECALL_H

#include "netlink/netlink.h"
#include "pubport.h"

int allow_complete(struct netlink *nft, struct pubport_mapping *mapping);

#endif
