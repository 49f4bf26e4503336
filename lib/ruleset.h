/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains and rules of the table "inet pubport". */
#ifndef RULESET_H
#define RULESET_H

#include "expr.h"
#include "schema.h"

/**
 * struct ruleset_chain - a chain
 * @name: as nft shows it
 * @type: "filter" or "nat" for a base chain, else NULL
 * @hook: of a base chain, NF_INET_
 * @hook_name: nft's word for @hook
 * @priority: of a base chain
 */
struct ruleset_chain {
	const char *name;
	const char *type;
	uint32_t hook;
	const char *hook_name;
	int32_t priority;
};

/**
 * struct ruleset_rule - a rule
 * @chain: where it stands
 * @text: as nft writes it
 * @build: appends its expressions
 * @family: for @build, where it says which family
 * @set: for @build, where it looks something up
 * @verdict: for @build, where it ends with one: NF_DROP, NFT_GOTO, ...
 * @to: for @build, the chain that @verdict leads to
 */
struct ruleset_rule {
	const char *chain;
	const char *text;
	void (*build)(struct expr *expr, const struct ruleset_rule *rule);
	enum pubport_family family;
	enum schema_set_id set;
	int verdict;
	const char *to;
};

/**
 * struct ruleset - chains and their rules, each in order
 * @chains: chains
 * @chain_count: number of @chains
 * @rules: rules
 * @rule_count: number of @rules
 */
struct ruleset {
	const struct ruleset_chain *chains;
	size_t chain_count;
	const struct ruleset_rule *rules;
	size_t rule_count;
};

extern const struct ruleset ruleset_base;
extern const struct ruleset ruleset_forward;

#endif
