/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills in the caller's struct pubport_error. */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#include "pubport.h"
#include "util/text.h"

#include <errno.h>
#include <stdbool.h>

#define PRINTF(template, first) __attribute__((format(printf, template, first)))

int error_set(struct pubport_error *error, enum pubport_status status, int code,
	      const char *format, ...) PRINTF(4, 5);
int error_kernel(struct pubport_error *error, int code, const char *what);
int error_memory(struct pubport_error *error);
void error_hint(struct pubport_error *error, const char *format, ...)
	PRINTF(2, 3);
void error_hint_command(struct pubport_error *error, const char *command,
			const char *const *words);
void error_prefix(struct pubport_error *error, const char *word);
void error_append(struct pubport_error *error, const char *format, ...)
	PRINTF(2, 3);
void error_index(struct pubport_error *error, size_t index);
bool error_is_shortage(int code);

#endif
