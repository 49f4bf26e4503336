/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a transaction of the ruleset did to the mappings. */
#ifndef KEEP_NOTIFICATION_H
#define KEEP_NOTIFICATION_H

#include "mapping/mapping_hash.h"
#include "netlink/netlink.h"

/**
 * struct notification - a transaction, as far as its notifications were read
 * @touched: mappings that it added or removed, as they are after it
 * @table_is_gone: whether it deleted the table, before all in @touched
 * @table_exists: whether it added the table, after that
 * @is_farewell: whether it was the library that deleted the table
 * @took_rules: whether it took chains, rules or sets out of a table that stays
 * @took_sets: whether it took sets, with the mappings in them
 * @added_bare: whether it added mappings without their userdata
 * @added_parts: whether it added elements that are no mappings: without
 *	userdata the table alone tells which ones they are parts of
 * @generation: of the ruleset after it
 * @port: netlink port that it came from
 * @pid: who did it, as the first namespace of processes numbers it, or 0
 * @process: command name of that, printable, or ""
 */
struct notification {
	struct mapping_hash touched;
	bool table_is_gone;
	bool table_exists;
	bool is_farewell;
	bool took_rules;
	bool took_sets;
	bool added_bare;
	bool added_parts;
	uint32_t generation;
	uint32_t port;
	int pid;
	char process[PUBPORT_PROCESS_SIZE];
};

int notification_init(struct notification *notification);
void notification_reset(struct notification *notification);
void notification_done(struct notification *notification);
int notification_read(struct notification *notification,
		      const struct nlmsghdr *message, bool *ret_is_whole);

#endif
