/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text with tabs becomes aligned columns. */
#ifndef CLI_FORMAT_COLUMNS_H
#define CLI_FORMAT_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

int columns_print(const char *text, size_t length, FILE *out);

#endif
