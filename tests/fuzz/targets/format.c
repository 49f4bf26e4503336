/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FORMAT of ls: a template with the fields that ls has, for two rows, and
 * what it prints laid out in columns.
 *
 * The same template prints the same twice.  What is none says why.
 */
#include "format/columns.h"
#include "format/row.h"
#include "format/template.h"
#include "harness/fuzz.h"

static struct pubport_network from[] = {
	{ { PUBPORT_IPV4, { 192, 168, 33 } }, 24 },
	{ { PUBPORT_IPV4, { 10 } }, 8 },
};

static const struct pubport_mapping sample[] = {
	{
		.key = {
			.host = { PUBPORT_IPV4, { 192, 168, 33, 2 } },
			.protocol = PUBPORT_TCP,
			.ports = { 8080, 8080 },
		},
		.target_addr = { PUBPORT_IPV4, { 172, 17, 0, 2 } },
		.target_ports = { 80, 80 },
		.created = 1795428000,
		.connections = 12,
		.name = "flask",
		.target = "docker:flask",
		.image = "webapp:noexpose",
		.from = from,
		.from_count = ARRAY_SIZE(from),
	},
	{
		.key = {
			.host = { PUBPORT_IPV6, { 0 } },
			.protocol = PUBPORT_UDP,
			.ports = { 1000, 2000 },
		},
		.target_addr = { PUBPORT_IPV6, { 0xfd, 0x17, [15] = 2 } },
		.target_ports = { 2000, 3000 },
		.expires = 1795428000,
		.name = "dns",
		.target = "docker:flask",
	},
	{
		.key = {
			.host = { PUBPORT_IPV4, { 0 } },
			.protocol = PUBPORT_SCTP,
			.ports = { 7, 7 },
		},
		.target_addr = { PUBPORT_IPV4, { 172, 17, 0, 3 } },
		.target_ports = { 7, 7 },
		.name = "172.17.0.3",
		.target = "172.17.0.3",
	},
};

static char *print(const struct template *template, const struct rows *rows,
		   size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);

	CHECK(out);
	CHECK(!template_write(template, NULL, out));
	putc('\n', out);
	for (size_t i = 0; i < rows->count; i++) {
		/* age_write() counts from here */
		rows->items[i].now = 1795429000;
		CHECK(!template_write(template, &rows->items[i], out));
		putc('\n', out);
	}
	CHECK(!fclose(out));
	return text;
}

static void lay_out(const char *text, size_t length)
{
	CLEANUP(free) char *table = NULL;
	size_t table_length;
	FILE *out = open_memstream(&table, &table_length);

	CHECK(out);
	CHECK(!columns_print(text, length, out));
	CHECK(!fclose(out));
}

static void print_all(const struct template *template)
{
	struct pubport_mapping items[ARRAY_SIZE(sample)];
	const struct pubport_mappings mappings = { items, ARRAY_SIZE(items) };
	CLEANUP(rows) struct rows rows = { 0 };
	CLEANUP(free) char *text = NULL;
	CLEANUP(free) char *again = NULL;
	size_t length, again_length;

	memcpy(items, sample, sizeof(sample));
	CHECK(!rows_group(&mappings, &rows));
	CHECK(rows.count == 2);
	text = print(template, &rows, &length);
	again = print(template, &rows, &again_length);
	CHECK(length == again_length && !memcmp(text, again, length));
	lay_out(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = text_of(data, size);
	CLEANUP(template) struct template *template = NULL;
	struct pubport_error error;
	int code = template_new(text, row_fields, &template, &error);

	if (code) {
		check_error(&error, code);
		CHECK(!template);
		return 0;
	}
	print_all(template);
	return 0;
}
