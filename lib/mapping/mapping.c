/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of mappings, and which of them collide. */
#include "mapping/mapping.h"

#include "table/mapping_element.h"

#include <errno.h>
#include <string.h>

/**
 * key_compare() - order keys by host address, protocol and port
 * @a: a key
 * @b: another one
 *
 * Return: below, at or above 0, as for qsort(3); 0 for the same key.
 */
int key_compare(const struct pubport_key *a, const struct pubport_key *b)
{
	int order = pubport_addr_compare(&a->host, &b->host);

	if (!order)
		order = (int)a->protocol - (int)b->protocol;
	if (!order)
		order = a->ports.first - b->ports.first;
	return order ? order : a->ports.last - b->ports.last;
}

/* of equal keys, the earlier one comes first */
static int compare(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order = key_compare(&(*x)->key, &(*y)->key);

	return order ? order : *x < *y ? -1 : *x > *y;
}

/* the same, with ranges apart from single ports: they don't collide */
static int compare_apart(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order = mapping_is_range(*x) - mapping_is_range(*y);

	return order ? order : compare(a, b);
}

static struct pubport_mapping **sort(const struct pubport_mappings *mappings,
				     int (*comparison)(const void *,
						       const void *))
{
	struct pubport_mapping **sorted =
		calloc(mappings->count + 1, sizeof(struct pubport_mapping *));

	for (size_t i = 0; sorted && i < mappings->count; i++)
		sorted[i] = &mappings->items[i];
	if (sorted)
		qsort(sorted, mappings->count, sizeof(struct pubport_mapping *),
		      comparison);
	return sorted;
}

/**
 * mappings_sort() - sort pointers to mappings by their keys
 * @mappings: which; not moved
 * @ret_sorted: @mappings->count pointers; of equal keys, the earlier one comes
 *	first; free with free()
 *
 * Return: 0 or -ENOMEM.
 */
int mappings_sort(const struct pubport_mappings *mappings,
		  struct pubport_mapping ***ret_sorted)
{
	struct pubport_mapping **sorted = sort(mappings, compare);

	if (!sorted)
		return -ENOMEM;
	*ret_sorted = sorted;
	return 0;
}

/**
 * mappings_sort_apart() - sort pointers to mappings, single ports before ranges
 * @mappings: which; not moved
 * @ret_sorted: @mappings->count pointers, each kind sorted as by
 * mappings_sort(); free with free()
 *
 * Return: 0 or -ENOMEM.
 */
int mappings_sort_apart(const struct pubport_mappings *mappings,
			struct pubport_mapping ***ret_sorted)
{
	struct pubport_mapping **sorted = sort(mappings, compare_apart);

	if (!sorted)
		return -ENOMEM;
	*ret_sorted = sorted;
	return 0;
}

static bool collides(const struct pubport_mapping *a,
		     const struct pubport_mapping *b)
{
	return mapping_is_range(a) == mapping_is_range(b) &&
	       a->key.protocol == b->key.protocol &&
	       !pubport_addr_compare(&a->key.host, &b->key.host) &&
	       b->key.ports.first <= a->key.ports.last;
}

/**
 * mappings_find_collision() - find a mapping that can't be beside another
 * @mappings: to be added together
 * @ret_index: index of one that has the key of another, or overlaps its range
 *
 * Return: 0 when there is one, -ENOENT when there is none, -ENOMEM.
 */
int mappings_find_collision(const struct pubport_mappings *mappings,
			    size_t *ret_index)
{
	struct pubport_mapping **sorted CLEANUP(free) =
		sort(mappings, compare_apart);

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 1; i < mappings->count; i++) {
		if (!collides(sorted[i - 1], sorted[i]))
			continue;
		*ret_index = (size_t)(sorted[i] - mappings->items);
		return 0;
	}
	return -ENOENT;
}

static bool is_sorted(const struct pubport_mappings *mappings)
{
	for (size_t i = 1; i < mappings->count; i++)
		if (key_compare(&mappings->items[i - 1].key,
				&mappings->items[i].key) > 0)
			return false;
	return true;
}

/**
 * pubport_mappings_sort() - sort mappings by host address, protocol and port
 * @mappings: sorted in place; addresses numerically, IPv4 first
 *
 * Return: 0, or -ENOMEM with @mappings as they were.
 */
PUBPORT_EXPORT int pubport_mappings_sort(struct pubport_mappings *mappings)
{
	struct pubport_mapping **sorted CLEANUP(free) = NULL;
	struct pubport_mapping *items;

	if (is_sorted(mappings))
		return 0;
	sorted = sort(mappings, compare);
	items = calloc(mappings->count + 1, sizeof(*items));
	if (!sorted || !items) {
		free(items);
		return -ENOMEM;
	}
	for (size_t i = 0; i < mappings->count; i++)
		items[i] = *sorted[i];
	free(mappings->items);
	mappings->items = items;
	return 0;
}
