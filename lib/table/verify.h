/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the table in the kernel with the one that pubport creates, and
 * repairs it. */
#ifndef TABLE_VERIFY_H
#define TABLE_VERIFY_H

#include "netlink/netlink.h"
#include "nft/transaction.h"
#include "pubport.h"
#include "table/object.h"
#include "util/cleanup.h"
#include "util/error.h"

/**
 * struct table_diff - how the table differs from the one that pubport creates
 * @generation: of the ruleset when it was looked at
 * @is_there: whether there is a table
 * @is_dormant: whether it is switched off
 * @owner: port of the netlink socket that alone may change it, or 0
 * @expected: the messages that would create it, never committed: with those
 *	optional parts of which something is there
 * @missing: objects of @expected that are not there
 * @altered: objects that have the name of an expected one and differ from it
 * @foreign: objects that are none of pubport's
 */
struct table_diff {
	uint32_t generation;
	bool is_there;
	bool is_dormant;
	uint32_t owner;
	struct transaction expected;
	struct objects missing;
	struct objects altered;
	struct objects foreign;
};

int verify_table(struct netlink *nft, struct table_diff *ret_diff);
const char *verify_find_mixed(const struct table_diff *diff);
int verify_explain(struct netlink *nft, int code, struct pubport_error *error);
void table_diff_done(struct table_diff *diff);

DEFINE_CLEANUP(table_diff_done, struct table_diff)

int verify_quickly(struct netlink *nft, bool *ret_exists, bool *ret_whole);
int verify_find_leftovers(struct netlink *nft, char *ret_text);

int repair_table(struct netlink *nft, bool *ret_repaired,
		 struct pubport_error *error);

#endif
