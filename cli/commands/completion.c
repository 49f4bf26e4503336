/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pubport completion: scripts that complete its command line in shells.
 *
 * What they know of commands and options is in the tables that the parser and
 * the help go by.  What can stand for an operand, or for an option's value,
 * follows from what the help calls it.  Each script is a file beside this one,
 * with a line where the tables go, as its shell writes them.
 */
#include "cli.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <ctype.h>
#include <string.h>

static const char completion_details[] =
	"Prints a script that completes commands, options, targets, and the\n"
	"keys and names of what is published.\n"
	"\n"
	"Examples:\n"
	"  source <(pubport completion bash)\n"
	"  source <(pubport completion zsh)\n"
	"  pubport completion fish | source\n";

/* the scripts, made of the files beside this one */
extern const char completion_bash[];
extern const char completion_zsh[];
extern const char completion_fish[];

#define TABLE "@TABLE@\n"

/**
 * struct style - how a script writes what completes a word
 * @list: before the name of what it lists
 * @list_end: and after it
 * @words: before words with blanks between
 * @words_end: and after them
 */
struct style {
	const char *list;
	const char *list_end;
	const char *words;
	const char *words_end;
};

/* whether a name stands in the likes of "[KEY|SPEC]..." */
static bool mentions(const char *called, const char *name)
{
	const char *marks = "[]|. ";
	size_t length;

	for (; *called; called += length) {
		called += strspn(called, marks);
		length = strcspn(called, marks);
		if (length && length == strlen(name) &&
		    !memcmp(called, name, length))
			return true;
	}
	return false;
}

/* which of what the scripts list is meant, or NULL */
static const char *find_list(const char *called)
{
	static const char *const lists[] = { "KEY", "NAME", "TARGET", "FILE" };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (mentions(called, lists[i]))
			return lists[i];
	return NULL;
}

static void put_commands(void)
{
	for (const struct command *const *at = commands; *at; at++)
		printf("%s%s", at == commands ? "" : " ", (*at)->name);
}

/* "bash|zsh|fish" are the words themselves; of most, nobody knows any */
static void put_words(const char *called)
{
	if (mentions(called, "COMMAND"))
		put_commands();
	else if (islower((unsigned char)*called))
		for (; *called; called++)
			putchar(*called == '|' ? ' ' : *called);
}

/* what can stand for that which the help calls so */
static void put_completer(const char *called, const struct style *style)
{
	const char *list = find_list(called);

	if (list) {
		printf("%s%s%s", style->list, list, style->list_end);
		return;
	}
	fputs(style->words, stdout);
	put_words(called);
	fputs(style->words_end, stdout);
}

/* for single quotes; a backslash stands before each special character */
static void put_quoted(const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr(special, *text))
			putchar('\\');
		putchar(*text);
	}
}

/* the command's name and aliases */
static void put_names(const struct command *command, const char *gap)
{
	fputs(command->name, stdout);
	for (size_t i = 0; i < COMMAND_ALIASES && command->aliases[i]; i++)
		printf("%s%s", gap, command->aliases[i]);
}

/* how many operands are completed alike: only the first, or all */
static int most(const struct command *command)
{
	return command->max == OPERANDS_ANY ? 9999 : command->max != 0;
}

/* ------------------------------------------------------------------ bash */

static const struct style bash_style = { "", "", "", "" };

static void bash_options(const struct option *option)
{
	for (; option && option->name; option++) {
		printf(" --%s", option->name);
		if (option->letter)
			printf(" -%c", option->letter);
	}
}

static void bash_values(const struct option *option)
{
	for (; option && option->name; option++) {
		if (!option->value)
			continue;
		printf(" --%s=", option->name);
		put_completer(option->value, &bash_style);
		if (!option->letter)
			continue;
		printf(" -%c=", option->letter);
		put_completer(option->value, &bash_style);
	}
}

static void bash_command(const struct command *command)
{
	putchar('\t');
	put_names(command, " | ");
	fputs(")\n\t\toptions+='", stdout);
	bash_options(command->options);
	fputs("'\n\t\tvalues='", stdout);
	bash_values(command->options);
	fputs(" '\n\t\toperands='", stdout);
	put_completer(command->operands, &bash_style);
	printf("' most=%d\n\t\t;;\n", most(command));
}

static void bash_table(void)
{
	fputs("\tcommands='", stdout);
	put_commands();
	fputs("'\n\toptions='", stdout);
	bash_options(global_options);
	puts("'\n\tcase ${1:-" COMMAND_DEFAULT "} in");
	for (const struct command *const *at = commands; *at; at++)
		bash_command(*at);
	puts("\tesac");
}

