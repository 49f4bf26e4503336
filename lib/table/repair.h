/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds again what somebody took away from the table. */
#ifndef TABLE_REPAIR_H
#define TABLE_REPAIR_H

#include "netlink/netlink.h"
#include "pubport.h"

int repair_table(struct netlink *nft, bool *ret_repaired,
		 struct pubport_error *error);

#endif
