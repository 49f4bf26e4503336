/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Table, sets, chains and rules in a transaction. */
#ifndef NFT_OBJECTS_H
#define NFT_OBJECTS_H

#include "nft/rules.h"
#include "nft/transaction.h"

void transaction_add_table(struct transaction *tx);
void transaction_add_ruleset(struct transaction *tx,
			     const struct ruleset *ruleset);
void transaction_flush_chain(struct transaction *tx, const char *chain);
void transaction_add_rule(struct transaction *tx,
			  const struct ruleset_rule *rule);
int helper_try(struct netlink *netlink, enum helper helper);
void transaction_delete_ruleset(struct transaction *tx,
				const struct ruleset *ruleset);
void transaction_delete_table(struct transaction *tx);

#endif
