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
 * machine_start() - begin with a rule
 * @machine: whose first members are set
 * @ports: packets that come to the rule, by their destination ports
 */
void machine_start(struct machine *machine, const struct port_view *ports)
{
	port_view_copy(&machine->ports, ports);
	machine->certain = true;
	memset(machine->loaded, 0, sizeof(machine->loaded));
}

/**
 * machine_stop() - go on with the rule for no packet
 * @machine: where
 */
void machine_stop(struct machine *machine)
{
	port_view_clear(&machine->ports);
}

/**
 * machine_emit() - lead all packets for which the rule goes on somewhere
 * @machine: where
 * @action: where to
 * @chain: chain that RULE_JUMP and RULE_GOTO lead to
 *
 * Return: 0, or a negative errno from whom it is told.
 */
int machine_emit(struct machine *machine, enum rule_action action,
		 const char *chain)
{
	struct rule_outcome outcome = { action, chain, &machine->ports,
					machine->certain };
	int code;

	if (port_view_is_empty(&machine->ports))
		return 0;
	code = machine->each(&outcome, machine->data);
	machine_stop(machine);
	return code;
}

/* -------------------------------------------------------------- registers */

/**
 * machine_register_index() - where a register is
 * @number: as messages number it
 *
 * Return: index of the first 4 bytes, or -1 when there is no such register.
 */
int machine_register_index(uint32_t number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (int)(number - NFT_REG_1) * 4;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (int)(number - NFT_REG32_00);
	return -1;
}

/**
 * machine_load() - load a register
 * @machine: where
 * @number: which register, as messages number it; others are passed over
 * @part: what is loaded
 *
 * Keys of several fields are loaded from the first one on: what is left behind
 * it belongs to an earlier key.
 */
void machine_load(struct machine *machine, uint32_t number,
		  struct packet_part part)
{
	int index = machine_register_index(number);

	if (index < 0)
		return;
	machine->registers[index] = part;
	for (size_t i = (size_t)index; i < MACHINE_REGISTERS; i++)
		machine->loaded[i] = i == (size_t)index;
}

/**
 * machine_register() - what a register holds
 * @machine: where
 * @number: which register, as messages number it
 *
 * Return: what was loaded; unknown for a register that doesn't exist.
 */
struct packet_part machine_register(const struct machine *machine,
				    uint32_t number)
{
	int index = machine_register_index(number);

	if (index < 0 || !machine->loaded[index])
		return packet_part(PACKET_UNKNOWN, 0);
	return machine->registers[index];
}

/**
 * machine_ct_part() - look at what connection tracking knows of packets
 * @machine: where
 * @field: PACKET_CT_
 * @length: how many bytes
 *
 * Before they are translated, packets have the host's port; from then on, the
 * target's.
 *
 * Return: the part.
 */
struct packet_part machine_ct_part(const struct machine *machine,
				   enum packet_field field, size_t length)
{
	const struct packet *packet = machine->packet;
	bool is_target = packet->is_translated || packet->is_answer;

	if (field == (is_target ? PACKET_CT_TARGET_PORT : PACKET_CT_HOST_PORT))
		field = PACKET_PORT;
	return packet_part(field, length);
}

/* ------------------------------------------------------------- conditions */

/**
 * machine_require() - go on only if something is so
 * @machine: where
 * @answer: whether it is so
 * @inverse: go on only if it is not so
 */
void machine_require(struct machine *machine, enum answer answer, bool inverse)
{
	if (answer == ANSWER_MAYBE)
		machine->certain = false;
	else if ((answer == ANSWER_YES) == inverse)
		machine_stop(machine);
}

/**
 * machine_require_ports() - go on only for some ports
 * @machine: where
 * @ranges: the ports
 * @count: number of @ranges
 * @inverse: go on only for the other ones
 */
void machine_require_ports(struct machine *machine,
			   const struct pubport_ports *ranges, size_t count,
			   bool inverse)
{
	struct port_view *others = &machine->scratch;

	if (count == 1 && !inverse) {
		port_view_keep(&machine->ports, *ranges);
		return;
	}
	port_view_copy(others, &machine->ports);
	for (size_t i = 0; i < count; i++)
		port_view_remove(others, ranges[i]);
	if (inverse)
		port_view_copy(&machine->ports, others);
	else
		port_view_subtract(&machine->ports, others);
}

/**
 * machine_part_is_port() - whether a rule looks at the port alone
 * @part: what it looks at
 *
 * Return: whether it does, at all of its bits.
 */
bool machine_part_is_port(const struct packet_part *part)
{
	return part->field == PACKET_PORT && part->alone &&
	       part->mask[0] == 0xff && part->mask[1] == 0xff;
}

/**
 * machine_ports() - read a range of values as ports
 * @range: the values, of at least 2 bytes
 *
 * Return: the ports.
 */
struct pubport_ports machine_ports(const struct machine_range *range)
{
	return (struct pubport_ports){
		(uint16_t)(range->first[0] << 8 | range->first[1]),
		(uint16_t)(range->last[0] << 8 | range->last[1]),
	};
}

/* a port together with what stands before it: when it is another port, both
 * are not equal */
static void require_equal_port(struct machine *machine,
			       const struct packet_part *part,
			       const struct machine_range *range, bool inverse)
{
	struct machine_range port = { range->first + part->skip,
				      range->last + part->skip, 2 };
	struct pubport_ports ports;

	machine->certain = false;
	if (inverse || range->length < part->skip + 2U || part->length < 2 ||
	    memcmp(range->first, range->last, range->length) != 0)
		return;
	ports = machine_ports(&port);
	machine_require_ports(machine, &ports, 1, false);
}

/**
 * machine_require_between() - go on only for some values
 * @machine: where
 * @part: what must have them
 * @range: the values
 * @inverse: go on only for the other ones
 */
void machine_require_between(struct machine *machine,
			     const struct packet_part *part,
			     const struct machine_range *range, bool inverse)
{
	struct pubport_ports ports;

	if (part->field != PACKET_PORT) {
		machine_require(machine,
				packet_is_between(machine->packet, part,
						  range->first, range->last,
						  range->length),
				inverse);
	} else if (machine_part_is_port(part) && range->length == 2) {
		ports = machine_ports(range);
		machine_require_ports(machine, &ports, 1, inverse);
	} else if (!part->alone) {
		require_equal_port(machine, part, range, inverse);
	} else {
		machine->certain = false;
	}
}
