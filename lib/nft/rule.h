/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of rules that the table has, and words for them. */
#ifndef NFT_RULE_H
#define NFT_RULE_H

#include "nft/rules.h"

/* how a rule ends */
#define DROP .verdict = NF_DROP
#define RETURN .verdict = NFT_RETURN
#define JUMP(chain) .verdict = NFT_JUMP, .to = (chain)
#define GOTO(chain) .verdict = NFT_GOTO, .to = (chain)

void build_verdict(struct expr *expr, const struct ruleset_rule *rule);
void build_guard_daddr(struct expr *expr, const struct ruleset_rule *rule);
void build_guard_saddr(struct expr *expr, const struct ruleset_rule *rule);
void build_guard_new(struct expr *expr, const struct ruleset_rule *rule);
void build_family(struct expr *expr, const struct ruleset_rule *rule);
void build_no_iif(struct expr *expr, const struct ruleset_rule *rule);
void build_not_local(struct expr *expr, const struct ruleset_rule *rule);
void build_to_loopback(struct expr *expr, const struct ruleset_rule *rule);
void build_set(struct expr *expr, const struct ruleset_rule *rule);
void build_ether_set(struct expr *expr, const struct ruleset_rule *rule);
void build_link_local(struct expr *expr, const struct ruleset_rule *rule);
void build_dnat(struct expr *expr, const struct ruleset_rule *rule);
void build_ct_dnat(struct expr *expr, const struct ruleset_rule *rule);
void build_masquerade_loopback(struct expr *expr,
			       const struct ruleset_rule *rule);
void build_masquerade_hairpin(struct expr *expr,
			      const struct ruleset_rule *rule);
void build_masked_set(struct expr *expr, const struct ruleset_rule *rule);
void build_redirect(struct expr *expr, const struct ruleset_rule *rule);
void build_reset(struct expr *expr, const struct ruleset_rule *rule);
void build_unreachable(struct expr *expr, const struct ruleset_rule *rule);
void build_protocol(struct expr *expr, const struct ruleset_rule *rule);
void build_wire_dnat(struct expr *expr, const struct ruleset_rule *rule);
void build_tracked_set(struct expr *expr, const struct ruleset_rule *rule);
void build_reply(struct expr *expr, const struct ruleset_rule *rule);

#endif
