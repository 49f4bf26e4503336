/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the table and its elements as nft syntax. */
#ifndef NFT_PRINT_H
#define NFT_PRINT_H

#include "nft/element.h"
#include "nft/rules.h"

#include <stdio.h>

/**
 * struct printer - how elements are written
 * @out: where
 * @verb: "add" or "delete"
 */
struct printer {
	FILE *out;
	const char *verb;
};

void print_table(FILE *out);
void print_ruleset(FILE *out, const struct ruleset *ruleset);
void print_rule(FILE *out, const struct ruleset_rule *rule);
void print_element(void *syntax, enum set_id set, const struct element *element,
		   size_t index);

#endif
