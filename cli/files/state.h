/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file in which keep records the mappings. */
#ifndef CLI_FILES_STATE_H
#define CLI_FILES_STATE_H

#include "pubport.h"

int state_lock(const char *path, int *ret_fd, struct pubport_error *error);
int state_read(const char *path, struct pubport_mappings *ret_mappings,
	       struct pubport_error *error);
int state_write(const char *path, struct pubport_mappings *mappings,
		struct pubport_error *error);

#endif
