/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pubport save: writes the mappings to a file; pubport apply: makes them equal
 * to those in a file.
 */
#include "cleanup.h"
#include "cli.h"
#include "files/file.h"
#include "output.h"
#include "util/error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct option apply_options[] = {
	{ "force", 0, OPTION_FLAG, NULL, offsetof(struct cli, force),
	  "despite a local listener, or a host address that isn't there" },
	{ "dry-run", 0, OPTION_FLAG, NULL, offsetof(struct cli, dry_run),
	  "print what would go and come, change nothing" },
	OPTIONS_END
};

static const char apply_details[] =
	"FILE is an array of mappings, as save writes it and ls --json prints\n"
	"it; - is standard input.  In one transaction, mappings that it lacks\n"
	"are removed and its own are added; those that are equal stay as they\n"
	"are.\n"
	"Prints a line for each mapping that went (-) or came (+); with -q, its\n"
	"key.\n"
	"\n"
	"Examples:\n"
	"  pubport apply --dry-run ports.json\n"
	"  pubport apply ports.json\n";

static void cleanup_difference(struct pubport_difference *difference)
{
	pubport_difference_done(difference);
}

static void print_mappings(const struct cli *cli, char sign,
			   const struct pubport_mappings *mappings)
{
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	for (size_t i = 0; i < mappings->count; i++) {
		if (cli->quiet)
			pubport_key_format(&mappings->items[i].key, text,
					   sizeof(text));
		else
			pubport_mapping_format(&mappings->items[i], text,
					       sizeof(text));
		printf("%c %s\n", sign, text);
	}
}

static int print_difference(const struct cli *cli,
			    const struct pubport_difference *difference,
			    struct pubport_error *error)
{
	char *text;
	int code;

	if (!cli->json) {
		print_mappings(cli, '-', &difference->removed);
		print_mappings(cli, '+', &difference->added);
		return 0;
	}
	code = pubport_difference_to_json(difference, &text);
	return output_json(code, text, error);
}

static int read_mappings(const char *name,
			 struct pubport_mappings *ret_mappings,
			 struct pubport_error *error)
{
	CLEANUP(free) char *bytes = NULL;
	size_t length = 0;
	int code = file_load(name, &bytes, &length, error);

	return code < 0 ? code
			: file_parse(name, bytes, length, ret_mappings, error);
}

/* the library knows no file */
static int explain(const char *name, struct pubport_error *error)
{
	if (error->index != PUBPORT_NO_INDEX)
		error_prefix(error, name);
	if (error->code == -EADDRINUSE || error->code == -EADDRNOTAVAIL)
		error_hint_command(error, "pubport apply --force",
				   (const char *const[]){ name, NULL });
	return error->code;
}

static int run_apply(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(difference)
	struct pubport_difference difference = { .added = { 0 } };
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	const struct pubport_apply_request request = {
		.size = sizeof(request),
		.mappings = &mappings,
		.flags = (cli->force ? PUBPORT_APPLY_FORCE : 0U) |
			 (cli->dry_run ? PUBPORT_APPLY_DRY_RUN : 0U),
	};
	const char *name = cli->operands.items[0];
	int code = read_mappings(name, &mappings, error);

	if (code >= 0)
		code = cli_open(cli, &context, error);
	if (code < 0)
		return code;
	code = pubport_apply(context, &request, &difference, error);
	return code < 0 ? explain(name, error)
			: print_difference(cli, &difference, error);
}

const struct command apply_command = {
	.name = "apply",
	.operands = "FILE|-",
	.min = 1,
	.max = 1,
	.options = apply_options,
	.run = run_apply,
	.help = "make the mappings equal to a file, in one transaction",
	.details = apply_details,
};

static const char save_details[] =
	"Writes what ls --json prints to FILE, for apply: the old FILE is\n"
	"there until the new one is on the disk.  Without FILE, or with -,\n"
	"prints it.\n"
	"\n"
	"Examples:\n"
	"  pubport save ports.json\n"
	"  pubport save | ssh other pubport apply -\n";

static int run_save(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	CLEANUP(free) char *text = NULL;
	int code = cli_open(cli, &context, error);

	if (code >= 0)
		code = pubport_list(context, &mappings, error);
	if (code < 0)
		return code;
	if (pubport_mappings_sort(&mappings) < 0 ||
	    pubport_mappings_to_json(&mappings, &text) < 0)
		return error_memory(error);
	if (!cli->operands.count || !strcmp(cli->operands.items[0], "-"))
		output_text(text);
	else
		code = file_write(cli->operands.items[0], text, error);
	return code;
}

const struct command save_command = {
	.name = "save",
	.operands = "[FILE]",
	.max = 1,
	.run = run_save,
	.help = "write the mappings to a file, for apply",
	.details = save_details,
};
