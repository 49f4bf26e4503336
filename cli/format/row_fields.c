/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ls can show of a row. */
#include "cleanup.h"
#include "format/age.h"
#include "format/row.h"
#include "prefixes.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

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
	{ "Ports", "PORTS", write_ports },
	{ "RunningFor", "CREATED", write_running_for },
	{ "Status", "STATUS", write_status },
	{ "Target", "TARGET", write_target },
	{ NULL, NULL, NULL },
};
