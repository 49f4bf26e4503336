/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mappings need in the table that is laid when it is first needed. */
#ifndef TABLE_OPTIONAL_H
#define TABLE_OPTIONAL_H

#include "nft/element.h"
#include "nft/rules.h"
#include "nft/transaction.h"

#include <stdio.h>

#define DEMAND_RULESETS 8
#define DEMAND_MASKS (33 + 129)

/**
 * struct demand - what is to be laid
 * @rulesets: rulesets, in the order in which they are laid
 * @ruleset_count: number of @rulesets
 * @limit_again: whether the first rules of ruleset_limit must be put first
 * again
 * @masks: a network of each mask for which rules are missing
 * @mask_count: number of @masks
 */
struct demand {
	const struct ruleset *rulesets[DEMAND_RULESETS];
	size_t ruleset_count;
	bool limit_again;
	struct pubport_network masks[DEMAND_MASKS];
	size_t mask_count;
};

int demand_find(struct netlink *nft, const struct pubport_mappings *mappings,
		struct demand *ret_demand);
int demand_need(struct netlink *nft, const struct ruleset *ruleset,
		struct demand *demand);
void demand_lay(const struct demand *demand, struct batch *batch);
void demand_print(const struct demand *demand, FILE *out);

#endif
