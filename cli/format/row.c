/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of ls: mappings of one target each, found in linear time.  units.c
 * has the words for times; when a mapping ends, table/mapping_element.c reads.
 */
#include "format/row.h"

#include "cleanup.h"
#include "format/units.h"
#include "prefixes.h"

#include <errno.h>
#include <inttypes.h>
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

/* --------------------------------------------------------------- the fields */

static int write_connections(FILE *out, const void *data)
{
	const struct row *row = data;
	uint64_t sum = 0;

	for (size_t i = 0; i < row->count; i++)
		sum += row->mappings[i]->connections;
	fprintf(out, "%" PRIu64, sum);
	return 0;
}

static int write_created_at(FILE *out, const void *data)
{
	const struct row *row = data;
	time_t created = (time_t)row->created;
	char text[64] = "-";
	struct tm broken_down;

	if (created && gmtime_r(&created, &broken_down))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S +0000 UTC",
			 &broken_down);
	fputs(text, out);
	return 0;
}

static int write_expires(FILE *out, const void *data)
{
	const struct row *row = data;

	if (!row->expires) {
		fputs("-", out);
		return 0;
	}
	fputs("in ", out);
	age_write(out, row->now, row->expires);
	return 0;
}

static bool any_is_limited(const struct row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->mappings[i]->from_count)
			return true;
	return false;
}

/* one that is for everyone beside others that are not shows it */
static int append_from(struct networks *networks,
		       const struct pubport_mapping *mapping)
{
	const struct pubport_network everyone = {
		.addr.family = mapping->key.host.family,
	};
	int code = 0;

	if (!mapping->from_count)
		return networks_append(networks, &everyone);
	for (size_t i = 0; i < mapping->from_count && !code; i++)
		code = networks_append(networks, &mapping->from[i]);
	return code;
}

static int write_from(FILE *out, const void *data)
{
	const struct row *row = data;
	CLEANUP(networks) struct networks networks = { 0 };
	int code = 0;

	if (!any_is_limited(row)) {
		fputs("-", out);
		return 0;
	}
	for (size_t i = 0; i < row->count && !code; i++)
		code = append_from(&networks, row->mappings[i]);
	if (!code)
		networks_write(&networks, out);
	return code;
}

/* of helpers, the first one is told: most targets have one protocol */
static const char *helper_of_row(const struct row *row)
{
	const char *helper = "";

	for (size_t i = 0; i < row->count && !*helper; i++)
		helper = row->mappings[i]->helper;
	return helper;
}

/* what some of the ports were published with */
static int write_options(FILE *out, const void *data)
{
	static const struct {
		enum pubport_mapping_flag flag;
		const char *word;
	} options[] = {
		{ PUBPORT_MAPPING_SHIELD, "shield" },
		{ PUBPORT_MAPPING_MASQUERADE, "masquerade" },
		{ PUBPORT_MAPPING_SYMMETRIC, "symmetric" },
		{ PUBPORT_MAPPING_NO_LOOPBACK, "no-loopback" },
	};
	const struct row *row = data;
	const char *helper = helper_of_row(row), *comma = "";
	unsigned int flags = 0;

	for (size_t i = 0; i < row->count; i++)
		flags |= row->mappings[i]->flags;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!(flags & options[i].flag))
			continue;
		fprintf(out, "%s%s", comma, options[i].word);
		comma = ",";
	}
	if (*helper)
		fprintf(out, "%shelper=%s", comma, helper);
	else if (!*comma)
		fputs("-", out);
	return 0;
}

static int write_image(FILE *out, const void *data)
{
	const struct row *row = data;
	const char *image = "";

	for (size_t i = 0; i < row->count && !*image; i++)
		image = row->mappings[i]->image;
	fputs(*image ? image : "-", out);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct pubport_mapping *const *left = a;
	const struct pubport_mapping *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

/* each name once, in the order of the alphabet */
static int write_names(FILE *out, const void *data)
{
	const struct row *row = data;
	CLEANUP(free) const struct pubport_mapping **sorted = NULL;
	const char *last = row->name;

	fputs(last, out);
	if (row->count == 1)
		return 0;
	sorted = calloc(row->count, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, row->mappings, row->count * sizeof(*sorted));
	qsort(sorted, row->count, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < row->count; i++) {
		if (!strcmp(sorted[i]->name, last))
			continue;
		last = sorted[i]->name;
		putc(',', out);
		fputs(last, out);
	}
	return 0;
}

static int write_ports(FILE *out, const void *data)
{
	const struct row *row = data;
	CLEANUP(free) char *text = NULL;
	int code = pubport_ports_format(row->mappings, row->count, &text);

	if (code < 0)
		return code;
	fputs(text, out);
	return 0;
}

static int write_running_for(FILE *out, const void *data)
{
	const struct row *row = data;

	if (!row->created) {
		fputs("-", out);
		return 0;
	}
	age_write(out, row->created, row->now);
	fputs(" ago", out);
	return 0;
}

static int write_status(FILE *out, const void *data)
{
	const struct row *row = data;

	fputs("Up", out);
	/* an element made by hand doesn't tell */
	if (row->created) {
		fputs(" ", out);
		age_write(out, row->created, row->now);
	}
	if (row->expires) {
		fputs(", ", out);
		age_write(out, row->now, row->expires);
		fputs(" left", out);
	}
	return 0;
}

static int write_target(FILE *out, const void *data)
{
	const struct row *row = data;

	fputs(row->mappings[0]->target, out);
	return 0;
}

const struct template_field row_fields[] = {
	{ "Connections", "CONNECTIONS", write_connections },
	{ "CreatedAt", "CREATED AT", write_created_at },
	{ "Expires", "EXPIRES", write_expires },
	{ "From", "FROM", write_from },
	{ "Image", "IMAGE", write_image },
	{ "Name", "NAME", write_names },
	{ "Names", "NAMES", write_names },
	{ "Options", "OPTIONS", write_options },
	{ "Ports", "PORTS", write_ports },
	{ "RunningFor", "CREATED", write_running_for },
	{ "Status", "STATUS", write_status },
	{ "Target", "TARGET", write_target },
	{ NULL, NULL, NULL },
};
