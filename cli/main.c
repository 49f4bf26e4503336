/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the command that the words ask for, and runs it or prints its help. */
#include "cleanup.h"
#include "cli.h"
#include "output.h"
#include "spelling.h"
#include "terminal/progress.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <ctype.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

const struct option global_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, offsetof(struct cli, json),
	  "print JSON, errors too" },
	{ "quiet", 'q', OPTION_FLAG, NULL, offsetof(struct cli, quiet),
	  "print the least, no notices" },
	{ "verbose", 'v', OPTION_FLAG, NULL, offsetof(struct cli, verbose),
	  "name the kernel's error in errors" },
	{ "help", 'h', OPTION_FLAG, NULL, offsetof(struct cli, help),
	  "print how to use the command" },
	{ "version", 0, OPTION_FLAG, NULL, offsetof(struct cli, version),
	  "print the version" },
	OPTIONS_END
};

/* in the order in which the help lists them */
/* clang-format off */
const struct command *const commands[] = {
	&add_command, &rm_command, &ls_command, &port_command,
	&targets_command, &stats_command, &doctor_command,
	&apply_command, &save_command, &keep_command, &watch_command,
	&flush_command, &completion_command, &help_command, &version_command,
	NULL
};
/* clang-format on */

static bool has_name(const struct command *command, const char *name)
{
	for (size_t i = 0; i < COMMAND_ALIASES && command->aliases[i]; i++)
		if (!strcmp(command->aliases[i], name))
			return true;
	return !strcmp(command->name, name);
}

/* by its name or an alias; NULL if there is none */
static const struct command *command_find(const char *name)
{
	const struct command *const *command = commands;

	while (*command && !has_name(*command, name))
		command++;
	return *command;
}

/* @before, @words: what stands around it in the line that is hinted */
static int command_unknown(const char *name, const char *before,
			   char *const *words, struct pubport_error *error)
{
	struct spelling spelling = { .word = name, .length = strlen(name) };
	int code = error_set(error, PUBPORT_USAGE, -EINVAL,
			     "\"%.64s\": no such command", name);
	char line[64];

	for (const struct command *const *at = commands; *at; at++) {
		spelling_try(&spelling, (*at)->name);
		for (size_t i = 0; i < COMMAND_ALIASES && (*at)->aliases[i];
		     i++)
			spelling_try(&spelling, (*at)->aliases[i]);
	}
	if (!spelling.meant) {
		error_hint(error, "pubport help");
		return code;
	}
	error_append(error, "; is \"%s\" meant?", spelling.meant);
	snprintf(line, sizeof(line), "%s %s", before, spelling.meant);
	error_hint_command(error, line, (const char *const *)words);
	return code;
}

/* -------------------------------------------------------------------- help */

static void print_option(const struct option *option)
{
	char text[64];

	snprintf(text, sizeof(text), "--%s%s%s", option->name,
		 option->value ? " " : "", option->value ? option->value : "");
	if (option->letter)
		printf("  -%c, %-22s %s\n", option->letter, text, option->help);
	else
		printf("      %-22s %s\n", text, option->help);
}

static void print_options(const char *title, const struct option *option)
{
	if (!option)
		return;
	printf("\n%s:\n", title);
	for (; option->name; option++)
		print_option(option);
}

static void print_aliases(const struct command *command)
{
	const char *gap = "Also called: ";

	for (size_t i = 0; i < COMMAND_ALIASES && command->aliases[i]; i++) {
		printf("%s%s", gap, command->aliases[i]);
		gap = ", ";
	}
	if (command->aliases[0])
		putchar('\n');
}

static void print_command_help(const struct command *command)
{
	printf("Usage: pubport %s%s%s%s\n", command->name,
	       command->options ? " [OPTION]..." : "",
	       *command->operands ? " " : "", command->operands);
	print_aliases(command);
	printf("\n%c%s.\n", toupper((unsigned char)*command->help),
	       command->help + 1);
	print_options("Options", command->options);
	print_options("Global options", global_options);
	if (command->details)
		printf("\n%s", command->details);
}

static void print_overview(void)
{
	puts("Usage: pubport [OPTION]... [COMMAND] [OPTION]... [OPERAND]...\n"
	     "\n"
	     "Publish ports of running containers, virtual machines and "
	     "network namespaces.\n"
	     "Without a command, list what is published.\n"
	     "\n"
	     "Commands:");
	for (const struct command *const *at = commands; *at; at++)
		printf("  %-11s %s\n", (*at)->name, (*at)->help);
	print_options("Global options", global_options);
	puts("\n"
	     "Run pubport help COMMAND for more about one.");
}

static int run_help(const struct cli *cli, struct pubport_error *error)
{
	static char *const no_words[] = { NULL };
	const struct command *command;

	if (!cli->operands.count) {
		print_overview();
		return 0;
	}
	command = command_find(cli->operands.items[0]);
	if (!command)
		return command_unknown(cli->operands.items[0], "pubport help",
				       no_words, error);
	print_command_help(command);
	return 0;
}

