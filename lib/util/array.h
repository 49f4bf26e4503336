/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays on the heap that grow by one. */
#ifndef UTIL_ARRAY_H
#define UTIL_ARRAY_H

#include <stdlib.h>

/**
 * array_grow() - make room for one more item
 * @items: the array, or NULL when it is empty
 * @count: number of items so far
 * @size: size of an item
 *
 * There is always room for the next power of two, so that nobody has to
 * remember how much there is.
 *
 * Return: the array, perhaps moved; NULL without memory, and @items still
 * holds.
 */
static inline void *array_grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return reallocarray(items, count ? 2 * count : 1, size);
}

#endif
