/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport help and pubport version. */
#include "cli.h"

#include <ctype.h>

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

/**
 * help_print() - print how to use a command
 * @command: the command
 */
void help_print(const struct command *command)
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

/**
 * help_overview() - print which commands there are
 */
void help_overview(void)
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
	const struct command *command;

	if (!cli->operands.count) {
		help_overview();
		return 0;
	}
	command = command_find(cli->operands.items[0]);
	if (!command)
		return command_unknown(cli->operands.items[0], error);
	help_print(command);
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
