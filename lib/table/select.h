/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mappings a request to unpublish means. */
#ifndef TABLE_SELECT_H
#define TABLE_SELECT_H

#include "netlink/context.h"

int select_mappings(struct pubport *context,
		    const struct pubport_remove_request *request,
		    struct pubport_mappings *ret_mappings,
		    struct pubport_error *error);

#endif
