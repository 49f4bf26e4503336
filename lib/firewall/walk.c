/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows packets through other people's rules.
 *
 * Each chain that is entered has a frame, with the packets that are still in
 * it, told apart by their destination ports.  Those that surely leave the base
 * chain are taken out of all frames; those that only may leave it go on, too.
 */
#include "firewall/walk.h"

#include "util/array.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

/* the kernel allows no more jumps within jumps */
#define DEPTH_MAX 16

/**
 * struct walk_chain - a chain that was read
 * @family: NFPROTO_ of its table
 * @table: its table
 * @name: its name
 * @rules: its rules
 */
struct walk_chain {
	uint8_t family;
	char table[NFT_NAME_MAXLEN];
	char name[NFT_NAME_MAXLEN];
	struct chain_rules rules;
};

/**
 * struct frame - packets in a chain
 * @walk: whose
 * @base: base chain from which they came
 * @packet: what is known of them
 * @caller: frame of the chain that led them here; NULL for the outermost one,
 *	which stands for the base chain's policy
 * @depth: how many callers there are
 * @chain: name of the chain
 * @handle: number of its rule that is run
 * @certain: whether all of @ports surely came here
 * @ports: those that are still here, by their destination ports
 * @eval: runs the rules
 */
struct frame {
	struct walk *walk;
	const struct chain *base;
	const struct packet *packet;
	struct frame *caller;
	unsigned int depth;
	const char *chain;
	uint64_t handle;
	bool certain;
	struct port_set ports;
	struct eval eval;
};

static int enter(struct frame *caller, const char *chain,
		 const struct port_set *ports, bool certain);

/* ------------------------------------------------------------------ rules */

static const struct walk_chain *
find_chain(const struct walk *walk, const struct chain *base, const char *name)
{
	for (size_t i = 0; i < walk->chain_count; i++)
		if (walk->chains[i].family == base->family &&
		    !strcmp(walk->chains[i].name, name) &&
		    !strcmp(walk->chains[i].table, base->table))
			return &walk->chains[i];
	return NULL;
}

