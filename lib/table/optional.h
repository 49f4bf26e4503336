/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mappings need in the table that is added when it is first needed. */
#ifndef TABLE_OPTIONAL_H
#define TABLE_OPTIONAL_H

#include "nft/element.h"
#include "nft/rules.h"
#include "nft/transaction.h"

#include <stdio.h>

#define OPTIONAL_RULESETS (14 + HELPER_COUNT)
#define OPTIONAL_MASKS (33 + 129)

/**
 * struct optional - what is to be added
 * @rulesets: rulesets, in the order in which they are added
 * @ruleset_count: number of @rulesets
 * @limit_again: whether the first rules of ruleset_limit must be put first
 * again
 * @masks: a network of each mask for which rules are missing
 * @mask_count: number of @masks
 */
struct optional {
	const struct ruleset *rulesets[OPTIONAL_RULESETS];
	size_t ruleset_count;
	bool limit_again;
	struct pubport_network masks[OPTIONAL_MASKS];
	size_t mask_count;
};

int optional_find(struct netlink *nft, const struct pubport_mappings *mappings,
		  struct optional *ret_optional);
int optional_require(struct netlink *nft, const struct ruleset *ruleset,
		     struct optional *optional);
int optional_read_masks(struct netlink *nft, struct optional *optional);
void optional_add(const struct optional *optional, struct transaction *tx);
void optional_print(const struct optional *optional, FILE *out);

#endif
