/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a transaction whose answer was lost. */
#ifndef TABLE_OUTCOME_H
#define TABLE_OUTCOME_H

#include "pubport.h"

#include <stdint.h>

struct netlink;

int outcome_find(struct netlink *nft, uint32_t generation,
		 const struct pubport_mappings *added,
		 const struct pubport_mappings *removed);

#endif
