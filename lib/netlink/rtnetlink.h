/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and numbers in messages of rtnetlink: in host byte order. */
#ifndef NETLINK_RTNETLINK_H
#define NETLINK_RTNETLINK_H

#include "netlink/attribute.h"
#include "netlink/netlink.h"
#include "pubport.h"

void rtnl_put_addr(struct request *request, uint16_t type,
		   const struct pubport_addr *addr);
uint32_t rtnl_u32(const struct nlattr *attribute, uint32_t otherwise);
bool rtnl_addr(const struct nlattr *attribute, int af,
	       struct pubport_addr *ret_addr);

#endif