/* the rules of a chain, read once; they belong to the walk */
static int get_rules(struct walk *walk, const struct chain *base,
		     const char *name, struct chain_rules *ret_rules)
{
	const struct walk_chain *known = find_chain(walk, base, name);
	struct walk_chain *items;
	int code;

	if (known) {
		*ret_rules = known->rules;
		return 0;
	}
	items = array_grow(walk->chains, walk->chain_count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	walk->chains = items;
	items += walk->chain_count;
	code = chain_rules_read(walk->nfnl, base, name, &items->rules);
	if (code)
		return code;
	walk->chain_count++;
	items->family = base->family;
	snprintf(items->table, sizeof(items->table), "%s", base->table);
	snprintf(items->name, sizeof(items->name), "%s", name);
	*ret_rules = items->rules;
	return 0;
}

/**
 * walk_has_read() - look whether packets came to a chain
 * @walk: which was walked
 * @base: a base chain of the chain's table
 * @name: name of the chain
 *
 * Return: whether any did, or may have.
 */
bool walk_has_read(const struct walk *walk, const struct chain *base,
		   const char *name)
{
	return find_chain(walk, base, name);
}

/**
 * walk_done() - free what a walk has read
 * @walk: all zero at first, or walked
 */
void walk_done(struct walk *walk)
{
	for (size_t i = 0; i < walk->chain_count; i++)
		chain_rules_done(&walk->chains[i].rules);
	free(walk->chains);
	walk->chains = NULL;
	walk->chain_count = 0;
}

/* ----------------------------------------------------------------- frames */

static struct frame *outermost(struct frame *frame)
{
	while (frame->caller)
		frame = frame->caller;
	return frame;
}

static bool is_certain(const struct frame *frame)
{
	for (; frame->caller; frame = frame->caller)
		if (!frame->certain)
			return false;
	return true;
}

/* packets leave the base chain */
static int leave(struct frame *frame, const struct rule_outcome *outcome)
{
	struct rule_outcome surely = *outcome;
	struct walk_end end = { frame->base, frame->chain, frame->handle,
				&surely };

	surely.certain = outcome->certain && is_certain(frame);
	/* who only may leave here may also come to what is behind it */
	if (!surely.certain)
		outermost(frame)->certain = false;
	for (struct frame *at = frame; outcome->certain; at = at->caller) {
		port_set_subtract(&at->ports, outcome->ports);
		if (!at->certain || !at->caller)
			break;
	}
	return frame->walk->each(&end, frame->walk->data);
}

/* told by eval where a rule leads packets */
static int take_outcome(const struct rule_outcome *outcome, void *data)
{
	struct frame *frame = data;
	int code;

	switch (outcome->action) {
	case RULE_JUMP:
		return enter(frame, outcome->chain, outcome->ports,
			     outcome->certain);
	case RULE_GOTO:
		code = enter(frame, outcome->chain, outcome->ports,
			     outcome->certain);
		break;
	case RULE_RETURN:
		code = 0;
		break;
	case RULE_ACCEPT:
	case RULE_DROP:
	case RULE_REJECT:
	case RULE_TRANSLATE:
	case RULE_QUEUE:
	default:
		return leave(frame, outcome);
	}
	if (outcome->certain)
		port_set_subtract(&frame->ports, outcome->ports);
	return code;
}

static int run_chain(struct frame *frame)
{
	const struct nlmsghdr *rule;
	struct chain_rules rules = { NULL, 0, 0 };
	int code = get_rules(frame->walk, frame->base, frame->chain, &rules);
	int left = code ? 0 : (int)rules.length;

	for (rule = (const void *)rules.data;
	     !code && !port_set_is_empty(&frame->ports) &&
	     mnl_nlmsg_ok(rule, left);
	     rule = mnl_nlmsg_next(rule, &left)) {
		frame->handle = nfnl_u64(nfnl_find(rule, NFTA_RULE_HANDLE));
		code = rule_run(&frame->eval, &frame->ports, rule);
	}
	return code;
}

static int enter(struct frame *caller, const char *chain,
		 const struct port_set *ports, bool certain)
{
	struct frame *frame CLEANUP(free) = NULL;

	if (caller->depth == DEPTH_MAX)
		return 0;
	if (nfnl_is_late(caller->walk->nfnl))
		return -ETIME;
	frame = calloc(1, sizeof(*frame));
	if (!frame)
		return -ENOMEM;
	frame->walk = caller->walk;
	frame->base = caller->base;
	frame->packet = caller->packet;
	frame->caller = caller;
	frame->depth = caller->depth + 1;
	frame->chain = chain;
	frame->certain = certain;
	port_set_copy(&frame->ports, ports);
	frame->eval.nfnl = frame->walk->nfnl;
	frame->eval.family = frame->base->family;
	frame->eval.table = frame->base->table;
	frame->eval.packet = frame->packet;
	frame->eval.each = take_outcome;
	frame->eval.data = frame;
	return run_chain(frame);
}

/**
 * walk_run() - follow packets from a base chain to where they leave it
 * @walk: told where that is; the same walk goes on with other base chains
 * @base: the base chain
 * @packet: what is known of the packets
 * @ports: their destination ports
 *
 * Return: 0, -ETIME when there was no time for all rules, -ENOMEM, or a
 * negative errno from nfnl_ask() or from whom it is told.
 */
int walk_run(struct walk *walk, const struct chain *base,
	     const struct packet *packet, const struct port_set *ports)
{
	struct rule_outcome outcome = { .action = RULE_ACCEPT };
	struct walk_end end = { base, "", 0, &outcome };
	struct frame *policy CLEANUP(free) = calloc(1, sizeof(*policy));
	int code;

	if (!policy)
		return -ENOMEM;
	policy->walk = walk;
	policy->base = base;
	policy->packet = packet;
	policy->certain = true;
	port_set_copy(&policy->ports, ports);
	code = enter(policy, base->name, ports, true);
	if (code || port_set_is_empty(&policy->ports))
		return code;
	if (base->policy == NF_DROP)
		outcome.action = RULE_DROP;
	outcome.ports = &policy->ports;
	outcome.certain = policy->certain;
	return walk->each(&end, walk->data);
}
