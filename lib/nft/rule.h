/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule as a list of phrases, each of which is text and expressions. */
#ifndef NFT_RULE_H
#define NFT_RULE_H

#include "mapping/helper.h"
#include "nft/sets.h"

#include <stdio.h>

#define RULE_PHRASES 4

/* how long the kernel waits for the answer to UDP: its name, and seconds */
#define RULE_TIMEOUT "late_answers"
#define RULE_TIMEOUT_S 180u

struct rule_builder;

/* what a phrase says; rule.c has the text of each */
enum rule_word {
	SAYS_END, /* no more phrases */
	SAYS_TO_LOOPBACK,
	SAYS_FROM_LOOPBACK,
	SAYS_LED_TO_LOOPBACK,
	SAYS_FROM_LINK_LOCAL,
	SAYS_IN_BY_WIRE,
	SAYS_OUT_BY_WIRE,
	SAYS_IN_BY_NOTHING,
	SAYS_TO_OTHERS,
	SAYS_FROM_OTHERS,
	SAYS_TO_UNICAST,
	SAYS_NO_ANSWER,
	SAYS_IS_INVALID,
	SAYS_IS_ANSWER,
	SAYS_WAS_TRANSLATED,
	SAYS_WAS_EXPECTED,
	SAYS_HAS_OTHER_SOURCE,
	SAYS_GOES_ON,
	SAYS_HAS_SOCKET,
	SAYS_IS_NEW,
	SAYS_CT_UNMARKED,
	SAYS_CT_MARKED,
	SAYS_CT_MARKED_ALIKE,
	SAYS_UNMARKED,
	SAYS_FAMILY,
	SAYS_PROTOCOL,
	SAYS_IN_SET,
	SAYS_IN_MAP,
	SAYS_DNAT,
	SAYS_MASQUERADE,
	SAYS_NOT_ROUTED,
	SAYS_TIMEOUT,
	SAYS_HELPER,
	SAYS_MARK_CT,
	SAYS_MARK_CT_BY,
	SAYS_MARK,
	SAYS_MARK_AS_CT,
	SAYS_RESET,
	SAYS_REJECT,
	SAYS_DROP,
	SAYS_RETURN,
	SAYS_JUMP,
	SAYS_GOTO,
};

/**
 * struct rule_phrase - a condition, or what is done in the end
 * @word: what it says
 * @family: of SAYS_TO_LOOPBACK, SAYS_FROM_LOOPBACK, SAYS_FAMILY
 * @protocol: of SAYS_PROTOCOL
 * @helper: of SAYS_HELPER
 * @set: that SAYS_IN_SET, SAYS_IN_MAP, SAYS_DNAT and SAYS_MARK_CT_BY look in
 * @chain: that SAYS_JUMP and SAYS_GOTO lead to
 * @host_bits: how many last bits of the key's source address don't count
 * @any: whether the key has 0.0.0.0 or :: as destination, 0 as source port
 * @turned: whether the packet's source stands for the key's destination, and
 *	the other way round, as do ports; the interface that it came in by for
 * the one that it leaves by
 * @redirect: whether it has that as target
 * @option: that the key has, see set_option()
 */
struct rule_phrase {
	enum rule_word word;
	union {
		enum pubport_family family;
		enum pubport_protocol protocol;
		enum helper helper;
		enum set_id set;
	};
	const char *chain;
	uint8_t host_bits;
	bool any;
	bool turned;
	bool redirect;
	uint16_t option;
};

/**
 * struct ruleset_rule - a rule
 * @chain: where it stands
 * @phrases: what it says; SAYS_END after the last one if there is room
 * @first: whether it is put before the rules that the chain has
 */
struct ruleset_rule {
	const char *chain;
	struct rule_phrase phrases[RULE_PHRASES];
	bool first;
};

void rule_build(const struct ruleset_rule *rule, struct rule_builder *builder);
const char *rule_leads_to(const struct ruleset_rule *rule);
void rule_print(const struct ruleset_rule *rule, FILE *out);

#endif
