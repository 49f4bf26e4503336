/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a word is no target, told in the user's words. */
#ifndef TARGET_REFUSAL_H
#define TARGET_REFUSAL_H

#include "pubport.h"
#include "target/reach.h"

int refusal_usage(struct pubport_error *error, const char *text,
		  const char *why);
int refusal_not_found(struct pubport_error *error, int code, const char *text,
		      const char *why);
int refusal_this_host(struct pubport_error *error, const char *text);
int refusal_unreached(struct pubport_error *error, const char *text,
		      const struct reach *reach);
int refusal_closed(struct pubport_error *error, int code, const char *text);

#endif
