/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbours, and the bridges' ports behind which they are. */
#ifndef NETLINK_NEIGHBOUR_H
#define NETLINK_NEIGHBOUR_H

#include "netlink/netlink.h"
#include "pubport.h"

/**
 * struct bridge_port - the port of a bridge behind which an address is
 * @bridge: index of the bridge, which is the interface towards @addr
 * @addr: the address
 * @index: of the port, or 0 where that isn't known
 */
struct bridge_port {
	unsigned int bridge;
	struct pubport_addr addr;
	unsigned int index;
};

int bridge_find_ports(struct netlink *netlink, struct bridge_port *ports,
		      size_t count);
int neighbour_answers(struct netlink *netlink, unsigned int interface,
		      const struct pubport_addr *addr, bool *ret_answers);
int neighbour_find(struct netlink *netlink, unsigned int interface,
		   const struct pubport_addr *addr, uint8_t ret_lladdr[6],
		   bool *ret_known);
int neighbour_is_proxied(struct netlink *netlink, unsigned int interface,
			 const struct pubport_addr *addr, bool *ret_is);
int bridge_set_hairpin(struct netlink *netlink, unsigned int port, bool on);

#endif
