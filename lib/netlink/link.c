/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces of a network namespace, as rtnetlink tells them. */
#include "netlink/link.h"

#include "mapping/addr.h"
#include "netlink/rtnetlink.h"
#include "util/array.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

static bool read_flag(const struct nlattr *nest, uint16_t type)
{
	uint8_t flag = 0;

	attr_bytes(attr_find_nested(nest, type), sizeof(flag), &flag);
	return flag;
}

static void read_link_info(const struct nlattr *info, struct link_info *link)
{
	const struct nlattr *kind = attr_find_nested(info, IFLA_INFO_KIND);
	const struct nlattr *master =
		attr_find_nested(info, IFLA_INFO_SLAVE_KIND);
	const struct nlattr *port =
		attr_find_nested(info, IFLA_INFO_SLAVE_DATA);
	const struct nlattr *bridge = attr_find_nested(info, IFLA_INFO_DATA);

	snprintf(link->kind, sizeof(link->kind), "%s", attr_text(kind));
	link->bridge_port = strcmp(attr_text(master), "bridge") == 0;
	if (link->bridge_port) {
		link->hairpin = read_flag(port, IFLA_BRPORT_MODE);
		link->isolated = read_flag(port, IFLA_BRPORT_ISOLATED);
	}
	if (!strcmp(link->kind, "bridge")) {
		link->filters[0] = read_flag(bridge, IFLA_BR_NF_CALL_IPTABLES);
		link->filters[1] = read_flag(bridge, IFLA_BR_NF_CALL_IP6TABLES);
	}
}

/**
 * link_message_read() - read what is told of an interface
 * @message: any message of rtnetlink
 * @ret_link: the interface
 *
 * Return: whether it tells of one that is there.
 */
bool link_message_read(const struct nlmsghdr *message,
		       struct link_info *ret_link)
{
	struct attributes attributes;
	const struct ifinfomsg *header = message_parse(
		message, RTM_NEWLINK, sizeof(*header), &attributes);

	if (!header)
		return false;
	memset(ret_link, 0, sizeof(*ret_link));
	ret_link->index = (unsigned int)header->ifi_index;
	ret_link->up = header->ifi_flags & IFF_UP;
	ret_link->master = rtnl_u32(attr_find(&attributes, IFLA_MASTER), 0);
	ret_link->link = rtnl_u32(attr_find(&attributes, IFLA_LINK), 0);
	ret_link->link_netnsid = (int)rtnl_u32(
		attr_find(&attributes, IFLA_LINK_NETNSID), (uint32_t)-1);
	snprintf(ret_link->name, sizeof(ret_link->name), "%s",
		 attr_text(attr_find(&attributes, IFLA_IFNAME)));
	ret_link->has_lladdr = attr_bytes(attr_find(&attributes, IFLA_ADDRESS),
					  sizeof(ret_link->lladdr),
					  ret_link->lladdr);
	read_link_info(attr_find(&attributes, IFLA_LINKINFO), ret_link);
	return true;
}

static int read_link(const struct nlmsghdr *message, void *data)
{
	link_message_read(message, data);
	return MNL_CB_OK;
}

static int read_links(const struct nlmsghdr *message, void *data)
{
	struct links *list = data;
	struct link_info *items =
		array_grow(list->items, list->count, sizeof(*items));

	if (!items) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	list->items = items;
	list->count += link_message_read(message, &list->items[list->count]);
	return MNL_CB_OK;
}

static struct ifinfomsg *request_links(struct request *request, uint16_t flags)
{
	struct ifinfomsg *header =
		request_begin(request, RTM_GETLINK, flags, sizeof(*header));

	/* statistics are most of a link's message */
	mnl_attr_put_u32(request->header, IFLA_EXT_MASK,
			 RTEXT_FILTER_SKIP_STATS);
	return header;
}

/**
 * link_get() - one interface
 * @netlink: NETLINK_ROUTE socket that was opened in its namespace
 * @index: its index
 * @ret_link: what is known of it
 *
 * Return: 0, or -ENODEV when there is none.
 */
int link_get(struct netlink *netlink, unsigned int index,
	     struct link_info *ret_link)
{
	struct link_info link = { 0 };
	struct ifinfomsg *header;
	struct request request = { .header = NULL };
	int code;

	header = request_links(&request, 0);
	header->ifi_index = (int)index;
	code = netlink_talk(netlink, &request, read_link, &link);
	if (!code)
		*ret_link = link;
	return code;
}

static void reset_links(void *data)
{
	((struct links *)data)->count = 0;
}

/**
 * links_read() - all interfaces of a network namespace
 * @netlink: NETLINK_ROUTE socket that was opened there
 * @ret_links: free with links_done()
 *
 * Return: 0, or a negative errno, such as -ENOMEM.
 */
int links_read(struct netlink *netlink, struct links *ret_links)
{
	CLEANUP(links_done) struct links list = { 0 };
	struct request request = { .header = NULL };
	int code;

	request_links(&request, NLM_F_DUMP);
	code = netlink_dump(netlink, &request, read_links, &list, reset_links);
	if (code)
		return code;
	*ret_links = list;
	memset(&list, 0, sizeof(list));
	return 0;
}

/**
 * links_done() - free a list of links
 * @links: from links_read(), or all zero
 */
