/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules look at: addresses, keys of sets, families. */
#include "nft/rule_expr.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

/* where the headers hold them */
enum {
	IPV4_SADDR = 12,
	IPV4_DADDR = 16,
	IPV6_SADDR = 8,
	IPV6_DADDR = 24,
	ETHER_DADDR = 0,
	TH_DPORT = 2,
};

/**
 * match_load_addr() - "ip saddr", "ip6 daddr"
 * @expr: rule being built
 * @family: of the address
 * @field: FIELD_SADDR or FIELD_DADDR
 * @reg: first register to load
 */
void match_load_addr(struct expr *expr, enum pubport_family family,
		     enum set_field field, uint32_t reg)
{
	bool source = field == FIELD_SADDR;

	if (family == PUBPORT_IPV4)
		expr_payload(expr, NFT_PAYLOAD_NETWORK_HEADER,
			     source ? IPV4_SADDR : IPV4_DADDR, 4, reg);
	else
		expr_payload(expr, NFT_PAYLOAD_NETWORK_HEADER,
			     source ? IPV6_SADDR : IPV6_DADDR, 16, reg);
}

/**
 * struct host_bits - how many last bits of the addresses in a key don't count
 * @saddr: of the source address
 * @daddr: of the destination address
 */
struct host_bits {
	unsigned int saddr;
	unsigned int daddr;
};

/* "ip saddr & 255.255.255.0" */
static void load_masked(struct expr *expr, enum pubport_family family,
			enum set_field field, unsigned int host_bits,
			uint32_t reg)
{
	struct pubport_network network = { { .family = family }, 0 };
	struct pubport_addr mask;

	match_load_addr(expr, family, field, reg);
	if (!host_bits)
		return;
	network.prefix =
		(unsigned int)(8 * addr_length(&network.addr)) - host_bits;
	mask = prefix_mask(&network);
	expr_mask(expr, reg, mask.bytes, (uint32_t)addr_length(&mask));
}

static void load_field(struct expr *expr, const struct set *set,
		       enum set_field field, const struct host_bits *host_bits,
		       uint32_t reg)
{
	uint32_t prefix;

	switch (field) {
	case FIELD_SADDR:
		load_masked(expr, set->family, field, host_bits->saddr, reg);
		break;
	case FIELD_DADDR:
		load_masked(expr, set->family, field, host_bits->daddr, reg);
		break;
	case FIELD_PROTOCOL:
		expr_meta(expr, NFT_META_L4PROTO, reg);
		break;
	case FIELD_PORT:
		expr_payload(expr, NFT_PAYLOAD_TRANSPORT_HEADER, TH_DPORT, 2,
			     reg);
		break;
	case FIELD_NFPROTO:
		expr_meta(expr, NFT_META_NFPROTO, reg);
		break;
	case FIELD_IIFNAME:
		expr_meta(expr, NFT_META_IIFNAME, reg);
		break;
	case FIELD_OIFNAME:
		expr_meta(expr, NFT_META_OIFNAME, reg);
		break;
	case FIELD_ETHER_DADDR:
		expr_payload(expr, NFT_PAYLOAD_LL_HEADER, ETHER_DADDR, 6, reg);
		break;
	case FIELD_PREFIX:
		prefix = 8 * set_addr_type(set)->length - host_bits->saddr;
		expr_meta(expr, NFT_META_MARK, reg);
		expr_constant(expr, reg, &prefix, sizeof(prefix));
		break;
	case FIELD_LAST_PORT:
	case FIELD_TARGET:
	case FIELD_TARGET_PORT:
	case FIELD_DIRECTION:
	case FIELD_NONE:
		break;
	}
}

/**
 * struct tuple_part - what the kernel remembers of a connection
 * @ipv4: NFT_CT_
 * @ipv6: NFT_CT_
 * @direction: of whose packets
 */
struct tuple_part {
	uint32_t ipv4;
	uint32_t ipv6;
	uint8_t direction;
};

static const struct tuple_part tuple_parts[] = {
	[FIELD_DADDR] = { NFT_CT_DST_IP, NFT_CT_DST_IP6, IP_CT_DIR_ORIGINAL },
	[FIELD_PORT] = { NFT_CT_PROTO_DST, NFT_CT_PROTO_DST,
			 IP_CT_DIR_ORIGINAL },
	[FIELD_TARGET] = { NFT_CT_SRC_IP, NFT_CT_SRC_IP6, IP_CT_DIR_REPLY },
	[FIELD_TARGET_PORT] = { NFT_CT_PROTO_SRC, NFT_CT_PROTO_SRC,
				IP_CT_DIR_REPLY },
};

/* a field of the connection that the packet belongs to */
static void load_tracked(struct expr *expr, const struct set *set,
			 enum set_field field, uint32_t reg)
{
	const struct tuple_part *part = &tuple_parts[field];

