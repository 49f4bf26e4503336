/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all requests to rtnetlink have in common. */
#ifndef NETLINK_RTNETLINK_H
#define NETLINK_RTNETLINK_H

#include "netlink/netlink.h"
#include "pubport.h"

/**
 * struct rtnl_request - a message to be sent
 * @header: its header, within @space
 * @space: the message: fixed headers and a few addresses or numbers
 */
struct rtnl_request {
	struct nlmsghdr *header;
	_Alignas(struct nlmsghdr) char space[256];
};

void *rtnl_begin(struct rtnl_request *request, uint16_t type, uint16_t flags,
		 size_t header_size);
void rtnl_put_addr(struct rtnl_request *request, uint16_t type,
		   const struct pubport_addr *addr);
int rtnl_dump(struct netlink *netlink, struct rtnl_request *request,
	      mnl_cb_t reply, void *data, void (*reset)(void *data));

/**
 * struct rtnl_attributes - attributes of a message or of a nest
 * @of: by type, NULL where there is none; the highest one that is read is
 *	IFLA_LINK_NETNSID, 37
 */
struct rtnl_attributes {
	const struct nlattr *of[64];
};

const void *rtnl_parse(const struct nlmsghdr *message, size_t header_size,
		       struct rtnl_attributes *ret_attributes);
void rtnl_parse_payload(const void *payload, size_t length,
			struct rtnl_attributes *ret_attributes);
void rtnl_parse_nested(const struct nlattr *nest,
		       struct rtnl_attributes *ret_attributes);
uint32_t rtnl_u32(const struct nlattr *attribute, uint32_t otherwise);
bool rtnl_bytes(const struct nlattr *attribute, size_t length,
		uint8_t *ret_bytes);
bool rtnl_addr(const struct nlattr *attribute, int af,
	       struct pubport_addr *ret_addr);
void rtnl_text(const struct nlattr *attribute, char *ret_text, size_t size);

#endif
