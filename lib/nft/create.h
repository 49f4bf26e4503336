/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table without any mapping: laid, taken away, printed. */
#ifndef NFT_CREATE_H
#define NFT_CREATE_H

#include "nft/rules.h"
#include "nft/transaction.h"

#include <stdio.h>

void skeleton_lay(struct batch *batch);
void skeleton_lay_ruleset(struct batch *batch, const struct ruleset *ruleset);
void skeleton_lay_set(struct batch *batch, enum schema_set_id id);
void skeleton_lay_chain(struct batch *batch, const struct ruleset_chain *chain);
void skeleton_empty_chain(struct batch *batch, const char *chain);
void skeleton_lay_rule(struct batch *batch, const struct ruleset_rule *rule);
void skeleton_delete_ruleset(struct batch *batch,
			     const struct ruleset *ruleset);
void skeleton_delete(struct batch *batch);
void skeleton_print(FILE *out);
void skeleton_print_ruleset(FILE *out, const struct ruleset *ruleset);
void skeleton_print_rule(FILE *out, const struct ruleset_rule *rule);

#endif
