/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where other programs are, and with what environment they run. */
#ifndef UTIL_PROGRAM_H
#define UTIL_PROGRAM_H

#include <limits.h>

int program_find(const char *name, char ret_path[PATH_MAX]);
char **program_environment(void);

#endif
