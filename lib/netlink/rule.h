/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that choose a routing table, as "ip rule" shows them. */
#ifndef NETLINK_RULE_H
#define NETLINK_RULE_H

#include "netlink/route.h"

#define ROUTING_RULE_TEXT_SIZE 192

/**
 * struct routing_rule - a rule that chooses a routing table
 * @priority: lower ones come first
 * @text: as "ip rule" shows it, but for names of tables; printable
 */
struct routing_rule {
	uint32_t priority;
	char text[ROUTING_RULE_TEXT_SIZE];
};

#define ROUTING_MARKS_MAX 8

/**
 * struct routing_conditions - what rules go by besides addresses and interfaces
 * @marks: marks of packets
 * @mark_count: number of @marks; there may be more
 * @by_ports: whether some go by protocols or ports
 */
struct routing_conditions {
	uint32_t marks[ROUTING_MARKS_MAX];
	size_t mark_count;
	bool by_ports;
};

int routing_conditions_read(struct netlink *route, enum pubport_family family,
			    struct routing_conditions *ret_conditions);
int routing_rules_exist(struct netlink *route, bool *ret_exist);
int routing_rule_find(struct netlink *route, const struct route_packet *packet,
		      const char *interface, uint32_t table,
		      struct routing_rule *ret_rule);

#endif
