/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes: to an address, and of one packet. */
#ifndef NETLINK_ROUTE_H
#define NETLINK_ROUTE_H

#include "netlink/netlink.h"
#include "pubport.h"
#include "util/cleanup.h"

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

/**
 * struct route_news - what is told of a route that came or went
 * @to: where it leads
 * @is_on_link: whether without a router
 * @is_ours: whether it came, and pubport laid it
 */
struct route_news {
	struct pubport_network to;
	bool is_on_link;
	bool is_ours;
};

bool route_message_read(const struct nlmsghdr *message,
			struct route_news *ret_news);
int route_lookup(struct netlink *netlink, const struct pubport_addr *to,
		 struct route *ret_route);
bool route_is_on_link(const struct route *route);

/**
 * struct subnets - networks, as the routes to them have them
 * @items: free with subnets_done()
 * @count: number of @items
 */
struct subnets {
	struct pubport_network *items;
	size_t count;
};

int routes_find_subnets(struct netlink *netlink, enum pubport_family family,
			unsigned int interface, struct subnets *networks);
int subnets_add(struct subnets *networks, const struct pubport_addr *addr,
		unsigned int prefix);
void subnets_done(struct subnets *networks);

DEFINE_CLEANUP(subnets_done, struct subnets)

int route_is_own(struct netlink *netlink, const struct pubport_addr *addr,
		 bool *ret_is);

/**
 * struct route_packet - a packet that is to be routed
 * @from: its source
 * @to: its destination
 * @in: index of the interface that it comes in by, or 0 for one of this host's
 *	own, whose source need not be given
 * @protocol: transport protocol, or 0 where that is of no account
 * @from_port: its source port, or 0
 * @to_port: its destination port, or 0
 * @mark: its mark
 */
struct route_packet {
	struct pubport_addr from;
	struct pubport_addr to;
	unsigned int in;
	enum pubport_protocol protocol;
	uint16_t from_port;
	uint16_t to_port;
	uint32_t mark;
};

/**
 * struct route_choice - what the kernel does with a packet
 * @code: 0, or why it goes nowhere: -ENETUNREACH, -EHOSTUNREACH, -EACCES,
 *	-EXDEV or -EINVAL
 * @is_local: whether it is for this host itself
 * @interface: index of the interface that it leaves by
 * @has_gateway: whether it goes to a router first
 * @gateway: that router
 * @table: the routing table that said so, or 0
 * @source: for one of this host's own, the source address that it gets; its
 *	family is 0 where the kernel names none
 */
struct route_choice {
	int code;
	bool is_local;
	unsigned int interface;
	bool has_gateway;
	struct pubport_addr gateway;
	uint32_t table;
	struct pubport_addr source;
};

int route_choose(struct netlink *route, const struct route_packet *packet,
		 struct route_choice *ret_choice);
int route_is_filtered(struct netlink *route, const struct route_packet *packet,
		      const struct route_choice *choice, bool *ret_is);
int route_could_leave(struct netlink *route, const struct route_packet *packet,
		      unsigned int interface, bool *ret_could);

/*
 * Protocol number of routes that pubport made, so that it knows them again.
 * Routing daemons have theirs; iproute2's rt_protos leaves this one free.
 */
#define ROUTE_PROTOCOL 112

int route_loopback6(struct netlink *netlink, unsigned int interface, bool add);
int route_has_loopback6(struct netlink *netlink, unsigned int interface,
			bool *ret_has);

#endif
