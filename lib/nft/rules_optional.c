/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is laid when it is first needed, and goes with the table.
 *
 * forward: the host forwards nothing by itself, and pubport turned it on.  What
 * comes in by such an interface is forwarded if it was led somewhere, or is
 * bridged, as it was before.
 *
 * ending, settling: mappings that end by themselves, and that were removed; no
 * packet looks there, see settlement.c.
 *
 * redirect: ports of all addresses of the host that lead to another port of
 * it.  The address stays the one that was asked for, so there is a port alone
 * to look up, ahead of the mapping's own element, which no packet reaches.
 *
 * limit: mappings that are not for everyone.  Ahead of each lookup that finds a
 * mapping stands one that finds out whether it is limited, and then whether
 * the client is in one of its networks.  The host itself always may.  Whoever
 * may not is told that the port isn't there, and no later lookup is asked.
 *
 * A network of a single port is found by a hash: its address, under its mask,
 * is part of the key, and for each mask in use there is a rule, see
 * ruleset_mask().  So the time that it takes depends on the number of masks
 * alone.  The length of the prefix is part of the key as well, since a network
 * may begin where a larger one does; nft has no word for a number there, so it
 * is written as a mark of which no bit is left.  In the keys, all addresses of
 * the host are 0.0.0.0 or ::, which is any address under a mask of zero. Ranges
 * are interval sets.
 *
 * shield: targets to which mappings alone lead.  What opens a connection to one
 * of them, was not led there, and comes from another network than the target's
 * own, is dropped.  The host's own packets are not forwarded, so they pass.
 */
#include "nft/rules.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "nft/rule.h"
#include "util/cleanup.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stddef.h>
#include <string.h>

#define IPV4 PUBPORT_IPV4
#define IPV6 PUBPORT_IPV6

/* ---------------------------------------------------------------- forward */

static const struct ruleset_chain forward_chains[] = {
	{ "forward", "filter", NF_INET_FORWARD, "forward", -150 },
	{ "forward_published", NULL, 0, NULL, 0 },
};

static const struct ruleset_rule forward_rules[] = {
	{ "forward",
	  "meta nfproto ipv4 iifname @forwarding4 "
	  "goto forward_published",
	  build_set, .family = IPV4, .set = SET_FORWARDING4,
	  GOTO("forward_published") },
	{ "forward",
	  "meta nfproto ipv6 iifname @forwarding6 "
	  "goto forward_published",
	  build_set, .family = IPV6, .set = SET_FORWARDING6,
	  GOTO("forward_published") },

	{ "forward_published", "ct status dnat return", build_ct_dnat, RETURN },
	{ "forward_published", "iifname . ether daddr @bridge_addresses drop",
	  build_ether_set, .set = SET_BRIDGE_ADDRESSES, DROP },
	/* what is bridged was let through before as well */
	{ "forward_published", "iifname . oifname @bridges return", build_set,
	  .set = SET_BRIDGES, RETURN },
	{ "forward_published", "drop", build_verdict, DROP },
};

const struct ruleset ruleset_forward = {
	.chains = forward_chains,
	.chain_count = ARRAY_SIZE(forward_chains),
	.rules = forward_rules,
	.rule_count = ARRAY_SIZE(forward_rules),
};

/* ------------------------------------------------------- ending, settling */

const struct ruleset ruleset_ending = {
	.first_set = SET_ENDING4,
	.set_count = SET_ENDING6 - SET_ENDING4 + 1,
};

const struct ruleset ruleset_settling = {
	.first_set = SET_SETTLING4,
	.set_count = SET_SETTLING6 - SET_SETTLING4 + 1,
};

/* --------------------------------------------------------------- redirect */

static const struct ruleset_chain redirect_chains[] = {
	{ .name = "redirect_ports" },
	{ .name = "redirect_ranges" },
};

static const struct ruleset_rule redirect_rules[] = {
	{ "any_address4", "jump redirect_ports", build_verdict,
	  JUMP("redirect_ports"), .first = true },
	{ "any_address_range4", "jump redirect_ranges", build_verdict,
	  JUMP("redirect_ranges"), .first = true },
	{ "any_address6", "jump redirect_ports", build_verdict,
	  JUMP("redirect_ports"), .first = true },
	{ "any_address_range6", "jump redirect_ranges", build_verdict,
	  JUMP("redirect_ranges"), .first = true },

	{ "redirect_ports",
	  "meta l4proto tcp dnat to :meta nfproto . meta l4proto . th dport map @redirect_ports",
	  build_redirect, .set = SET_REDIRECT, .protocol = PUBPORT_TCP },
	{ "redirect_ports",
	  "meta l4proto udp dnat to :meta nfproto . meta l4proto . th dport map @redirect_ports",
	  build_redirect, .set = SET_REDIRECT, .protocol = PUBPORT_UDP },
	{ "redirect_ports",
	  "meta l4proto sctp dnat to :meta nfproto . meta l4proto . th dport map @redirect_ports",
	  build_redirect, .set = SET_REDIRECT, .protocol = PUBPORT_SCTP },
	{ "redirect_ranges",
	  "meta l4proto tcp dnat to :meta nfproto . meta l4proto . th dport map @redirect_ranges",
	  build_redirect, .set = SET_REDIRECT_RANGE, .protocol = PUBPORT_TCP },
	{ "redirect_ranges",
	  "meta l4proto udp dnat to :meta nfproto . meta l4proto . th dport map @redirect_ranges",
	  build_redirect, .set = SET_REDIRECT_RANGE, .protocol = PUBPORT_UDP },
	{ "redirect_ranges",
	  "meta l4proto sctp dnat to :meta nfproto . meta l4proto . th dport map @redirect_ranges",
	  build_redirect, .set = SET_REDIRECT_RANGE, .protocol = PUBPORT_SCTP },
};

