/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of the interfaces of a network namespace. */
#ifndef NETLINK_ADDRESS_H
#define NETLINK_ADDRESS_H

#include "netlink/netlink.h"
#include "pubport.h"
#include "util/cleanup.h"

#include <linux/rtnetlink.h>

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
