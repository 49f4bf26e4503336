/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the known word that was meant by one that is not known. */
#include "spelling.h"

#include <string.h>

enum {
	LENGTH_MAX = 24
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* letters that are missing, too many, others, or swapped with the next one */
static size_t distance(const char *a, size_t a_length, const char *b,
		       size_t b_length)
{
	size_t to[LENGTH_MAX + 1][LENGTH_MAX + 1];

	for (size_t i = 0; i <= a_length; i++)
		to[i][0] = i;
	for (size_t j = 0; j <= b_length; j++)
		to[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		for (size_t j = 1; j <= b_length; j++) {
			to[i][j] = smaller(to[i - 1][j], to[i][j - 1]) + 1;
			to[i][j] = smaller(to[i][j],
					   to[i - 1][j - 1] +
						   (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				to[i][j] =
					smaller(to[i][j], to[i - 2][j - 2] + 1);
		}
	}
	return to[a_length][b_length];
}

/**
 * spelling_try() - look whether a known word was meant
 * @spelling: the unknown word; the known one is kept if it is more like that
 *	than all before
 * @known: the known one; must live as long as @spelling
 *
 * A word was meant by its beginning, and by what differs from it in a letter,
 * or in one of four.
 */
void spelling_try(struct spelling *spelling, const char *known)
{
	size_t length = strlen(known), letters = 1;

	if (!spelling->length || spelling->length > LENGTH_MAX ||
	    length > LENGTH_MAX)
		return;
	if (strncmp(known, spelling->word, spelling->length) != 0)
		letters = distance(spelling->word, spelling->length, known,
				   length);
	if (letters > 1 + spelling->length / 4 || letters >= length ||
	    (spelling->meant && letters >= spelling->distance))
		return;
	spelling->meant = known;
	spelling->distance = letters;
}
