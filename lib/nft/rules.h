/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains and rules of the table "inet pubport". */
#ifndef NFT_RULES_H
#define NFT_RULES_H

#include "nft/expr.h"
#include "nft/sets.h"

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
 * @text: as nft writes it; NULL for what no dry run prints
 * @build: appends its expressions
 * @family: for @build, where it says which family
 * @set: for @build, where it looks something up
 * @verdict: for @build, where it ends with one: NF_DROP, NFT_GOTO, ...
 * @to: for @build, the chain that @verdict leads to
 * @first: whether it is put before the rules that the chain has
 * @any: for @build, whether the key has 0.0.0.0 or :: as destination
 * @redirect: for @build, whether it has that as target
 * @host_bits: for @build, last bits of the source address that don't count
 * @protocol: for @build, where it is about one
 */
struct ruleset_rule {
	const char *chain;
	const char *text;
	void (*build)(struct expr *expr, const struct ruleset_rule *rule);
	enum pubport_family family;
	enum set_id set;
	int verdict;
	const char *to;
	bool first;
	bool any;
	bool redirect;
	unsigned int host_bits;
	enum pubport_protocol protocol;
};

/**
 * struct ruleset - what is laid together: sets, chains, rules, each in order
 * @first_set: the first of its sets
 * @set_count: how many sets follow, with the first
 * @chains: chains
 * @chain_count: number of @chains
 * @rules: rules
 * @rule_count: number of @rules
 *
 * Where one of these is, the others are as well.
 */
struct ruleset {
	int first_set;
	int set_count;
	const struct ruleset_chain *chains;
	size_t chain_count;
	const struct ruleset_rule *rules;
	size_t rule_count;
};

extern const struct ruleset ruleset_base;
extern const struct ruleset ruleset_forward;
extern const struct ruleset ruleset_ending;
extern const struct ruleset ruleset_settling;
extern const struct ruleset ruleset_redirect;
extern const struct ruleset ruleset_limit;
extern const struct ruleset ruleset_shield;
extern const struct ruleset ruleset_counters;

/**
 * struct ruleset_mask - the rules for networks of one mask
 * @rules: for mappings of one host address, and of all
 * @texts: of @rules
 */
struct ruleset_mask {
	struct ruleset_rule rules[2];
	char texts[2][224];
};

void ruleset_mask(const struct pubport_network *network,
		  struct ruleset_mask *ret_mask);

#endif
