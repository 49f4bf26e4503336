/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The target that is meant where the user names none. */
#ifndef TARGET_ONLY_H
#define TARGET_ONLY_H

#include "netlink/context.h"
#include "pubport.h"

int only_target(struct pubport *context,
		const struct pubport_add_request *request,
		struct pubport_target *ret_target, struct pubport_error *error);

#endif
