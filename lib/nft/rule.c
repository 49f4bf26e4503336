/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of rules that the table has: each builds a rule's expressions. */
#include "nft/rule.h"

#include "nft/rule_expr.h"

#include <linux/if_arp.h>
#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

/* the loopback interface is always number 1 of its network namespace */
#define LOOPBACK_IFINDEX 1

/**
 * build_verdict() - "drop", "goto CHAIN": without a condition
 * @expr: rule being built
 * @rule: which
 */
void build_verdict(struct expr *expr, const struct ruleset_rule *rule)
{
	expr_verdict(expr, rule->verdict, rule->to);
}

/* "iif != "lo"", "oif != "lo"" */
static void match_wire(struct expr *expr, uint32_t interface)
{
	uint32_t loopback = LOOPBACK_IFINDEX;

	expr_meta(expr, interface, EXPR_REG(0));
	expr_compare(expr, NFT_CMP_NEQ, EXPR_REG(0), &loopback,
		     sizeof(loopback));
}

static void build_guard(struct expr *expr, const struct ruleset_rule *rule,
			enum set_field field)
{
	match_loopback(expr, rule->family, field);
	match_wire(expr, NFT_META_IIF);
	build_verdict(expr, rule);
}

/**
 * build_guard_daddr() - "ip daddr 127.0.0.0/8 iif != "lo"": to loopback, by a
 * wire
 * @expr: rule being built
 * @rule: which
 */
void build_guard_daddr(struct expr *expr, const struct ruleset_rule *rule)
{
	build_guard(expr, rule, FIELD_DADDR);
}

/**
 * build_guard_saddr() - "ip saddr 127.0.0.0/8 iif != "lo"": from loopback, by a
 * wire
 * @expr: rule being built
 * @rule: which
 */
void build_guard_saddr(struct expr *expr, const struct ruleset_rule *rule)
{
	build_guard(expr, rule, FIELD_SADDR);
}

/**
 * build_guard_new() - "ip daddr 127.0.0.0/8 iif != "lo" ct state new,...": to
 * loopback, by a wire, and no answer
 * @expr: rule being built
 * @rule: which
 */
void build_guard_new(struct expr *expr, const struct ruleset_rule *rule)
{
	uint32_t states = NF_CT_STATE_INVALID_BIT | NF_CT_STATE_BIT(IP_CT_NEW) |
			  NF_CT_STATE_UNTRACKED_BIT;
	uint32_t none = 0;

	match_loopback(expr, rule->family, FIELD_DADDR);
	match_wire(expr, NFT_META_IIF);
	expr_ct(expr, NFT_CT_STATE, EXPR_REG(0));
	expr_mask(expr, EXPR_REG(0), &states, sizeof(states));
	expr_compare(expr, NFT_CMP_NEQ, EXPR_REG(0), &none, sizeof(none));
	build_verdict(expr, rule);
}

/**
 * build_family() - "meta nfproto ipv4"
 * @expr: rule being built
 * @rule: which
 */
void build_family(struct expr *expr, const struct ruleset_rule *rule)
{
	match_family(expr, rule->family);
	build_verdict(expr, rule);
}

/**
 * build_no_iif() - "iif 0": came in by no interface
 * @expr: rule being built
 * @rule: which
 */
void build_no_iif(struct expr *expr, const struct ruleset_rule *rule)
{
	uint32_t none = 0;

	expr_meta(expr, NFT_META_IIF, EXPR_REG(0));
	expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), &none, sizeof(none));
	build_verdict(expr, rule);
}

/**
 * build_not_local() - "fib daddr type != local": for somebody else
 * @expr: rule being built
 * @rule: which
 */
void build_not_local(struct expr *expr, const struct ruleset_rule *rule)
{
	match_fib_not_local(expr, NFTA_FIB_F_DADDR);
	build_verdict(expr, rule);
}

/**
 * build_to_loopback() - "ip daddr 127.0.0.0/8"
 * @expr: rule being built
 * @rule: which
 */
void build_to_loopback(struct expr *expr, const struct ruleset_rule *rule)
{
	match_loopback(expr, rule->family, FIELD_DADDR);
	build_verdict(expr, rule);
}

/**
 * build_set() - "KEY @set", in the rule's family if it has one
 * @expr: rule being built
 * @rule: which
 */
void build_set(struct expr *expr, const struct ruleset_rule *rule)
{
	match_family(expr, rule->family);
	match_set(expr, set_get(rule->set));
	build_verdict(expr, rule);
}

/**
 * build_ether_set() - "iifname . ether daddr @set"
 * @expr: rule being built
 * @rule: which
 *
 * With "meta iiftype ether", which nft puts before "ether daddr".
 */
void build_ether_set(struct expr *expr, const struct ruleset_rule *rule)
{
	uint16_t ether = ARPHRD_ETHER;

	expr_meta(expr, NFT_META_IIFTYPE, EXPR_REG(0));
	expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), &ether, sizeof(ether));
	build_set(expr, rule);
}

/**
 * build_link_local() - "ip6 saddr fe80::/10"
 * @expr: rule being built
 * @rule: which
 */
void build_link_local(struct expr *expr, const struct ruleset_rule *rule)
{
	static const uint8_t mask[16] = { 0xff, 0xc0 };
	static const uint8_t link_local[16] = { 0xfe, 0x80 };

	match_family(expr, PUBPORT_IPV6);
	match_load_addr(expr, PUBPORT_IPV6, FIELD_SADDR, EXPR_REG(0));
	expr_mask(expr, EXPR_REG(0), mask, sizeof(mask));
	expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), link_local,
		     sizeof(link_local));
	build_verdict(expr, rule);
}

/**
 * build_dnat() - "dnat ip to KEY map @map"
 * @expr: rule being built
 * @rule: which; those of maps without addresses need no family, since their
 *	chains see one only
 */
