/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times and sizes as docker words them. */
#ifndef CLI_FORMAT_UNITS_H
#define CLI_FORMAT_UNITS_H

#include <stdint.h>
#include <stdio.h>

void age_write(FILE *out, int64_t from, int64_t to);
void size_write(FILE *out, uint64_t bytes);

#endif
