/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table "inet pubport": its chains and rules.
 *
 * A mapping is one element of one map; no rule is laid for it.  A packet that
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
 * carries its userdata.
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
 * The kernel translates what it knows to belong to a connection, and all of
 * that.  It calls a segment invalid that is out of the window, say, and lets it
 * go as it is.  From a client it would meet the host's own TCP, whose reset
 * ends the connection; from a target it would tell the private address.  So
 * what is invalid is dropped if it is for a published port or comes from a
 * target's port, unless it stays on the target's link.  Other packets do not
 * pass the chains invalid_....
 *
 * Or the kernel forgot a connection, and the target still sends.  TCP waits for
 * the client, whose next segment makes it known again.  Of other protocols,
 * what is unasked for leaves by the host's address; by a port of the same
 * number, if that is free.  Ports of ranges are left out: targets use them for
 * connections of their own.
 *
 * What not every host needs is laid when it is first needed, and goes with the
 * table: elsewhere no packet pays for it.  That is all but ruleset_base.
 */
#include "nft/rules.h"

#include "mapping/addr.h"
#include "util/cleanup.h"

#include <linux/netfilter.h>
#include <stddef.h>

/* N is 4 or 6 in all that follows */
#define RULE(where, ...)                                                       \
	{                                                                      \
		.chain = (where), .phrases = { __VA_ARGS__ }                   \
	}
#define FIRST(where, ...)                                                      \
	{                                                                      \
		.chain = (where), .phrases = { __VA_ARGS__ }, .first = true    \
	}
#define TO_LOOPBACK(N)                                                         \
	{                                                                      \
		.word = SAYS_TO_LOOPBACK, .family = PUBPORT_IPV##N             \
	}
#define FROM_LOOPBACK(N)                                                       \
	{                                                                      \
		.word = SAYS_FROM_LOOPBACK, .family = PUBPORT_IPV##N           \
	}
#define FAMILY(N)                                                              \
	{                                                                      \
		.word = SAYS_FAMILY, .family = PUBPORT_IPV##N                  \
	}
#define PROTOCOL(name)                                                         \
	{                                                                      \
		.word = SAYS_PROTOCOL, .protocol = PUBPORT_##name              \
	}
#define IN_SET(id)                                                             \
	{                                                                      \
		.word = SAYS_IN_SET, .set = (id)                               \
	}
#define IN_SET_ANY(id)                                                         \
	{                                                                      \
		.word = SAYS_IN_SET, .set = (id), .any = true                  \
	}
#define IN_SET_REDIRECT(id)                                                    \
	{                                                                      \
		.word = SAYS_IN_SET, .set = (id), .any = true,                 \
		.redirect = true                                               \
	}
#define IN_SET_TURNED(id)                                                      \
	{                                                                      \
		.word = SAYS_IN_SET, .set = (id), .turned = true               \
	}
#define IN_SET_ANY_TURNED(id)                                                  \
	{                                                                      \
		.word = SAYS_IN_SET, .set = (id), .any = true, .turned = true  \
	}
#define IN_MAP(id)                                                             \
	{                                                                      \
		.word = SAYS_IN_MAP, .set = (id)                               \
	}
#define DNAT(id)                                                               \
	{                                                                      \
		.word = SAYS_DNAT, .set = (id)                                 \
	}
#define JUMP(to)                                                               \
	{                                                                      \
		.word = SAYS_JUMP, .chain = (to)                               \
	}
#define GOTO(to)                                                               \
	{                                                                      \
		.word = SAYS_GOTO, .chain = (to)                               \
	}
#define WORD(name)                                                             \
	{                                                                      \
		.word = SAYS_##name                                            \
	}

#define CHAINS(name) .chains = name, .chain_count = ARRAY_SIZE(name)
#define RULES(name) .rules = name, .rule_count = ARRAY_SIZE(name)
#define SETS(first, last)                                                      \
	.first_set = (first), .set_count = (last) - (first) + 1

/* -------------------------------------------------------------------- base */

static const struct ruleset_chain base_chains[] = {
	{ "guard", "filter", NF_INET_PRE_ROUTING, "prerouting", -300 },
	{ "guard_input", "filter", NF_INET_LOCAL_IN, "input", -300 },
	{ "guard_forward", "filter", NF_INET_FORWARD, "forward", -300 },
	/* just ahead of those who sit at -100: the first translation wins */
	{ "prerouting", "nat", NF_INET_PRE_ROUTING, "prerouting", -101 },
	{ "output", "nat", NF_INET_LOCAL_OUT, "output", -101 },
	{ "postrouting", "nat", NF_INET_POST_ROUTING, "postrouting", 99 },
	{ .name = "guard_loopback" },
	{ .name = "invalid_input" },
	{ .name = "invalid_forward" },
	{ .name = "invalid_target" },
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
	{ .name = "unasked" },
	{ .name = "unasked4" },
	{ .name = "unasked6" },
	{ .name = "unasked_source" },
};

