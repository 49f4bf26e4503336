/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that help, for hints: what the user wrote, and an option more. */
#ifndef MAPPING_HINT_H
#define MAPPING_HINT_H

#include "pubport.h"

/* a hint and its NUL */
#define HINT_SIZE sizeof(((struct pubport_error *)NULL)->hint)

bool hint_write(const struct pubport_add_request *request, const char *option,
		char *ret_text);
void hint_add(struct pubport_error *error,
	      const struct pubport_add_request *request, const char *option);

#endif
