/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is laid to count the packets and bytes of mappings, and taken away again
 * when they are no longer to be counted.
 *
 * Each packet of a connection that was led somewhere passes one of two places
 * once: it leaves the host, or it comes in by a wire and stays.  What the host
 * sends to itself does both, so there it counts when it leaves.  Both stand
 * behind all translation and behind the forward hook: what others drop there
 * doesn't count.
 *
 * A mapping has two elements, one for each direction.  Their key is what the
 * kernel remembers of the connection: where the client wanted to, and who
 * answers; so neither what others led, nor what was led by a mapping that has
 * been replaced, counts for another one.  Each packet looks for
 *
 *	a single port of its address, of all addresses, of the host itself
 *	a range of its address, of all addresses, of the host itself
 *
 * and the first that is found counts it.  All addresses are 0.0.0.0 or ::, as a
 * host that a client asks for and, of ports of the host itself, as a target.  A
 * rule for tcp is
 *
 *	meta l4proto tcp ct direction . ct original ip daddr . ct original
 *	proto-dst . ct reply ip saddr . ct reply proto-src @counter_tcp4 return
 *
 * It says tcp, and so there is one for each protocol, since nft takes proto-dst
 * for a port only then.
 */
#include "nft/rules.h"

#include "nft/rule.h"
#include "util/cleanup.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stddef.h>

/* behind the last translation, at 100 */
#define LATE 300

static const struct ruleset_chain counter_chains[] = {
	{ "count_input", "filter", NF_INET_LOCAL_IN, "input", LATE },
	{ "count_postrouting", "filter", NF_INET_POST_ROUTING, "postrouting",
	  LATE },
	{ .name = "count" },
	{ .name = "count_tcp4" },
	{ .name = "count_tcp6" },
	{ .name = "count_udp4" },
	{ .name = "count_udp6" },
	{ .name = "count_sctp4" },
	{ .name = "count_sctp6" },
};

#define DISPATCH(name, version, number)                                        \
	{                                                                      \
		.chain = "count", .build = build_protocol,                     \
		.family = PUBPORT_IPV##version, .protocol = number,            \
		GOTO("count_" name #version),                                  \
	}

#define COUNT(name, id, number, ...)                                           \
	{                                                                      \
		.chain = "count_" name, .build = build_tracked_set, .set = id, \
		.protocol = number, RETURN, __VA_ARGS__                        \
	}

#define COUNT_SET(name, id, number)                                            \
	COUNT(name, id, number, .any = false),                                 \
		COUNT(name, id, number, .any = true),                          \
		COUNT(name, id, number, .any = true, .redirect = true)

#define COUNT_PROTOCOL(name, id, number)                                       \
	COUNT_SET(name "4", id##4, number),                                    \
		COUNT_SET(name "4", SET_COUNTER_RANGE4, number),               \
		COUNT_SET(name "6", id##6, number),                            \
		COUNT_SET(name "6", SET_COUNTER_RANGE6, number)

static const struct ruleset_rule counter_rules[] = {
	{ .chain = "count_input", .build = build_wire_dnat, GOTO("count") },
	{ .chain = "count_postrouting", .build = build_ct_dnat, GOTO("count") },

	DISPATCH("tcp", 4, PUBPORT_TCP),
	DISPATCH("tcp", 6, PUBPORT_TCP),
	DISPATCH("udp", 4, PUBPORT_UDP),
	DISPATCH("udp", 6, PUBPORT_UDP),
	DISPATCH("sctp", 4, PUBPORT_SCTP),
	DISPATCH("sctp", 6, PUBPORT_SCTP),

	COUNT_PROTOCOL("tcp", SET_COUNTER_TCP, PUBPORT_TCP),
	COUNT_PROTOCOL("udp", SET_COUNTER_UDP, PUBPORT_UDP),
	COUNT_PROTOCOL("sctp", SET_COUNTER_SCTP, PUBPORT_SCTP),
};

const struct ruleset ruleset_counters = {
	.first_set = SET_COUNTER_TCP4,
	.set_count = SET_COUNTER_RANGE6 - SET_COUNTER_TCP4 + 1,
	.chains = counter_chains,
	.chain_count = ARRAY_SIZE(counter_chains),
	.rules = counter_rules,
	.rule_count = ARRAY_SIZE(counter_rules),
};
