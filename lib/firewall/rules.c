/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one rule does with packets that are known in part: its expressions.
 *
 * An expression that isn't known here may stop the packet or not.
 */
#include "firewall/rules.h"

#include "firewall/eval_expr.h"
#include "firewall/eval_set.h"
#include "firewall/eval_xtables.h"
#include "netlink/nfnetlink.h"
#include "util/cleanup.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* ---------------------------------------------------------- conditions */

static const uint8_t lowest[NFT_DATA_VALUE_MAXLEN];
static const uint8_t highest[NFT_DATA_VALUE_MAXLEN] = {
	[0 ... NFT_DATA_VALUE_MAXLEN - 1] = 0xff,
};

static int run_cmp(struct eval *eval, const struct nlattr *data)
{
	struct packet_part part =
		eval_register(eval, nfnl_nested_u32(data, NFTA_CMP_SREG, 0));
	uint32_t operation = nfnl_nested_u32(data, NFTA_CMP_OP, UINT32_MAX);
	bool inverse = operation == NFT_CMP_NEQ || operation == NFT_CMP_LT ||
		       operation == NFT_CMP_GT;
	struct eval_range range;
	const uint8_t *value = nfnl_value(data, NFTA_CMP_DATA, &range.length);

	if (!range.length || operation > NFT_CMP_GTE) {
		eval->certain = false;
		return 0;
	}
	range.first = operation == NFT_CMP_LTE || operation == NFT_CMP_GT
			      ? lowest
			      : value;
	range.last = operation == NFT_CMP_GTE || operation == NFT_CMP_LT
			     ? highest
			     : value;
	eval_require_between(eval, &part, &range, inverse);
	return 0;
}

static int run_range(struct eval *eval, const struct nlattr *data)
{
	struct packet_part part =
		eval_register(eval, nfnl_nested_u32(data, NFTA_RANGE_SREG, 0));
	bool inverse = nfnl_nested_u32(data, NFTA_RANGE_OP, NFT_RANGE_EQ) ==
		       NFT_RANGE_NEQ;
	struct eval_range range;
	size_t length;

	range.first = nfnl_value(data, NFTA_RANGE_FROM_DATA, &range.length);
	range.last = nfnl_value(data, NFTA_RANGE_TO_DATA, &length);
	if (!range.length || length != range.length)
		eval->certain = false;
	else
		eval_require_between(eval, &part, &range, inverse);
	return 0;
}

/* changes nothing that matters here */
static int run_harmless(struct eval *eval, const struct nlattr *data)
{
	(void)eval;
	(void)data;
	return 0;
}

/* -------------------------------------------------------------- verdicts */

static int lead(struct eval *eval, int32_t verdict, const char *chain)
{
	switch (verdict) {
	case NFT_CONTINUE:
		return 0;
	case NF_ACCEPT:
		return eval_emit(eval, RULE_ACCEPT, NULL);
	case NF_DROP:
		return eval_emit(eval, RULE_DROP, NULL);
	case NFT_JUMP:
		return eval_emit(eval, RULE_JUMP, chain);
	case NFT_GOTO:
		return eval_emit(eval, RULE_GOTO, chain);
	case NFT_RETURN:
		return eval_emit(eval, RULE_RETURN, NULL);
	case NFT_BREAK:
		eval_stop(eval);
		return 0;
	default:
		return eval_emit(eval, RULE_QUEUE, NULL);
	}
}

static int run_immediate(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_IMMEDIATE_DREG, UINT32_MAX);
	const struct nlattr *verdict = attr_find_nested(
		attr_find_nested(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);

	if (to != NFT_REG_VERDICT) {
		eval_load(eval, to, packet_part(PACKET_UNKNOWN, 0));
		return 0;
	}
	return lead(eval,
		    (int32_t)nfnl_nested_u32(verdict, NFTA_VERDICT_CODE,
					     (uint32_t)NFT_CONTINUE),
		    nfnl_name(attr_find_nested(verdict, NFTA_VERDICT_CHAIN)));
}

static int run_nat(struct eval *eval, const struct nlattr *data)
{
	uint32_t type = nfnl_nested_u32(data, NFTA_NAT_TYPE, UINT32_MAX);

	return eval_emit(eval,
			 type == NFT_NAT_DNAT ? RULE_TRANSLATE : RULE_ACCEPT,
			 NULL);
}

static int run_redir(struct eval *eval, const struct nlattr *data)
{
	(void)data;
	return eval_emit(eval, RULE_TRANSLATE, NULL);
}

static int run_masq(struct eval *eval, const struct nlattr *data)
{
	(void)data;
	return eval_emit(eval, RULE_ACCEPT, NULL);
}

static int run_reject(struct eval *eval, const struct nlattr *data)
{
	(void)data;
	return eval_emit(eval, RULE_REJECT, NULL);
}

static int run_queue(struct eval *eval, const struct nlattr *data)
{
	(void)data;
	return eval_emit(eval, RULE_QUEUE, NULL);
}

