/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the known word that was meant by one that is not known. */
#ifndef CLI_SPELLING_H
#define CLI_SPELLING_H

#include <stddef.h>

/**
 * struct spelling - an unknown word, and the known one that is most like it
 * @word: the unknown one; need not end with a NUL
 * @length: of @word
 * @meant: the known one, or NULL as long as none is like it
 * @distance: how many letters differ
 */
struct spelling {
	const char *word;
	size_t length;
	const char *meant;
	size_t distance;
};

void spelling_try(struct spelling *spelling, const char *known);

#endif