void links_done(struct links *links)
{
	free(links->items);
	memset(links, 0, sizeof(*links));
}

/**
 * links_find() - the interface with an index
 * @links: where to look
 * @index: its index
 *
 * Return: it, or NULL.
 */
const struct link_info *links_find(const struct links *links,
				   unsigned int index)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].index == index)
			return &links->items[i];
	return NULL;
}

static int read_netnsid(const struct nlmsghdr *message, void *data)
{
	struct attributes attributes;

	if (message_parse(message, RTM_NEWNSID, sizeof(struct rtgenmsg),
			  &attributes))
		*(int *)data = (int)rtnl_u32(
			attr_find(&attributes, NETNSA_NSID), (uint32_t)-1);
	return MNL_CB_OK;
}

/* ------------------------------------------------- reverse path filter */

/* as the sysctl rp_filter has them */
enum path_filter {
	PATH_FILTER_STRICT = 1,
};

static int read_path_filter(const struct nlmsghdr *message, void *data)
{
	struct attributes attributes;
	const struct netconfmsg *header = message_parse(
		message, RTM_NEWNETCONF, sizeof(*header), &attributes);
	uint32_t filter;

	if (!header)
		return MNL_CB_OK;
	filter = rtnl_u32(attr_find(&attributes, NETCONFA_RP_FILTER), 0);
	/* the larger one of an interface and of all counts */
	if (filter > *(uint32_t *)data)
		*(uint32_t *)data = filter;
	return MNL_CB_OK;
}

static int ask_path_filter(struct netlink *netlink, int interface,
			   uint32_t *filter)
{
	struct request request = { .header = NULL };
	struct netconfmsg *header =
		request_begin(&request, RTM_GETNETCONF, 0, sizeof(*header));

	header->ncm_family = AF_INET;
	mnl_attr_put_u32(request.header, NETCONFA_IFINDEX, (uint32_t)interface);
	return netlink_talk(netlink, &request, read_path_filter, filter);
}

/**
 * link_is_strict() - look whether an interface has a strict reverse path filter
 * @netlink: NETLINK_ROUTE socket that was opened in its namespace
 * @interface: its index
 * @ret_is: whether IPv4 packets must come in by the interface that leads to
 *	their source, or are dropped
 *
 * Return: 0, or a negative errno.
 */
int link_is_strict(struct netlink *netlink, unsigned int interface,
		   bool *ret_is)
{
	uint32_t filter = 0;
	int code = ask_path_filter(netlink, (int)interface, &filter);

	if (!code)
		code = ask_path_filter(netlink, NETCONFA_IFINDEX_ALL, &filter);
	*ret_is = filter == PATH_FILTER_STRICT;
	return code;
}

static int look_for_strict(const struct nlmsghdr *message, void *data)
{
	uint32_t filter = 0;

	read_path_filter(message, &filter);
	*(bool *)data |= filter == PATH_FILTER_STRICT;
	return MNL_CB_OK;
}

/* one that is found stays found */
static void reset_nothing(void *data)
{
	(void)data;
}

/**
 * links_any_strict() - look for strict reverse path filters
 * @netlink: NETLINK_ROUTE socket
 * @ret_any: whether an interface may have one
 *
 * Return: 0, or a negative errno.
 */
int links_any_strict(struct netlink *netlink, bool *ret_any)
{
	struct request request = { .header = NULL };
	struct netconfmsg *header = request_begin(&request, RTM_GETNETCONF,
						  NLM_F_DUMP, sizeof(*header));

	header->ncm_family = AF_INET;
	*ret_any = false;
	return netlink_dump(netlink, &request, look_for_strict, ret_any,
			    reset_nothing);
}

/**
 * links_find_name() - find an interface by its name
 * @links: all interfaces of a namespace
 * @name: its name
 *
 * Return: it, or NULL.
 */
const struct link_info *links_find_name(const struct links *links,
					const char *name)
{
	for (size_t i = 0; i < links->count; i++)
		if (!strcmp(links->items[i].name, name))
			return &links->items[i];
	return NULL;
}

/**
 * link_is_child() - whether an interface is one of several on a parent
 * @link: which
 *
 * Return: whether it is a macvlan or an ipvlan, which the parent doesn't talk
 * to.
 */
bool link_is_child(const struct link_info *link)
{
	static const char *const kinds[] = { "macvlan", "macvtap", "ipvlan",
					     "ipvtap" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(link->kind, kinds[i]))
			return true;
	return false;
}

/**
 * link_netnsid() - the number that a namespace has in another one
 * @netlink: NETLINK_ROUTE socket that was opened in the other one
 * @netns_fd: the namespace
 * @ret_id: as in link_netnsid of struct link_info; -1 when it has none, since
 *	no link leads there
 *
 * The kernel numbers a namespace when it first shows a link that leads there:
 * ask for the links before.
 *
 * Return: 0, or a negative errno.
 */
int link_netnsid(struct netlink *netlink, int netns_fd, int *ret_id)
{
	struct request request = { .header = NULL };
	int code, id = -1;

	request_begin(&request, RTM_GETNSID, 0, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(request.header, NETNSA_FD, (uint32_t)netns_fd);
	code = netlink_talk(netlink, &request, read_netnsid, &id);
	if (!code)
		*ret_id = id;
	return code;
}

/* ------------------------------------------------------------- addresses */

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
