/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces of a network namespace. */
#ifndef NETLINK_LINK_H
#define NETLINK_LINK_H

#include "netlink/netlink.h"
#include "pubport.h"
#include "util/cleanup.h"

#include <linux/rtnetlink.h>

/* the loopback interface is always number 1 of its network namespace */
#define LOOPBACK_IFINDEX 1

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
 * @isolated: likewise, whether it carries nothing to other such ports
 * @filters: for a bridge, whether it shows IPv4, and IPv6, packets to the
 *	firewall, whatever the sysctls of all bridges say
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
	bool isolated;
	bool filters[2];
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

bool link_message_read(const struct nlmsghdr *message,
		       struct link_info *ret_link);
int link_get(struct netlink *netlink, unsigned int index,
	     struct link_info *ret_link);
int links_read(struct netlink *netlink, struct links *ret_links);
void links_done(struct links *links);
const struct link_info *links_find(const struct links *links,
				   unsigned int index);
const struct link_info *links_find_name(const struct links *links,
					const char *name);

DEFINE_CLEANUP(links_done, struct links)

bool link_is_child(const struct link_info *link);
int link_is_strict(struct netlink *netlink, unsigned int interface,
		   bool *ret_is);
int links_any_strict(struct netlink *netlink, bool *ret_any);
int link_netnsid(struct netlink *netlink, int netns_fd, int *ret_id);

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

DEFINE_CLEANUP(addresses_done, struct addresses)

#endif
