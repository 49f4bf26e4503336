/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a rule on packets that are known in part: registers and conditions.
 *
 * The kernel's registers hold values; these hold what would be loaded, such as
 * "the destination port".  A condition on ports narrows them down to those that
 * meet it.  Any other one holds for all packets or for none, or can't be told:
 * then the rule goes on, but isn't certain any more.
 */
#include "firewall/eval.h"

#include <linux/netfilter/nf_tables.h>
#include <string.h>

/**
 * eval_start() - begin with a rule
 * @eval: whose first members are set
 * @ports: packets that come to the rule, by their destination ports
 */
void eval_start(struct eval *eval, const struct port_set *ports)
{
	port_set_copy(&eval->ports, ports);
	eval->certain = true;
	memset(eval->loaded, 0, sizeof(eval->loaded));
}

/**
 * eval_stop() - go on with the rule for no packet
 * @eval: where
 */
void eval_stop(struct eval *eval)
{
	port_set_clear(&eval->ports);
}

/**
 * eval_emit() - lead all packets for which the rule goes on somewhere
 * @eval: where
 * @action: where to
 * @chain: chain that RULE_JUMP and RULE_GOTO lead to
 *
 * Return: 0, or a negative errno from whom it is told.
 */
int eval_emit(struct eval *eval, enum rule_action action, const char *chain)
{
	const struct rule_outcome outcome = {
		.action = action,
		.chain = chain,
		.ports = &eval->ports,
		.certain = eval->certain,
	};
	int code;

	if (port_set_is_empty(&eval->ports))
		return 0;
	code = eval->each(&outcome, eval->data);
	eval_stop(eval);
	return code;
}

/**
 * eval_emit_untrack() - lead them past connection tracking, and go on
 * @eval: where; packets that it knows already are not led past it
 *
 * Return: 0, or a negative errno from whom it is told.
 */
int eval_emit_untrack(struct eval *eval)
{
	const struct rule_outcome outcome = {
		.action = RULE_UNTRACK,
		.ports = &eval->ports,
		.certain = eval->certain,
	};

	return eval->packet->is_tracked ? 0 : eval->each(&outcome, eval->data);
}

/**
 * eval_emit_zone() - put them into a zone of connection tracking, and go on
 * @eval: where; packets that it knows already stay in theirs
 * @zone: the zone, or ZONE_UNKNOWN
 *
 * Return: 0, or a negative errno from whom it is told.
 */
int eval_emit_zone(struct eval *eval, uint32_t zone)
{
	const struct rule_outcome outcome = {
		.action = RULE_ZONE,
		.ports = &eval->ports,
		.certain = eval->certain && zone != ZONE_UNKNOWN,
		.zone = zone,
	};

	/* all are in this one anyhow */
	if (!zone || eval->packet->is_tracked)
		return 0;
	return eval->each(&outcome, eval->data);
}

/* -------------------------------------------------------------- registers */

/**
 * eval_register_index() - where a register is
 * @number: as messages number it
 *
 * Return: index of the first 4 bytes, or -1 when there is no such register.
 */
int eval_register_index(uint32_t number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (int)(number - NFT_REG_1) * 4;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (int)(number - NFT_REG32_00);
	return -1;
}

/**
 * eval_load() - load a register
 * @eval: where
 * @number: which register, as messages number it; others are passed over
 * @part: what is loaded
 *
 * Keys of several fields are loaded from the first one on: what is left behind
 * it belongs to an earlier key.
 */
void eval_load(struct eval *eval, uint32_t number, struct packet_part part)
{
	int index = eval_register_index(number);

	if (index < 0)
		return;
	eval->registers[index] = part;
	for (size_t i = (size_t)index; i < EVAL_REGISTERS; i++)
		eval->loaded[i] = i == (size_t)index;
}

/**
 * eval_register() - what a register holds
 * @eval: where
 * @number: which register, as messages number it
 *
 * Return: what was loaded; unknown for a register that doesn't exist.
 */
struct packet_part eval_register(const struct eval *eval, uint32_t number)
{
	int index = eval_register_index(number);

