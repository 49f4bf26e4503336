/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a transaction of the ruleset did to the mappings. */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "catalog.h"
#include "netlink.h"

/**
 * struct transaction - a transaction, as far as its notifications were read
 * @touched: mappings that it added or removed, as they are after it
 * @table_is_gone: whether it deleted the table, before all in @touched
 * @table_is_laid: whether it laid the table, after that
 * @is_farewell: whether it was the library that deleted the table
 * @generation: of the ruleset after it
 * @pid: who did it, as the first namespace of processes numbers it, or 0
 * @process: command name of that, printable, or ""
 */
struct transaction {
	struct catalog touched;
	bool table_is_gone;
	bool table_is_laid;
	bool is_farewell;
	uint32_t generation;
	int pid;
	char process[PUBPORT_PROCESS_SIZE];
};

int transaction_init(struct transaction *transaction);
void transaction_reset(struct transaction *transaction);
void transaction_done(struct transaction *transaction);
int transaction_read(struct transaction *transaction,
		     const struct nlmsghdr *message, bool *ret_is_whole);
int64_t transaction_now_ms(void);

#endif
