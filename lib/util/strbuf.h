/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in memory that is written as to a file. */
#ifndef UTIL_STRBUF_H
#define UTIL_STRBUF_H

#include "util/cleanup.h"

#include <stdio.h>

/**
 * struct strbuf - text that is being written
 * @out: where to write it; NULL unless it is open
 * @string: what was written, and a NUL; complete once it is closed
 * @length: bytes of it
 * @size: bytes that there is room for
 */
struct strbuf {
	FILE *out;
	char *string;
	size_t length;
	size_t size;
};

int strbuf_open(struct strbuf *strbuf);
int strbuf_close(struct strbuf *strbuf);
void strbuf_done(struct strbuf *strbuf);

DEFINE_CLEANUP(strbuf_done, struct strbuf)

#endif