	if (field == FIELD_DIRECTION)
		expr_ct(expr, NFT_CT_DIRECTION, reg);
	else if (field == FIELD_PROTOCOL)
		expr_meta(expr, NFT_META_L4PROTO, reg);
	else
		expr_ct_tuple(expr,
			      set->family == PUBPORT_IPV4 ? part->ipv4
							  : part->ipv6,
			      part->direction, reg);
}

static void load_key(struct expr *expr, const struct set *set,
		     const struct host_bits *host_bits)
{
	uint32_t reg = 0, length;

	for (size_t i = 0; i < set_field_count(set); i++) {
		length = set_field_type(set, i)->length;
		load_field(expr, set, set->key[i], host_bits, EXPR_REG(reg));
		reg += set_padded(length) / 4;
	}
}

/**
 * match_load_key() - load what makes up a set's key, from register 0 on
 * @expr: rule being built
 * @set: whose key
 */
void match_load_key(struct expr *expr, const struct set *set)
{
	const struct host_bits none = { 0, 0 };

	load_key(expr, set, &none);
}

/**
 * match_family() - "meta nfproto ipv4"
 * @expr: rule being built
 * @family: of the packet, or 0 for any
 */
void match_family(struct expr *expr, enum pubport_family family)
{
	uint8_t nfproto = family == PUBPORT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (!family)
		return;
	expr_meta(expr, NFT_META_NFPROTO, EXPR_REG(0));
	expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), &nfproto, sizeof(nfproto));
}

/**
 * match_loopback() - "ip daddr 127.0.0.0/8", "ip6 saddr ::1"
 * @expr: rule being built
 * @family: of the packet
 * @field: FIELD_SADDR or FIELD_DADDR
 */
void match_loopback(struct expr *expr, enum pubport_family family,
		    enum set_field field)
{
	static const uint8_t loopback6[16] = { [15] = 1 };
	static const uint8_t loopback4 = 127;

	match_family(expr, family);
	if (family == PUBPORT_IPV6) {
		match_load_addr(expr, family, field, EXPR_REG(0));
		expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), loopback6,
			     sizeof(loopback6));
		return;
	}
	expr_payload(expr, NFT_PAYLOAD_NETWORK_HEADER,
		     field == FIELD_SADDR ? IPV4_SADDR : IPV4_DADDR, 1,
		     EXPR_REG(0));
	expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), &loopback4,
		     sizeof(loopback4));
}

/**
 * match_fib_not_local() - "fib daddr type != local": anyone else's address
 * @expr: rule being built
 * @which: NFTA_FIB_F_DADDR or NFTA_FIB_F_SADDR
 */
void match_fib_not_local(struct expr *expr, uint32_t which)
{
	uint32_t local = RTN_LOCAL;

	expr_fib_type(expr, which, EXPR_REG(0));
	expr_compare(expr, NFT_CMP_NEQ, EXPR_REG(0), &local, sizeof(local));
}

/**
 * match_set() - "ip daddr @host_addresses4": the set has the packet's key
 * @expr: rule being built
 * @set: which set
 */
void match_set(struct expr *expr, const struct set *set)
{
	match_load_key(expr, set);
	expr_lookup(expr, set->name, EXPR_REG(0));
}

/**
 * match_tracked_set() - "ct direction . ct original ip daddr . ... @set"
 * @expr: rule being built
 * @set: which; it is @tracked
 * @any: "ct original ip daddr & 0.0.0.0"
 * @redirect: "ct reply ip saddr & 0.0.0.0"
 */
void match_tracked_set(struct expr *expr, const struct set *set, bool any,
		       bool redirect)
{
	static const uint8_t none[16];
	uint32_t reg = EXPR_REG(0), length;

	for (size_t i = 0; i < set_field_count(set); i++) {
		length = set_field_type(set, i)->length;
		load_tracked(expr, set, set->key[i], reg);
		if ((set->key[i] == FIELD_DADDR && any) ||
		    (set->key[i] == FIELD_TARGET && redirect))
			expr_mask(expr, reg, none, length);
		reg += set_padded(length) / 4;
	}
	expr_lookup(expr, set->name, EXPR_REG(0));
}

/**
 * match_masked_set() - "ip daddr & 0.0.0.0 . th dport @set"
 * @expr: rule being built
 * @set: which set
 * @saddr_host_bits: how many last bits of the source address don't count
 * @daddr_host_bits: the same of the destination address
 */
void match_masked_set(struct expr *expr, const struct set *set,
		      unsigned int saddr_host_bits,
		      unsigned int daddr_host_bits)
{
	const struct host_bits host_bits = { saddr_host_bits, daddr_host_bits };

	load_key(expr, set, &host_bits);
	expr_lookup(expr, set->name, EXPR_REG(0));
}