/* --------------------------------------------------------------- lookups */

/* goes on only for those who find an element, or for those who don't */
static void require_hits(struct eval *eval, const struct hits *hits,
			 bool inverse)
{
	struct port_set *found = &eval->scratch;

	port_set_clear(found);
	for (size_t i = 0; i < hits->count; i++) {
		const struct hit *hit = &hits->items[i];

		if (hit->ends)
			continue;
		if (!hit->certain)
			eval->certain = false;
		/* who may find an element may also find none */
		if (hit->certain || !inverse)
			port_set_add(found, ports_common(hit->ports,
							 eval->ports.hull));
	}
	if (inverse)
		port_set_subtract(&eval->ports, found);
	else
		port_set_intersect(&eval->ports, found);
}

/* leads each packet to the verdict of the element that it finds */
static int lead_hits(struct eval *eval, const struct hits *hits)
{
	struct port_set *left = &eval->scratch;
	bool certain = eval->certain, left_certain = true;
	int code = 0;

	port_set_copy(left, &eval->ports);
	for (size_t i = 0; !code && i < hits->count; i++) {
		const struct hit *hit = &hits->items[i];

		if (hit->ends)
			continue;
		port_set_copy(&eval->ports, left);
		port_set_keep(&eval->ports, hit->ports);
		eval->certain = certain && hit->certain &&
				(left_certain || !hit->otherwise);
		code = lead(eval, hit->verdict, hit->chain);
		if (hit->certain)
			port_set_remove(left, hit->ports);
		else
			left_certain = false;
	}
	eval_stop(eval);
	return code;
}

static int run_lookup(struct eval *eval, const struct nlattr *data)
{
	const char *set = nfnl_name(attr_find_nested(data, NFTA_LOOKUP_SET));
	const struct nlattr *to = attr_find_nested(data, NFTA_LOOKUP_DREG);
	uint32_t key = nfnl_nested_u32(data, NFTA_LOOKUP_SREG, 0);
	bool inverse = nfnl_nested_u32(data, NFTA_LOOKUP_FLAGS, 0) &
		       NFT_LOOKUP_F_INV;
	CLEANUP(hits_done) struct hits hits = { NULL, 0 };
	int code = lookup_ask(eval, set, key, to, &hits);

	if (code == -ENOMEM || code == -ETIME)
		return code;
	if (to && nfnl_u32(to, UINT32_MAX) == NFT_REG_VERDICT)
		return lead_hits(eval, &hits);
	if (code)
		eval->certain = false;
	else
		require_hits(eval, &hits, inverse);
	eval_load(eval, nfnl_u32(to, 0), packet_part(PACKET_UNKNOWN, 0));
	return 0;
}

/* ----------------------------------------------------------------- rules */

static const struct {
	const char *name;
	int (*run)(struct eval *eval, const struct nlattr *data);
} expressions[] = {
	{ "cmp", run_cmp },
	{ "meta", load_meta },
	{ "payload", load_payload },
	{ "counter", run_harmless },
	{ "immediate", run_immediate },
	{ "match", xtables_match },
	{ "target", xtables_target },
	{ "lookup", run_lookup },
	{ "bitwise", load_bitwise },
	{ "range", run_range },
	{ "ct", load_ct },
	{ "fib", load_fib },
	{ "byteorder", load_byteorder },
	{ "nat", run_nat },
	{ "redir", run_redir },
	{ "masq", run_masq },
	{ "reject", run_reject },
	{ "queue", run_queue },
	{ "log", run_harmless },
	{ "last", run_harmless },
	{ "notrack", run_harmless },
};

static int run_expression(struct eval *eval, const struct nlattr *expression)
{
	const char *name =
		nfnl_name(attr_find_nested(expression, NFTA_EXPR_NAME));

	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++)
		if (!strcmp(name, expressions[i].name))
			return expressions[i].run(
				eval,
				attr_find_nested(expression, NFTA_EXPR_DATA));
	/* it may stop the packet, and load any register */
	eval->certain = false;
	memset(eval->loaded, 0, sizeof(eval->loaded));
	return 0;
}

/**
 * rule_run() - find out what a rule does with packets
 * @eval: whose first members are set; told where the rule leads them
 * @ports: packets that come to the rule, by their destination ports
 * @rule: NFT_MSG_NEWRULE
 *
 * Return: 0, -ENOMEM, or a negative errno from whom it is told.
 */
int rule_run(struct eval *eval, const struct port_set *ports,
	     const struct nlmsghdr *rule)
{
	const struct nlattr *list = nfnl_find(rule, NFTA_RULE_EXPRESSIONS);
	const struct nlattr *expression;
	int code = 0;

	eval_start(eval, ports);
	if (!list)
		return 0;
	attr_for_each_nested (expression, list) {
		code = run_expression(eval, expression);
		if (code || port_set_is_empty(&eval->ports))
			break;
	}
	return code;
}