#define GUARD_RULES(N)                                                         \
	RULE("guard", TO_LOOPBACK(N), WORD(IN_BY_WIRE), WORD(DROP)),           \
		RULE("guard", FROM_LOOPBACK(N), WORD(IN_BY_WIRE), WORD(DROP))

#define INVALID_INPUT_RULES(N)                                                 \
	RULE("invalid_input", IN_SET(SET_PUBLISHED##N), WORD(DROP)),           \
		RULE("invalid_input", IN_SET_ANY(SET_PUBLISHED##N),            \
		     WORD(DROP)),                                              \
		RULE("invalid_input", IN_MAP(SET_RANGE_HOST##N), WORD(DROP)),  \
		RULE("invalid_input", IN_MAP(SET_RANGE_ANY##N), WORD(DROP))

/* what stays on the target's own link is no answer to a client of ours */
#define INVALID_FORWARD_RULE(N)                                                \
	RULE("invalid_forward", IN_SET(SET_HAIRPIN_LINKS),                     \
	     IN_SET_TURNED(SET_HAIRPIN##N), WORD(RETURN))

#define INVALID_TARGET_RULES(N)                                                \
	RULE("invalid_target", IN_SET(SET_TARGETS##N), WORD(DROP)),            \
		RULE("invalid_target", IN_SET_ANY(SET_TARGETS##N), WORD(DROP))

#define OUTPUT_LOOPBACK_RULE(N)                                                \
	RULE("output", TO_LOOPBACK(N), GOTO("loopback" #N))

#define PUBLISH_RULES(N)                                                       \
	RULE("publish" #N, IN_SET(SET_HOST_ADDRESSES##N),                      \
	     JUMP("host_address" #N)),                                         \
		RULE("publish" #N, JUMP("any_address" #N)),                    \
		RULE("publish" #N, GOTO("any_address_range" #N))

#define LOOPBACK_RULES(N)                                                      \
	RULE("loopback" #N, IN_SET(SET_HOST_ADDRESSES##N),                     \
	     JUMP("host_address" #N)),                                         \
		RULE("loopback" #N, IN_SET(SET_NO_LOOPBACK), WORD(RETURN)),    \
		RULE("loopback" #N, JUMP("any_address" #N)),                   \
		RULE("loopback" #N, IN_SET(SET_NO_LOOPBACK_RANGE),             \
		     WORD(RETURN)),                                            \
		RULE("loopback" #N, GOTO("any_address_range" #N))

#define LOOKUP_RULES(N)                                                        \
	RULE("host_address" #N, DNAT(SET_HOST##N)),                            \
		RULE("host_address" #N, GOTO("host_address_range" #N)),        \
		RULE("host_address_range" #N, DNAT(SET_SHIFT_HOST##N)),        \
		RULE("host_address_range" #N, DNAT(SET_RANGE_HOST##N)),        \
		RULE("any_address" #N, DNAT(SET_ANY##N)),                      \
		RULE("any_address_range" #N, DNAT(SET_SHIFT_ANY##N)),          \
		RULE("any_address_range" #N, DNAT(SET_RANGE_ANY##N))

#define SOURCE_LOOPBACK_RULE(N)                                                \
	RULE("source", FROM_LOOPBACK(N), WORD(OUT_BY_WIRE), WORD(MASQUERADE))

#define HAIRPIN_RULE(N)                                                        \
	RULE("hairpin", IN_SET(SET_HAIRPIN##N), WORD(FROM_OTHERS),             \
	     WORD(MASQUERADE))

#define UNASKED_RULES(N)                                                       \
	RULE("unasked", IN_SET(SET_TARGETS##N), GOTO("unasked" #N)),           \
		RULE("unasked" #N, IN_SET(SET_HAIRPIN_LINKS),                  \
		     IN_SET_TURNED(SET_HAIRPIN##N), WORD(RETURN)),             \
		RULE("unasked" #N, GOTO("unasked_source"))

static const struct ruleset_rule base_rules[] = {
	GUARD_RULES(4),
	GUARD_RULES(6),

	/* a source route puts its next hop in only after the guard */
	RULE("guard_input", TO_LOOPBACK(4), WORD(IN_BY_WIRE),
	     GOTO("guard_loopback")),
	RULE("guard_input", WORD(IS_INVALID), GOTO("invalid_input")),
	/* somebody else led it there */
	RULE("guard_loopback", WORD(LED_TO_LOOPBACK), WORD(RETURN)),
	RULE("guard_loopback", WORD(NO_ANSWER), WORD(DROP)),

	RULE("guard_forward", WORD(IS_INVALID), GOTO("invalid_forward")),

	INVALID_INPUT_RULES(4),
	INVALID_INPUT_RULES(6),
	RULE("invalid_input", GOTO("invalid_target")),
	INVALID_FORWARD_RULE(4),
	INVALID_FORWARD_RULE(6),
	RULE("invalid_forward", GOTO("invalid_target")),
	INVALID_TARGET_RULES(4),
	INVALID_TARGET_RULES(6),

	RULE("prerouting", WORD(TO_OTHERS), WORD(RETURN)),
	RULE("prerouting", FAMILY(6), GOTO("publish6")),
	RULE("prerouting", GOTO("publish4")),

	OUTPUT_LOOPBACK_RULE(4),
	OUTPUT_LOOPBACK_RULE(6),
	RULE("output", WORD(TO_OTHERS), WORD(RETURN)),
	RULE("output", FAMILY(6), GOTO("publish6")),
	RULE("output", GOTO("publish4")),

	RULE("postrouting", WORD(WAS_TRANSLATED), GOTO("source")),
	RULE("postrouting", WORD(IN_BY_NOTHING), WORD(RETURN)),
	RULE("postrouting", GOTO("unasked")),

	PUBLISH_RULES(4),
	/* these clients have no address beyond their link to answer to */
	RULE("publish6", WORD(FROM_LINK_LOCAL), WORD(RETURN)),
	PUBLISH_RULES(6),

	LOOPBACK_RULES(4),
	LOOPBACK_RULES(6),

	LOOKUP_RULES(4),
	LOOKUP_RULES(6),

	SOURCE_LOOPBACK_RULE(4),
	SOURCE_LOOPBACK_RULE(6),
	/* what a bridge carries by itself shows no interface it came in by */
	RULE("source", WORD(IN_BY_NOTHING), GOTO("hairpin")),
	RULE("source", IN_SET(SET_HAIRPIN_LINKS), GOTO("hairpin")),

	HAIRPIN_RULE(4),
	HAIRPIN_RULE(6),

	UNASKED_RULES(4),
	UNASKED_RULES(6),
	/* the client's next segment makes the connection known again */
	RULE("unasked_source", WORD(GOES_ON), WORD(DROP)),
	RULE("unasked_source", WORD(MASQUERADE)),
};

const struct ruleset ruleset_base = {
	.set_count = SET_BASE_COUNT,
	CHAINS(base_chains),
	RULES(base_rules),
};

/* ----------------------------------------------------------------- forward */

/*
 * The host forwards nothing by itself, and pubport turned it on.  What
 * comes in by such an interface is forwarded if it was led somewhere, or
 * belongs to what was, such as the connection by which an FTP server sends its
 * data.
 *
 * What a bridge carries by itself shows the bridge on both sides, as does what
 * the host routes from one network on the bridge to another; which of both it
 * is, its frame alone tells, and whatever addresses the bridge and its ports
 * have by then.  But who forwards a packet passes over one whose frame is not
 * for this host, while a bridge doesn't look at that.  So before it is routed,
 * what comes in by a bridge is said to be none.
 */
static const struct ruleset_chain forward_chains[] = {
	/* behind the translation, at -100 */
	{ "forward_bridge", "filter", NF_INET_PRE_ROUTING, "prerouting", -90 },
	{ "forward", "filter", NF_INET_FORWARD, "forward", -150 },
	{ .name = "forward_bridged" },
	{ .name = "forward_published" },
};

#define FORWARD_RULE(N)                                                        \
	RULE("forward", FAMILY(N), IN_SET(SET_FORWARDING##N),                  \
	     GOTO("forward_published"))

#define PUBLISHED_RULES(where)                                                 \
	RULE(where, WORD(WAS_TRANSLATED), WORD(RETURN)),                       \
		RULE(where, WORD(WAS_EXPECTED), WORD(HAS_OTHER_SOURCE),        \
		     WORD(RETURN))

#define FORWARD_BRIDGE_RULE(N)                                                 \
	RULE("forward_bridge", IN_SET_TURNED(SET_BRIDGES), FAMILY(N),          \
	     IN_SET(SET_FORWARDING##N), GOTO("forward_bridged"))

static const struct ruleset_rule forward_rules[] = {
	FORWARD_BRIDGE_RULE(4),
	FORWARD_BRIDGE_RULE(6),
	RULE("forward_bridge", IN_SET_TURNED(SET_BRIDGES),
	     IN_SET(SET_FORWARDING_ALL), GOTO("forward_bridged")),

	PUBLISHED_RULES("forward_bridged"),
	RULE("forward_bridged", WORD(TO_UNICAST), WORD(NOT_ROUTED)),

	FORWARD_RULE(4),
	FORWARD_RULE(6),
	RULE("forward", IN_SET(SET_FORWARDING_ALL), GOTO("forward_published")),

	PUBLISHED_RULES("forward_published"),
	/* what is bridged was let through before as well */
	RULE("forward_published", IN_SET(SET_BRIDGES), WORD(RETURN)),
	RULE("forward_published", WORD(DROP)),
};

const struct ruleset ruleset_forward = {
	CHAINS(forward_chains),
	RULES(forward_rules),
};

/* -------------------------------------------------------------- own sockets */

/*
 * Connections of the host itself that use a published port, such as one of a
 * range, and that the kernel doesn't track, since they began before it did: it
 * takes the next segment of a peer for the first of a connection.  They go on.
 * A listener is none of them: only what goes on is looked at.
 *
 * What is in own_sockets is the host's; there are no rules.  The kernel may
 * lack what looks for sockets, so all that is laid apart.
 */
static const struct ruleset_chain own_chains[] = {
	{ .name = "own_sockets" },
};

static const struct ruleset_rule own_rules[] = {
	FIRST("prerouting", WORD(GOES_ON), WORD(HAS_SOCKET),
	      GOTO("own_sockets")),
	FIRST("invalid_input", WORD(HAS_SOCKET), GOTO("own_sockets")),
};

const struct ruleset ruleset_own = {
	CHAINS(own_chains),
	RULES(own_rules),
};

/* ------------------------------------------------------------ late answers */

/*
 * The kernel waits for an answer to UDP for 30 seconds by default; what a
 * target says later belongs to nothing.  For published ports it waits longer.
 * It may lack timeouts for some connections alone, so that this is laid apart.
 */
static const struct ruleset_chain late_chains[] = {
	{ .name = "late" },
};

#define LATE_RULES(N)                                                          \
	RULE("late", IN_SET_TURNED(SET_TARGETS##N), WORD(TIMEOUT)),            \
		RULE("late", IN_SET_ANY_TURNED(SET_TARGETS##N), WORD(TIMEOUT))

static const struct ruleset_rule late_rules[] = {
	FIRST("postrouting", PROTOCOL(UDP), WORD(WAS_TRANSLATED), JUMP("late")),
	LATE_RULES(4),
	LATE_RULES(6),
};

const struct ruleset ruleset_late = {
	CHAINS(late_chains),
	RULES(late_rules),
	.has_timeout = true,
};

/* -------------------------------------------------------- ending, settling */

/*
 * Mappings that end by themselves, and mappings that were removed.  No packet
 * looks there, see publish/settle.c.
 */
const struct ruleset ruleset_ending = { SETS(SET_ENDING4, SET_ENDING6) };
const struct ruleset ruleset_settling = { SETS(SET_SETTLING4, SET_SETTLING6) };

/* ---------------------------------------------------------------- redirect */

/*
 * Ports of all addresses of the host that lead to another port of
 * it.  The address stays the one that was asked for, so there is a port alone
 * to look up, ahead of the mapping's own element, which no packet reaches.
 *
 * nft wants to know the protocol where only the port is translated.
 */
static const struct ruleset_chain redirect_chains[] = {
	{ .name = "redirect_ports" },
	{ .name = "redirect_ranges" },
};

#define REDIRECT_JUMP_RULES(N)                                                 \
	FIRST("any_address" #N, JUMP("redirect_ports")),                       \
		FIRST("any_address_range" #N, JUMP("redirect_ranges"))

#define REDIRECT_RULES(where, id)                                              \
	RULE(where, PROTOCOL(TCP), DNAT(id)),                                  \
		RULE(where, PROTOCOL(UDP), DNAT(id)),                          \
		RULE(where, PROTOCOL(SCTP), DNAT(id))

static const struct ruleset_rule redirect_rules[] = {
	REDIRECT_JUMP_RULES(4),
	REDIRECT_JUMP_RULES(6),
	REDIRECT_RULES("redirect_ports", SET_REDIRECT),
	REDIRECT_RULES("redirect_ranges", SET_REDIRECT_RANGE),
};

const struct ruleset ruleset_redirect = {
	SETS(SET_REDIRECT, SET_REDIRECT_RANGE),
	CHAINS(redirect_chains),
	RULES(redirect_rules),
};

/* --------------------------------------------------------------- interface */

/*
 * Mappings for what comes in by an interface, to any address of the host: after
 * those of one address, before those of all.  The host's own packets come in by
 * none.
 */
#define INTERFACE_CHAINS(N)                                                    \
	{ .name = "interface" #N }, { .name = "interface_port" #N },           \
	{                                                                      \
		.name = "interface_range" #N                                   \
	}

static const struct ruleset_chain interface_chains[] = {
	INTERFACE_CHAINS(4),
	INTERFACE_CHAINS(6),
};

#define INTERFACE_RULES(N)                                                     \
	FIRST("publish" #N, JUMP("interface" #N)),                             \
		RULE("interface" #N, IN_SET(SET_HOST_ADDRESSES##N),            \
		     JUMP("host_address" #N)),                                 \
		RULE("interface" #N, JUMP("interface_port" #N)),               \
		RULE("interface" #N, GOTO("interface_range" #N)),              \
		REDIRECT_RULES("interface_port" #N, SET_REDIRECT_INTERFACE),   \
		RULE("interface_port" #N, DNAT(SET_INTERFACE##N)),             \
		REDIRECT_RULES("interface_range" #N,                           \
			       SET_REDIRECT_RANGE_INTERFACE),                  \
		RULE("interface_range" #N, DNAT(SET_SHIFT_INTERFACE##N)),      \
		RULE("interface_range" #N, DNAT(SET_RANGE_INTERFACE##N)),      \
		FIRST("invalid_input", FAMILY(N),                              \
		      IN_SET(SET_PUBLISHED_INTERFACE##N), WORD(DROP)),         \
		FIRST("invalid_input", IN_MAP(SET_RANGE_INTERFACE##N),         \
		      WORD(DROP))

static const struct ruleset_rule interface_rules[] = {
	INTERFACE_RULES(4),
	INTERFACE_RULES(6),
	/* before publish6 comes to that itself */
	FIRST("interface6", WORD(FROM_LINK_LOCAL), WORD(RETURN)),
};

const struct ruleset ruleset_interface = {
	SETS(SET_ENDING_INTERFACE4, SET_PUBLISHED_INTERFACE6),
	CHAINS(interface_chains),
	RULES(interface_rules),
};

/* ------------------------------------------------------------------- limit */

/*
 * Mappings that are not for everyone.  Ahead of each lookup that finds a
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
 * the host are 0.0.0.0 or ::, which is any address under a mask of zero.
 * Ranges are interval sets.
 */

#define CLIENT_CHAINS(N)                                                       \
	{ .name = "client" #N }, { .name = "client_range" #N },                \
		{ .name = "client_any" #N },                                   \
	{                                                                      \
		.name = "client_any_range" #N                                  \
	}

static const struct ruleset_chain limit_chains[] = {
	CLIENT_CHAINS(4),
	CLIENT_CHAINS(6),
	{ .name = "refuse" },
};

#define LIMITED_RULES(N)                                                       \
	FIRST("host_address" #N, IN_SET(SET_LIMITED##N), JUMP("client" #N)),   \
		FIRST("host_address_range" #N, IN_SET(SET_LIMITED_RANGE##N),   \
		      JUMP("client_range" #N)),                                \
		FIRST("any_address" #N, IN_SET_ANY(SET_LIMITED##N),            \
		      JUMP("client_any" #N)),                                  \
		FIRST("any_address_range" #N,                                  \
		      IN_SET_ANY(SET_LIMITED_RANGE##N),                        \
		      JUMP("client_any_range" #N))

#define HOST_MAY_RULE(where) RULE(where, WORD(IN_BY_NOTHING), WORD(RETURN))

#define CLIENT_RULES(N)                                                        \
	HOST_MAY_RULE("client" #N), RULE("client" #N, GOTO("refuse")),         \
		HOST_MAY_RULE("client_range" #N),                              \
		RULE("client_range" #N, IN_SET(SET_ALLOWED_RANGE##N),          \
		     WORD(RETURN)),                                            \
		RULE("client_range" #N, GOTO("refuse")),                       \
		HOST_MAY_RULE("client_any" #N),                                \
		RULE("client_any" #N, GOTO("refuse")),                         \
		HOST_MAY_RULE("client_any_range" #N),                          \
		RULE("client_any_range" #N, IN_SET_ANY(SET_ALLOWED_RANGE##N),  \
		     WORD(RETURN)),                                            \
		RULE("client_any_range" #N, GOTO("refuse"))

static const struct ruleset_rule limit_rules[] = {
	LIMITED_RULES(4),
	LIMITED_RULES(6),
	CLIENT_RULES(4),
	CLIENT_RULES(6),
	RULE("refuse", PROTOCOL(TCP), WORD(RESET)),
	RULE("refuse", WORD(REJECT)),
};

const struct ruleset ruleset_limit = {
	SETS(SET_LIMITED4, SET_MASKS6),
	CHAINS(limit_chains),
	RULES(limit_rules),
};

#define CLIENT_INTERFACE_CHAINS(N)                                             \
	{ .name = "client_interface" #N },                                     \
	{                                                                      \
		.name = "client_interface_range" #N                            \
	}

/* the same for mappings of an interface; without a rule for each mask, since
 * few have them */
static const struct ruleset_chain limit_interface_chains[] = {
	CLIENT_INTERFACE_CHAINS(4),
	CLIENT_INTERFACE_CHAINS(6),
};

#define LIMIT_INTERFACE_RULES(N)                                               \
	FIRST("interface_port" #N, IN_SET(SET_LIMITED_INTERFACE##N),           \
	      JUMP("client_interface" #N)),                                    \
		FIRST("interface_range" #N,                                    \
		      IN_SET(SET_LIMITED_RANGE_INTERFACE##N),                  \
		      JUMP("client_interface_range" #N)),                      \
		RULE("client_interface" #N, IN_SET(SET_ALLOWED_INTERFACE##N),  \
		     WORD(RETURN)),                                            \
		RULE("client_interface" #N, GOTO("refuse")),                   \
		RULE("client_interface_range" #N,                              \
		     IN_SET(SET_ALLOWED_RANGE_INTERFACE##N), WORD(RETURN)),    \
		RULE("client_interface_range" #N, GOTO("refuse"))

static const struct ruleset_rule limit_interface_rules[] = {
	LIMIT_INTERFACE_RULES(4),
	LIMIT_INTERFACE_RULES(6),
};

const struct ruleset ruleset_limit_interface = {
	SETS(SET_LIMITED_INTERFACE4, SET_ALLOWED_RANGE_INTERFACE6),
	CHAINS(limit_interface_chains),
	RULES(limit_interface_rules),
};

/**
 * ruleset_mask() - make the rules that look for networks of one mask
 * @network: one of them
 * @ret_mask: the rules, one for mappings of one host address, one for those of
 *	all
 */
void ruleset_mask(const struct pubport_network *network,
		  struct ruleset_mask *ret_mask)
{
	static const struct ruleset_mask masks4 = { {
		FIRST("client4", IN_SET(SET_ALLOWED4), WORD(RETURN)),
		FIRST("client_any4", IN_SET_ANY(SET_ALLOWED4), WORD(RETURN)),
	} };
	static const struct ruleset_mask masks6 = { {
		FIRST("client6", IN_SET(SET_ALLOWED6), WORD(RETURN)),
		FIRST("client_any6", IN_SET_ANY(SET_ALLOWED6), WORD(RETURN)),
	} };
	size_t bits = 8 * addr_length(&network->addr);

	*ret_mask = network->addr.family == PUBPORT_IPV4 ? masks4 : masks6;
	for (size_t i = 0; i < ARRAY_SIZE(ret_mask->rules); i++)
		ret_mask->rules[i].phrases[0].host_bits =
			(uint8_t)(bits - network->prefix);
}

/* ------------------------------------------------------------------ shield */

/*
 * Targets to which mappings alone lead.  What opens a connection to one of
 * them, was not led there, and comes from another link than the target's own,
 * is dropped.  What comes and goes by the same interface stays on that link.
 * The host's own packets pass, and so do those that a bridge carries by itself.
 *
 * That is decided where packets leave: one that has a source route is for the
 * host itself until then.
 */
static const struct ruleset_chain shield_chains[] = {
	{ "shield", "filter", NF_INET_POST_ROUTING, "postrouting", -150 },
	{ .name = "shield4" },
	{ .name = "shield6" },
};

#define SHIELDED_RULE(N)                                                       \
	RULE("shield", IN_SET(SET_SHIELDED##N), GOTO("shield" #N))

#define SHIELD_RULES(N)                                                        \
	RULE("shield" #N, WORD(WAS_TRANSLATED), WORD(RETURN)),                 \
		RULE("shield" #N, WORD(IS_ANSWER), WORD(RETURN)),              \
		RULE("shield" #N, IN_SET(SET_HAIRPIN_LINKS), WORD(RETURN)),    \
		RULE("shield" #N, WORD(DROP))

static const struct ruleset_rule shield_rules[] = {
	RULE("shield", WORD(IN_BY_NOTHING), WORD(RETURN)),
	SHIELDED_RULE(4),
	SHIELDED_RULE(6),
	SHIELD_RULES(4),
	SHIELD_RULES(6),
};

const struct ruleset ruleset_shield = {
	SETS(SET_SHIELDED4, SET_SHIELDED6),
	CHAINS(shield_chains),
	RULES(shield_rules),
};

/* ----------------------------------------------------------------- options */

/*
 * Mappings with whose connections something is done besides.  A connection is
 * looked for as counters do it, see below: where the client wanted to, and who
 * answers.  What is done with it is part of the key, a number, as is the
 * protocol, so that all options share these sets.  Each lays its own rules.
 */
const struct ruleset ruleset_options = { SETS(SET_OPTION4,
					      SET_OPTION_RANGE_INTERFACE6) };

#define OPTION_RULE(where, N, NAME, id, option_, any_, ...)                    \
	RULE(where, FAMILY(N), PROTOCOL(NAME),                                 \
	     { .word = SAYS_IN_SET,                                            \
	       .set = (id),                                                    \
	       .any = (any_),                                                  \
	       .option = (option_) << 8 | PUBPORT_##NAME },                    \
	     __VA_ARGS__)

#define OPTION_RULES(where, N, NAME, option_, ...)                             \
	OPTION_RULE(where, N, NAME, SET_OPTION##N, option_, false,             \
		    __VA_ARGS__),                                              \
		OPTION_RULE(where, N, NAME, SET_OPTION##N, option_, true,      \
			    __VA_ARGS__),                                      \
		OPTION_RULE(where, N, NAME, SET_OPTION_INTERFACE##N, option_,  \
			    false, __VA_ARGS__),                               \
		OPTION_RULE(where, N, NAME, SET_OPTION_RANGE_INTERFACE##N,     \
			    option_, false, __VA_ARGS__),                      \
		OPTION_RULE(where, N, NAME, SET_OPTION_RANGE##N, option_,      \
			    false, __VA_ARGS__),                               \
		OPTION_RULE(where, N, NAME, SET_OPTION_RANGE##N, option_,      \
			    true, __VA_ARGS__)

/* -------------------------------------------------------------- masquerade */

/*
 * Mappings whose targets see the host's own address, whoever the client is.
 */
static const struct ruleset_chain masquerade_chains[] = {
	{ .name = "masqueraded" },
};

#define MASQUERADE_RULES(N)                                                    \
	OPTION_RULES("masqueraded", N, TCP, OPTION_MASQUERADE,                 \
		     WORD(MASQUERADE)),                                        \
		OPTION_RULES("masqueraded", N, UDP, OPTION_MASQUERADE,         \
			     WORD(MASQUERADE)),                                \
		OPTION_RULES("masqueraded", N, SCTP, OPTION_MASQUERADE,        \
			     WORD(MASQUERADE))

static const struct ruleset_rule masquerade_rules[] = {
	FIRST("source", WORD(OUT_BY_WIRE), JUMP("masqueraded")),
	MASQUERADE_RULES(4),
	MASQUERADE_RULES(6),
};

const struct ruleset ruleset_masquerade = {
	CHAINS(masquerade_chains),
	RULES(masquerade_rules),
};

/* --------------------------------------------------------------- symmetric */

/*
 * Mappings whose answers leave by the uplink that the client came in by.
 *
 * Their connections are marked, once it is known where they lead: first as such
 * alone, then, if they came in by an uplink, with its mark.  Before an answer
 * is routed, it gets that mark, and the rules of netlink/uplink.c send it
 * there.  What goes to the target is marked as such, so that it takes the main
 * table's route, whatever rules of others say of packets by that interface or
 * from that address.  Connections and packets that somebody else marked stay as
 * they are.
 */

/* behind our own translation */
#define TRANSLATED -90

static const struct ruleset_chain symmetric_chains[] = {
	{ "symmetric", "filter", NF_INET_PRE_ROUTING, "prerouting",
	  TRANSLATED },
	{ "symmetric_output", "route", NF_INET_LOCAL_OUT, "output",
	  TRANSLATED },
	{ .name = "symmetric_new" },
	{ .name = "symmetric_mark" },
};

#define SYMMETRIC_RULES(N)                                                     \
	OPTION_RULES("symmetric_new", N, TCP, OPTION_SYMMETRIC,                \
		     WORD(MARK_CT)),                                           \
		OPTION_RULES("symmetric_new", N, UDP, OPTION_SYMMETRIC,        \
			     WORD(MARK_CT)),                                   \
		OPTION_RULES("symmetric_new", N, SCTP, OPTION_SYMMETRIC,       \
			     WORD(MARK_CT))

#define FIND_SYMMETRIC_RULE(where)                                             \
	RULE(where, WORD(IS_NEW), WORD(WAS_TRANSLATED), WORD(CT_UNMARKED),     \
	     JUMP("symmetric_new"))

#define MARK_SYMMETRIC_RULE(where)                                             \
	RULE(where, WORD(CT_MARKED_ALIKE), WORD(UNMARKED),                     \
	     GOTO("symmetric_mark"))

static const struct ruleset_rule symmetric_rules[] = {
	FIND_SYMMETRIC_RULE("symmetric"),
	RULE("symmetric", WORD(IS_NEW), WORD(CT_MARKED),
	     { .word = SAYS_MARK_CT_BY, .set = SET_UPLINKS }),
	MARK_SYMMETRIC_RULE("symmetric"),
	FIND_SYMMETRIC_RULE("symmetric_output"),
	MARK_SYMMETRIC_RULE("symmetric_output"),
	SYMMETRIC_RULES(4),
	SYMMETRIC_RULES(6),
	RULE("symmetric_mark", WORD(IS_ANSWER), WORD(MARK_AS_CT)),
	RULE("symmetric_mark", WORD(UNMARKED), WORD(MARK)),
};

const struct ruleset ruleset_symmetric = {
	SETS(SET_UPLINKS, SET_UPLINKS),
	CHAINS(symmetric_chains),
	RULES(symmetric_rules),
};

/* ----------------------------------------------------------------- helpers */

/*
 * Mappings of protocols that open connections of their own, such as FTP: the
 * kernel's helper reads where to, and has these go the way of the first one.
 * They come ahead of what translates, which ends the chain.
 */
#define HELPER_RULES(id, where, NAME, N)                                       \
	OPTION_RULES(where, N, NAME, OPTION_HELPER + HELPER_##id,              \
		     { .word = SAYS_HELPER, .helper = HELPER_##id })

#define HELPER_CHAIN(id, where, NAME)                                          \
	((const struct ruleset_rule[]){                                        \
		FIRST("postrouting", PROTOCOL(NAME), WORD(WAS_TRANSLATED),     \
		      JUMP(where)),                                            \
		HELPER_RULES(id, where, NAME, 4),                              \
		HELPER_RULES(id, where, NAME, 6),                              \
	})

#define HELPER(id, where, NAME)                                                \
	[HELPER_##id] = {                                                      \
		.chains = &(const struct ruleset_chain){ .name = (where) },    \
		.chain_count = 1,                                              \
		.rules = HELPER_CHAIN(id, where, NAME),                        \
		.rule_count = ARRAY_SIZE(HELPER_CHAIN(id, where, NAME)),       \
		.helper = HELPER_##id,                                         \
	}

const struct ruleset ruleset_helpers[HELPER_COUNT] = {
	HELPER(AMANDA, "helper_amanda", UDP),
	HELPER(FTP, "helper_ftp", TCP),
	HELPER(H323_TCP, "helper_h323_tcp", TCP),
	HELPER(H323_UDP, "helper_h323_udp", UDP),
	HELPER(IRC, "helper_irc", TCP),
	HELPER(PPTP, "helper_pptp", TCP),
	HELPER(SIP_TCP, "helper_sip_tcp", TCP),
	HELPER(SIP_UDP, "helper_sip_udp", UDP),
	HELPER(TFTP, "helper_tftp", UDP),
};

/* ---------------------------------------------------------------- counters */

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

#define COUNT_PROTOCOL_RULE(name, NAME, N)                                     \
	RULE("count", FAMILY(N), PROTOCOL(NAME), GOTO("count_" name #N))

#define COUNT_SET_RULES(where, NAME, id)                                       \
	RULE(where, PROTOCOL(NAME), IN_SET(id), WORD(RETURN)),                 \
		RULE(where, PROTOCOL(NAME), IN_SET_ANY(id), WORD(RETURN)),     \
		RULE(where, PROTOCOL(NAME), IN_SET_REDIRECT(id), WORD(RETURN))

#define COUNT_RULES(name, NAME, N)                                             \
	COUNT_SET_RULES("count_" name #N, NAME, SET_COUNTER_##NAME##N),        \
		COUNT_SET_RULES("count_" name #N, NAME, SET_COUNTER_RANGE##N)

static const struct ruleset_rule counter_rules[] = {
	RULE("count_input", WORD(IN_BY_WIRE), WORD(WAS_TRANSLATED),
	     GOTO("count")),
	RULE("count_postrouting", WORD(WAS_TRANSLATED), GOTO("count")),

	COUNT_PROTOCOL_RULE("tcp", TCP, 4),
	COUNT_PROTOCOL_RULE("tcp", TCP, 6),
	COUNT_PROTOCOL_RULE("udp", UDP, 4),
	COUNT_PROTOCOL_RULE("udp", UDP, 6),
	COUNT_PROTOCOL_RULE("sctp", SCTP, 4),
	COUNT_PROTOCOL_RULE("sctp", SCTP, 6),

	COUNT_RULES("tcp", TCP, 4),
	COUNT_RULES("tcp", TCP, 6),
	COUNT_RULES("udp", UDP, 4),
	COUNT_RULES("udp", UDP, 6),
	COUNT_RULES("sctp", SCTP, 4),
	COUNT_RULES("sctp", SCTP, 6),
};

const struct ruleset ruleset_counters = {
	SETS(SET_COUNTER_TCP4, SET_COUNTER_RANGE6),
	CHAINS(counter_chains),
	RULES(counter_rules),
};
