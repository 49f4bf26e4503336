/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Appends the expressions of an nftables rule, one nft word at a time. */
#include "nft/expr.h"

/* libnftnl's headers don't compile alone */
#include <stdio.h>

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

/* libnftnl's attributes and the lengths behind them are constants here:
 * it calls exit() on a wrong one */
static struct nftnl_expr *expr_append(struct rule_builder *rule,
				      const char *name)
{
	struct nftnl_expr *new;

	if (rule->error)
		return NULL;
	new = nftnl_expr_alloc(name);
	if (!new) {
		rule->error = -ENOMEM;
		return NULL;
	}
	nftnl_rule_add_expr(rule->nft, new);
	return new;
}

static void expr_set_data(struct rule_builder *rule, struct nftnl_expr *new,
			  uint16_t attribute, const void *data, uint32_t length)
{
	if (nftnl_expr_set(new, attribute, data, length) < 0)
		rule->error = -ENOMEM;
}

/**
 * expr_meta() - "meta KEY": load what is known about the packet
 * @rule: that is being built
 * @key: NFT_META_
 * @reg: register to load
 */
void expr_meta(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "meta");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(new, NFTNL_EXPR_META_DREG, reg);
}

/**
 * expr_payload() - "ip daddr", "th dport": load bytes of the packet
 * @rule: that is being built
 * @base: NFT_PAYLOAD_NETWORK_HEADER or NFT_PAYLOAD_TRANSPORT_HEADER
 * @offset: from the start of that header
 * @length: bytes
 * @reg: register to load
 */
void expr_payload(struct rule_builder *rule, uint32_t base, uint32_t offset,
		  uint32_t length, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "payload");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

/**
 * expr_payload_set() - "ip daddr set": write bytes of the packet
 * @rule: that is being built
 * @base: NFT_PAYLOAD_NETWORK_HEADER
 * @offset: from the start of that header
 * @length: bytes
 * @reg: register that has them
 *
 * The packet's checksums stay as they are.
 */
void expr_payload_set(struct rule_builder *rule, uint32_t base, uint32_t offset,
		      uint32_t length, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "payload");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(new, NFTNL_EXPR_PAYLOAD_SREG, reg);
}

/**
 * expr_socket() - "socket KEY": load what is known about the host's socket that
 * the packet is for; go on only if there is one
 * @rule: that is being built
 * @key: NFT_SOCKET_
 * @reg: register to load, one byte
 */
void expr_socket(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "socket");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_SOCKET_KEY, key);
	nftnl_expr_set_u32(new, NFTNL_EXPR_SOCKET_DREG, reg);
}

/**
 * expr_compare() - "==", "!=": go on with the rule only if it holds
 * @rule: that is being built
 * @operator: NFT_CMP_EQ or NFT_CMP_NEQ
 * @reg: register to compare
 * @data: with what, as the register holds it
 * @length: bytes of @data
 */
void expr_compare(struct rule_builder *rule, uint32_t operator, uint32_t reg,
		  const void *data, uint32_t length)
{
	struct nftnl_expr *new = expr_append(rule, "cmp");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_CMP_OP, operator);
	nftnl_expr_set_u32(new, NFTNL_EXPR_CMP_SREG, reg);
	expr_set_data(rule, new, NFTNL_EXPR_CMP_DATA, data, length);
}

/* what is in @mask of it, and then ^ @flip */
static void expr_bitwise(struct rule_builder *rule, uint32_t reg,
			 const void *mask, const void *flip, uint32_t length)
{
	struct nftnl_expr *new = expr_append(rule, "bitwise");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_BITWISE_SREG, reg);
	nftnl_expr_set_u32(new, NFTNL_EXPR_BITWISE_DREG, reg);
	nftnl_expr_set_u32(new, NFTNL_EXPR_BITWISE_LEN, length);
	expr_set_data(rule, new, NFTNL_EXPR_BITWISE_MASK, mask, length);
	expr_set_data(rule, new, NFTNL_EXPR_BITWISE_XOR, flip, length);
}

/* as long as the longest register value that is masked */
static const uint8_t no_bits[16];

