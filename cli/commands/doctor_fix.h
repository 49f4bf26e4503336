/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the commands that mend what the doctor found. */
#ifndef CLI_COMMANDS_DOCTOR_FIX_H
#define CLI_COMMANDS_DOCTOR_FIX_H

#include "cli.h"

/**
 * struct mends - commands that were run
 * @texts: each as for a shell; free with mends_done()
 * @count: number of @texts
 */
struct mends {
	char **texts;
	size_t count;
};

int mend_findings(struct mends *mends, const struct pubport_findings *findings,
		  FILE *out, size_t *ret_run);
void mends_done(struct mends *mends);

#endif
