/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport watch: prints each change as it happens. */
#include "cleanup.h"
#include "cli.h"
#include "terminal/signals.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static const char watch_details[] =
	"Goes on until it is ended.  Changes are: added, removed, expired,\n"
	"replaced, table lost, table restored.  Each is a line, with -q of its\n"
	"key alone, and with --json an object.\n"
	"\n"
	"Examples:\n"
	"  pubport watch\n"
	"  pubport watch --json | jq .event\n";

/* " 0.0.0.0:8080 -> 172.17.0.2:80/tcp", or with -q the key alone */
static void print_mapping(const struct cli *cli,
			  const struct pubport_mapping *mapping)
{
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	putchar(' ');
	if (cli->quiet)
		pubport_key_format(&mapping->key, text, sizeof(text));
	else
		pubport_mapping_format(mapping, text, sizeof(text));
	fputs(text, stdout);
}

/* ", was 172.17.0.3:80/tcp" */
static void print_before(const struct pubport_mapping *before)
{
	const char *arrow = " -> ";
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	pubport_mapping_format(before, text, sizeof(text));
	printf(", was %s", strstr(text, arrow) + strlen(arrow));
}

static void print_line(const struct cli *cli, const struct pubport_event *event)
{
	fputs(pubport_change_name(event->change), stdout);
	if (event->mapping)
		print_mapping(cli, event->mapping);
	if (event->before && !cli->quiet)
		print_before(event->before);
	if (event->pid && !cli->quiet)
		printf(", by %s (pid %d)", event->process, event->pid);
	putchar('\n');
}

static int print_event(const struct cli *cli, const struct pubport_event *event,
		       struct pubport_error *error)
{
	CLEANUP(free) char *text = NULL;

	if (!cli->json) {
		print_line(cli, event);
		return 0;
	}
	if (pubport_event_to_json(event, &text) < 0)
		return error_memory(error);
	puts(text);
	return 0;
}

static int run_watch(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(context) struct pubport *context = NULL;
	CLEANUP(watch) struct pubport_watch *watch = NULL;
	struct pubport_event event;
	int code = cli_open(cli, &context, error);

	if (!code)
		code = pubport_watch_open(context, &watch, error);
	if (code < 0)
		return code;
	ending_expect();
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (!code && !ferror(stdout)) {
		code = pubport_watch_next(watch, &event, error);
		if (!code)
			code = print_event(cli, &event, error);
		else if (code == -EAGAIN)
			code = !ending_wait(pubport_watch_fd(watch), -1);
	}
	return code < 0 ? code : 0;
}

const struct command watch_command = {
	.name = "watch",
	.operands = "",
	.lasts = true,
	.run = run_watch,
	.help = "print each change as it happens",
	.details = watch_details,
};
