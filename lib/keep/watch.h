/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a watch knows, for a keeper. */
#ifndef KEEP_WATCH_H
#define KEEP_WATCH_H

#include "mapping/mapping_hash.h"

/**
 * struct loss - what a table that stays may have lost: "nft flush table"
 * @rules: whether it may have lost chains, rules or sets
 * @sets: whether it lost sets, with the mappings in them
 * @pid: who deleted the last of it, or 0 where that isn't known
 * @process: command name of that, printable, or ""
 */
struct loss {
	bool rules;
	bool sets;
	int pid;
	char process[PUBPORT_PROCESS_SIZE];
};

const struct mapping_hash *watch_known(const struct pubport_watch *watch);
struct loss watch_take_loss(struct pubport_watch *watch);

#endif
