/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: its commands, and what it was given. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "options.h"
#include "pubport.h"

#include <stdio.h>

/**
 * struct cli - a command line, as its words say
 * @operands: words that are neither the command nor options
 * @notices: what the library said, shown once the command is done
 * @progress: shows how far the library is, or NULL
 *
 * The other members are the options of the same names.
 */
struct cli {
	struct words operands;
	FILE *notices;
	struct cli_progress *progress;

	bool help;
	bool json;
	bool quiet;
	bool verbose;
	bool version;

	bool all;
	bool bytes;
	bool drain;
	bool dry_run;
	bool fix;
	bool force;
	bool ignore_missing;
	bool no_bytes;
	bool no_loopback;
	bool no_stream;
	bool no_trunc;
	bool publish_all;
	bool replace;
	bool ignore_existing;
	bool shield;
	bool masquerade;
	bool symmetric;
	const char *helper;
	const char *client;
	const char *format;
	const char *name;
	const char *state;
	const char *target;
	const char *ttl;
	struct words filters;
	struct words from;
	struct words targets;
};

/* what a command returns that has said on standard output that all is not well
 */
#define CLI_SAID 1

/* what is done without a command */
#define COMMAND_DEFAULT "ls"
#define OPERANDS_ANY SIZE_MAX
#define COMMAND_ALIASES 2

/**
 * struct command - a command
 * @name: its name
 * @aliases: its other names, or NULL
 * @operands: how its operands are called
 * @min: fewest operands
 * @max: most operands
 * @options: its options, besides the global ones, or NULL
 * @lasts: whether it goes on until it is ended
 * @run: does it; returns 0, CLI_SAID, or a negative errno with the error set
 * @help: what it does, in a line
 * @details: the rest of its help, ending with examples, or NULL
 */
struct command {
	const char *name;
	const char *aliases[COMMAND_ALIASES];
	const char *operands;
	size_t min;
	size_t max;
	const struct option *options;
	bool lasts;
	int (*run)(const struct cli *cli, struct pubport_error *error);
	const char *help;
	const char *details;
};

extern const struct command add_command, rm_command, ls_command, port_command,
	targets_command, stats_command, doctor_command, apply_command,
	save_command, keep_command, watch_command, flush_command,
	completion_command, help_command, version_command;
/* all of them, then NULL */
extern const struct command *const commands[];
extern const struct option global_options[];

int cli_open(const struct cli *cli, struct pubport **ret_context,
	     struct pubport_error *error);

#endif
