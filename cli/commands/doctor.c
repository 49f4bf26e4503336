/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pubport doctor: why what is published can't be reached.
 *
 * With --fix, each command that mends something is printed and run once,
 * without a shell, from the fixed folders of programs and with their clean
 * environment.  What it prints goes to /dev/null: standard output is the
 * report's.
 */
#include "cleanup.h"
#include "cli.h"
#include "output.h"
#include "util/array.h"
#include "util/error.h"
#include "util/program.h"
#include "util/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* one command may uncover what another one is for */
#define ROUNDS_MAX 5

static const struct option doctor_options[] = {
	{ "fix", 0, OPTION_FLAG, NULL, offsetof(struct cli, fix),
	  "run the commands that mend it" },
	{ "client", 0, OPTION_TEXT, "ADDRESS", offsetof(struct cli, client),
	  "look at the way of this client" },
	{ "state", 0, OPTION_TEXT, "FILE", offsetof(struct cli, state),
	  "where keep records the mappings" },
	OPTIONS_END
};

static const char doctor_details[] =
	"Looks at the whole way of a packet: of one mapping, or of all.  Says\n"
	"what is fine (ok), what may be wanted (--) and what is wrong (!!), by\n"
	"whom, and which command mends it.  With -v, each thing that is fine\n"
	"has a line; with -q, only what is wrong.  The exit status is 1 when\n"
	"something is wrong.\n"
	"\n"
	"Examples:\n"
	"  pubport doctor 8080\n"
	"  pubport doctor --fix\n"
	"  pubport doctor --client 10.9.9.9 8080\n";

/* ------------------------------------------------------------------ report */

static const char *client_text(enum pubport_client client)
{
	switch (client) {
	case PUBPORT_CLIENT_REMOTE:
		return " (remote clients)";
	case PUBPORT_CLIENT_LOOPBACK:
		return " (this host's loopback)";
	case PUBPORT_CLIENT_NEIGHBOUR:
		return " (the target and its neighbours)";
	case PUBPORT_CLIENT_ANY:
	default:
		return "";
	}
}

static int write_finding(const struct pubport_finding *finding, FILE *out)
{
	static const char *const marks[] = {
		[PUBPORT_FINDING_OK] = "ok",
		[PUBPORT_FINDING_NOTE] = "--",
		[PUBPORT_FINDING_WRONG] = "!!",
	};
	CLEANUP(free) char *fix = NULL;

	fprintf(out, "  %s  %s%s: %s\n", marks[finding->status], finding->check,
		client_text(finding->client), finding->message);
	if (finding->by)
		fprintf(out, "      by: %s\n", finding->by);
	if (!finding->fix)
		return 0;
	if (pubport_finding_fix_format(finding, &fix) < 0)
		return -ENOMEM;
	fprintf(out, "      %s: %s\n", finding->ask_first ? "perhaps" : "mend",
		fix);
	return 0;
}

static bool is_same_subject(const struct pubport_finding *a,
			    const struct pubport_finding *b)
{
	return strcmp(a->subject, b->subject) == 0;
}

/* whether a check that is fine here, for IPv4, found something elsewhere */
static bool is_fine(const struct pubport_finding *finding, size_t count,
		    const char *check)
{
	for (size_t i = 0; i < count; i++)
		if (finding[i].status != PUBPORT_FINDING_OK &&
		    !strcmp(finding[i].check, check))
			return false;
	return true;
}

/* what is fine, in one line; what was looked at for both families, once */
static void write_fine(const struct pubport_finding *finding, size_t count,
		       FILE *out)
{
	const char *last = "", *check;

	for (size_t i = 0; i < count; i++) {
		check = finding[i].check;
		if (finding[i].status != PUBPORT_FINDING_OK ||
		    !strcmp(check, last) || !is_fine(finding, count, check))
			continue;
		fprintf(out, "%s%s", *last ? ", " : "  ok  ", check);
		last = check;
	}
	if (*last)
		putc('\n', out);
}

