/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and numbers in messages of rtnetlink: in host byte order. */
#include "netlink/rtnetlink.h"

#include "mapping/addr.h"

#include <sys/socket.h>

/**
 * rtnl_put_addr() - add an address to a request
 * @request: as begun by request_begin()
 * @type: type of the attribute
 * @addr: the address
 */
void rtnl_put_addr(struct request *request, uint16_t type,
		   const struct pubport_addr *addr)
{
	mnl_attr_put(request->header, type, addr_length(addr), addr->bytes);
}

/**
 * rtnl_u32() - the number that an attribute holds
 * @attribute: the attribute, or NULL
 * @otherwise: what to take without it
 *
 * Return: the number.
 */
uint32_t rtnl_u32(const struct nlattr *attribute, uint32_t otherwise)
{
	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
		return otherwise;
	return mnl_attr_get_u32(attribute);
}

/**
 * rtnl_addr() - the address that an attribute holds
 * @attribute: the attribute, or NULL
 * @af: AF_INET or AF_INET6; of others no address is read
 * @ret_addr: the address
 *
 * Return: whether it holds one.
 */
bool rtnl_addr(const struct nlattr *attribute, int af,
	       struct pubport_addr *ret_addr)
{
	struct pubport_addr addr = {
		.family = af == AF_INET ? PUBPORT_IPV4 : PUBPORT_IPV6,
	};

	if ((af != AF_INET && af != AF_INET6) ||
	    !attr_bytes(attribute, addr_length(&addr), addr.bytes))
		return false;
	*ret_addr = addr;
	return true;
}
