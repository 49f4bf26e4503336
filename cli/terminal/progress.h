/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows on a terminal how far a command is. */
#ifndef CLI_TERMINAL_PROGRESS_H
#define CLI_TERMINAL_PROGRESS_H

#include <stddef.h>

struct cli_progress;

struct cli_progress *cli_progress_new(void);
void cli_progress_free(struct cli_progress *progress);
void cli_progress_tell(void *data, const char *what, size_t done, size_t total);

#endif
