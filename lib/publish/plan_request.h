/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request to publish comes to: mappings, and what they need. */
#ifndef PUBLISH_PLAN_REQUEST_H
#define PUBLISH_PLAN_REQUEST_H

#include "netlink/context.h"
#include "publish/plan.h"

int plan_request(struct pubport *context,
		 const struct pubport_add_request *request,
		 struct plan *ret_plan, struct pubport_error *error);

#endif
