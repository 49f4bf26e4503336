/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a rule on packets that are known in part. */
#ifndef FIREWALL_EVAL_H
#define FIREWALL_EVAL_H

#include "firewall/packet.h"
#include "mapping/portset.h"
#include "netlink/nfnetlink.h"

/* where a rule leads packets */
enum rule_action {
	RULE_ACCEPT,
	RULE_DROP,
	RULE_REJECT,
	RULE_TRANSLATE, /* to another destination */
	RULE_SOURCE,	/* to another source */
	RULE_QUEUE,	/* a program decides */
	RULE_JUMP,
	RULE_GOTO,
	RULE_RETURN,
	/* with these the packet goes on */
	RULE_UNTRACK, /* past connection tracking */
	RULE_ZONE,    /* into a zone of connection tracking */
};

/* what stands for a zone that isn't known */
#define ZONE_UNKNOWN UINT32_MAX

/**
 * struct rule_outcome - where a rule leads packets
 * @action: where
 * @chain: the chain that RULE_JUMP and RULE_GOTO lead to
 * @ports: the packets, by their destination ports
 * @certain: whether all of them surely are; otherwise some may be
 * @zone: the zone that RULE_ZONE puts them into
 */
struct rule_outcome {
	enum rule_action action;
	const char *chain;
	const struct port_set *ports;
	bool certain;
	uint32_t zone;
};

/**
 * typedef rule_fn - told where a rule leads packets
 * @outcome: where, and which; holds until it returns
 * @data: as given in struct eval
 *
 * Return: 0, or a negative errno, with which the rule ends.
 */
typedef int (*rule_fn)(const struct rule_outcome *outcome, void *data);

#define EVAL_REGISTERS 16

/**
 * struct eval - the kernel's machine for rules, on packets known in part
 * @nfnl: asks for elements of sets; or NULL
 * @family: NFPROTO_ of the rule's table
 * @table: its name
 * @packet: what is known of the packets
 * @each: told where the rule leads them
 * @data: handed to @each
 * @ports: packets for which the rule goes on, by their destination ports
 * @certain: whether it surely goes on for all of them
 * @registers: what was loaded, in the first of the registers that it takes, of
 *	4 bytes each
 * @loaded: which of @registers hold anything
 * @scratch: some of @ports, where they are led apart
 */
struct eval {
	const struct nfnl *nfnl;
	uint8_t family;
	const char *table;
	const struct packet *packet;
	rule_fn each;
	void *data;

	struct port_set ports;
	bool certain;
	struct packet_part registers[EVAL_REGISTERS];
	bool loaded[EVAL_REGISTERS];
	struct port_set scratch;
};

void eval_start(struct eval *eval, const struct port_set *ports);
void eval_stop(struct eval *eval);
int eval_emit(struct eval *eval, enum rule_action action, const char *chain);
int eval_emit_untrack(struct eval *eval);
int eval_emit_zone(struct eval *eval, uint32_t zone);

void eval_load(struct eval *eval, uint32_t number, struct packet_part part);
struct packet_part eval_register(const struct eval *eval, uint32_t number);
struct packet_part eval_ct_part(const struct eval *eval,
				enum packet_field field, size_t length);
int eval_register_index(uint32_t number);

/**
 * struct eval_range - a range of values, as a rule has them
 * @first: the first value
 * @last: the last value
 * @length: bytes of each
 */
struct eval_range {
	const uint8_t *first;
	const uint8_t *last;
	size_t length;
};

bool eval_part_is_port(const struct packet_part *part);
struct pubport_ports eval_ports(const struct eval_range *range);
void eval_require(struct eval *eval, enum answer answer, bool inverse);
void eval_require_ports(struct eval *eval, const struct pubport_ports *ranges,
			size_t count, bool inverse);
void eval_require_between(struct eval *eval, const struct packet_part *part,
			  const struct eval_range *range, bool inverse);

int rule_run(struct eval *eval, const struct port_set *ports,
	     const struct nlmsghdr *rule);
int xtables_match(struct eval *eval, const struct nlattr *data);
int xtables_target(struct eval *eval, const struct nlattr *data);

#endif
