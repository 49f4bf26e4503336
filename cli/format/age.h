/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long ago, in words. */
#ifndef CLI_FORMAT_AGE_H
#define CLI_FORMAT_AGE_H

#include <stdint.h>
#include <stdio.h>

void age_write(FILE *out, int64_t from, int64_t to);

#endif
