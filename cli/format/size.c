/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of bytes as docker words them: 999B, 1.23kB, 12.3MB. */
#include "format/size.h"

#include <stddef.h>

/**
 * size_write() - print a number of bytes, to three digits
 * @out: where to
 * @bytes: how many
 */
void size_write(FILE *out, uint64_t bytes)
{
	static const char *const units[] = { "B",  "kB", "MB", "GB",
					     "TB", "PB", "EB" };
	double size = (double)bytes;
	size_t unit = 0;

	/* three digits of more would be a thousand */
	while (size >= 999.5) {
		size /= 1000;
		unit++;
	}
	fprintf(out, "%.3g%s", size, units[unit]);
}