const struct command help_command = {
	.name = "help",
	.operands = "[COMMAND]",
	.max = 1,
	.run = run_help,
	.help = "tell how to use pubport or a command",
};

static int run_version(const struct cli *cli, struct pubport_error *error)
{
	(void)error;
	printf(cli->json ? "{\"version\":\"%s\"}\n" : "pubport %s\n",
	       pubport_version());
	return 0;
}

const struct command version_command = {
	.name = "version",
	.operands = "",
	.run = run_version,
	.help = "print the version",
};

/* ----------------------------------------------------------- the command line
 */

/**
 * cli_open() - open the library, listen to what it says
 * @cli: whether to listen
 * @ret_context: close with pubport_close()
 * @error: why it failed
 *
 * Return: 0 or a negative errno.
 */
int cli_open(const struct cli *cli, struct pubport **ret_context,
	     struct pubport_error *error)
{
	int code = pubport_open(ret_context, error);

	if (code < 0)
		return code;
	if (!cli->quiet)
		pubport_set_notice(*ret_context, output_notice, cli->notices);
	if (cli->progress)
		pubport_set_progress(*ret_context, cli_progress_tell,
				     cli->progress);
	return 0;
}

/*
 * Moves the command to the front of the words, before the global options, and
 * returns it.  Returns NULL if there is none: "pubport --filter name=web" is
 * ls too.
 */
static char *take_command(char **words)
{
	size_t leading = options_leading(global_options, words);
	char *word = words[leading];

	if (!word || (word[0] == '-' && word[1]))
		return NULL;
	memmove(words + 1, words, leading * sizeof(*words));
	words[0] = word;
	return word;
}

static int check_operands(const struct command *command,
			  const struct words *operands,
			  struct pubport_error *error)
{
	if (operands->count < command->min)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%s\": operand missing: %s", command->name,
				 command->operands);
	if (operands->count > command->max)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%.64s\": one operand too many for %s",
				 operands->items[command->max], command->name);
	return 0;
}

/* nobody waits for what lasts, and programs don't look at terminals */
static bool shows_progress(const struct cli *cli, const struct command *command)
{
	return !command->lasts && !cli->quiet && !cli->json &&
	       isatty(STDERR_FILENO);
}

static int run_words(struct cli *cli, char **words, struct pubport_error *error)
{
	const char *name = take_command(words);
	const struct command *command =
		command_find(name ? name : COMMAND_DEFAULT);
	const struct option *tables[] = { global_options,
					  command ? command->options : NULL,
					  NULL };
	int code = options_parse(tables, name ? words + 1 : words, cli,
				 &cli->operands, error);

	if (!command)
		return command_unknown(name, "pubport", words + 1, error);
	if (!code && !cli->version && !cli->help)
		code = check_operands(command, &cli->operands, error);
	if (code < 0) {
		error_hint(error, name ? "pubport help %s" : "pubport help",
			   command->name);
		return code;
	}
	code = output_open(error);
	if (code < 0)
		return code;
	if (cli->version)
		return version_command.run(cli, error);
	if (cli->help) {
		name ? print_command_help(command) : print_overview();
		return 0;
	}
	if (shows_progress(cli, command))
		cli->progress = cli_progress_new();
	return command->run(cli, error);
}

/* the same command as root, where that helps */
static void hint_root(struct pubport_error *error, char *const *words)
{
	if (error->status == PUBPORT_NOT_PERMITTED && !error->hint[0] &&
	    geteuid() != 0)
		error_hint_command(error, "sudo pubport",
				   (const char *const *)words);
}

int main(int argc, char **argv)
{
	struct pubport_error error = { .status = PUBPORT_FAILED };
	CLEANUP(strbuf_done) struct strbuf notices = { 0 };
	struct cli cli = { 0 };
	int code, said = 0;

	(void)argc;
	/* whoever ignores it hands that on: nothing would be known of how the
	 * programs end that are run */
	signal(SIGCHLD, SIG_DFL);
	code = strbuf_open(&notices);
	cli.notices = notices.out;
	code = code < 0 ? error_memory(&error)
			: run_words(&cli, argv + 1, &error);
	cli_progress_free(cli.progress);
	words_done(&cli.operands);
	words_done(&cli.filters);
	words_done(&cli.from);
	words_done(&cli.targets);
	if (code >= 0) {
		said = code;
		code = output_close(&error);
	}
	if (code >= 0) {
		/* where memory ran out, some are missing */
		(void)strbuf_close(&notices);
		fputs(notices.string, stderr);
	}
	if (code < 0) {
		hint_root(&error, argv + 1);
		output_error(&cli, &error);
	}
	return code < 0 ? (int)error.status : said;
}
