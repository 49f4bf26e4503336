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
#include <linux/netlink.h>
#include <string.h>

/* the kernel allows no more jumps within jumps */
#define DEPTH_MAX 16

/**
 * struct walk_chain - a chain that was read
 * @family: NFPROTO_ of its table
 * @table: its table
 * @name: its name
 * @rules: NFT_MSG_NEWRULE messages one after another, on the heap
 * @length: bytes used in @rules
 * @capacity: bytes allocated
 */
struct walk_chain {
	uint8_t family;
	char table[NFT_NAME_MAXLEN];
	char name[NFT_NAME_MAXLEN];
	uint8_t *rules;
	size_t length;
	size_t capacity;
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

static bool make_room(struct walk_chain *chain, size_t size)
{
	size_t capacity = chain->capacity ? chain->capacity : 4096;
	uint8_t *rules;

	while (capacity < chain->length + size)
		capacity *= 2;
	if (capacity == chain->capacity)
		return true;
	rules = realloc(chain->rules, capacity);
	if (!rules)
		return false;
	chain->rules = rules;
	chain->capacity = capacity;
	return true;
}

static int keep_rule(const struct nlmsghdr *message, void *data)
{
	struct walk_chain *chain = data;
	size_t size = (message->nlmsg_len + 3U) & ~3U;

	if (!make_room(chain, size)) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	memset(chain->rules + chain->length, 0, size);
	memcpy(chain->rules + chain->length, message, message->nlmsg_len);
	chain->length += size;
	return MNL_CB_OK;
}

static void reset_rules(void *data)
{
	((struct walk_chain *)data)->length = 0;
}

/* a chain that is no more has no rules */
static int read_rules(const struct nfnl *nfnl, struct walk_chain *chain)
{
	struct request request = { .header = NULL };

	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETRULE), NLM_F_DUMP,
		   chain->family);
	mnl_attr_put_strz(request.header, NFTA_RULE_TABLE, chain->table);
	mnl_attr_put_strz(request.header, NFTA_RULE_CHAIN, chain->name);
	return nfnl_ask(nfnl, &request, keep_rule, chain, reset_rules);
}

/* a chain with its rules, read once; it may move when others are read, but its
 * rules don't */
static int get_chain(struct walk *walk, const struct chain *base,
		     const char *name, struct walk_chain *ret_chain)
{
	const struct walk_chain *known = find_chain(walk, base, name);
	struct walk_chain *chain;
	int code;

	if (known) {
		*ret_chain = *known;
		return 0;
	}
	chain = array_grow(walk->chains, walk->chain_count, sizeof(*chain));
	if (!chain)
		return -ENOMEM;
	walk->chains = chain;
	chain += walk->chain_count;
	memset(chain, 0, sizeof(*chain));
	chain->family = base->family;
	snprintf(chain->table, sizeof(chain->table), "%s", base->table);
	snprintf(chain->name, sizeof(chain->name), "%s", name);
	code = read_rules(walk->nfnl, chain);
	if (code) {
		free(chain->rules);
		return code;
	}
	walk->chain_count++;
	*ret_chain = *chain;
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
		free(walk->chains[i].rules);
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

static int tell(const struct frame *frame, const struct rule_outcome *outcome)
{
	struct rule_outcome surely = *outcome;
	struct walk_end end = { frame->base, frame->chain, frame->handle,
				&surely };

	surely.certain = outcome->certain && is_certain(frame);
	return frame->walk->each(&end, frame->walk->data);
}

/* packets leave the base chain */
static int leave(struct frame *frame, const struct rule_outcome *outcome)
{
	int code = tell(frame, outcome);

	/* who only may leave here may also come to what is behind it */
	if (!outcome->certain || !is_certain(frame))
		outermost(frame)->certain = false;
	for (struct frame *at = frame; outcome->certain; at = at->caller) {
		port_set_subtract(&at->ports, outcome->ports);
		if (!at->certain || !at->caller)
			break;
	}
	return code;
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
	case RULE_UNTRACK:
	case RULE_ZONE:
		return tell(frame, outcome);
	case RULE_ACCEPT:
	case RULE_DROP:
	case RULE_REJECT:
	case RULE_TRANSLATE:
	case RULE_SOURCE:
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
	struct walk_chain chain = { .rules = NULL };
	int code = get_chain(frame->walk, frame->base, frame->chain, &chain);
	int left = code ? 0 : (int)chain.length;

	for (rule = (const void *)chain.rules;
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