const struct ruleset ruleset_redirect = {
	.first_set = SET_REDIRECT,
	.set_count = SET_REDIRECT_RANGE - SET_REDIRECT + 1,
	.chains = redirect_chains,
	.chain_count = ARRAY_SIZE(redirect_chains),
	.rules = redirect_rules,
	.rule_count = ARRAY_SIZE(redirect_rules),
};

/* ------------------------------------------------------------------ limit */

static const struct ruleset_chain limit_chains[] = {
	{ .name = "client4" },	   { .name = "client_range4" },
	{ .name = "client_any4" }, { .name = "client_any_range4" },
	{ .name = "client6" },	   { .name = "client_range6" },
	{ .name = "client_any6" }, { .name = "client_any_range6" },
	{ .name = "refuse" },
};

static const struct ruleset_rule limit_rules[] = {
	{ "host_address4",
	  "ip daddr . meta l4proto . th dport @limited4 jump client4",
	  build_masked_set, .family = IPV4, .set = SET_LIMITED4,
	  JUMP("client4"), .first = true },
	{ "host_address_range4",
	  "th dport . meta l4proto . ip daddr @limited_range4 jump client_range4",
	  build_masked_set, .family = IPV4, .set = SET_LIMITED_RANGE4,
	  JUMP("client_range4"), .first = true },
	{ "any_address4",
	  "ip daddr & 0.0.0.0 . meta l4proto . th dport @limited4 jump client_any4",
	  build_masked_set, .family = IPV4, .set = SET_LIMITED4, .any = true,
	  JUMP("client_any4"), .first = true },
	{ "any_address_range4",
	  "th dport . meta l4proto . ip daddr & 0.0.0.0 @limited_range4 jump client_any_range4",
	  build_masked_set, .family = IPV4, .set = SET_LIMITED_RANGE4,
	  .any = true, JUMP("client_any_range4"), .first = true },

	{ "host_address6",
	  "ip6 daddr . meta l4proto . th dport @limited6 jump client6",
	  build_masked_set, .family = IPV6, .set = SET_LIMITED6,
	  JUMP("client6"), .first = true },
	{ "host_address_range6",
	  "th dport . meta l4proto . ip6 daddr @limited_range6 jump client_range6",
	  build_masked_set, .family = IPV6, .set = SET_LIMITED_RANGE6,
	  JUMP("client_range6"), .first = true },
	{ "any_address6",
	  "ip6 daddr & :: . meta l4proto . th dport @limited6 jump client_any6",
	  build_masked_set, .family = IPV6, .set = SET_LIMITED6, .any = true,
	  JUMP("client_any6"), .first = true },
	{ "any_address_range6",
	  "th dport . meta l4proto . ip6 daddr & :: @limited_range6 jump client_any_range6",
	  build_masked_set, .family = IPV6, .set = SET_LIMITED_RANGE6,
	  .any = true, JUMP("client_any_range6"), .first = true },

	{ "client4", "iif 0 return", build_no_iif, RETURN },
	{ "client4", "goto refuse", build_verdict, GOTO("refuse") },
	{ "client_range4", "iif 0 return", build_no_iif, RETURN },
	{ "client_range4",
	  "th dport . meta l4proto . ip daddr . ip saddr @allowed_range4 return",
	  build_masked_set, .family = IPV4, .set = SET_ALLOWED_RANGE4, RETURN },
	{ "client_range4", "goto refuse", build_verdict, GOTO("refuse") },
	{ "client_any4", "iif 0 return", build_no_iif, RETURN },
	{ "client_any4", "goto refuse", build_verdict, GOTO("refuse") },
	{ "client_any_range4", "iif 0 return", build_no_iif, RETURN },
	{ "client_any_range4",
	  "th dport . meta l4proto . ip daddr & 0.0.0.0 . ip saddr @allowed_range4 return",
	  build_masked_set, .family = IPV4, .set = SET_ALLOWED_RANGE4,
	  .any = true, RETURN },
	{ "client_any_range4", "goto refuse", build_verdict, GOTO("refuse") },

	{ "client6", "iif 0 return", build_no_iif, RETURN },
	{ "client6", "goto refuse", build_verdict, GOTO("refuse") },
	{ "client_range6", "iif 0 return", build_no_iif, RETURN },
	{ "client_range6",
	  "th dport . meta l4proto . ip6 daddr . ip6 saddr @allowed_range6 return",
	  build_masked_set, .family = IPV6, .set = SET_ALLOWED_RANGE6, RETURN },
	{ "client_range6", "goto refuse", build_verdict, GOTO("refuse") },
	{ "client_any6", "iif 0 return", build_no_iif, RETURN },
	{ "client_any6", "goto refuse", build_verdict, GOTO("refuse") },
	{ "client_any_range6", "iif 0 return", build_no_iif, RETURN },
	{ "client_any_range6",
	  "th dport . meta l4proto . ip6 daddr & :: . ip6 saddr @allowed_range6 return",
	  build_masked_set, .family = IPV6, .set = SET_ALLOWED_RANGE6,
	  .any = true, RETURN },
	{ "client_any_range6", "goto refuse", build_verdict, GOTO("refuse") },

	{ "refuse", "meta l4proto tcp reject with tcp reset", build_reset,
	  .protocol = PUBPORT_TCP },
	{ .chain = "refuse", .text = "reject", .build = build_unreachable },
};

