/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes elements as nft syntax. */
#ifndef NFT_SYNTAX_H
#define NFT_SYNTAX_H

#include "nft/element.h"

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

void print_element(void *syntax, enum set_id set, const struct element *element,
		   size_t index);

#endif
