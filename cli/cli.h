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
	bool replace;
	bool shield;
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
 * struct command - a command; a table of them ends with a NULL name
 * @name: its name
 * @aliases: its other names, or NULL
 * @operands: how its operands are called
 * @min: fewest operands
 * @max: most operands
 * @options: its options, besides the global ones
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

extern const struct command commands[];
extern const struct option global_options[];
extern const struct option add_options[];
extern const char add_details[];
extern const struct option rm_options[];
extern const char rm_details[];
extern const struct option ls_options[];
extern const char ls_details[];
extern const char port_details[];
extern const char targets_details[];
extern const struct option doctor_options[];
extern const char doctor_details[];
extern const struct option stats_options[];
extern const char stats_details[];
extern const char watch_details[];
extern const struct option keep_options[];
extern const char keep_details[];
extern const struct option apply_options[];
extern const char apply_details[];
extern const char save_details[];
extern const struct option flush_options[];
extern const char completion_details[];

const struct command *command_find(const char *name);
int command_unknown(const char *name, struct pubport_error *error);
int cli_open(const struct cli *cli, struct pubport **ret_context,
	     struct pubport_error *error);

int cmd_add(const struct cli *cli, struct pubport_error *error);
int cmd_rm(const struct cli *cli, struct pubport_error *error);
int cmd_ls(const struct cli *cli, struct pubport_error *error);
int cmd_port(const struct cli *cli, struct pubport_error *error);
int cmd_targets(const struct cli *cli, struct pubport_error *error);
int cmd_doctor(const struct cli *cli, struct pubport_error *error);
int cmd_stats(const struct cli *cli, struct pubport_error *error);
int cmd_keep(const struct cli *cli, struct pubport_error *error);
int cmd_watch(const struct cli *cli, struct pubport_error *error);
int cmd_apply(const struct cli *cli, struct pubport_error *error);
int cmd_save(const struct cli *cli, struct pubport_error *error);
int cmd_flush(const struct cli *cli, struct pubport_error *error);
int cmd_completion(const struct cli *cli, struct pubport_error *error);
int cmd_help(const struct cli *cli, struct pubport_error *error);
int cmd_version(const struct cli *cli, struct pubport_error *error);

void help_command(const struct command *command);
void help_overview(void);

#endif
