/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans of mappings that somebody gives. */
#ifndef PUBLISH_PLAN_GIVEN_H
#define PUBLISH_PLAN_GIVEN_H

#include "publish/plan.h"

int plan_given(struct pubport *context, bool force, struct plan *plan,
	       struct pubport_error *error);
int plan_given_refuse(const struct plan *plan, size_t mapping, int code,
		      const char *why, struct pubport_error *error);

#endif
