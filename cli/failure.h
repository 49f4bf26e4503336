/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the command line fills in its own struct pubport_error. */
#ifndef CLI_FAILURE_H
#define CLI_FAILURE_H

#include "pubport.h"

#define FAILURE_PRINTF(template, first)                                        \
	__attribute__((format(printf, template, first)))

int failure_set(struct pubport_error *error, enum pubport_status status,
		const char *format, ...) FAILURE_PRINTF(3, 4);
int failure_memory(struct pubport_error *error);
void failure_prefix(struct pubport_error *error, const char *word);
void failure_append(struct pubport_error *error, const char *format, ...)
	FAILURE_PRINTF(2, 3);
void failure_hint(struct pubport_error *error, const char *format, ...)
	FAILURE_PRINTF(2, 3);
void failure_hint_root(struct pubport_error *error, char *const *words);

#endif
