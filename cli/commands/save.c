/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport save: writes the mappings to a file. */
#include "cleanup.h"
#include "cli.h"
#include "files/file.h"
#include "output.h"
#include "util/error.h"

#include <string.h>

const char save_details[] =
	"Writes what ls --json prints to FILE, for apply: the old FILE is\n"
	"there until the new one is on the disk.  Without FILE, or with -,\n"
	"prints it.\n"
	"\n"
	"Examples:\n"
	"  pubport save ports.json\n"
	"  pubport save | ssh other pubport apply -\n";

/**
 * cmd_save() - write the mappings as JSON
 * @cli: perhaps FILE as operand
 * @error: why it failed
 *
 * Return: 0 or a negative errno.
 */
int cmd_save(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	CLEANUP(free) char *text = NULL;
	int code = cli_open(cli, &context, error);

	if (code >= 0)
		code = pubport_list(context, &mappings, error);
	if (code < 0)
		return code;
	if (pubport_mappings_sort(&mappings) < 0)
		return error_memory(error);
	if (!cli->operands.count || !strcmp(cli->operands.items[0], "-"))
		return output_json(&mappings, error);
	if (pubport_mappings_to_json(&mappings, &text) < 0)
		return error_memory(error);
	return file_write(cli->operands.items[0], text, error);
}
