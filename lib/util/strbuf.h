/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in memory that is written as to a file.
 *
 * What open_memstream(3) has no room for it leaves out, and says nothing: not
 * ferror(), and not fclose().  So this is built on fopencookie(3), which does.
 */
#ifndef UTIL_STRBUF_H
#define UTIL_STRBUF_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* bytes that there is room for at first: a short one takes no more memory */
#define TEXT_ROOM 512

/**
 * struct text - text that is being written
 * @out: where to write it; NULL unless it is open
 * @string: what was written, and a NUL; complete once it is closed
 * @length: bytes of it
 * @size: bytes that there is room for
 */
struct text {
	FILE *out;
	char *string;
	size_t length;
	size_t size;
};

/* as fopencookie(3) wants it: 0 tells a failure */
static inline ssize_t text_append(void *cookie, const char *bytes, size_t count)
{
	struct text *text = cookie;
	size_t needed = text->length + count + 1;
	char *string;

	if (needed > text->size) {
		string = realloc(text->string, 2 * needed);
		if (!string)
			return 0;
		text->string = string;
		text->size = 2 * needed;
	}
	memcpy(text->string + text->length, bytes, count);
	text->length += count;
	text->string[text->length] = '\0';
	return (ssize_t)count;
}

/**
 * text_done() - free a text
 * @text: open, closed or all zero; @string may have been taken
 */
static inline void text_done(struct text *text)
{
	if (text->out)
		fclose(text->out);
	free(text->string);
	memset(text, 0, sizeof(*text));
}

/**
 * text_open() - begin a text
 * @text: all zero; it must stay where it is; end with text_done()
 *
 * Return: 0 or -ENOMEM.
 */
static inline int text_open(struct text *text)
{
	const cookie_io_functions_t functions = { .write = text_append };

	text->size = TEXT_ROOM;
	text->string = calloc(1, text->size);
	if (text->string)
		text->out = fopencookie(text, "w", functions);
	return text->out ? 0 : -ENOMEM;
}

/**
 * text_close() - end the writing of a text
 * @text: open
 *
 * Return: 0, or -ENOMEM when something of it is missing.
 */
static inline int text_close(struct text *text)
{
	int failed = ferror(text->out);

	failed |= fclose(text->out);
	text->out = NULL;
	return failed ? -ENOMEM : 0;
}

static inline void cleanup_text_done(struct text *text)
{
	text_done(text);
}

#endif
