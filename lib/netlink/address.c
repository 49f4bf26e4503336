/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of the interfaces of a network namespace, as rtnetlink tells them.
 */
#include "netlink/address.h"

#include "mapping/addr.h"
#include "netlink/rtnetlink.h"
#include "util/array.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

static int read_address(const struct nlmsghdr *message, void *data)
{
	struct addresses *list = data;
	struct address_info *address =
		array_grow(list->items, list->count, sizeof(*address));
	struct attributes attributes;
	const struct ifaddrmsg *header = message_parse(
		message, RTM_NEWADDR, sizeof(*header), &attributes);

	if (!address) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	list->items = address;
	if (!header)
		return MNL_CB_OK;
	address += list->count;
	memset(address, 0, sizeof(*address));
	address->interface = header->ifa_index;
	address->prefix = header->ifa_prefixlen;
	address->scope = header->ifa_scope;
	address->flags =
		rtnl_u32(attr_find(&attributes, IFA_FLAGS), header->ifa_flags);
	/* of a point-to-point link, IFA_ADDRESS is the other end */
	if (rtnl_addr(attr_find(&attributes, IFA_LOCAL), header->ifa_family,
		      &address->addr) ||
	    rtnl_addr(attr_find(&attributes, IFA_ADDRESS), header->ifa_family,
		      &address->addr))
		list->count++;
	return MNL_CB_OK;
}

static void reset_addresses(void *data)
{
	((struct addresses *)data)->count = 0;
}

/**
 * addresses_read() - all addresses of a network namespace
 * @netlink: NETLINK_ROUTE socket that was opened there
 * @ret_addresses: free with addresses_done()
 *
 * IPv4 addresses come first.
 *
 * Return: 0, or a negative errno, such as -ENOMEM.
 */
int addresses_read(struct netlink *netlink, struct addresses *ret_addresses)
{
	CLEANUP(addresses_done) struct addresses list = { 0 };
	struct request request = { .header = NULL };
	int code;

	request_begin(&request, RTM_GETADDR, NLM_F_DUMP,
		      sizeof(struct ifaddrmsg));
	code = netlink_dump(netlink, &request, read_address, &list,
			    reset_addresses);
	if (code)
		return code;
	*ret_addresses = list;
	memset(&list, 0, sizeof(list));
	return 0;
}

/**
 * addresses_find() - look an address up
 * @addresses: where
 * @addr: which
 *
 * Return: it, or NULL.
 */
const struct address_info *addresses_find(const struct addresses *addresses,
					  const struct pubport_addr *addr)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (addr_equal(&addresses->items[i].addr, addr))
			return &addresses->items[i];
	return NULL;
}

/**
 * addresses_have() - tell a host's own addresses
 * @addresses: all that its interfaces have
 * @addr: an address
 *
 * Return: whether it is one of these, or a loopback address.
 */
bool addresses_have(const struct addresses *addresses,
		    const struct pubport_addr *addr)
{
	return addr_is_loopback(addr) || addresses_find(addresses, addr);
}

/**
 * addresses_done() - free a list of addresses
 * @addresses: from addresses_read(), or all zero
 */
void addresses_done(struct addresses *addresses)
{
	free(addresses->items);
	memset(addresses, 0, sizeof(*addresses));
}