/**
 * expr_mask() - "& MASK"
 * @rule: that is being built
 * @reg: register to change in place
 * @mask: bits to keep, as the register holds them
 * @length: bytes of @mask, at most 16
 */
void expr_mask(struct rule_builder *rule, uint32_t reg, const void *mask,
	       uint32_t length)
{
	expr_bitwise(rule, reg, mask, no_bits, length);
}

/**
 * expr_constant() - "& CONSTANT | CONSTANT": whatever it was
 * @rule: that is being built
 * @reg: register to change in place
 * @data: what it becomes, as the register holds it
 * @length: bytes of @data, at most 16
 */
void expr_constant(struct rule_builder *rule, uint32_t reg, const void *data,
		   uint32_t length)
{
	expr_bitwise(rule, reg, no_bits, data, length);
}

/**
 * expr_set_bits() - "| BITS"
 * @rule: that is being built
 * @reg: register to change in place
 * @bits: to set, in host byte order
 */
void expr_set_bits(struct rule_builder *rule, uint32_t reg, uint32_t bits)
{
	const uint32_t others = ~bits;

	expr_bitwise(rule, reg, &others, &bits, sizeof(bits));
}

/**
 * expr_fib_type() - "fib daddr type": what the routing table says it is
 * @rule: that is being built
 * @which: NFTA_FIB_F_DADDR or NFTA_FIB_F_SADDR
 * @reg: register to load with an RTN_ number, four bytes
 */
void expr_fib_type(struct rule_builder *rule, uint32_t which, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "fib");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_FIB_FLAGS, which);
	nftnl_expr_set_u32(new, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(new, NFTNL_EXPR_FIB_DREG, reg);
}

/**
 * expr_ct() - "ct KEY": load what is known about the connection
 * @rule: that is being built
 * @key: NFT_CT_
 * @reg: register to load
 */
void expr_ct(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "ct");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(new, NFTNL_EXPR_CT_DREG, reg);
}

/**
 * expr_ct_set() - "ct KEY set": have the kernel remember it of the connection
 * @rule: that is being built
 * @key: NFT_CT_
 * @reg: register that has the value
 */
void expr_ct_set(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "ct");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(new, NFTNL_EXPR_CT_SREG, reg);
}

/**
 * expr_meta_set() - "meta KEY set": change what is known about the packet
 * @rule: that is being built
 * @key: NFT_META_
 * @reg: register that has the value
 */
void expr_meta_set(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "meta");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(new, NFTNL_EXPR_META_SREG, reg);
}

/**
 * expr_value() - load what is given
 * @rule: that is being built
 * @reg: register to load
 * @data: with what, as the register holds it
 * @length: bytes of @data
 */
void expr_value(struct rule_builder *rule, uint32_t reg, const void *data,
		uint32_t length)
{
	struct nftnl_expr *new = expr_append(rule, "immediate");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_IMM_DREG, reg);
	expr_set_data(rule, new, NFTNL_EXPR_IMM_DATA, data, length);
}

/**
 * expr_ct_tuple() - "ct original KEY", "ct reply KEY": load an end of it
 * @rule: that is being built
 * @key: NFT_CT_
 * @direction: IP_CT_DIR_ORIGINAL or IP_CT_DIR_REPLY
 * @reg: first register to load
 */
void expr_ct_tuple(struct rule_builder *rule, uint32_t key, uint8_t direction,
		   uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "ct");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u8(new, NFTNL_EXPR_CT_DIR, direction);
	nftnl_expr_set_u32(new, NFTNL_EXPR_CT_DREG, reg);
}

/**
 * expr_lookup() - "@SET": go on with the rule only if the set has it
 * @rule: that is being built
 * @set: name of the set
 * @reg: first register of the key
 */
void expr_lookup(struct rule_builder *rule, const char *set, uint32_t reg)
{
	struct nftnl_expr *new = expr_append(rule, "lookup");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_LOOKUP_SREG, reg);
	if (nftnl_expr_set_str(new, NFTNL_EXPR_LOOKUP_SET, set) < 0)
		rule->error = -ENOMEM;
}

