/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Appends the expressions of an nftables rule, one nft word at a time. */
#include "nft/expr.h"

#include "util/cleanup.h"

/* libnftnl's headers don't compile alone */
#include <stdio.h>

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

/**
 * struct number - an attribute of an expression
 * @attribute: NFTNL_EXPR_, of four bytes
 * @value: in host byte order
 */
struct number {
	uint16_t attribute;
	uint32_t value;
};

/* libnftnl's attributes and the lengths behind them are constants here:
 * it calls exit() on a wrong one */
static struct nftnl_expr *append_expr(struct rule_builder *rule,
				      const char *name,
				      const struct number *numbers,
				      size_t count)
{
	struct nftnl_expr *new;

	if (rule->error)
		return NULL;
	new = nftnl_expr_alloc(name);
	if (!new) {
		rule->error = -ENOMEM;
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		nftnl_expr_set_u32(new, numbers[i].attribute, numbers[i].value);
	nftnl_rule_add_expr(rule->nft, new);
	return new;
}

/* appends an expression with these numbers; NULL if there is no memory, or was
 * none before */
#define EXPR(rule, name, ...)                                                  \
	append_expr(rule, name, (const struct number[]){ __VA_ARGS__ },        \
		    ARRAY_SIZE(((const struct number[]){ __VA_ARGS__ })))

static void set_data(struct rule_builder *rule, struct nftnl_expr *expr,
		     uint16_t attribute, const void *data, uint32_t length)
{
	if (expr && nftnl_expr_set(expr, attribute, data, length) < 0)
		rule->error = -ENOMEM;
}

static void set_text(struct rule_builder *rule, struct nftnl_expr *expr,
		     uint16_t attribute, const char *text)
{
	if (expr && nftnl_expr_set_str(expr, attribute, text) < 0)
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
	EXPR(rule, "meta", { NFTNL_EXPR_META_KEY, key },
	     { NFTNL_EXPR_META_DREG, reg });
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
	EXPR(rule, "payload", { NFTNL_EXPR_PAYLOAD_BASE, base },
	     { NFTNL_EXPR_PAYLOAD_OFFSET, offset },
	     { NFTNL_EXPR_PAYLOAD_LEN, length },
	     { NFTNL_EXPR_PAYLOAD_DREG, reg });
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
	EXPR(rule, "payload", { NFTNL_EXPR_PAYLOAD_BASE, base },
	     { NFTNL_EXPR_PAYLOAD_OFFSET, offset },
	     { NFTNL_EXPR_PAYLOAD_LEN, length },
	     { NFTNL_EXPR_PAYLOAD_SREG, reg });
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
	EXPR(rule, "socket", { NFTNL_EXPR_SOCKET_KEY, key },
	     { NFTNL_EXPR_SOCKET_DREG, reg });
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
	struct nftnl_expr *new = EXPR(rule, "cmp", { NFTNL_EXPR_CMP_OP, operator }, { NFTNL_EXPR_CMP_SREG, reg });

	set_data(rule, new, NFTNL_EXPR_CMP_DATA, data, length);
}

/* what is in @mask of it, and then ^ @flip */
static void expr_bitwise(struct rule_builder *rule, uint32_t reg,
			 const void *mask, const void *flip, uint32_t length)
{
	struct nftnl_expr *new = EXPR(rule, "bitwise",
				      { NFTNL_EXPR_BITWISE_SREG, reg },
				      { NFTNL_EXPR_BITWISE_DREG, reg },
				      { NFTNL_EXPR_BITWISE_LEN, length });

	set_data(rule, new, NFTNL_EXPR_BITWISE_MASK, mask, length);
	set_data(rule, new, NFTNL_EXPR_BITWISE_XOR, flip, length);
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
	EXPR(rule, "fib", { NFTNL_EXPR_FIB_FLAGS, which },
	     { NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE },
	     { NFTNL_EXPR_FIB_DREG, reg });
}

/**
 * expr_ct() - "ct KEY": load what is known about the connection
 * @rule: that is being built
 * @key: NFT_CT_
 * @reg: register to load
 */
void expr_ct(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	EXPR(rule, "ct", { NFTNL_EXPR_CT_KEY, key },
	     { NFTNL_EXPR_CT_DREG, reg });
}

/**
 * expr_ct_set() - "ct KEY set": have the kernel remember it of the connection
 * @rule: that is being built
 * @key: NFT_CT_
 * @reg: register that has the value
 */
void expr_ct_set(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	EXPR(rule, "ct", { NFTNL_EXPR_CT_KEY, key },
	     { NFTNL_EXPR_CT_SREG, reg });
}

/**
 * expr_meta_set() - "meta KEY set": change what is known about the packet
 * @rule: that is being built
 * @key: NFT_META_
 * @reg: register that has the value
 */
void expr_meta_set(struct rule_builder *rule, uint32_t key, uint32_t reg)
{
	EXPR(rule, "meta", { NFTNL_EXPR_META_KEY, key },
	     { NFTNL_EXPR_META_SREG, reg });
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
	struct nftnl_expr *new =
		EXPR(rule, "immediate", { NFTNL_EXPR_IMM_DREG, reg });

	set_data(rule, new, NFTNL_EXPR_IMM_DATA, data, length);
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
	struct nftnl_expr *new = EXPR(rule, "ct", { NFTNL_EXPR_CT_KEY, key },
				      { NFTNL_EXPR_CT_DREG, reg });

	if (new)
		nftnl_expr_set_u8(new, NFTNL_EXPR_CT_DIR, direction);
}

/**
 * expr_lookup() - "@SET": go on with the rule only if the set has it
 * @rule: that is being built
 * @set: name of the set
 * @reg: first register of the key
 */
void expr_lookup(struct rule_builder *rule, const char *set, uint32_t reg)
{
	struct nftnl_expr *new =
		EXPR(rule, "lookup", { NFTNL_EXPR_LOOKUP_SREG, reg });

	set_text(rule, new, NFTNL_EXPR_LOOKUP_SET, set);
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
	struct nftnl_expr *new = EXPR(rule, "lookup",
				      { NFTNL_EXPR_LOOKUP_SREG, reg },
				      { NFTNL_EXPR_LOOKUP_DREG, ret_reg });

	set_text(rule, new, NFTNL_EXPR_LOOKUP_SET, map);
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
	uint32_t nfproto = family == PUBPORT_IPV4   ? NFPROTO_IPV4
			   : family == PUBPORT_IPV6 ? NFPROTO_IPV6
						    : NFPROTO_INET;
	struct nftnl_expr *new = EXPR(rule, "nat",
				      { NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT },
				      { NFTNL_EXPR_NAT_FAMILY, nfproto });

	if (!new)
		return;
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
	append_expr(rule, "masq", NULL, 0);
}

/**
 * expr_object() - "ct helper set", "ct timeout set": apply a named object
 * @rule: that is being built
 * @type: NFT_OBJECT_
 * @object: its name
 */
void expr_object(struct rule_builder *rule, uint32_t type, const char *object)
{
	struct nftnl_expr *new =
		EXPR(rule, "objref", { NFTNL_EXPR_OBJREF_IMM_TYPE, type });

	set_text(rule, new, NFTNL_EXPR_OBJREF_IMM_NAME, object);
}

/**
 * expr_reject() - "reject", "reject with tcp reset": as if nothing was there
 * @rule: that is being built
 * @type: NFT_REJECT_TCP_RST, or NFT_REJECT_ICMPX_UNREACH with
 *	NFT_REJECT_ICMPX_PORT_UNREACH
 */
void expr_reject(struct rule_builder *rule, uint32_t type)
{
	struct nftnl_expr *new =
		EXPR(rule, "reject", { NFTNL_EXPR_REJECT_TYPE, type });

	if (new)
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
	struct nftnl_expr *new = EXPR(
		rule, "immediate", { NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT },
		{ NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict });

	if (chain)
		set_text(rule, new, NFTNL_EXPR_IMM_CHAIN, chain);
}