const struct ruleset ruleset_limit = {
	.first_set = SET_LIMITED4,
	.set_count = SET_MASKS6 - SET_LIMITED4 + 1,
	.chains = limit_chains,
	.chain_count = ARRAY_SIZE(limit_chains),
	.rules = limit_rules,
	.rule_count = ARRAY_SIZE(limit_rules),
};

static void write_mask_rule(const struct pubport_network *network, bool any,
			    struct ruleset_mask *mask)
{
	bool is4 = network->addr.family == IPV4;
	const char *ip = is4 ? "ip" : "ip6";
	struct pubport_addr bits = prefix_mask(network);
	char *text = mask->texts[any], addr[PUBPORT_ADDR_TEXT_SIZE];
	unsigned int host_bits =
		(unsigned int)(8 * addr_length(&bits)) - network->prefix;

	snprintf(text, sizeof(mask->texts[any]),
		 "%s saddr%s%s . %s daddr%s . meta l4proto . th dport . "
		 "meta mark & 0x%08x | 0x%08x @allowed%d return",
		 ip, host_bits ? " & " : "",
		 host_bits ? pubport_addr_format(&bits, addr, sizeof(addr))
			   : "",
		 ip, any ? is4 ? " & 0.0.0.0" : " & ::" : "", network->prefix,
		 network->prefix, is4 ? 4 : 6);
	mask->rules[any] = (struct ruleset_rule){
		.chain = any   ? is4 ? "client_any4" : "client_any6"
			 : is4 ? "client4"
			       : "client6",
		.text = text,
		.build = build_masked_set,
		.family = network->addr.family,
		.set = is4 ? SET_ALLOWED4 : SET_ALLOWED6,
		.host_bits = host_bits,
		.any = any,
		RETURN,
		.first = true,
	};
}

/**
 * ruleset_mask() - make the rules that look for networks of one mask
 * @network: one of them
 * @ret_mask: the rules, one for mappings of one host address, one for those of
 *	all; not to be copied, since they point into it
 */
void ruleset_mask(const struct pubport_network *network,
		  struct ruleset_mask *ret_mask)
{
	write_mask_rule(network, false, ret_mask);
	write_mask_rule(network, true, ret_mask);
}

/* ----------------------------------------------------------------- shield */

static const struct ruleset_chain shield_chains[] = {
	{ "shield", "filter", NF_INET_FORWARD, "forward", -150 },
	{ .name = "shield4" },
	{ .name = "shield6" },
};

static const struct ruleset_rule shield_rules[] = {
	{ "shield", "ip daddr @shielded4 goto shield4", build_set,
	  .family = IPV4, .set = SET_SHIELDED4, GOTO("shield4") },
	{ "shield", "ip6 daddr @shielded6 goto shield6", build_set,
	  .family = IPV6, .set = SET_SHIELDED6, GOTO("shield6") },

	{ "shield4", "ct status dnat return", build_ct_dnat, RETURN },
	{ "shield4", "ct direction reply return", build_reply, RETURN },
	{ "shield4", "iifname . ip daddr @own_link4 return", build_set,
	  .family = IPV4, .set = SET_OWN_LINK4, RETURN },
	{ "shield4", "drop", build_verdict, DROP },

	{ "shield6", "ct status dnat return", build_ct_dnat, RETURN },
	{ "shield6", "ct direction reply return", build_reply, RETURN },
	{ "shield6", "iifname . ip6 daddr @own_link6 return", build_set,
	  .family = IPV6, .set = SET_OWN_LINK6, RETURN },
	{ "shield6", "drop", build_verdict, DROP },
};

const struct ruleset ruleset_shield = {
	.first_set = SET_SHIELDED4,
	.set_count = SET_OWN_LINK6 - SET_SHIELDED4 + 1,
	.chains = shield_chains,
	.chain_count = ARRAY_SIZE(shield_chains),
	.rules = shield_rules,
	.rule_count = ARRAY_SIZE(shield_rules),
};
