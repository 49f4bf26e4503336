/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of packets, and what it says about them.
 *
 * Rules are asked about many packets at once, of which some things are known
 * and others not.  So there are three answers: no, yes, and maybe.
 */
#include "firewall/packet.h"

#include "util/array.h"
#include "util/cleanup.h"

#include <errno.h>
#include <string.h>

/**
 * packet_add() - tell one more value that a field may have
 * @packet: of which packets; remembers when there was no memory
 * @field: the field
 * @bytes: the value
 * @length: how many bytes it has, at most PACKET_VALUE_SIZE
 */
void packet_add(struct packet *packet, enum packet_field field,
		const void *bytes, size_t length)
{
	struct packet_values *values = &packet->fields[field];
	struct packet_value *items =
		array_grow(values->items, values->count, sizeof(*items));

	if (!items) {
		packet->error = -ENOMEM;
		return;
	}
	values->items = items;
	items += values->count++;
	memset(items, 0, sizeof(*items));
	memcpy(items->bytes, bytes, length);
}

/**
 * packet_done() - forget all that is known
 * @packet: filled by packet_add(), or all zero
 */
void packet_done(struct packet *packet)
{
	for (size_t i = 0; i < ARRAY_SIZE(packet->fields); i++)
		free(packet->fields[i].items);
	memset(packet, 0, sizeof(*packet));
}

/**
 * packet_part() - look at a field, or at its first bytes
 * @field: the field
 * @length: how many bytes, at most PACKET_VALUE_SIZE
 *
 * Return: the part.
 */
struct packet_part packet_part(enum packet_field field, size_t length)
{
	struct packet_part part = {
		.field = field,
		.length = (uint8_t)length,
		.alone = true,
	};

	memset(part.mask, 0xff, length);
	return part;
}

static bool is_between(const struct packet_value *value,
		       const struct packet_part *part, const uint8_t *first,
		       const uint8_t *last, size_t length)
{
	uint8_t masked[PACKET_VALUE_SIZE] = { 0 };

	for (size_t i = 0; i < length; i++)
		masked[i] = value->bytes[i] & part->mask[i];
	return memcmp(masked, first, length) >= 0 &&
	       memcmp(masked, last, length) <= 0;
}

/**
 * packet_is_between() - whether what a rule looks at is in a range
 * @packet: of which packets
 * @part: what it looks at; not ports
 * @first: first value of the range
 * @last: last value of the range
 * @length: bytes of @first and @last
 *
 * Return: what is known.
 */
enum answer packet_is_between(const struct packet *packet,
			      const struct packet_part *part,
			      const uint8_t *first, const uint8_t *last,
			      size_t length)
{
	const struct packet_values *values = &packet->fields[part->field];
	size_t hits = 0;

	/* among other things, only equal ones can be told apart */
	if (length <= part->skip ||
	    (!part->alone && memcmp(first, last, length) != 0))
		return ANSWER_MAYBE;
	length -= part->skip;
	if (!part->alone && length > part->length)
		length = part->length;
	if (length > PACKET_VALUE_SIZE)
		length = PACKET_VALUE_SIZE;
	for (size_t i = 0; i < values->count; i++)
		hits += is_between(&values->items[i], part, first + part->skip,
				   last + part->skip, length);
	if (!hits && values->count)
		return ANSWER_NO;
	return part->alone && hits && hits == values->count ? ANSWER_YES
							    : ANSWER_MAYBE;
}
