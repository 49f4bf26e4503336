/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table "inet pubport": its chains and rules.
 *
 * A mapping is one element of one map; the rules never change.  A packet that
 * opens a connection to an address of the host looks, in this order, for
 *
 *	host4		its address and port
 *	shift_host4	a port of a range that shifts its numbers
 *	range_host4	a range that keeps its numbers
 *	any4, shift_any4, range_any4	the same three for all addresses
 *
 * and takes the first: host address before all addresses, single port before
 * range; IPv6 has the same with a 6.  The protocol is part of each key.  Hash
 * maps answer in constant time.  Ranges are interval maps, with the port as
 * their first field, since the kernel walks all that share it.  They are maps
 * to data, not to verdicts: the kernel checks each element of a verdict map at
 * every change.
 *
 * What a connection costs is mostly the number of lookups, so host_addresses4
 * stands before the first three: most mappings are for all addresses.  An
 * address is put there with its first mapping and stays until the table goes.
 *
 * A range that shifts its numbers has an element for each port in shift_...,
 * and one in range_..., never reached by a packet, which reserves the range and
 * carries its record.
 *
 * Traffic that is not for the host is let go first ("fib daddr type").  The
 * guard drops what claims to be loopback but came in by a wire: with
 * route_localnet such packets would reach mappings on 127.0.0.1 and services of
 * the host.  It stands before connection tracking, so that forged packets can't
 * touch the state of a connection either.  Where source routes are accepted, an
 * address of loopback turns up behind it still: guard_input drops that.
 *
 * Only two kinds of connections lose their source address: those of the host's
 * loopback, and those from networks on the target's own link, whose answers
 * would otherwise go past the host.  Interval maps cost the most, so
 * hairpin_links stands before them: other clients come in elsewhere.
 *
 * What not every host needs is laid when it is first needed, see
 * ruleset_demand.c: elsewhere no packet pays for it.
 */
#include "nft/rules.h"

#include "nft/rule.h"
#include "util/cleanup.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stddef.h>

#define IPV4 PUBPORT_IPV4
#define IPV6 PUBPORT_IPV6

static const struct ruleset_chain base_chains[] = {
	{ "guard", "filter", NF_INET_PRE_ROUTING, "prerouting", -300 },
	{ "guard_input", "filter", NF_INET_LOCAL_IN, "input", -300 },
	/* just ahead of those who sit at -100: the first translation wins */
	{ "prerouting", "nat", NF_INET_PRE_ROUTING, "prerouting", -101 },
	{ "output", "nat", NF_INET_LOCAL_OUT, "output", -101 },
	{ "postrouting", "nat", NF_INET_POST_ROUTING, "postrouting", 99 },
	{ .name = "publish4" },
	{ .name = "publish6" },
	{ .name = "loopback4" },
	{ .name = "loopback6" },
	{ .name = "host_address4" },
	{ .name = "host_address6" },
	{ .name = "host_address_range4" },
	{ .name = "host_address_range6" },
	{ .name = "any_address4" },
	{ .name = "any_address6" },
	{ .name = "any_address_range4" },
	{ .name = "any_address_range6" },
	{ .name = "hairpin" },
	{ .name = "source" },
};

