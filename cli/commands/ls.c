/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport ls: lists the mappings. */
#include "cleanup.h"
#include "cli.h"
#include "format/columns.h"
#include "format/filter.h"
#include "format/row.h"
#include "format/template.h"
#include "output.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <stddef.h>
#include <string.h>

#define TABLE "table"

static const struct option ls_options[] = {
	{ "format", 0, OPTION_TEXT, "FORMAT", offsetof(struct cli, format),
	  "'table TEMPLATE', 'TEMPLATE' or 'json'" },
	{ "filter", 'f', OPTION_LIST, "KEY=VALUE",
	  offsetof(struct cli, filters),
	  "by host, image, name, port, protocol or target" },
	{ "no-trunc", 0, OPTION_FLAG, NULL, offsetof(struct cli, no_trunc),
	  "as always: nothing is ever cut off" },
	OPTIONS_END
};

static const char ls_details[] =
	"TEMPLATE is text with {{.Field}} in it; \\t ends a column.  Fields:\n"
	"  .Connections .CreatedAt .Expires .From .Image .Name .Names .Options\n"
	"  .Ports .RunningFor .Status .Target\n"
	"Functions, as {{upper .Names}} or {{.Names | upper}}:\n"
	"  join json lower pad println split title truncate upper\n"
	"\n"
	"Filters with the same key are alternatives, those with different keys\n"
	"must all match.  name=REGEX is a regular expression, as web or ^web$;\n"
	"port=PORT[-PORT][/PROTO] is the host's port, and so is publish=, which\n"
	"is tcp without PROTO; the others are compared as a whole.\n"
	"\n"
	"With -q, prints keys, and with --json, mappings, whatever the FORMAT.\n"
	"\n"
	"Examples:\n"
	"  pubport ls --format 'table {{.Names}}\\t{{.Ports}}'\n"
	"  pubport ls --filter name=flask --filter port=8080\n";

static bool is_table(const char *format)
{
	return !strncmp(format, TABLE, strlen(TABLE));
}

static int parse_format(const char *format, struct template **ret_template,
			struct pubport_error *error)
{
	const char *text = format;

	if (!strcmp(format, "json"))
		text = "{{json .}}";
	else if (is_table(format))
		text = format + strlen(TABLE);
	return template_new(text, row_fields, ret_template, error);
}

static int write_rows(const struct template *template, const struct rows *rows,
		      FILE *out)
{
	int code = 0;

	for (size_t i = 0; i < rows->count && !code; i++) {
		code = template_write(template, &rows->items[i], out);
		putc('\n', out);
	}
	return code;
}

static int write_header(const struct template *template, FILE *out)
{
	int code = template_write(template, NULL, out);

	putc('\n', out);
	return code;
}

/* all of it is written before any of it is printed */
static int print_rows(const struct template *template, bool table,
		      const struct rows *rows)
{
	CLEANUP(strbuf_done) struct strbuf text = { 0 };
	int code = strbuf_open(&text);

	if (!code && table)
		code = write_header(template, text.out);
	if (!code)
		code = write_rows(template, rows, text.out);
	if (!code)
		code = strbuf_close(&text);
	if (!code && table)
		code = columns_print(text.string, text.length, stdout);
	else if (!code)
		fwrite(text.string, 1, text.length, stdout);
	return code;
}

static int print_mappings(const struct template *template, bool table,
			  const struct pubport_mappings *mappings,
			  struct pubport_error *error)
{
	CLEANUP(rows) struct rows rows = { 0 };
	int code = rows_group(mappings, &rows);

	if (!code)
		code = print_rows(template, table, &rows);
	return code < 0 ? error_memory(error) : 0;
}

static int run_ls(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	CLEANUP(filters) struct filters filters = { 0 };
	CLEANUP(template) struct template *template = NULL;
	CLEANUP(context) struct pubport *context = NULL;
	const char *format = cli->format;
	int code;

	if (!format || !*format || !strcmp(format, TABLE))
		format = TABLE " {{.Name}}\t{{.Target}}\t{{.Status}}\t"
			       "{{.Ports}}\t{{.Connections}}";
	code = parse_format(format, &template, error);
	if (!code)
		code = filters_parse(&cli->filters, &filters, error);
	if (!code)
		code = cli_open(cli, &context, error);
	if (!code)
		code = pubport_list(context, &mappings, error);
	if (code < 0)
		return code;
	filters_apply(&filters, &mappings);
	if (!cli->json && !cli->quiet)
		return print_mappings(template, is_table(format), &mappings,
				      error);
	if (pubport_mappings_sort(&mappings) < 0)
		return error_memory(error);
	return output_mappings(cli, &mappings, error);
}

const struct command ls_command = {
	.name = "ls",
	.aliases = { "list", "ps" },
	.operands = "",
	.options = ls_options,
	.run = run_ls,
	.help = "list what is published, a row for each target",
	.details = ls_details,
};
