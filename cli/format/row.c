/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups mappings by target, in linear time. */
#include "format/row.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/**
 * struct grouping - which row each mapping belongs to
 * @mappings: all mappings
 * @row_of: index of each mapping's row
 * @slots: hash table of targets: 1 and the index of the first mapping to it, or
 *	0
 * @mask: number of @slots less one
 */
struct grouping {
	const struct pubport_mappings *mappings;
	size_t *row_of;
	size_t *slots;
	size_t mask;
};

static size_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325; /* FNV-1a */

	while (*text)
		value = (value ^ (unsigned char)*text++) * 0x100000001b3;
	return (size_t)(value ^ value >> 32);
}

static size_t *slot_of(const struct grouping *grouping, const char *target)
{
	const struct pubport_mapping *items = grouping->mappings->items;
	size_t at = hash(target) & grouping->mask;

	while (grouping->slots[at] &&
	       strcmp(items[grouping->slots[at] - 1].target, target))
		at = (at + 1) & grouping->mask;
	return &grouping->slots[at];
}

static void row_count(struct row *row, const struct pubport_mapping *mapping)
{
	if (!row->count || mapping->created < row->created)
		row->created = mapping->created;
	if (!row->count || strcmp(mapping->name, row->name) < 0)
		row->name = mapping->name;
	if (mapping->expires &&
	    (!row->expires || mapping->expires < row->expires))
		row->expires = mapping->expires;
	row->count++;
}

static void count_rows(const struct grouping *grouping, struct rows *rows)
{
	for (size_t i = 0; i < grouping->mappings->count; i++) {
		const struct pubport_mapping *mapping =
			&grouping->mappings->items[i];
		size_t *slot = slot_of(grouping, mapping->target);
		size_t at = *slot ? grouping->row_of[*slot - 1] : rows->count++;

		if (!*slot)
			*slot = i + 1;
		grouping->row_of[i] = at;
		row_count(&rows->items[at], mapping);
	}
}

/* a counting sort: each row's count is its place, then its end, meanwhile */
static void fill_rows(const struct grouping *grouping, struct rows *rows)
{
	int64_t now = time(NULL);
	size_t place = 0;

	for (size_t i = 0; i < rows->count; i++) {
		size_t count = rows->items[i].count;

		rows->items[i].count = place;
		place += count;
	}
	for (size_t i = 0; i < grouping->mappings->count; i++) {
		struct row *row = &rows->items[grouping->row_of[i]];

		rows->mappings[row->count++] = &grouping->mappings->items[i];
	}
	place = 0;
	for (size_t i = 0; i < rows->count; i++) {
		struct row *row = &rows->items[i];
		size_t end = row->count;

		row->mappings = rows->mappings + place;
		row->count = end - place;
		row->now = now;
		place = end;
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a;
	const struct row *right = b;

	if (left->created != right->created)
		return left->created > right->created ? -1 : 1;
	return strcmp(left->name, right->name);
}

/**
 * rows_group() - group mappings by their target
 * @mappings: borrowed by @ret_rows
 * @ret_rows: free with rows_done()
 *
 * Return: 0 or -ENOMEM.
 */
int rows_group(const struct pubport_mappings *mappings, struct rows *ret_rows)
{
	CLEANUP(rows) struct rows rows = { 0 };
	size_t room = 2;

	while (room < 2 * mappings->count)
		room *= 2;

	CLEANUP(free)
	size_t *row_of = calloc(mappings->count + 1, sizeof(*row_of));
	CLEANUP(free) size_t *slots = calloc(room, sizeof(*slots));
	struct grouping grouping = { mappings, row_of, slots, room - 1 };

	rows.items = calloc(mappings->count + 1, sizeof(*rows.items));
	rows.mappings = calloc(mappings->count + 1, sizeof(*rows.mappings));
	if (!row_of || !slots || !rows.items || !rows.mappings)
		return -ENOMEM;
	count_rows(&grouping, &rows);
	fill_rows(&grouping, &rows);
	qsort(rows.items, rows.count, sizeof(*rows.items), compare_rows);
	*ret_rows = rows;
	rows = (struct rows){ 0 };
	return 0;
}

/**
 * rows_done() - free what rows_group() stored
 * @rows: all zero afterwards
 */
void rows_done(struct rows *rows)
{
	free(rows->items);
	free(rows->mappings);
	*rows = (struct rows){ 0 };
}