	if (index < 0 || !eval->loaded[index])
		return packet_part(PACKET_UNKNOWN, 0);
	return eval->registers[index];
}

/**
 * eval_ct_part() - look at what connection tracking knows of packets
 * @eval: where
 * @field: PACKET_CT_
 * @length: how many bytes
 *
 * Before they are translated, packets have the host's port; from then on, the
 * target's.
 *
 * Return: the part.
 */
struct packet_part eval_ct_part(const struct eval *eval,
				enum packet_field field, size_t length)
{
	const struct packet *packet = eval->packet;
	bool is_target = packet->is_translated || packet->is_answer;

	if (field == (is_target ? PACKET_CT_TARGET_PORT : PACKET_CT_HOST_PORT))
		field = PACKET_PORT;
	return packet_part(field, length);
}

/* ------------------------------------------------------------- conditions */

/**
 * eval_require() - go on only if something is so
 * @eval: where
 * @answer: whether it is so
 * @inverse: go on only if it is not so
 */
void eval_require(struct eval *eval, enum answer answer, bool inverse)
{
	if (answer == ANSWER_MAYBE)
		eval->certain = false;
	else if ((answer == ANSWER_YES) == inverse)
		eval_stop(eval);
}

/**
 * eval_require_ports() - go on only for some ports
 * @eval: where
 * @ranges: the ports
 * @count: number of @ranges
 * @inverse: go on only for the other ones
 */
void eval_require_ports(struct eval *eval, const struct pubport_ports *ranges,
			size_t count, bool inverse)
{
	struct port_set *others = &eval->scratch;

	if (count == 1 && !inverse) {
		port_set_keep(&eval->ports, *ranges);
		return;
	}
	port_set_copy(others, &eval->ports);
	for (size_t i = 0; i < count; i++)
		port_set_remove(others, ranges[i]);
	if (inverse)
		port_set_copy(&eval->ports, others);
	else
		port_set_subtract(&eval->ports, others);
}

/**
 * eval_part_is_port() - whether a rule looks at the port alone
 * @part: what it looks at
 *
 * Return: whether it does, at all of its bits.
 */
bool eval_part_is_port(const struct packet_part *part)
{
	return part->field == PACKET_PORT && part->alone &&
	       part->mask[0] == 0xff && part->mask[1] == 0xff;
}

/**
 * eval_ports() - read a range of values as ports
 * @range: the values, of at least 2 bytes
 *
 * Return: the ports.
 */
struct pubport_ports eval_ports(const struct eval_range *range)
{
	return (struct pubport_ports){
		(uint16_t)(range->first[0] << 8 | range->first[1]),
		(uint16_t)(range->last[0] << 8 | range->last[1]),
	};
}

/* a port together with what stands before it: when it is another port, both
 * are not equal */
static void require_equal_port(struct eval *eval,
			       const struct packet_part *part,
			       const struct eval_range *range, bool inverse)
{
	struct eval_range port = { range->first + part->skip,
				   range->last + part->skip, 2 };
	struct pubport_ports ports;

	eval->certain = false;
	if (inverse || range->length < part->skip + 2U || part->length < 2 ||
	    memcmp(range->first, range->last, range->length) != 0)
		return;
	ports = eval_ports(&port);
	eval_require_ports(eval, &ports, 1, false);
}

/**
 * eval_require_between() - go on only for some values
 * @eval: where
 * @part: what must have them
 * @range: the values
 * @inverse: go on only for the other ones
 */
void eval_require_between(struct eval *eval, const struct packet_part *part,
			  const struct eval_range *range, bool inverse)
{
	struct pubport_ports ports;

	if (part->field != PACKET_PORT) {
		eval_require(eval,
			     packet_is_between(eval->packet, part, range->first,
					       range->last, range->length),
			     inverse);
	} else if (eval_part_is_port(part) && range->length == 2) {
		ports = eval_ports(range);
		eval_require_ports(eval, &ports, 1, inverse);
	} else if (!part->alone) {
		require_equal_port(eval, part, range, inverse);
	} else {
		eval->certain = false;
	}
}
