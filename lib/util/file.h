/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are read as a whole. */
#ifndef UTIL_FILE_H
#define UTIL_FILE_H

#include <stddef.h>

int file_read(int fd, size_t most, char **ret_bytes, size_t *ret_length);

#endif
