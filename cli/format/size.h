/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of bytes as docker words them. */
#ifndef CLI_FORMAT_SIZE_H
#define CLI_FORMAT_SIZE_H

#include <stdint.h>
#include <stdio.h>

void size_write(FILE *out, uint64_t bytes);

#endif
