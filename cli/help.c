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
	if (option->name)
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
 * help_command() - print how to use a command
 * @command: the command
 */
void help_command(const struct command *command)
{
	printf("Usage: pubport %s%s%s%s\n", command->name,
	       command->options->name ? " [OPTION]..." : "",
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
	for (const struct command *command = commands; command->name; command++)
		printf("  %-11s %s\n", command->name, command->help);
	print_options("Global options", global_options);
	puts("\n"
	     "Run pubport help COMMAND for more about one.");
}

/**
 * cmd_help() - print how to use pubport or one of its commands
 * @cli: perhaps COMMAND as operand
 * @error: why it failed
 *
 * Return: 0, or -EINVAL for an unknown command.
 */
int cmd_help(const struct cli *cli, struct pubport_error *error)
{
	const struct command *command;

	if (!cli->operands.count) {
		help_overview();
		return 0;
	}
	command = command_find(cli->operands.items[0]);
	if (!command)
		return command_unknown(cli->operands.items[0], error);
	help_command(command);
	return 0;
}

/**
 * cmd_version() - print the version
 * @cli: whether as JSON
 * @error: unused
 *
 * Return: 0.
 */
int cmd_version(const struct cli *cli, struct pubport_error *error)
{
	(void)error;
	printf(cli->json ? "{\"version\":\"%s\"}\n" : "pubport %s\n",
	       pubport_version());
	return 0;
}
