/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in the table that is not pubport's. */
#ifndef TABLE_REMAINS_H
#define TABLE_REMAINS_H

#include "netlink/netlink.h"
#include "pubport.h"

#define REMAINS_TEXT_SIZE 128

int remains_find(struct netlink *nft, const struct pubport_mappings *removed,
		 char *ret_text);

#endif
