/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one rule does with packets that are known in part: its expressions.
 *
 * There is a function for each expression of nf_tables; the table at the end
 * names them.  To know one more, add a line there; what it looks at must be
 * known of packets, too, see packet.h.  An expression that isn't known may stop
 * the packet or not.
 */
#include "firewall/eval.h"

#include "firewall/eval_set.h"
#include "netlink/nfnetlink.h"
#include "util/cleanup.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* --------------------------------------------------------------- registers */

/* payload, meta and ct change the packet instead where they name no register to
 * load: then nothing is loaded */

/* where the headers hold what is known; @family: of the packets, or 0;
 * @of_answers: for ports, of which packets */
static const struct header_field {
	uint32_t base;
	uint8_t family;
	bool of_answers;
	uint8_t offset;
	uint8_t length;
	enum packet_field field;
} header_fields[] = {
	{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, 2, 2, PACKET_PORT },
	{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, true, 0, 2, PACKET_PORT },
	{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, 13, 1, PACKET_TCP_FLAGS },
	{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, true, 13, 1, PACKET_TCP_FLAGS },
	{ NFT_PAYLOAD_LL_HEADER, 0, false, 12, 2, PACKET_ETHERTYPE },
	{ NFT_PAYLOAD_LL_HEADER, 0, true, 12, 2, PACKET_ETHERTYPE },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV4, false, 16, 4,
	  PACKET_DADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV4, false, 12, 4,
	  PACKET_SADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV4, false, 9, 1,
	  PACKET_PROTOCOL },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV6, false, 24, 16,
	  PACKET_DADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV6, false, 8, 16,
	  PACKET_SADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV6, false, 6, 1,
	  PACKET_PROTOCOL },
};

static bool packet_has(const struct packet *packet,
		       const struct header_field *field)
{
	const struct packet_values *known = &packet->fields[PACKET_FAMILY];

	if (!field->family)
		return field->of_answers == packet->is_answer;
	return known->count == 1 && known->items[0].bytes[0] == field->family;
}

/* the first field that begins among the bytes that are loaded: nft loads
 * neighbouring fields together */
static struct packet_part find_header_part(const struct packet *packet,
					   uint32_t base, uint32_t offset,
					   uint32_t length)
{
	struct packet_part part = packet_part(PACKET_UNKNOWN, 0);

	for (size_t i = 0; i < ARRAY_SIZE(header_fields); i++) {
		const struct header_field *field = &header_fields[i];
		uint32_t skip = field->offset - offset, room;

		if (base != field->base || offset > field->offset ||
		    skip >= length || skip > UINT8_MAX ||
		    !packet_has(packet, field))
			continue;
		room = length - skip;
		part = packet_part(field->field,
				   room < field->length ? room : field->length);
		part.skip = (uint8_t)skip;
		part.alone = !skip && length <= field->length;
		break;
	}
	return part;
}

static int load_payload(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_PAYLOAD_DREG, 0);
	uint32_t base = nfnl_nested_u32(data, NFTA_PAYLOAD_BASE, UINT32_MAX);
	uint32_t offset =
		nfnl_nested_u32(data, NFTA_PAYLOAD_OFFSET, UINT32_MAX);
	uint32_t length = nfnl_nested_u32(data, NFTA_PAYLOAD_LEN, 0);

	eval_load(eval, to,
		  find_header_part(eval->packet, base, offset, length));
	return 0;
}

