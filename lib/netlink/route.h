/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to rtnetlink: routes, addresses, links and neighbours. */
#ifndef NETLINK_ROUTE_H
#define NETLINK_ROUTE_H

#include "netlink/netlink.h"
#include "pubport.h"

#include <linux/rtnetlink.h>

/**
 * struct route - where packets to an address go
 * @type: RTN_UNICAST, RTN_LOCAL for an address of the host, or another RTN_
 * @prefix: length of the matched destination; of a subnet, when on-link
 * @interface: index of the interface that they leave by, or 0
 * @has_gateway: whether a router comes first
 * @gateway: that router
 *
 * Of a route with several next hops, the first one counts.
 */
struct route {
	uint8_t type;
	uint8_t prefix;
	unsigned int interface;
	bool has_gateway;
	struct pubport_addr gateway;
};

int route_lookup(struct netlink *netlink, const struct pubport_addr *to,
		 struct route *ret_route);
bool route_is_on_link(const struct route *route);
int route_is_own(struct netlink *netlink, const struct pubport_addr *addr,
		 bool *ret_is);

/**
 * struct address_info - an address of an interface
 * @interface: index of the interface
 * @prefix: length of its subnet's prefix
 * @scope: RT_SCOPE_UNIVERSE for one that is valid everywhere
 * @flags: IFA_F_
 * @addr: the address
 */
struct address_info {
	unsigned int interface;
	uint8_t prefix;
	uint8_t scope;
	uint32_t flags;
	struct pubport_addr addr;
};

/**
 * struct addresses - all addresses of a network namespace
 * @items: free with addresses_done()
 * @count: number of @items
 */
struct addresses {
	struct address_info *items;
	size_t count;
};

int addresses_read(struct netlink *netlink, struct addresses *ret_addresses);
const struct address_info *addresses_find(const struct addresses *addresses,
					  const struct pubport_addr *addr);
bool addresses_have(const struct addresses *addresses,
		    const struct pubport_addr *addr);
void addresses_done(struct addresses *addresses);

static inline void cleanup_addresses_done(struct addresses *list)
{
	addresses_done(list);
}

/**
 * struct link_info - a network interface
 * @index: its index
 * @master: index of the bridge or the like that it is a port of, or 0
 * @link: index of its peer or lower interface, or 0
 * @link_netnsid: the namespace of @link, as this one numbers it, or -1 for
 *	this one itself
 * @up: whether it is up
 * @bridge_port: whether @master is a bridge
 * @hairpin: for a bridge port, whether the bridge may send back by it what
 *	came in by it
 * @has_lladdr: whether it has an Ethernet address
 * @lladdr: that address
 * @name: its name
 * @kind: "bridge", "veth" and the like, or "" for hardware
 */
struct link_info {
	unsigned int index;
	unsigned int master;
	unsigned int link;
	int link_netnsid;
	bool up;
	bool bridge_port;
	bool hairpin;
	bool has_lladdr;
	uint8_t lladdr[6];
	char name[PUBPORT_IFNAME_SIZE];
	char kind[16];
};

/**
 * struct links - all interfaces of a network namespace
 * @items: free with links_done()
 * @count: number of @items
 */
struct links {
	struct link_info *items;
	size_t count;
};

int link_get(struct netlink *netlink, unsigned int index,
	     struct link_info *ret_link);
int links_read(struct netlink *netlink, struct links *ret_links);
void links_done(struct links *links);
const struct link_info *links_find(const struct links *links,
				   unsigned int index);

static inline void cleanup_links_done(struct links *links)
{
	links_done(links);
}

int link_netnsid(struct netlink *netlink, int netns_fd, int *ret_id);

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
int bridge_set_hairpin(struct netlink *netlink, unsigned int port, bool on);

/*
 * Protocol number of routes that pubport made, so that it knows them again.
 * Routing daemons have theirs; iproute2's rt_protos leaves this one free.
 */
#define ROUTE_PROTOCOL 112

int route_loopback6(struct netlink *netlink, unsigned int interface, bool add);
int route_has_loopback6(struct netlink *netlink, unsigned int interface,
			bool *ret_has);

#endif
