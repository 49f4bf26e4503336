/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows while it is written, and remembers that memory ran out. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct text - text on the heap; all zero is an empty one
 * @data: @length bytes, not terminated
 * @length: bytes written
 * @size: bytes allocated
 * @failed: memory ran out, and nothing is added any more
 */
struct text {
	char *data;
	size_t length;
	size_t size;
	bool failed;
};

char *number_write(char *to, uint64_t number);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
int text_take(struct text *text, char **ret_string);

#endif