static const struct ruleset_rule base_rules[] = {
	{ "guard", "ip daddr 127.0.0.0/8 iif != \"lo\" drop", build_guard_daddr,
	  .family = IPV4, DROP },
	{ "guard", "ip saddr 127.0.0.0/8 iif != \"lo\" drop", build_guard_saddr,
	  .family = IPV4, DROP },
	{ "guard", "ip6 daddr ::1 iif != \"lo\" drop", build_guard_daddr,
	  .family = IPV6, DROP },
	{ "guard", "ip6 saddr ::1 iif != \"lo\" drop", build_guard_saddr,
	  .family = IPV6, DROP },

	/* a source route puts its next hop in only after the guard */
	{ "guard_input",
	  "ip daddr 127.0.0.0/8 iif != \"lo\" ct state invalid,new,untracked "
	  "drop",
	  build_guard_new, .family = IPV4, DROP },

	{ "prerouting", "fib daddr type != local return", build_not_local,
	  RETURN },
	{ "prerouting", "meta nfproto ipv6 goto publish6", build_family,
	  .family = IPV6, GOTO("publish6") },
	{ "prerouting", "goto publish4", build_verdict, GOTO("publish4") },

	{ "output", "ip daddr 127.0.0.0/8 goto loopback4", build_to_loopback,
	  .family = IPV4, GOTO("loopback4") },
	{ "output", "ip6 daddr ::1 goto loopback6", build_to_loopback,
	  .family = IPV6, GOTO("loopback6") },
	{ "output", "fib daddr type != local return", build_not_local, RETURN },
	{ "output", "meta nfproto ipv6 goto publish6", build_family,
	  .family = IPV6, GOTO("publish6") },
	{ "output", "goto publish4", build_verdict, GOTO("publish4") },

	{ "postrouting", "ct status dnat goto source", build_ct_dnat,
	  GOTO("source") },

	{ "publish4", "ip daddr @host_addresses4 jump host_address4", build_set,
	  .family = IPV4, .set = SET_HOST_ADDRESSES4, JUMP("host_address4") },
	{ "publish4", "jump any_address4", build_verdict,
	  JUMP("any_address4") },
	{ "publish4", "goto any_address_range4", build_verdict,
	  GOTO("any_address_range4") },

	/* these clients have no address beyond their link to answer to */
	{ "publish6", "ip6 saddr fe80::/10 return", build_link_local, RETURN },
	{ "publish6", "ip6 daddr @host_addresses6 jump host_address6",
	  build_set, .family = IPV6, .set = SET_HOST_ADDRESSES6,
	  JUMP("host_address6") },
	{ "publish6", "jump any_address6", build_verdict,
	  JUMP("any_address6") },
	{ "publish6", "goto any_address_range6", build_verdict,
	  GOTO("any_address_range6") },

	{ "loopback4", "ip daddr @host_addresses4 jump host_address4",
	  build_set, .family = IPV4, .set = SET_HOST_ADDRESSES4,
	  JUMP("host_address4") },
	{ "loopback4",
	  "meta nfproto . meta l4proto . th dport @no_loopback return",
	  build_set, .set = SET_NO_LOOPBACK, RETURN },
	{ "loopback4", "jump any_address4", build_verdict,
	  JUMP("any_address4") },
	{ "loopback4",
	  "th dport . meta l4proto . meta nfproto @no_loopback_range return",
	  build_set, .set = SET_NO_LOOPBACK_RANGE, RETURN },
	{ "loopback4", "goto any_address_range4", build_verdict,
	  GOTO("any_address_range4") },

	{ "loopback6", "ip6 daddr @host_addresses6 jump host_address6",
	  build_set, .family = IPV6, .set = SET_HOST_ADDRESSES6,
	  JUMP("host_address6") },
	{ "loopback6",
	  "meta nfproto . meta l4proto . th dport @no_loopback return",
	  build_set, .set = SET_NO_LOOPBACK, RETURN },
	{ "loopback6", "jump any_address6", build_verdict,
	  JUMP("any_address6") },
	{ "loopback6",
	  "th dport . meta l4proto . meta nfproto @no_loopback_range return",
	  build_set, .set = SET_NO_LOOPBACK_RANGE, RETURN },
	{ "loopback6", "goto any_address_range6", build_verdict,
	  GOTO("any_address_range6") },

	{ "host_address4",
	  "dnat ip to ip daddr . meta l4proto . th dport map @host4",
	  build_dnat, .family = IPV4, .set = SET_HOST4 },
	{ "host_address4", "goto host_address_range4", build_verdict,
	  GOTO("host_address_range4") },
	{ "host_address_range4",
	  "dnat ip to ip daddr . meta l4proto . th dport map @shift_host4",
	  build_dnat, .family = IPV4, .set = SET_SHIFT_HOST4 },
	{ "host_address_range4",
	  "dnat ip to th dport . meta l4proto . ip daddr map @range_host4",
	  build_dnat, .family = IPV4, .set = SET_RANGE_HOST4 },
	{ "host_address6",
	  "dnat ip6 to ip6 daddr . meta l4proto . th dport map @host6",
	  build_dnat, .family = IPV6, .set = SET_HOST6 },
	{ "host_address6", "goto host_address_range6", build_verdict,
	  GOTO("host_address_range6") },
	{ "host_address_range6",
	  "dnat ip6 to ip6 daddr . meta l4proto . th dport map @shift_host6",
	  build_dnat, .family = IPV6, .set = SET_SHIFT_HOST6 },
	{ "host_address_range6",
	  "dnat ip6 to th dport . meta l4proto . ip6 daddr map @range_host6",
	  build_dnat, .family = IPV6, .set = SET_RANGE_HOST6 },

	{ "any_address4", "dnat ip to meta l4proto . th dport map @any4",
	  build_dnat, .set = SET_ANY4 },
	{ "any_address6", "dnat ip6 to meta l4proto . th dport map @any6",
	  build_dnat, .set = SET_ANY6 },

	{ "any_address_range4",
	  "dnat ip to meta l4proto . th dport map @shift_any4", build_dnat,
	  .set = SET_SHIFT_ANY4 },
	{ "any_address_range4",
	  "dnat ip to th dport . meta l4proto map @range_any4", build_dnat,
	  .set = SET_RANGE_ANY4 },
	{ "any_address_range6",
	  "dnat ip6 to meta l4proto . th dport map @shift_any6", build_dnat,
	  .set = SET_SHIFT_ANY6 },
	{ "any_address_range6",
	  "dnat ip6 to th dport . meta l4proto map @range_any6", build_dnat,
	  .set = SET_RANGE_ANY6 },

	{ "source", "ip saddr 127.0.0.0/8 oif != \"lo\" masquerade",
	  build_masquerade_loopback, .family = IPV4 },
	{ "source", "ip6 saddr ::1 oif != \"lo\" masquerade",
	  build_masquerade_loopback, .family = IPV6 },
	/* what a bridge carries by itself shows no interface it came in by */
	{ "source", "iif 0 goto hairpin", build_no_iif, GOTO("hairpin") },
	{ "source", "iifname . oifname @hairpin_links goto hairpin", build_set,
	  .set = SET_HAIRPIN_LINKS, GOTO("hairpin") },

	{ "hairpin",
	  "ip daddr . ip saddr @hairpin4 fib saddr type != local masquerade",
	  build_masquerade_hairpin, .set = SET_HAIRPIN4 },
	{ "hairpin",
	  "ip6 daddr . ip6 saddr @hairpin6 fib saddr type != local masquerade",
	  build_masquerade_hairpin, .set = SET_HAIRPIN6 },
};

const struct ruleset ruleset_base = {
	.first_set = 0,
	.set_count = SET_BASE_COUNT,
	.chains = base_chains,
	.chain_count = ARRAY_SIZE(base_chains),
	.rules = base_rules,
	.rule_count = ARRAY_SIZE(base_rules),
};