/* what the kernel knows of the packet */
static int load_meta(struct eval *eval, const struct nlattr *data)
{
	static const struct {
		uint32_t key;
		enum packet_field field;
		size_t length;
	} keys[] = {
		{ NFT_META_L4PROTO, PACKET_PROTOCOL, 1 },
		{ NFT_META_NFPROTO, PACKET_FAMILY, 1 },
		{ NFT_META_PROTOCOL, PACKET_ETHERTYPE, 2 },
		{ NFT_META_IIFNAME, PACKET_IIFNAME, PACKET_VALUE_SIZE },
		{ NFT_META_OIFNAME, PACKET_OIFNAME, PACKET_VALUE_SIZE },
		{ NFT_META_BRI_IIFNAME, PACKET_BRIDGE_IN, PACKET_VALUE_SIZE },
		{ NFT_META_BRI_OIFNAME, PACKET_BRIDGE_OUT, PACKET_VALUE_SIZE },
		{ NFT_META_IIF, PACKET_IIF, 4 },
		{ NFT_META_OIF, PACKET_OIF, 4 },
	};
	uint32_t to = nfnl_nested_u32(data, NFTA_META_DREG, 0);
	uint32_t key = nfnl_nested_u32(data, NFTA_META_KEY, UINT32_MAX);
	struct packet_part part = packet_part(PACKET_UNKNOWN, 0);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			part = packet_part(keys[i].field, keys[i].length);
	eval_load(eval, to, part);
	return 0;
}

/* what a connection is asked for; @direction: IP_CT_DIR_, where it matters */
static const struct ct_field {
	uint32_t key;
	uint8_t direction;
	uint8_t length;
	enum packet_field field;
} ct_fields[] = {
	{ NFT_CT_STATE, UINT8_MAX, 4, PACKET_CT_STATE },
	{ NFT_CT_STATUS, UINT8_MAX, 4, PACKET_CT_STATUS },
	{ NFT_CT_DIRECTION, UINT8_MAX, 1, PACKET_CT_DIRECTION },
	{ NFT_CT_DST, IP_CT_DIR_ORIGINAL, 0, PACKET_CT_HOST },
	{ NFT_CT_DST_IP, IP_CT_DIR_ORIGINAL, 4, PACKET_CT_HOST },
	{ NFT_CT_DST_IP6, IP_CT_DIR_ORIGINAL, 16, PACKET_CT_HOST },
	{ NFT_CT_PROTO_DST, IP_CT_DIR_ORIGINAL, 2, PACKET_CT_HOST_PORT },
	{ NFT_CT_SRC, IP_CT_DIR_REPLY, 0, PACKET_CT_TARGET },
	{ NFT_CT_SRC_IP, IP_CT_DIR_REPLY, 4, PACKET_CT_TARGET },
	{ NFT_CT_SRC_IP6, IP_CT_DIR_REPLY, 16, PACKET_CT_TARGET },
	{ NFT_CT_PROTO_SRC, IP_CT_DIR_REPLY, 2, PACKET_CT_TARGET_PORT },
};

static struct packet_part find_ct_part(const struct eval *eval, uint32_t key,
				       uint8_t direction)
{
	for (size_t i = 0; i < ARRAY_SIZE(ct_fields); i++) {
		const struct ct_field *field = &ct_fields[i];
		size_t length = field->length;

		if (field->key != key || (field->direction != UINT8_MAX &&
					  field->direction != direction))
			continue;
		if (!length)
			length = eval->family == NFPROTO_IPV6 ? 16 : 4;
		return eval_ct_part(eval, field->field, length);
	}
	return packet_part(PACKET_UNKNOWN, 0);
}

/* a zone for one direction alone is looked for in the other one, too: but
 * answers are looked for in the zone that requests gave them */
static int set_zone(struct eval *eval, const struct nlattr *data)
{
	struct packet_part part =
		eval_register(eval, nfnl_nested_u32(data, NFTA_CT_SREG, 0));
	size_t length;
	const uint8_t *direction =
		nfnl_bytes(attr_find_nested(data, NFTA_CT_DIRECTION), &length);
	uint16_t zone;

	if (length &&
	    (eval->packet->is_answer || *direction == IP_CT_DIR_ORIGINAL))
		return 0;
	memcpy(&zone, part.mask, sizeof(zone));
	return eval_emit_zone(
		eval, part.field == PACKET_CONSTANT ? zone : ZONE_UNKNOWN);
}

