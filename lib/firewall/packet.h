/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of packets, and what it says about them. */
#ifndef FIREWALL_PACKET_H
#define FIREWALL_PACKET_H

#include "pubport.h"
#include "util/cleanup.h"

/* what rules look at */
enum packet_field {
	PACKET_UNKNOWN,	       /* whatever else there is */
	PACKET_CONSTANT,       /* not of the packet: a value of the rule */
	PACKET_ETHERTYPE,      /* 2 bytes, ETH_P_, in network byte order */
	PACKET_FAMILY,	       /* 1 byte, NFPROTO_ */
	PACKET_PROTOCOL,       /* 1 byte, IPPROTO_ */
	PACKET_SADDR,	       /* 4 or 16 bytes */
	PACKET_DADDR,	       /* 4 or 16 bytes */
	PACKET_PORT,	       /* 2 bytes; which ones isn't kept here */
	PACKET_TCP_FLAGS,      /* 1 byte */
	PACKET_IIFNAME,	       /* 16 bytes, padded with zeros */
	PACKET_OIFNAME,	       /* the same */
	PACKET_BRIDGE_IN,      /* the same, of the bridge that it came in by */
	PACKET_BRIDGE_OUT,     /* the same, of that it leaves by */
	PACKET_IIF,	       /* 4 bytes, its index, in host byte order */
	PACKET_OIF,	       /* the same */
	PACKET_DADDR_TYPE,     /* 4 bytes, RTN_, in host byte order */
	PACKET_CT_STATE,       /* 4 bytes, one NF_CT_STATE_ bit, likewise */
	PACKET_CT_STATUS,      /* 4 bytes, IPS_ bits, likewise */
	PACKET_CT_DIRECTION,   /* 1 byte, IP_CT_DIR_ */
	PACKET_CT_HOST,	       /* 4 or 16 bytes, what the client asked for */
	PACKET_CT_HOST_PORT,   /* 2 bytes, likewise */
	PACKET_CT_TARGET,      /* 4 or 16 bytes, who answers */
	PACKET_CT_TARGET_PORT, /* 2 bytes; none is kept here */
	PACKET_FIELD_COUNT,
};

#define PACKET_VALUE_SIZE 16

/**
 * struct packet_value - a value of a field
 * @bytes: as the packet has it, zeros behind it
 */
struct packet_value {
	uint8_t bytes[PACKET_VALUE_SIZE];
};

/**
 * struct packet_values - what a field may be
 * @items: the values, on the heap
 * @count: number of @items; 0 when it may be anything
 */
struct packet_values {
	struct packet_value *items;
	size_t count;
};

/**
 * struct packet - packets, as far as they are known
 * @is_answer: whether they come from the target
 * @is_translated: whether what the client asked for was translated already
 * @is_tracked: whether connection tracking has seen them
 * @fields: what each field may be
 * @error: -ENOMEM when not all that is known found room, or 0
 *
 * All zero is any packet.  The ports where they are served are kept apart, in a
 * struct port_set, since rules are mostly about these: the destination ports,
 * or the source ports of answers.
 */
struct packet {
	bool is_answer;
	bool is_translated;
	bool is_tracked;
	struct packet_values fields[PACKET_FIELD_COUNT];
	int error;
};

void packet_add(struct packet *packet, enum packet_field field,
		const void *bytes, size_t length);
void packet_done(struct packet *packet);

DEFINE_CLEANUP(packet_done, struct packet)

/* whether something is so for packets that are known in part */
enum answer {
	ANSWER_NO,
	ANSWER_MAYBE,
	ANSWER_YES,
};

/**
 * struct packet_part - what a rule looks at
 * @field: the field, or PACKET_UNKNOWN
 * @skip: how many bytes are looked at that stand before the field
 * @length: how many bytes of the field are looked at
 * @alone: whether nothing else is looked at
 * @mask: the bits of the field that count; of a constant, its value
 */
struct packet_part {
	enum packet_field field;
	uint8_t skip;
	uint8_t length;
	bool alone;
	uint8_t mask[PACKET_VALUE_SIZE];
};

struct packet_part packet_part(enum packet_field field, size_t length);
enum answer packet_is_between(const struct packet *packet,
			      const struct packet_part *part,
			      const uint8_t *first, const uint8_t *last,
			      size_t length);

#endif
