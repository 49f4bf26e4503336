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

int routing_rules_have_marks(struct netlink *route, enum pubport_family family,
			     bool *ret_have);
int routing_rule_find(struct netlink *route, const struct route_packet *packet,
		      const char *interface, uint32_t table,
		      struct routing_rule *ret_rule);

#endif
