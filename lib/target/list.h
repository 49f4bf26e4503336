/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which targets there are. */
#ifndef TARGET_LIST_H
#define TARGET_LIST_H

#include "netlink/context.h"
#include "pubport.h"

int targets_find_only(struct pubport *context,
		      const struct pubport_add_request *request,
		      struct pubport_target *ret_target,
		      struct pubport_error *error);

#endif
