/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport rm: unpublishes ports; pubport flush: all of them. */
#include "cleanup.h"
#include "cli.h"
#include "output.h"
#include "util/error.h"

#include <stddef.h>

static const struct option rm_options[] = {
	{ "name", 'n', OPTION_TEXT, "NAME", offsetof(struct cli, name),
	  "all mappings of this name" },
	{ "to", 't', OPTION_TEXT, "TARGET", offsetof(struct cli, target),
	  "all mappings to this target" },
	{ "all", 0, OPTION_FLAG, NULL, offsetof(struct cli, all),
	  "all mappings" },
	{ "drain", 0, OPTION_FLAG, NULL, offsetof(struct cli, drain),
	  "let live connections end by themselves" },
	{ "ignore-missing", 0, OPTION_FLAG, NULL,
	  offsetof(struct cli, ignore_missing),
	  "a mapping that is not published is no error" },
	OPTIONS_END
};

static const char rm_details[] =
	"KEY is [HOST:]PORT[-PORT][/PROTO]; without HOST, it means the mapping\n"
	"on all addresses.  What add took, rm takes.  Prints a line for each\n"
	"mapping that is gone; with -q, its key.\n"
	"\n"
	"Examples:\n"
	"  pubport rm 8080\n"
	"  pubport rm --name flask\n"
	"  pubport rm $(pubport ls -q)\n";

static unsigned int flags_of(const struct cli *cli)
{
	return (cli->all ? PUBPORT_REMOVE_ALL : 0U) |
	       (cli->drain ? PUBPORT_REMOVE_DRAIN : 0U) |
	       (cli->ignore_missing ? PUBPORT_REMOVE_IGNORE_MISSING : 0U);
}

static int run_rm(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings removed = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	struct pubport_remove_request request = {
		.size = sizeof(request),
		.texts = cli->operands.items,
		.text_count = cli->operands.count,
		.name = cli->name,
		.target = cli->target,
		.flags = flags_of(cli),
	};
	int code;

	if (!request.text_count && !cli->name && !cli->target && !cli->all) {
		code = error_set(
			error, PUBPORT_USAGE, -EINVAL,
			"\"rm\": operand missing: KEY, SPEC, --name, --to "
			"or --all");
		error_hint(error, "pubport help rm");
		return code;
	}
	code = cli_open(cli, &context, error);
	if (code < 0)
		return code;
	code = pubport_remove(context, &request, &removed, error);
	return code < 0 ? code : output_mappings(cli, &removed, error);
}

const struct command rm_command = {
	.name = "rm",
	.operands = "[KEY|SPEC]...",
	.max = OPERANDS_ANY,
	.options = rm_options,
	.run = run_rm,
	.help = "unpublish ports, all or none",
	.details = rm_details,
};

static const struct option flush_options[] = {
	{ "drain", 0, OPTION_FLAG, NULL, offsetof(struct cli, drain),
	  "let live connections end by themselves" },
	OPTIONS_END
};

static int run_flush(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(context) struct pubport *context = NULL;
	int code = cli_open(cli, &context, error);

	if (code < 0)
		return code;
	return pubport_flush(context, cli->drain ? PUBPORT_REMOVE_DRAIN : 0U,
			     error);
}

const struct command flush_command = {
	.name = "flush",
	.operands = "",
	.options = flush_options,
	.run = run_flush,
	.help = "unpublish everything, undo every setting of the host",
};
