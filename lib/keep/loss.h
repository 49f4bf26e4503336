/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table that stays lost. */
#ifndef KEEP_LOSS_H
#define KEEP_LOSS_H

#include "keep/notification.h"

/**
 * struct loss - what a table that stays may have lost
 * @rules: whether it may have lost chains, rules or sets
 * @sets: whether it lost sets, with the mappings in them
 * @pid: who took the last of it, or 0 where that isn't known
 * @process: command name of that, printable, or ""
 */
struct loss {
	bool rules;
	bool sets;
	int pid;
	char process[PUBPORT_PROCESS_SIZE];
};

void loss_add(struct loss *loss, const struct notification *notification);
struct loss loss_take(struct loss *loss);

#endif
