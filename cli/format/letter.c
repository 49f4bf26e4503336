/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Letters of UTF-8, whatever the user's locale is, since docker knows no other.
 *
 * The C library's own locale for that is set with the first letter that is not
 * ASCII; from then on its functions for wide characters know them all.
 */
#include "format/letter.h"

#include <limits.h>
#include <locale.h>
#include <stdlib.h>

/**
 * letter_read() - read a letter
 * @text: begins with it
 * @length: of @text, not 0
 * @ret_letter: the letter, or LETTER_NONE
 *
 * Return: how many bytes it takes.
 */
size_t letter_read(const char *text, size_t length, wchar_t *ret_letter)
{
	mbstate_t state = { 0 };
	size_t used;

	*ret_letter = (unsigned char)*text;
	if (*ret_letter < 0x80)
		return 1;
	if (MB_CUR_MAX == 1)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
	used = mbrtowc(ret_letter, text, length, &state);
	if (used <= length)
		return used;
	*ret_letter = LETTER_NONE;
	return 1;
}

/**
 * letter_width() - measure a letter on a terminal
 * @letter: from letter_read()
 *
 * Return: how many columns it takes: 0 to 2.
 */
size_t letter_width(wchar_t letter)
{
	int width = wcwidth(letter);

	return width < 0 ? 0 : (size_t)width;
}

/**
 * letter_write() - write a letter
 * @letter: from letter_read(), or another form of it
 * @out: where to
 */
void letter_write(wchar_t letter, FILE *out)
{
	char bytes[MB_LEN_MAX];
	mbstate_t state = { 0 };
	size_t length = wcrtomb(bytes, letter, &state);

	if (length <= sizeof(bytes))
		fwrite(bytes, 1, length, out);
}