/* all findings about one subject */
static int write_subject(const struct cli *cli,
			 const struct pubport_finding *finding, size_t count,
			 FILE *out)
{
	bool is_quiet = cli->quiet;
	int code = 0;

	for (size_t i = 0; is_quiet && i < count; i++)
		is_quiet = finding[i].status != PUBPORT_FINDING_WRONG;
	if (is_quiet)
		return 0;
	fprintf(out, "%s\n", finding->subject);
	if (!cli->verbose && !cli->quiet)
		write_fine(finding, count, out);
	for (size_t i = 0; !code && i < count; i++)
		if (finding[i].status == PUBPORT_FINDING_WRONG ||
		    (!cli->quiet &&
		     (finding[i].status == PUBPORT_FINDING_NOTE ||
		      cli->verbose)))
			code = write_finding(&finding[i], out);
	return code;
}

static size_t count_wrong(const struct pubport_findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->items[i].status == PUBPORT_FINDING_WRONG;
	return count;
}

static int write_report(const struct cli *cli,
			const struct pubport_findings *findings, FILE *out)
{
	const struct pubport_finding *items = findings->items;
	size_t wrong = count_wrong(findings);
	size_t from = 0;
	int code = 0;

	for (size_t i = 1; !code && i <= findings->count; i++) {
		if (i < findings->count &&
		    is_same_subject(&items[from], &items[i]))
			continue;
		code = write_subject(cli, &items[from], i - from, out);
		from = i;
	}
	if (code || cli->quiet)
		return code;
	if (wrong)
		fprintf(out, "%zu %s wrong\n", wrong,
			wrong == 1 ? "thing is" : "things are");
	else
		fputs("nothing is wrong\n", out);
	return 0;
}

/* all of it is written before any of it is printed */
static int print_report(const struct cli *cli,
			const struct pubport_findings *findings)
{
	CLEANUP(strbuf_done) struct strbuf text = { 0 };

	if (strbuf_open(&text) || write_report(cli, findings, text.out) ||
	    strbuf_close(&text))
		return -ENOMEM;
	fputs(text.string, stdout);
	return 0;
}

/* --------------------------------------------------------------------- fix */

/**
 * struct fixes - commands that were run
 * @texts: each as for a shell; free with fixes_done()
 * @count: number of @texts
 */
struct fixes {
	char **texts;
	size_t count;
};

static void cleanup_fixes(struct fixes *fixes)
{
	for (size_t i = 0; i < fixes->count; i++)
		free(fixes->texts[i]);
	free(fixes->texts);
}

/* takes the text over; 1 for one that is there already */
static int remember(struct fixes *fixes, char *text)
{
	char **texts;

	for (size_t i = 0; i < fixes->count; i++) {
		if (strcmp(fixes->texts[i], text) != 0)
			continue;
		free(text);
		return 1;
	}
	texts = array_grow(fixes->texts, fixes->count, sizeof(*texts));
	if (!texts) {
		free(text);
		return -ENOMEM;
	}
	fixes->texts = texts;
	texts[fixes->count++] = text;
	return 0;
}

/* this very program, wherever it is installed */
static int find_program(const char *name, char ret_path[PATH_MAX])
{
	if (strcmp(name, "pubport") != 0)
		return -program_find(name, ret_path);
	snprintf(ret_path, PATH_MAX, "/proc/self/exe");
	return 0;
}

/* returns an errno */
static int spawn(char *const *words, pid_t *ret_pid)
{
	CLEANUP(free) char **environment = program_environment();
	posix_spawn_file_actions_t files;
	char path[PATH_MAX];
	int code = environment ? find_program(words[0], path) : ENOMEM;

	if (code)
		return code;
	posix_spawn_file_actions_init(&files);
	code = posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
						"/dev/null", O_RDONLY, 0);
	if (!code)
		code = posix_spawn_file_actions_addopen(
			&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (!code)
		code = posix_spawn(ret_pid, path, &files, NULL, words,
				   environment);
	posix_spawn_file_actions_destroy(&files);
	return code;
}

