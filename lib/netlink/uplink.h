/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Uplinks, and rules that have marked packets leave by one of them. */
#ifndef NETLINK_UPLINK_H
#define NETLINK_UPLINK_H

#include "netlink/netlink.h"
#include "pubport.h"

/* the mark of packets that are routed by our rules; of those that leave by an
 * uplink, with its index, which is the number of its routing table as well */
#define UPLINK_MARK 0x70000000U
#define UPLINK_MASK 0xff000000U
#define UPLINK_MARK_TEXT "0x70000000"
#define UPLINK_MASK_TEXT "0xff000000"

static inline uint32_t uplink_mark(unsigned int interface)
{
	return UPLINK_MARK | (interface & ~UPLINK_MASK);
}

/**
 * struct uplink - an interface with a default route
 * @family: of the route
 * @interface: index of the interface
 * @has_gateway: whether a router comes first
 * @gateway: that router
 * @is_main: whether the route is in the main table
 * @metric: of the route; lower ones are better
 */
struct uplink {
	enum pubport_family family;
	unsigned int interface;
	bool has_gateway;
	struct pubport_addr gateway;
	bool is_main;
	uint32_t metric;
};

/**
 * struct uplinks - an array of them on the heap, each once a family
 * @items: free with uplinks_done()
 * @count: number of @items
 */
struct uplinks {
	struct uplink *items;
	size_t count;
};

int uplinks_read(struct netlink *netlink, struct uplinks *ret_uplinks);
void uplinks_done(struct uplinks *uplinks);
int uplinks_lay(struct netlink *netlink, const struct uplinks *uplinks);
int uplinks_lead_to(struct netlink *netlink, const struct pubport_addr *target);
int uplinks_undo(struct netlink *netlink);

DEFINE_CLEANUP(uplinks_done, struct uplinks)

#endif
