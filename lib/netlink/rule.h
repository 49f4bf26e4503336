/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way that one packet would take: routes, and the rules that choose them.
 */
#ifndef NETLINK_RULE_H
#define NETLINK_RULE_H

#include "netlink/netlink.h"
#include "pubport.h"

/**
 * struct way_packet - a packet that is to be routed
 * @from: its source
 * @to: its destination
 * @in: index of the interface that it comes in by, or 0 for one of this host's
 *	own, whose source need not be given
 */
struct way_packet {
	struct pubport_addr from;
	struct pubport_addr to;
	unsigned int in;
};

/**
 * struct way - what the kernel does with it
 * @code: 0, or why it goes nowhere: -ENETUNREACH, -EHOSTUNREACH, -EACCES,
 *	-EXDEV or -EINVAL
 * @is_local: whether it is for this host itself
 * @interface: index of the interface that it leaves by
 * @table: the routing table that said so, or 0
 * @source: for one of this host's own, the source address that it gets; its
 *	family is 0 where the kernel names none
 */
struct way {
	int code;
	bool is_local;
	unsigned int interface;
	uint32_t table;
	struct pubport_addr source;
};

int way_find(struct netlink *route, const struct way_packet *packet,
	     struct way *ret_way);

#define WAY_RULE_TEXT_SIZE 192

/**
 * struct way_rule - a rule that chooses a routing table
 * @priority: lower ones come first
 * @text: as "ip rule" shows it, but for names of tables; printable
 */
struct way_rule {
	uint32_t priority;
	char text[WAY_RULE_TEXT_SIZE];
};

int way_find_rule(struct netlink *route, const struct way_packet *packet,
		  const char *interface, uint32_t table,
		  struct way_rule *ret_rule);

#endif
