/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others that is shown on a terminal or pasted into a shell. */
#include "util/text.h"

#include <string.h>

/* a word of these alone means the same to a shell with and without quotes */
#define PLAIN                                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"_.:/@+,=%-"

/**
 * text_make_printable() - keep terminal escapes out of what is shown
 * @text: changed in place: each byte that is not printable ASCII becomes '?'
 *
 * Names come from users and from tables that anyone may have edited.
 */
void text_make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/**
 * shell_quote() - write a word of a command line
 * @out: where to write it
 * @word: the word; in single quotes unless a shell takes it as it stands
 */
void shell_quote(FILE *out, const char *word)
{
	if (*word && !word[strspn(word, PLAIN)]) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
}
