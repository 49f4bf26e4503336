/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules look at: addresses, keys of sets, families. */
#ifndef NFT_RULE_EXPR_H
#define NFT_RULE_EXPR_H

#include "nft/expr.h"
#include "nft/sets.h"

void match_load_addr(struct expr *expr, enum pubport_family family,
		     enum set_field field, uint32_t reg);
void match_load_key(struct expr *expr, const struct set *set);
void match_family(struct expr *expr, enum pubport_family family);
void match_loopback(struct expr *expr, enum pubport_family family,
		    enum set_field field);
void match_fib_not_local(struct expr *expr, uint32_t which);
void match_set(struct expr *expr, const struct set *set);
void match_tracked_set(struct expr *expr, const struct set *set, bool any,
		       bool redirect);
void match_masked_set(struct expr *expr, const struct set *set,
		      unsigned int saddr_host_bits,
		      unsigned int daddr_host_bits);

#endif
