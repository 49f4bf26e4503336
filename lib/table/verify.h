/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the table in the kernel with the one that pubport lays. */
#ifndef TABLE_VERIFY_H
#define TABLE_VERIFY_H

#include "table/lookup.h"
#include "table/optional.h"
#include "table/pieces.h"
#include "util/error.h"

/**
 * struct inspection - how the table differs from the one that pubport lays
 * @generation: of the ruleset when it was looked at
 * @is_there: whether there is a table
 * @is_dormant: whether it is switched off
 * @owner: port of the netlink socket that alone may change it, or 0
 * @laid: what pubport laid in it, as far as a part of it is there
 * @missing: pieces of that which are not there
 * @altered: pieces that are of another kind than theirs
 * @foreign: pieces that are none of pubport's
 */
struct inspection {
	uint32_t generation;
	bool is_there;
	bool is_dormant;
	uint32_t owner;
	struct optional laid;
	struct pieces missing;
	struct pieces altered;
	struct pieces foreign;
};

int inspect_table(struct netlink *nft, struct inspection *ret_inspection);
const char *inspect_find_mixed(const struct inspection *inspection);
int inspect_refuse(const struct inspection *inspection,
		   struct pubport_error *error);
int inspect_explain(struct netlink *nft, int code, struct pubport_error *error);
void inspection_done(struct inspection *inspection);

static inline void cleanup_inspection_done(struct inspection *inspection)
{
	inspection_done(inspection);
}

#endif