/**
 * expr_map() - "map @MAP": go on only if the map has it, with its data
 * @rule: that is being built
 * @map: name of the map
 * @reg: first register of the key
 * @ret_reg: first register of the data
 */
void expr_map(struct rule_builder *rule, const char *map, uint32_t reg,
	      uint32_t ret_reg)
{
	struct nftnl_expr *new = expr_append(rule, "lookup");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_LOOKUP_SREG, reg);
	nftnl_expr_set_u32(new, NFTNL_EXPR_LOOKUP_DREG, ret_reg);
	if (nftnl_expr_set_str(new, NFTNL_EXPR_LOOKUP_SET, map) < 0)
		rule->error = -ENOMEM;
}

/**
 * expr_dnat() - "dnat ip to ADDRESS", "dnat ip to ADDRESS . PORT",
 * "dnat to :PORT"
 * @rule: that is being built
 * @family: of the address; without one, 0
 * @addr_reg: first register of the address, or 0 to keep it as it is
 * @port_reg: register of the port, or 0 to keep the port as it is
 */
void expr_dnat(struct rule_builder *rule, enum pubport_family family,
	       uint32_t addr_reg, uint32_t port_reg)
{
	struct nftnl_expr *new = expr_append(rule, "nat");
	uint32_t nfproto = NFPROTO_INET;

	if (!new)
		return;
	if (family)
		nfproto = family == PUBPORT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	nftnl_expr_set_u32(new, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
	nftnl_expr_set_u32(new, NFTNL_EXPR_NAT_FAMILY, nfproto);
	if (addr_reg)
		nftnl_expr_set_u32(new, NFTNL_EXPR_NAT_REG_ADDR_MIN, addr_reg);
	if (port_reg)
		nftnl_expr_set_u32(new, NFTNL_EXPR_NAT_REG_PROTO_MIN, port_reg);
}

/**
 * expr_masquerade() - "masquerade": take the outgoing interface's address
 * @rule: that is being built
 */
void expr_masquerade(struct rule_builder *rule)
{
	expr_append(rule, "masq");
}

/**
 * expr_object() - "ct helper set", "ct timeout set": apply a named object
 * @rule: that is being built
 * @type: NFT_OBJECT_
 * @object: its name
 */
void expr_object(struct rule_builder *rule, uint32_t type, const char *object)
{
	struct nftnl_expr *new = expr_append(rule, "objref");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_OBJREF_IMM_TYPE, type);
	if (nftnl_expr_set_str(new, NFTNL_EXPR_OBJREF_IMM_NAME, object) < 0)
		rule->error = -ENOMEM;
}

/**
 * expr_reject() - "reject", "reject with tcp reset": as if nothing was there
 * @rule: that is being built
 * @type: NFT_REJECT_TCP_RST, or NFT_REJECT_ICMPX_UNREACH with
 *	NFT_REJECT_ICMPX_PORT_UNREACH
 */
void expr_reject(struct rule_builder *rule, uint32_t type)
{
	struct nftnl_expr *new = expr_append(rule, "reject");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_REJECT_TYPE, type);
	nftnl_expr_set_u8(new, NFTNL_EXPR_REJECT_CODE,
			  type == NFT_REJECT_ICMPX_UNREACH
				  ? NFT_REJECT_ICMPX_PORT_UNREACH
				  : 0);
}

/**
 * expr_verdict() - "drop", "return", "jump CHAIN", "goto CHAIN"
 * @rule: that is being built
 * @verdict: NF_DROP, NFT_RETURN, NFT_JUMP or NFT_GOTO
 * @chain: where to jump or go, or NULL
 */
void expr_verdict(struct rule_builder *rule, int verdict, const char *chain)
{
	struct nftnl_expr *new = expr_append(rule, "immediate");

	if (!new)
		return;
	nftnl_expr_set_u32(new, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(new, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
	if (chain && nftnl_expr_set_str(new, NFTNL_EXPR_IMM_CHAIN, chain) < 0)
		rule->error = -ENOMEM;
}
