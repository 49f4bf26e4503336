/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Appends the expressions of an nftables rule to its message.
 *
 * An expression is { NFTA_EXPR_NAME, NFTA_EXPR_DATA { its attributes } }, an
 * element of the list NFTA_RULE_EXPRESSIONS.  Numbers are big-endian.  The
 * message has room for all that a rule of ours says.
 */
#include "nft/expr.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

/**
 * struct expr - an expression that is being appended
 * @whole: its element of the list, or the attribute that holds it
 * @data: its own attributes
 */
struct expr {
	struct nlattr *whole;
	struct nlattr *data;
};

static struct expr expr_begin(struct nlmsghdr *message, uint16_t type,
			      const char *name)
{
	struct expr expr = { .whole = mnl_attr_nest_start(message, type) };

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	expr.data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	return expr;
}

static void expr_end(struct nlmsghdr *message, const struct expr *expr)
{
	mnl_attr_nest_end(message, expr->data);
	mnl_attr_nest_end(message, expr->whole);
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(message, type, htonl(value));
}

static void put_value(struct nlmsghdr *message, uint16_t type,
		      const void *value, uint32_t length)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, length, value);
	mnl_attr_nest_end(message, nest);
}

/**
 * expr_meta() - "meta KEY": load what is known about the packet
 * @rule: message of the rule
 * @key: NFT_META_
 * @reg: register to load
 */
void expr_meta(struct nlmsghdr *rule, uint32_t key, uint32_t reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "meta");

	put_u32(rule, NFTA_META_KEY, key);
	put_u32(rule, NFTA_META_DREG, reg);
	expr_end(rule, &expr);
}

/**
 * expr_payload() - "ip daddr", "th dport": load bytes of the packet
 * @rule: message of the rule
 * @base: NFT_PAYLOAD_NETWORK_HEADER or NFT_PAYLOAD_TRANSPORT_HEADER
 * @offset: from the start of that header
 * @length: bytes
 * @reg: register to load
 */
void expr_payload(struct nlmsghdr *rule, uint32_t base, uint32_t offset,
		  uint32_t length, uint32_t reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "payload");

	put_u32(rule, NFTA_PAYLOAD_DREG, reg);
	put_u32(rule, NFTA_PAYLOAD_BASE, base);
	put_u32(rule, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(rule, NFTA_PAYLOAD_LEN, length);
	expr_end(rule, &expr);
}

/**
 * expr_compare() - "==", "!=": go on with the rule only if it holds
 * @rule: message of the rule
 * @operator: NFT_CMP_EQ or NFT_CMP_NEQ
 * @reg: register to compare
 * @data: with what, as the register holds it
 * @length: bytes of @data
 */
void expr_compare(struct nlmsghdr *rule, uint32_t operator, uint32_t reg,
		  const void *data, uint32_t length)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "cmp");

	put_u32(rule, NFTA_CMP_SREG, reg);
	put_u32(rule, NFTA_CMP_OP, operator);
	put_value(rule, NFTA_CMP_DATA, data, length);
	expr_end(rule, &expr);
}

/* what is in @mask of it, and then ^ @flip */
static void expr_bitwise(struct nlmsghdr *rule, uint32_t reg, const void *mask,
			 const void *flip, uint32_t length)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "bitwise");

	put_u32(rule, NFTA_BITWISE_SREG, reg);
	put_u32(rule, NFTA_BITWISE_DREG, reg);
	put_u32(rule, NFTA_BITWISE_LEN, length);
	put_value(rule, NFTA_BITWISE_MASK, mask, length);
	put_value(rule, NFTA_BITWISE_XOR, flip, length);
	expr_end(rule, &expr);
}

/* as long as the longest register value that is masked */
static const uint8_t no_bits[16];

/**
 * expr_mask() - "& MASK"
 * @rule: message of the rule
 * @reg: register to change in place
 * @mask: bits to keep, as the register holds them
 * @length: bytes of @mask, at most 16
 */
void expr_mask(struct nlmsghdr *rule, uint32_t reg, const void *mask,
	       uint32_t length)
{
	expr_bitwise(rule, reg, mask, no_bits, length);
}

/**
 * expr_constant() - "& CONSTANT | CONSTANT": whatever it was
 * @rule: message of the rule
 * @reg: register to change in place
 * @data: what it becomes, as the register holds it
 * @length: bytes of @data, at most 16
 */
void expr_constant(struct nlmsghdr *rule, uint32_t reg, const void *data,
		   uint32_t length)
{
	expr_bitwise(rule, reg, no_bits, data, length);
}

/**
 * expr_fib_type() - "fib daddr type": what the routing table says it is
 * @rule: message of the rule
 * @which: NFTA_FIB_F_DADDR or NFTA_FIB_F_SADDR
 * @reg: register to load with an RTN_ number, four bytes
 */
void expr_fib_type(struct nlmsghdr *rule, uint32_t which, uint32_t reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "fib");

	put_u32(rule, NFTA_FIB_DREG, reg);
	put_u32(rule, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	put_u32(rule, NFTA_FIB_FLAGS, which);
	expr_end(rule, &expr);
}

/**
 * expr_ct() - "ct KEY": load what is known about the connection
 * @rule: message of the rule
 * @key: NFT_CT_
 * @reg: register to load
 */