/* what connection tracking knows of it */
static int load_ct(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_CT_DREG, 0);
	uint32_t key = nfnl_nested_u32(data, NFTA_CT_KEY, UINT32_MAX);
	size_t length;
	const uint8_t *direction =
		nfnl_bytes(attr_find_nested(data, NFTA_CT_DIRECTION), &length);

	if (key == NFT_CT_ZONE && !to)
		return set_zone(eval, data);
	eval_load(eval, to,
		  find_ct_part(eval, key, length ? *direction : UINT8_MAX));
	return 0;
}

/* what the routing table says of it */
static int load_fib(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_FIB_DREG, 0);
	uint32_t result = nfnl_nested_u32(data, NFTA_FIB_RESULT, UINT32_MAX);
	uint32_t flags = nfnl_nested_u32(data, NFTA_FIB_FLAGS, 0);

	eval_load(eval, to,
		  result == NFT_FIB_RESULT_ADDRTYPE && flags == NFTA_FIB_F_DADDR
			  ? packet_part(PACKET_DADDR_TYPE, 4)
			  : packet_part(PACKET_UNKNOWN, 0));
	return 0;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

/* some bits of a register */
static int load_bitwise(struct eval *eval, const struct nlattr *data)
{
	struct packet_part part = eval_register(
		eval, nfnl_nested_u32(data, NFTA_BITWISE_SREG, 0));
	uint32_t operation =
		nfnl_nested_u32(data, NFTA_BITWISE_OP, NFT_BITWISE_BOOL);
	size_t mask_length, flip_length;
	const uint8_t *mask = nfnl_value(data, NFTA_BITWISE_MASK, &mask_length);
	const uint8_t *flip = nfnl_value(data, NFTA_BITWISE_XOR, &flip_length);

	if (operation != NFT_BITWISE_BOOL || !part.alone || !mask ||
	    mask_length > PACKET_VALUE_SIZE || !is_zero(flip, flip_length))
		part = packet_part(PACKET_UNKNOWN, 0);
	else
		for (size_t i = 0; i < mask_length; i++)
			part.mask[i] &= mask[i];
	eval_load(eval, nfnl_nested_u32(data, NFTA_BITWISE_DREG, 0), part);
	return 0;
}

/* a register in another byte order; a single byte, as part of a key, stays as
 * it is */
static int load_byteorder(struct eval *eval, const struct nlattr *data)
{
	struct packet_part part = eval_register(
		eval, nfnl_nested_u32(data, NFTA_BYTEORDER_SREG, 0));

	if (part.length != 1)
		part = packet_part(PACKET_UNKNOWN, 0);
	eval_load(eval, nfnl_nested_u32(data, NFTA_BYTEORDER_DREG, 0), part);
	return 0;
}

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

static int run_notrack(struct eval *eval, const struct nlattr *data)
{
	(void)data;
	return eval_emit_untrack(eval);
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

static void load_constant(struct eval *eval, uint32_t to,
			  const struct nlattr *data)
{
	size_t length;
	const uint8_t *value = nfnl_value(data, NFTA_IMMEDIATE_DATA, &length);
	struct packet_part part = packet_part(
		PACKET_CONSTANT,
		length < PACKET_VALUE_SIZE ? length : PACKET_VALUE_SIZE);

	memcpy(part.mask, value, part.length);
	eval_load(eval, to, part);
}

static int run_immediate(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_IMMEDIATE_DREG, UINT32_MAX);
	const struct nlattr *verdict = attr_find_nested(
		attr_find_nested(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);

	if (to != NFT_REG_VERDICT) {
		load_constant(eval, to, data);
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
			 type == NFT_NAT_DNAT ? RULE_TRANSLATE : RULE_SOURCE,
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
	return eval_emit(eval, RULE_SOURCE, NULL);
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
	{ "notrack", run_notrack },
	{ "fwd", run_redir },
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
