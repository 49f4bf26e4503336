/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that help, for hints: what the user wrote, and an option more. */
#ifndef HINT_H
#define HINT_H

#include "pubport.h"

void hint_add(struct pubport_error *error,
	      const struct pubport_add_request *request, size_t spec,
	      const char *option);

#endif
