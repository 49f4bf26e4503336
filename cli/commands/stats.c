/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport stats: what the connections of mappings do. */
#include "cleanup.h"
#include "cli.h"
#include "format/columns.h"
#include "format/units.h"
#include "output.h"
#include "terminal/screen.h"
#include "terminal/signals.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_MS 1000

static const struct option stats_options[] = {
	{ "bytes", 0, OPTION_FLAG, NULL, offsetof(struct cli, bytes),
	  "count packets and bytes, from now on" },
	{ "no-bytes", 0, OPTION_FLAG, NULL, offsetof(struct cli, no_bytes),
	  "count them no longer" },
	{ "no-stream", 0, OPTION_FLAG, NULL, offsetof(struct cli, no_stream),
	  "print once, and end" },
	OPTIONS_END
};

static const char stats_details[] =
	"NOW are connections that are open, CONNECTIONS all so far.  PACKETS\n"
	"and BYTES are from and to clients.  With --bytes they are counted from\n"
	"then on, also after stats has ended, by rules that each packet of a\n"
	"published port meets; --no-bytes takes these away, and so does the end\n"
	"of the last mapping.  Without them, and if the host has set\n"
	"net.netfilter.nf_conntrack_acct to 1, they are those of connections\n"
	"that are open or ended a short time ago.\n"
	"\n"
	"On a terminal, q ends it.  Elsewhere the table is printed each second;\n"
	"with --json an object for each mapping, one a line, and with\n"
	"--no-stream as well, one array.\n"
	"\n"
	"Examples:\n"
	"  pubport stats --bytes\n"
	"  pubport stats --no-stream --json\n";

/* --------------------------------------------------------------- the table */

static void write_counts(FILE *out, const struct pubport_stat *stat)
{
	if (!stat->is_counted) {
		fputs("-\t-\n", out);
		return;
	}
	fprintf(out, "%" PRIu64 " / %" PRIu64 "\t", stat->packets_in,
		stat->packets_out);
	size_write(out, stat->bytes_in);
	fputs(" / ", out);
	size_write(out, stat->bytes_out);
	putc('\n', out);
}

static void write_rows(FILE *out, const struct pubport_stats *stats)
{
	char key[PUBPORT_KEY_TEXT_SIZE];

	fputs("NAME\tKEY\tNOW\tCONNECTIONS\tPACKETS IN / OUT\tBYTES IN / OUT\n",
	      out);
	for (size_t i = 0; i < stats->count; i++) {
		const struct pubport_stat *stat = &stats->items[i];

		fprintf(out, "%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t",
			stat->mapping.name,
			pubport_key_format(&stat->mapping.key, key,
					   sizeof(key)),
			stat->connections_now, stat->mapping.connections);
		write_counts(out, stat);
	}
}

static int print_table(const struct pubport_stats *stats, FILE *to)
{
	CLEANUP(strbuf_done) struct strbuf text = { 0 };

	if (strbuf_open(&text))
		return -ENOMEM;
	write_rows(text.out, stats);
	if (strbuf_close(&text))
		return -ENOMEM;
	return columns_print(text.string, text.length, to);
}

/* ----------------------------------------------------------------- counting */

static size_t count_counted(const struct pubport_stats *stats)
{
	size_t counted = 0;

	for (size_t i = 0; i < stats->count; i++)
		counted += stats->items[i].counted_since != 0;
	return counted;
}

static void tell_beginning(const struct cli *cli)
{
	if (!cli->quiet && !cli->json)
		output_notice(cli->notices,
			      "counting packets and bytes from now on, until "
			      "pubport stats --no-bytes");
}

/* also what was published meanwhile is to be counted */
static int list_stats(const struct cli *cli, struct pubport *context,
		      struct pubport_stats *ret_stats,
		      struct pubport_error *error)
{
	CLEANUP(stats) struct pubport_stats before = { 0 };
	size_t counted;
	int code;

