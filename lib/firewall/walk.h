/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows packets through other people's rules. */
#ifndef FIREWALL_WALK_H
#define FIREWALL_WALK_H

#include "firewall/chains.h"
#include "firewall/eval.h"
#include "util/cleanup.h"

/**
 * struct walk_end - where packets leave a base chain, or are marked on the way
 * @base: the base chain
 * @chain: the chain whose rule leads them out; "" for the policy of @base
 * @handle: number of that rule
 * @outcome: where to, or how; neither to another chain nor back
 */
struct walk_end {
	const struct chain *base;
	const char *chain;
	uint64_t handle;
	const struct rule_outcome *outcome;
};

/**
 * typedef walk_fn - told where packets leave a base chain
 * @end: where, and which; holds until it returns
 * @data: as given in struct walk
 *
 * Return: 0, or a negative errno, with which the walk ends.
 */
typedef int (*walk_fn)(const struct walk_end *end, void *data);

/**
 * struct walk - what walks have in common
 * @nfnl: asks for rules, and for elements of sets
 * @each: told where packets leave a base chain
 * @data: handed to @each
 * @chains: chains that were read so far; free with walk_done()
 * @chain_count: number of @chains
 */
struct walk {
	const struct nfnl *nfnl;
	walk_fn each;
	void *data;
	struct walk_chain *chains;
	size_t chain_count;
};

int walk_run(struct walk *walk, const struct chain *base,
	     const struct packet *packet, const struct port_set *ports);
bool walk_has_read(const struct walk *walk, const struct chain *base,
		   const char *name);
void walk_done(struct walk *walk);

DEFINE_CLEANUP(walk_done, struct walk)

#endif
