/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes elements as nft syntax. */
#ifndef SYNTAX_H
#define SYNTAX_H

#include "element.h"

void syntax_print_element(void *out, enum schema_set_id set,
			  const struct element *element, size_t index);

#endif
