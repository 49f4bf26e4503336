/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as a whole. */
#ifndef CLI_FILES_FILE_H
#define CLI_FILES_FILE_H

#include "pubport.h"

int file_load(const char *name, char **ret_bytes, size_t *ret_length,
	      struct pubport_error *error);
int file_parse(const char *name, const char *bytes, size_t length,
	       struct pubport_mappings *ret_mappings,
	       struct pubport_error *error);
int file_write(const char *name, const char *text, struct pubport_error *error);

#endif