	if (!cli->bytes)
		return pubport_stats_list(context, ret_stats, error);
	code = pubport_stats_list(context, &before, error);
	if (code < 0)
		return code;
	counted = count_counted(&before);
	if (counted == before.count) {
		*ret_stats = before;
		before = (struct pubport_stats){ 0 };
		return 0;
	}
	code = pubport_stats_count(context, true, error);
	if (code < 0)
		return code;
	if (!counted)
		tell_beginning(cli);
	return pubport_stats_list(context, ret_stats, error);
}

/* ------------------------------------------------------------------- output */

static int print_objects(const struct pubport_stats *stats)
{
	for (size_t i = 0; i < stats->count; i++) {
		CLEANUP(free) char *text = NULL;

		if (pubport_stat_to_json(&stats->items[i], &text) < 0)
			return -ENOMEM;
		puts(text);
	}
	return 0;
}

static void tell_uncounted(const struct cli *cli,
			   const struct pubport_stats *stats)
{
	if (stats->count && !stats->items[0].is_counted && !cli->quiet &&
	    !cli->json)
		output_notice(cli->notices,
			      "packets and bytes are not counted: "
			      "pubport stats --bytes counts them");
}

static int print_once(const struct cli *cli, struct pubport *context,
		      struct pubport_error *error)
{
	CLEANUP(stats) struct pubport_stats stats = { 0 };
	char *json;
	int code = list_stats(cli, context, &stats, error);

	if (code < 0)
		return code;
	tell_uncounted(cli, &stats);
	if (!cli->json)
		return print_table(&stats, stdout) < 0 ? error_memory(error)
						       : 0;
	code = pubport_stats_to_json(&stats, &json);
	return output_json(code, json, error);
}

/* tables have an empty line between them */
static int print_next(const struct cli *cli, struct pubport *context,
		      bool is_first, struct pubport_error *error)
{
	CLEANUP(stats) struct pubport_stats stats = { 0 };
	int code = list_stats(cli, context, &stats, error);

	if (code < 0)
		return code;
	if (!is_first && !cli->json)
		putchar('\n');
	code = cli->json ? print_objects(&stats) : print_table(&stats, stdout);
	return code < 0 ? error_memory(error) : 0;
}

static int stream(const struct cli *cli, struct pubport *context,
		  struct pubport_error *error)
{
	bool is_first = true;
	int code;

	ending_expect();
	do {
		code = print_next(cli, context, is_first, error);
		is_first = false;
	} while (!code && !fflush(stdout) && ending_wait(-1, INTERVAL_MS));
	return code;
}

static int show_next(const struct cli *cli, struct pubport *context,
		     struct pubport_error *error)
{
	CLEANUP(stats) struct pubport_stats stats = { 0 };
	CLEANUP(strbuf_done) struct strbuf text = { 0 };
	int code = list_stats(cli, context, &stats, error);

	if (code < 0)
		return code;
	if (strbuf_open(&text) || print_table(&stats, text.out) ||
	    strbuf_close(&text))
		return error_memory(error);
	screen_show(text.string);
	return 0;
}

static int show(const struct cli *cli, struct pubport *context,
		struct pubport_error *error)
{
	struct screen screen;
	int code = screen_open(&screen);

	if (code < 0)
		return error_set(error, PUBPORT_FAILED, -EIO, "terminal: %s",
				 strerror(-code));
	do
		code = show_next(cli, context, error);
	while (!code && screen_wait(&screen, INTERVAL_MS));
	screen_close(&screen);
	return code;
}

static int run_stats(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(context) struct pubport *context = NULL;
	int code;

	if (cli->bytes && cli->no_bytes)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"--no-bytes\": not with --bytes");
	code = cli_open(cli, &context, error);
	if (!code && cli->no_bytes)
		code = pubport_stats_count(context, false, error);
	if (code < 0)
		return code;
	if (cli->no_stream)
		return print_once(cli, context, error);
	pubport_set_progress(context, NULL, NULL);
	if (cli->json || !isatty(STDOUT_FILENO))
		return stream(cli, context, error);
	return show(cli, context, error);
}

const struct command stats_command = {
	.name = "stats",
	.operands = "",
	.options = stats_options,
	.run = run_stats,
	.help = "show what connections do, as it changes",
	.details = stats_details,
};
