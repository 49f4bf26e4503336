/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options as tables; one parser stores them in the caller's struct. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "pubport.h"

/**
 * struct words - borrowed strings in an array on the heap
 * @items: free with words_done()
 * @count: number of @items
 */
struct words {
	const char **items;
	size_t count;
};

int words_append(struct words *words, const char *word);
void words_done(struct words *words);

enum option_kind {
	OPTION_FLAG, /* sets a bool */
	OPTION_TEXT, /* sets a const char *; the last one wins */
	OPTION_LIST, /* appends to a struct words */
};

/**
 * struct option - one option; a table of them ends with OPTIONS_END
 * @name: after "--"
 * @letter: after "-", or 0
 * @kind: what it stores
 * @value: what the help calls its value, or NULL for a flag
 * @offset: where in the caller's struct
 * @help: one line
 */
struct option {
	const char *name;
	char letter;
	enum option_kind kind;
	const char *value;
	size_t offset;
	const char *help;
};

/* clang-format off */
#define OPTIONS_END { .name = NULL }
/* clang-format on */

size_t options_leading(const struct option *table, char *const *words);
int options_parse(const struct option *const *tables, char *const *words,
		  void *values, struct words *operands,
		  struct pubport_error *error);

#endif
