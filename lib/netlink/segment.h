/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments of TCP that are sent and seen by their headers alone. */
#ifndef NETLINK_SEGMENT_H
#define NETLINK_SEGMENT_H

#include "pubport.h"
#include "util/cleanup.h"

/* of struct segment; RFC 9293, 3.1 */
#define SEGMENT_SYN 0x02
#define SEGMENT_RST 0x04
#define SEGMENT_ACK 0x10

/**
 * struct segment_way - from where to where
 * @from: source address
 * @from_port: source port
 * @to: destination address
 * @to_port: destination port
 */
struct segment_way {
	struct pubport_addr from;
	uint16_t from_port;
	struct pubport_addr to;
	uint16_t to_port;
};

/**
 * struct segment - a segment without data
 * @way: from where to where
 * @sequence: number of what would be its first byte
 * @acknowledged: number of the byte that is expected next
 * @flags: SEGMENT_, or'ed
 */
struct segment {
	struct segment_way way;
	uint32_t sequence;
	uint32_t acknowledged;
	uint8_t flags;
};

/**
 * struct segments - sockets for them
 * @ipv4: sends
 * @ipv6: sends
 * @seen: receives what the host's interfaces see; -1 where nothing is open
 */
struct segments {
	int ipv4;
	int ipv6;
	int seen;
};

int segments_open(struct segments *segments);
void segments_close(struct segments *segments);
int segment_send(const struct segments *segments,
		 const struct segment *segment);
bool segment_receive(const struct segments *segments,
		     struct segment *ret_segment);
bool segment_way_equal(const struct segment_way *a,
		       const struct segment_way *b);

DEFINE_CLEANUP(segments_close, struct segments)

#endif
