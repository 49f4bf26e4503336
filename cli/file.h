/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as a whole. */
#ifndef FILE_H
#define FILE_H

#include "pubport.h"

int file_read(const char *name, char **ret_text, struct pubport_error *error);
int file_write(const char *name, const char *text, struct pubport_error *error);

#endif