void build_dnat(struct expr *expr, const struct ruleset_rule *rule)
{
	const struct set *map = set_get(rule->set);
	uint32_t port = set_addr_type(map)->length / 4;

	match_family(expr, rule->family);
	match_load_key(expr, map);
	expr_map(expr, map->name, EXPR_REG(0), EXPR_REG(0));
	expr_dnat(expr, map->family, EXPR_REG(0),
		  map->data == DATA_ADDR_PORT ? EXPR_REG(port) : 0);
}

/**
 * build_ct_dnat() - "ct status dnat": was led somewhere
 * @expr: rule being built
 * @rule: which
 */
void build_ct_dnat(struct expr *expr, const struct ruleset_rule *rule)
{
	uint32_t dnat = IPS_DST_NAT, none = 0;

	expr_ct(expr, NFT_CT_STATUS, EXPR_REG(0));
	expr_mask(expr, EXPR_REG(0), &dnat, sizeof(dnat));
	expr_compare(expr, NFT_CMP_NEQ, EXPR_REG(0), &none, sizeof(none));
	build_verdict(expr, rule);
}

/**
 * build_masquerade_loopback() - "ip saddr 127.0.0.0/8 oif != "lo" masquerade"
 * @expr: rule being built
 * @rule: which
 */
void build_masquerade_loopback(struct expr *expr,
			       const struct ruleset_rule *rule)
{
	match_loopback(expr, rule->family, FIELD_SADDR);
	match_wire(expr, NFT_META_OIF);
	expr_masquerade(expr);
}

/**
 * build_masquerade_hairpin() - "KEY @set fib saddr type != local masquerade"
 * @expr: rule being built
 * @rule: which
 */
void build_masquerade_hairpin(struct expr *expr,
			      const struct ruleset_rule *rule)
{
	const struct set *set = set_get(rule->set);

	match_family(expr, set->family);
	match_set(expr, set);
	match_fib_not_local(expr, NFTA_FIB_F_SADDR);
	expr_masquerade(expr);
}

/**
 * build_masked_set() - "ip saddr & 255.255.255.0 . ip daddr & 0.0.0.0 @set"
 * @expr: rule being built
 * @rule: which; its @host_bits and @any say how much of the addresses counts
 */
void build_masked_set(struct expr *expr, const struct ruleset_rule *rule)
{
	const struct set *set = set_get(rule->set);
	uint32_t all = 8 * set_addr_type(set)->length;

	match_family(expr, rule->family);
	match_masked_set(expr, set, rule->host_bits, rule->any ? all : 0);
	build_verdict(expr, rule);
}

static void match_protocol(struct expr *expr, enum pubport_protocol protocol)
{
	uint8_t number = (uint8_t)protocol;

	expr_meta(expr, NFT_META_L4PROTO, EXPR_REG(0));
	expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), &number, sizeof(number));
}

/**
 * build_redirect() - "meta l4proto tcp dnat to :KEY map @map"
 * @expr: rule being built
 * @rule: which
 *
 * nft wants to know the protocol where only the port is translated.
 */
void build_redirect(struct expr *expr, const struct ruleset_rule *rule)
{
	const struct set *map = set_get(rule->set);

	match_protocol(expr, rule->protocol);
	match_load_key(expr, map);
	expr_map(expr, map->name, EXPR_REG(0), EXPR_REG(0));
	expr_dnat(expr, 0, 0, EXPR_REG(0));
}

/**
 * build_reset() - "meta l4proto tcp reject with tcp reset"
 * @expr: rule being built
 * @rule: which
 */
void build_reset(struct expr *expr, const struct ruleset_rule *rule)
{
	match_protocol(expr, rule->protocol);
	expr_reject(expr, NFT_REJECT_TCP_RST);
}

/**
 * build_unreachable() - "reject": the port is not there
 * @expr: rule being built
 * @rule: which
 */
void build_unreachable(struct expr *expr, const struct ruleset_rule *rule)
{
	(void)rule;
	expr_reject(expr, NFT_REJECT_ICMPX_UNREACH);
}

/**
 * build_reply() - "ct direction reply": an answer
 * @expr: rule being built
 * @rule: which
 */
void build_reply(struct expr *expr, const struct ruleset_rule *rule)
{
	uint8_t reply = IP_CT_DIR_REPLY;

	expr_ct(expr, NFT_CT_DIRECTION, EXPR_REG(0));
	expr_compare(expr, NFT_CMP_EQ, EXPR_REG(0), &reply, sizeof(reply));
	build_verdict(expr, rule);
}

/**
 * build_protocol() - "meta nfproto ipv4 meta l4proto tcp"
 * @expr: rule being built
 * @rule: which
 */
void build_protocol(struct expr *expr, const struct ruleset_rule *rule)
{
	match_family(expr, rule->family);
	match_protocol(expr, rule->protocol);
	build_verdict(expr, rule);
}

/**
 * build_wire_dnat() - "iif != "lo" ct status dnat": by a wire, and was led
 * somewhere
 * @expr: rule being built
 * @rule: which
 */
void build_wire_dnat(struct expr *expr, const struct ruleset_rule *rule)
{
	match_wire(expr, NFT_META_IIF);
	build_ct_dnat(expr, rule);
}

/**
 * build_tracked_set() - "meta l4proto tcp ct direction . ... @set"
 * @expr: rule being built
 * @rule: which; its @any and @redirect say which addresses don't count
 */
void build_tracked_set(struct expr *expr, const struct ruleset_rule *rule)
{
	match_protocol(expr, rule->protocol);
	match_tracked_set(expr, set_get(rule->set), rule->any, rule->redirect);
	build_verdict(expr, rule);
}
