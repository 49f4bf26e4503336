/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs: run without a shell, within bounds of time and output. */
#ifndef TARGET_COMMAND_H
#define TARGET_COMMAND_H

#include <limits.h>
#include <stddef.h>

/* how long a program may take */
#define COMMAND_SECONDS 5
/* how much it may print */
#define COMMAND_MEBIBYTES 4

/**
 * struct command - a program to run, and what came of it
 * @argv: its name and its arguments, then NULL; belongs to the caller
 * @code: 0 where it ended by itself; -ENOENT where it is not installed,
 *	-ETIMEDOUT or -EFBIG where it went beyond the bounds and was killed,
 *	-ECANCELED where it was not waited for, or another negative errno where
 *	it could not be run
 * @status: its exit status, or 128 and the number of the signal that ended it
 * @output: what it printed, or NULL for nothing; free with command_done()
 * @complaint: the first line that it wrote to standard error, printable
 */
struct command {
	const char *const *argv;
	int code;
	int status;
	char *output;
	char complaint[160];
};

void commands_run(struct command *commands, size_t count, int stop);
void command_done(struct command *command);

#endif
