/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request to publish comes to. */
#ifndef PUBLISH_REQUEST_H
#define PUBLISH_REQUEST_H

#include "netlink/context.h"
#include "publish/plan.h"

int request_check(const struct pubport_add_request *request,
		  struct pubport_error *error);
int request_plan(struct pubport *context,
		 const struct pubport_add_request *request, struct plan *plan,
		 struct pubport_error *error);

#endif
