/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the transaction that adds mappings does to the table. */
#ifndef PUBLISH_CHANGE_ELEMENTS_H
#define PUBLISH_CHANGE_ELEMENTS_H

#include "host/sysctl.h"
#include "publish/change.h"
#include "table/optional.h"

int addition_demand(struct addition *addition, bool laid,
		    struct demand *ret_demand);
int addition_fill(const struct addition *addition,
		  const struct host_settings *ours, struct batch *batch);

#endif