void expr_ct(struct nlmsghdr *rule, uint32_t key, uint32_t reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "ct");

	put_u32(rule, NFTA_CT_DREG, reg);
	put_u32(rule, NFTA_CT_KEY, key);
	expr_end(rule, &expr);
}

/**
 * expr_ct_tuple() - "ct original KEY", "ct reply KEY": load an end of it
 * @rule: message of the rule
 * @key: NFT_CT_
 * @direction: IP_CT_DIR_ORIGINAL or IP_CT_DIR_REPLY
 * @reg: first register to load
 */
void expr_ct_tuple(struct nlmsghdr *rule, uint32_t key, uint8_t direction,
		   uint32_t reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "ct");

	put_u32(rule, NFTA_CT_DREG, reg);
	put_u32(rule, NFTA_CT_KEY, key);
	mnl_attr_put_u8(rule, NFTA_CT_DIRECTION, direction);
	expr_end(rule, &expr);
}

/**
 * expr_lookup() - "@SET": go on with the rule only if the set has it
 * @rule: message of the rule
 * @set: name of the set
 * @reg: first register of the key
 */
void expr_lookup(struct nlmsghdr *rule, const char *set, uint32_t reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "lookup");

	mnl_attr_put_strz(rule, NFTA_LOOKUP_SET, set);
	put_u32(rule, NFTA_LOOKUP_SREG, reg);
	expr_end(rule, &expr);
}

/**
 * expr_map() - "map @MAP": go on only if the map has it, with its data
 * @rule: message of the rule
 * @map: name of the map
 * @reg: first register of the key
 * @ret_reg: first register of the data
 */
void expr_map(struct nlmsghdr *rule, const char *map, uint32_t reg,
	      uint32_t ret_reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "lookup");

	mnl_attr_put_strz(rule, NFTA_LOOKUP_SET, map);
	put_u32(rule, NFTA_LOOKUP_SREG, reg);
	put_u32(rule, NFTA_LOOKUP_DREG, ret_reg);
	expr_end(rule, &expr);
}

/**
 * expr_dnat() - "dnat ip to ADDRESS", "dnat ip to ADDRESS . PORT",
 * "dnat to :PORT"
 * @rule: message of the rule
 * @family: of the address; without one, 0
 * @addr_reg: first register of the address, or 0 to keep it as it is
 * @port_reg: register of the port, or 0 to keep the port as it is
 */
void expr_dnat(struct nlmsghdr *rule, enum pubport_family family,
	       uint32_t addr_reg, uint32_t port_reg)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "nat");
	uint32_t nfproto = NFPROTO_INET;

	if (family)
		nfproto = family == PUBPORT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	put_u32(rule, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put_u32(rule, NFTA_NAT_FAMILY, nfproto);
	if (addr_reg)
		put_u32(rule, NFTA_NAT_REG_ADDR_MIN, addr_reg);
	if (port_reg)
		put_u32(rule, NFTA_NAT_REG_PROTO_MIN, port_reg);
	expr_end(rule, &expr);
}

/**
 * expr_masquerade() - "masquerade": take the outgoing interface's address
 * @rule: message of the rule
 */
void expr_masquerade(struct nlmsghdr *rule)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "masq");

	expr_end(rule, &expr);
}

/**
 * expr_reject() - "reject", "reject with tcp reset": as if nothing was there
 * @rule: message of the rule
 * @type: NFT_REJECT_TCP_RST, or NFT_REJECT_ICMPX_UNREACH with
 *	NFT_REJECT_ICMPX_PORT_UNREACH
 */
void expr_reject(struct nlmsghdr *rule, uint32_t type)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "reject");

	put_u32(rule, NFTA_REJECT_TYPE, type);
	mnl_attr_put_u8(rule, NFTA_REJECT_ICMP_CODE,
			type == NFT_REJECT_ICMPX_UNREACH
				? NFT_REJECT_ICMPX_PORT_UNREACH
				: 0);
	expr_end(rule, &expr);
}

/**
 * expr_verdict() - "drop", "return", "jump CHAIN", "goto CHAIN"
 * @rule: message of the rule
 * @verdict: NF_DROP, NFT_RETURN, NFT_JUMP or NFT_GOTO
 * @chain: where to jump or go, or NULL
 */
void expr_verdict(struct nlmsghdr *rule, int verdict, const char *chain)
{
	struct expr expr = expr_begin(rule, NFTA_LIST_ELEM, "immediate");
	struct nlattr *data, *nest;

	put_u32(rule, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(rule, NFTA_IMMEDIATE_DATA);
	nest = mnl_attr_nest_start(rule, NFTA_DATA_VERDICT);
	put_u32(rule, NFTA_VERDICT_CODE, (uint32_t)verdict);
	if (chain)
		mnl_attr_put_strz(rule, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(rule, nest);
	mnl_attr_nest_end(rule, data);
	expr_end(rule, &expr);
}

/**
 * expr_counter() - "counter", which each element of a set gets
 * @set: message of the set
 */
void expr_counter(struct nlmsghdr *set)
{
	struct expr expr = expr_begin(set, NFTA_SET_EXPR, "counter");

	expr_end(set, &expr);
}
