/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the table in the kernel with the one that pubport lays. */
#ifndef TABLE_VERIFY_H
#define TABLE_VERIFY_H

#include "table/lookup.h"
#include "table/optional.h"
#include "table/pieces.h"
#include "util/error.h"

/**
 * struct table_diff - how the table differs from the one that pubport lays
 * @generation: of the ruleset when it was looked at
 * @is_there: whether there is a table
 * @is_dormant: whether it is switched off
 * @owner: port of the netlink socket that alone may change it, or 0
 * @laid: what pubport laid in it, as far as a part of it is there
 * @missing: pieces of that which are not there
 * @altered: pieces that are of another kind than theirs
 * @foreign: pieces that are none of pubport's
 */
struct table_diff {
	uint32_t generation;
	bool is_there;
	bool is_dormant;
	uint32_t owner;
	struct optional laid;
	struct pieces missing;
	struct pieces altered;
	struct pieces foreign;
};

int verify_table(struct netlink *nft, struct table_diff *ret_diff);
const char *verify_find_mixed(const struct table_diff *diff);
int verify_refuse(const struct table_diff *diff, struct pubport_error *error);
int verify_explain(struct netlink *nft, int code, struct pubport_error *error);
void table_diff_done(struct table_diff *diff);

static inline void cleanup_table_diff_done(struct table_diff *diff)
{
	table_diff_done(diff);
}

#endif