/* ------------------------------------------------------------------- zsh */

static const struct style zsh_style = { "_pubport_", "", "(", ")" };

/* '(-t --to)--to=[where it leads]:TARGET:_pubport_TARGET' */
static void zsh_spelling(const struct option *option, bool letter)
{
	fputs("\t\t'", stdout);
	if (option->kind == OPTION_LIST)
		putchar('*');
	else if (option->letter)
		printf("(-%c --%s)", option->letter, option->name);
	if (letter)
		printf("-%c%s", option->letter, option->value ? "+" : "");
	else
		printf("--%s%s", option->name, option->value ? "=" : "");
	putchar('[');
	put_quoted(option->help, "[]\\");
	putchar(']');
	if (option->value) {
		printf(":%s:", option->value);
		put_completer(option->value, &zsh_style);
	}
	puts("'");
}

static void zsh_options(const struct option *option)
{
	for (; option && option->name; option++) {
		if (option->letter)
			zsh_spelling(option, true);
		zsh_spelling(option, false);
	}
}

static void zsh_command(const struct command *command)
{
	putchar('\t');
	put_names(command, " | ");
	puts(")\n\t\toptions+=(");
	zsh_options(command->options);
	printf("\t\t)\n\t\toperands=('%s:operand:",
	       command->max == OPERANDS_ANY ? "*" : "1");
	put_completer(command->operands, &zsh_style);
	puts("')\n\t\t;;");
}

static void zsh_table(void)
{
	puts("\tcommands=(");
	for (const struct command *const *at = commands; *at; at++) {
		printf("\t\t'%s:", (*at)->name);
		put_quoted((*at)->help, "\\");
		puts("'");
	}
	puts("\t)\n\toptions=(");
	zsh_options(global_options);
	puts("\t)\n\tcase ${1:-" COMMAND_DEFAULT "} in");
	for (const struct command *const *at = commands; *at; at++)
		zsh_command(*at);
	puts("\tesac");
}

/* ------------------------------------------------------------------ fish */

static const struct style fish_style = { "(__pubport_", ")", "", "" };

static void fish_begin(const struct command *command)
{
	fputs("complete -c pubport", stdout);
	if (!command)
		return;
	fputs(" -n '__pubport_is ", stdout);
	put_names(command, " ");
	if (!strcmp(command->name, COMMAND_DEFAULT))
		fputs(" \"\"", stdout);
}

static void fish_end(const char *help)
{
	fputs(" -d '", stdout);
	put_quoted(help, "\\");
	puts("'");
}

static void fish_option(const struct command *command,
			const struct option *option)
{
	fish_begin(command);
	printf("%s -l %s", command ? "'" : "", option->name);
	if (option->letter)
		printf(" -s %c", option->letter);
	if (option->value) {
		fputs(" -x -a '", stdout);
		put_completer(option->value, &fish_style);
		putchar('\'');
	}
	fish_end(option->help);
}

static void fish_command(const struct command *command)
{
	const struct option *option = command->options;

	printf("complete -c pubport -n '__pubport_is \"\"' -a %s",
	       command->name);
	fish_end(command->help);
	for (; option && option->name; option++)
		fish_option(command, option);
	fish_begin(command);
	printf("; and __pubport_has_below %d' -a '", most(command));
	put_completer(command->operands, &fish_style);
	puts("'");
}

static void fish_table(void)
{
	for (const struct option *option = global_options; option->name;
	     option++)
		fish_option(NULL, option);
	for (const struct command *const *at = commands; *at; at++)
		fish_command(*at);
}

/* ----------------------------------------------------------- the command */

static const struct shell {
	const char *name;
	const char *script;
	void (*print_table)(void);
} shells[] = {
	{ "bash", completion_bash, bash_table },
	{ "zsh", completion_zsh, zsh_table },
	{ "fish", completion_fish, fish_table },
	{ NULL, NULL, NULL },
};

static int run_completion(const struct cli *cli, struct pubport_error *error)
{
	const char *name = cli->operands.items[0];
	const struct shell *shell = shells;
	const char *table;

	while (shell->name && strcmp(shell->name, name))
		shell++;
	if (!shell->name)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%.64s\": not bash, zsh or fish", name);
	table = strstr(shell->script, TABLE);
	fwrite(shell->script, 1, (size_t)(table - shell->script), stdout);
	shell->print_table();
	fputs(table + strlen(TABLE), stdout);
	return 0;
}

const struct command completion_command = {
	.name = "completion",
	.operands = "bash|zsh|fish",
	.min = 1,
	.max = 1,
	.run = run_completion,
	.help = "print a script that completes words in a shell",
	.details = completion_details,
};
