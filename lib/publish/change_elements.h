/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the transaction that adds mappings does to the table. */
#ifndef PUBLISH_CHANGE_ELEMENTS_H
#define PUBLISH_CHANGE_ELEMENTS_H

#include "host/sysctl.h"
#include "publish/change.h"
#include "table/optional.h"

int change_demand(struct change *change, bool laid,
		  struct optional *ret_demand);
int change_fill(const struct change *change, const struct host_settings *ours,
		struct transaction *tx);

#endif
