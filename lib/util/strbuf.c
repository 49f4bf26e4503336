/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in memory that is written as to a file.
 *
 * open_memstream(3) silently leaves out what it has no memory for: neither
 * ferror() nor fclose() tells.  So this is built on fopencookie(3), which does.
 */
#include "util/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* bytes that there is room for at first: a short text takes no more memory */
#define FIRST_SIZE 512

/* a cookie_write_function_t: 0 tells a failure */
static ssize_t append_bytes(void *cookie, const char *bytes, size_t count)
{
	struct strbuf *strbuf = cookie;
	size_t needed = strbuf->length + count + 1;
	char *string;

	if (needed > strbuf->size) {
		string = realloc(strbuf->string, 2 * needed);
		if (!string)
			return 0;
		strbuf->string = string;
		strbuf->size = 2 * needed;
	}
	memcpy(strbuf->string + strbuf->length, bytes, count);
	strbuf->length += count;
	strbuf->string[strbuf->length] = '\0';
	return (ssize_t)count;
}

/**
 * strbuf_open() - begin a text
 * @strbuf: all zero; it must stay where it is; end with strbuf_done()
 *
 * Return: 0 or -ENOMEM.
 */
int strbuf_open(struct strbuf *strbuf)
{
	const cookie_io_functions_t functions = { .write = append_bytes };

	strbuf->size = FIRST_SIZE;
	strbuf->string = calloc(1, strbuf->size);
	if (strbuf->string)
		strbuf->out = fopencookie(strbuf, "w", functions);
	return strbuf->out ? 0 : -ENOMEM;
}

/**
 * strbuf_close() - end the writing of a text
 * @strbuf: open
 *
 * Return: 0, or -ENOMEM when something of it is missing.
 */
int strbuf_close(struct strbuf *strbuf)
{
	int failed = ferror(strbuf->out);

	failed |= fclose(strbuf->out);
	strbuf->out = NULL;
	return failed ? -ENOMEM : 0;
}

/**
 * strbuf_done() - free a text
 * @strbuf: open, closed or all zero; @string may have been taken
 */
void strbuf_done(struct strbuf *strbuf)
{
	if (strbuf->out)
		fclose(strbuf->out);
	free(strbuf->string);
	memset(strbuf, 0, sizeof(*strbuf));
}
