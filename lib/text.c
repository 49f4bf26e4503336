/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows while it is written, and remembers that memory ran out. */
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE_MIN 256

/**
 * number_write() - write a decimal number, many times as fast as printf(3)
 * @to: receives up to 20 digits and a NUL
 * @number: what to write
 *
 * Return: the NUL, for the next one to go on from there.
 */
char *number_write(char *to, uint64_t number)
{
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	to = mempcpy(to, digits + first, sizeof(digits) - first);
	*to = '\0';
	return to;
}

/* always leaves room for a NUL */
static bool text_reserve(struct text *text, size_t length)
{
	size_t size = text->size ? text->size : TEXT_SIZE_MIN;
	char *data;

	if (text->failed)
		return false;
	if (length < text->size - text->length)
		return true;
	while (length >= size - text->length)
		size *= 2;
	data = realloc(text->data, size);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->size = size;
	return true;
}

/**
 * text_add_bytes() - add some bytes
 * @text: grows by them
 * @bytes: what to add
 * @length: how many
 */
void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
}

/**
 * text_add() - add a string
 * @text: grows by it
 * @string: what to add
 */
void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

/**
 * text_take() - finish a text
 * @text: is empty afterwards in any case
 * @ret_string: what was added; free with free(3)
 *
 * Return: 0, or -ENOMEM when memory ran out on the way.
 */
int text_take(struct text *text, char **ret_string)
{
	struct text taken = *text;

	text_add_bytes(&taken, "", 1);
	*text = (struct text){ .data = NULL };
	if (taken.failed) {
		free(taken.data);
		return -ENOMEM;
	}
	*ret_string = taken.data;
	return 0;
}
