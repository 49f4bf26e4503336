/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chains and rules of the table "inet pubport". */
#ifndef NFT_RULES_H
#define NFT_RULES_H

#include "nft/rule.h"

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
 * struct ruleset - what is laid together: sets, chains, rules, each in order
 * @first_set: the first of its sets
 * @set_count: how many sets follow, with the first
 * @chains: chains
 * @chain_count: number of @chains
 * @rules: rules
 * @rule_count: number of @rules
 * @helper: the object that its rules use, or HELPER_NONE
 * @has_timeout: whether they use RULE_TIMEOUT
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
	enum helper helper;
	bool has_timeout;
};

extern const struct ruleset ruleset_base;
extern const struct ruleset ruleset_forward;
extern const struct ruleset ruleset_own;
extern const struct ruleset ruleset_late;
extern const struct ruleset ruleset_ending;
extern const struct ruleset ruleset_settling;
extern const struct ruleset ruleset_redirect;
extern const struct ruleset ruleset_interface;
extern const struct ruleset ruleset_limit;
extern const struct ruleset ruleset_limit_interface;
extern const struct ruleset ruleset_shield;
extern const struct ruleset ruleset_options;
extern const struct ruleset ruleset_masquerade;
extern const struct ruleset ruleset_symmetric;
extern const struct ruleset ruleset_helpers[HELPER_COUNT];
extern const struct ruleset ruleset_counters;

/**
 * struct ruleset_mask - the rules for networks of one mask
 * @rules: for mappings of one host address, and of all
 */
struct ruleset_mask {
	struct ruleset_rule rules[2];
};

void ruleset_mask(const struct pubport_network *network,
		  struct ruleset_mask *ret_mask);

#endif