static void run_words(char *const *words)
{
	int status = 0, code;
	pid_t pid;

	code = spawn(words, &pid);
	if (code) {
		fprintf(stderr, "pubport: %s: %s\n", words[0], strerror(code));
		return;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fprintf(stderr, "pubport: %s: it failed\n", words[0]);
}

/*
 * Runs the commands of what is wrong, but for those that were run before.  One
 * that fails is told on standard error: whether it helped, the next examination
 * tells.
 */
static int run_fixes(struct fixes *fixes,
		     const struct pubport_findings *findings, FILE *out,
		     size_t *ret_run)
{
	const struct pubport_finding *finding = findings->items;
	char *text;
	int code;

	*ret_run = 0;
	for (size_t i = 0; i < findings->count; i++, finding++) {
		if (finding->status != PUBPORT_FINDING_WRONG || !finding->fix ||
		    finding->ask_first)
			continue;
		code = pubport_finding_fix_format(finding, &text);
		if (!code)
			code = remember(fixes, text);
		if (code < 0)
			return code;
		if (code)
			continue;
		fprintf(out, "+ %s\n", fixes->texts[fixes->count - 1]);
		fflush(out);
		run_words(finding->fix);
		++*ret_run;
	}
	return 0;
}

static int examine(struct pubport *context,
		   const struct pubport_doctor_request *request,
		   struct pubport_findings *findings,
		   struct pubport_error *error)
{
	pubport_findings_done(findings);
	return pubport_doctor(context, request, findings, error);
}

/* until nothing is wrong, or no command is left that could help */
static int fix_all(const struct cli *cli, struct pubport *context,
		   const struct pubport_doctor_request *request,
		   struct pubport_findings *findings,
		   struct pubport_error *error)
{
	CLEANUP(fixes) struct fixes fixes = { 0 };
	FILE *out = cli->json ? stderr : stdout;
	size_t run = 1;
	int code = 0;

	for (int i = 0; !code && run && i < ROUNDS_MAX; i++) {
		if (!cli->json && count_wrong(findings))
			code = print_report(cli, findings);
		if (!code)
			code = run_fixes(&fixes, findings, out, &run);
		if (code < 0)
			return error_memory(error);
		if (run)
			code = examine(context, request, findings, error);
	}
	return code;
}

static int read_request(const struct cli *cli,
			struct pubport_doctor_request *request,
			struct pubport_addr *client,
			struct pubport_error *error)
{
	if (cli->operands.count)
		request->text = cli->operands.items[0];
	if (!cli->client)
		return 0;
	request->client = client;
	if (!pubport_addr_parse(cli->client, client))
		return 0;
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "\"%.64s\": not the address of a client", cli->client);
}

static int run_doctor(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(findings) struct pubport_findings findings = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	struct pubport_doctor_request request = {
		.size = sizeof(request),
		.state = cli->state,
	};
	struct pubport_addr client;
	char *json;
	int code = read_request(cli, &request, &client, error);

	if (!code)
		code = cli_open(cli, &context, error);
	if (!code)
		code = examine(context, &request, &findings, error);
	if (!code && cli->fix)
		code = fix_all(cli, context, &request, &findings, error);
	if (code < 0)
		return code;
	if (cli->json) {
		code = pubport_findings_to_json(&findings, &json);
		code = output_json(code, json, error);
	} else if (print_report(cli, &findings) < 0) {
		code = error_memory(error);
	}
	if (code < 0)
		return code;
	return count_wrong(&findings) ? CLI_SAID : 0;
}

const struct command doctor_command = {
	.name = "doctor",
	.operands = "[KEY|SPEC]",
	.max = 1,
	.options = doctor_options,
	.run = run_doctor,
	.help = "say why what is published can't be reached",
	.details = doctor_details,
};
