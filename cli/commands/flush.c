/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport flush: unpublishes everything. */
#include "cleanup.h"
#include "cli.h"

#include <stddef.h>

const struct option flush_options[] = {
	{ "drain", 0, OPTION_FLAG, NULL, offsetof(struct cli, drain),
	  "let live connections end by themselves" },
	OPTIONS_END
};

/**
 * cmd_flush() - unpublish everything, undo all settings; prints nothing
 * @cli: its options
 * @error: why it failed
 *
 * Return: 0 or a negative errno.
 */
int cmd_flush(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(context) struct pubport *context = NULL;
	int code = cli_open(cli, &context, error);

	if (code < 0)
		return code;
	return pubport_flush(context, cli->drain ? PUBPORT_REMOVE_DRAIN : 0U,
			     error);
}
