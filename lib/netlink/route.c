/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes: to an address, and of one packet, as the kernel chooses them. */
#include "netlink/route.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/kernel.h"
#include "netlink/link.h"
#include "netlink/rtnetlink.h"
#include "util/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* what a route and each of its next hops say of a gateway, which may be one of
 * IPv6 for a route of IPv4 */
static bool read_gateway(const struct attributes *attributes, int af,
			 struct pubport_addr *gateway)
{
	const struct nlattr *via = attr_find(attributes, RTA_VIA);
	struct pubport_addr addr = { .family = PUBPORT_IPV6 };
	struct rtvia head;

	if (!via)
		return rtnl_addr(attr_find(attributes, RTA_GATEWAY), af,
				 gateway);
	if (mnl_attr_get_payload_len(via) < sizeof(head) + sizeof(addr.bytes))
		return true;
	memcpy(&head, mnl_attr_get_payload(via), sizeof(head));
	memcpy(addr.bytes,
	       (const char *)mnl_attr_get_payload(via) + sizeof(head),
	       sizeof(addr.bytes));
	if (head.rtvia_family == AF_INET6)
		*gateway = addr;
	return true;
}

/* the first of several next hops */
static void read_nexthop(const struct nlattr *attribute, int af,
			 struct route *route)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attribute);
	size_t length = mnl_attr_get_payload_len(attribute);
	struct attributes attributes;

	if (length < sizeof(*hop) || hop->rtnh_len < sizeof(*hop) ||
	    hop->rtnh_len > length)
		return;
	attributes.at = hop + 1;
	attributes.length = hop->rtnh_len - sizeof(*hop);
	route->interface = (unsigned int)hop->rtnh_ifindex;
	route->has_gateway = read_gateway(&attributes, af, &route->gateway);
}

/**
 * struct answer - the answer to a question for a route
 * @route: the answer
 * @protocol: who made the route
 */
struct answer {
	struct route route;
	uint8_t protocol;
};

static int read_route(const struct nlmsghdr *message, void *data)
{
	struct answer *answer = data;
	struct route *route = &answer->route;
	struct attributes attributes;
	const struct rtmsg *header = message_parse(
		message, RTM_NEWROUTE, sizeof(*header), &attributes);

	if (!header)
		return MNL_CB_OK;
	answer->protocol = header->rtm_protocol;
	route->type = header->rtm_type;
	route->prefix = header->rtm_dst_len;
	route->interface = rtnl_u32(attr_find(&attributes, RTA_OIF), 0);
	route->has_gateway =
		read_gateway(&attributes, header->rtm_family, &route->gateway);
	if (attr_find(&attributes, RTA_MULTIPATH))
		read_nexthop(attr_find(&attributes, RTA_MULTIPATH),
			     header->rtm_family, route);
	return MNL_CB_OK;
}

static struct rtmsg *begin_lookup(struct request *request,
				  const struct pubport_addr *to,
				  unsigned int flags)
{
	struct rtmsg *header =
		request_begin(request, RTM_GETROUTE, 0, sizeof(*header));

	header->rtm_family = (unsigned char)addr_af(to);
	header->rtm_dst_len = (unsigned char)(8 * addr_length(to));
	header->rtm_flags = flags;
	rtnl_put_addr(request, RTA_DST, to);
	return header;
}

/* a family that the kernel doesn't have leads nowhere */
static int look_up(struct netlink *netlink, struct request *request,
		   mnl_cb_t read, void *data)
{
	int code = netlink_talk(netlink, request, read, data);

	return kernel_lacks_family(code) ? -ENETUNREACH : code;
}

/* @interface: that the route must use, or 0 for any */
static int ask(struct netlink *netlink, const struct pubport_addr *to,
	       unsigned int interface, struct answer *ret_answer)
{
	struct request request = { .header = NULL };

	begin_lookup(&request, to, RTM_F_FIB_MATCH);
	if (interface)
		mnl_attr_put_u32(request.header, RTA_OIF, interface);
	memset(ret_answer, 0, sizeof(*ret_answer));
	return look_up(netlink, &request, read_route, ret_answer);
}

/**
 * route_message_read() - read what is told of a route
 * @message: any message of rtnetlink
 * @ret_news: what it tells
 *
 * Return: whether it is about a route.
 */
bool route_message_read(const struct nlmsghdr *message,
			struct route_news *ret_news)
{
	struct route_news news = { .is_ours = false };
	struct attributes attributes;
	const struct rtmsg *header = message_parse(
		message, RTM_NEWROUTE, sizeof(*header), &attributes);

	if (header)
		news.is_ours = header->rtm_protocol == ROUTE_PROTOCOL;
	else
		header = message_parse(message, RTM_DELROUTE, sizeof(*header),
				       &attributes);
	if (!header)
		return false;
	news.to.addr.family = header->rtm_family == AF_INET ? PUBPORT_IPV4
							    : PUBPORT_IPV6;
	news.to.prefix = header->rtm_dst_len;
	rtnl_addr(attr_find(&attributes, RTA_DST), header->rtm_family,
		  &news.to.addr);
	if (!prefix_is_valid(&news.to))
		return false;
	news.is_on_link = header->rtm_type == RTN_UNICAST &&
			  !attr_find(&attributes, RTA_GATEWAY) &&
			  !attr_find(&attributes, RTA_VIA) &&
			  !attr_find(&attributes, RTA_MULTIPATH);
	*ret_news = news;
	return true;
}

/**
 * route_lookup() - where packets to an address go
 * @netlink: open NETLINK_ROUTE socket
 * @to: the address
 * @ret_route: the route that matches, as it stands in the table
 *
 * Return: 0, or -ENETUNREACH when there is no route, or one that refuses.
 */
int route_lookup(struct netlink *netlink, const struct pubport_addr *to,
		 struct route *ret_route)
{
	struct answer answer;
	int code = ask(netlink, to, 0, &answer);

	/* what routes of the types unreachable, prohibit, blackhole answer */
	if (code == -EHOSTUNREACH || code == -EACCES || code == -EINVAL)
		return -ENETUNREACH;
	if (!code)
		*ret_route = answer.route;
	return code;
}

/**
 * route_is_on_link() - whether an address is reached without a router
 * @route: the route towards it
 *
 * Return: false also for addresses of the host itself.
 */
bool route_is_on_link(const struct route *route)
{
	return route->type == RTN_UNICAST && !route->has_gateway;
}

/**
 * route_is_own() - tell addresses of the host from others
 * @netlink: open NETLINK_ROUTE socket
 * @addr: address
 * @ret_is: whether it is one of the host's own
 *
 * Return: 0, or a negative errno from the kernel.
 */
int route_is_own(struct netlink *netlink, const struct pubport_addr *addr,
		 bool *ret_is)
{
	struct route route = { .type = RTN_UNSPEC };
	int code = route_lookup(netlink, addr, &route);

	if (code && code != -ENETUNREACH)
		return code;
	*ret_is = route.type == RTN_LOCAL;
	return 0;
}

/* ------------------------------------------------- networks on a link */

/**
 * subnets_done() - free networks
 * @networks: filled or all zero
 */
void subnets_done(struct subnets *networks)
{
	free(networks->items);
	*networks = (struct subnets){ .items = NULL };
}

/**
 * subnets_add() - add a network
 * @networks: where
 * @addr: an address of it
 * @prefix: length of its prefix
 *
 * Return: 0 or -ENOMEM.
 */
int subnets_add(struct subnets *networks, const struct pubport_addr *addr,
		unsigned int prefix)
{
	struct pubport_network *items =
		array_grow(networks->items, networks->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	networks->items = items;
	items[networks->count++] = prefix_of(addr, prefix);
	return 0;
}

/**
 * struct subnet_reading - networks that are read
 * @af: of which family
 * @interface: on whose link
 * @networks: where they go
 * @before: how many of these were there before
 */
struct subnet_reading {
	int af;
	unsigned int interface;
	struct subnets *networks;
	size_t before;
};

static void reset_networks(void *data)
{
	const struct subnet_reading *reading = data;

	reading->networks->count = reading->before;
}

static int read_network(const struct nlmsghdr *message, void *data)
{
	const struct subnet_reading *reading = data;
	struct attributes attributes;
	struct pubport_addr addr;
	const struct rtmsg *header = message_parse(
		message, RTM_NEWROUTE, sizeof(*header), &attributes);

	/* without IPv6, a kernel that is asked for it tells of all families */
	if (!header || header->rtm_family != reading->af ||
	    header->rtm_type != RTN_UNICAST ||
	    rtnl_u32(attr_find(&attributes, RTA_OIF), 0) !=
		    reading->interface ||
	    attr_find(&attributes, RTA_GATEWAY) ||
	    attr_find(&attributes, RTA_VIA))
		return MNL_CB_OK;
	addr = (struct pubport_addr){
		.family = header->rtm_family == AF_INET ? PUBPORT_IPV4
							: PUBPORT_IPV6,
	};
	rtnl_addr(attr_find(&attributes, RTA_DST), header->rtm_family, &addr);
	if (addr_is_linklocal6(&addr) || addr_is_multicast(&addr))
		return MNL_CB_OK;
	errno = ENOMEM;
	return subnets_add(reading->networks, &addr, header->rtm_dst_len)
		       ? MNL_CB_ERROR
		       : MNL_CB_OK;
}

/**
 * routes_find_subnets() - find the networks that are on a link
 * @netlink: open NETLINK_ROUTE socket
 * @family: of the networks
 * @interface: index of the interface of the link
 * @networks: they are added to it; without link-local ones
 *
 * Those count to which a route leads without a router, in any table.
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int routes_find_subnets(struct netlink *netlink, enum pubport_family family,
			unsigned int interface, struct subnets *networks)
{
	const struct pubport_addr any = { .family = family };
	struct subnet_reading reading = { addr_af(&any), interface, networks,
					  networks->count };
	struct request request = { .header = NULL };
	int code, on = 1, off = 0;
	struct rtmsg *header = request_begin(&request, RTM_GETROUTE, NLM_F_DUMP,
					     sizeof(*header));

	header->rtm_family = (unsigned char)reading.af;
	header->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(request.header, RTA_OIF, interface);
	/* a router may have a million others, which the kernel leaves out */
	(void)mnl_socket_setsockopt(netlink->socket, NETLINK_GET_STRICT_CHK,
				    &on, sizeof(on));
	code = netlink_dump(netlink, &request, read_network, &reading,
			    reset_networks);
	(void)mnl_socket_setsockopt(netlink->socket, NETLINK_GET_STRICT_CHK,
				    &off, sizeof(off));
	/* one that went has none */
	return code == -ENODEV || kernel_lacks_family(code) ? 0 : code;
}

/* --------------------------------------------------- route of one packet */

static int read_choice(const struct nlmsghdr *message, void *data)
{
	struct route_choice *choice = data;
	struct attributes attributes;
	const struct rtmsg *header = message_parse(
		message, RTM_NEWROUTE, sizeof(*header), &attributes);

	if (!header)
		return MNL_CB_OK;
	choice->is_local = header->rtm_type == RTN_LOCAL;
	choice->interface = rtnl_u32(attr_find(&attributes, RTA_OIF), 0);
	choice->has_gateway =
		read_gateway(&attributes, header->rtm_family, &choice->gateway);
	choice->table =
		rtnl_u32(attr_find(&attributes, RTA_TABLE), header->rtm_table);
	rtnl_addr(attr_find(&attributes, RTA_PREFSRC), header->rtm_family,
		  &choice->source);
	switch (header->rtm_type) {
	case RTN_UNREACHABLE:
	case RTN_BLACKHOLE:
		choice->code = -EHOSTUNREACH;
		break;
	case RTN_PROHIBIT:
		choice->code = -EACCES;
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static bool is_refusal(int code)
{
	return code == -ENETUNREACH || code == -EHOSTUNREACH ||
	       code == -EACCES || code == -EXDEV || code == -EINVAL;
}

/* of sctp the kernel takes no ports here */
static void put_transport(struct request *request,
			  const struct route_packet *packet)
{
	if (packet->mark)
		mnl_attr_put_u32(request->header, RTA_MARK, packet->mark);
	if (packet->protocol != PUBPORT_TCP && packet->protocol != PUBPORT_UDP)
		return;
	mnl_attr_put_u8(request->header, RTA_IP_PROTO,
			(uint8_t)packet->protocol);
	if (packet->from_port)
		mnl_attr_put_u16(request->header, RTA_SPORT,
				 htons(packet->from_port));
	if (packet->to_port)
		mnl_attr_put_u16(request->header, RTA_DPORT,
				 htons(packet->to_port));
}

/**
 * route_choose() - ask what the kernel would do with a packet
 * @route: NETLINK_ROUTE socket in the namespace that routes it
 * @packet: the packet
 * @ret_choice: what becomes of it
 *
 * The kernel counts rules and, for a packet that comes in, forwarding and the
 * IPv4 reverse path filter.
 *
 * Return: 0, or a negative errno when the kernel could not be asked.
 */
int route_choose(struct netlink *route, const struct route_packet *packet,
		 struct route_choice *ret_choice)
{
	struct route_choice choice = { .code = 0 };
	struct request request = { .header = NULL };
	struct rtmsg *header =
		begin_lookup(&request, &packet->to, RTM_F_LOOKUP_TABLE);
	int code;

	if (packet->from.family) {
		header->rtm_src_len = header->rtm_dst_len;
		rtnl_put_addr(&request, RTA_SRC, &packet->from);
	}
	if (packet->in)
		mnl_attr_put_u32(request.header, RTA_IIF, packet->in);
	put_transport(&request, packet);
	code = look_up(route, &request, read_choice, &choice);
	if (is_refusal(code)) {
		choice.code = code;
		code = 0;
	}
	if (!code)
		*ret_choice = choice;
	return code;
}

/**
 * route_is_filtered() - whether the reverse path filter drops a packet
 * @route: NETLINK_ROUTE socket in the namespace that routes it
 * @packet: the packet, which comes in
 * @choice: what route_choose() said of it
 * @ret_is: whether it is that which drops it
 *
 * Newer kernels say -EINVAL where older ones say -EXDEV.
 *
 * Return: 0, or a negative errno when it could not be found out.
 */
int route_is_filtered(struct netlink *route, const struct route_packet *packet,
		      const struct route_choice *choice, bool *ret_is)
{
	*ret_is = choice->code == -EXDEV;
	if (choice->code != -EINVAL || packet->to.family != PUBPORT_IPV4)
		return 0;
	return link_is_strict(route, packet->in, ret_is);
}

/**
 * route_could_leave() - whether a packet of this host's own could leave by an
 * interface
 * @route: NETLINK_ROUTE socket in the namespace that routes it
 * @packet: the packet
 * @interface: index of the interface
 * @ret_could: whether a table that is asked for such a packet has a route there
 *
 * What it would really leave by, route_choose() tells.
 *
 * Return: 0, or a negative errno when the kernel could not be asked.
 */
int route_could_leave(struct netlink *route, const struct route_packet *packet,
		      unsigned int interface, bool *ret_could)
{
	struct answer answer = { .protocol = 0 };
	struct request request = { .header = NULL };
	struct rtmsg *header =
		begin_lookup(&request, &packet->to, RTM_F_FIB_MATCH);
	int code;

	if (packet->from.family) {
		header->rtm_src_len = header->rtm_dst_len;
		rtnl_put_addr(&request, RTA_SRC, &packet->from);
	}
	mnl_attr_put_u32(request.header, RTA_OIF, interface);
	code = look_up(route, &request, read_route, &answer);
	*ret_could = !code && answer.route.type == RTN_UNICAST &&
		     answer.route.interface == interface;
	return is_refusal(code) ? 0 : code;
}

/* ------------------------------------------------------- route of [::1] */

static const struct pubport_addr loopback6 = { PUBPORT_IPV6, { [15] = 1 } };

/**
 * route_loopback6() - add or remove the route of [::1] at an interface
 * @netlink: open NETLINK_ROUTE socket
 * @interface: index of the interface
 * @add: add rather than remove
 *
 * An answer to [::1] that comes in by an interface is taken only where a local
 * route leads there: the kernel looks for ::1 at that interface alone.  With
 * it, what the host's own ::1 asked can come back translated; packets that have
 * ::1 on the wire are still dropped before they are routed.
 *
 * To add one that exists, or to remove one that doesn't, is fine.
 *
 * Return: 0, or a negative errno, such as -EPERM without CAP_NET_ADMIN.
 */
int route_loopback6(struct netlink *netlink, unsigned int interface, bool add)
{
	struct request request = { .header = NULL };
	struct rtmsg *header;
	int code;

	header = request_begin(&request, add ? RTM_NEWROUTE : RTM_DELROUTE,
			       add ? NLM_F_CREATE : 0, sizeof(*header));
	header->rtm_family = AF_INET6;
	header->rtm_dst_len = 128;
	header->rtm_table = RT_TABLE_LOCAL;
	header->rtm_protocol = ROUTE_PROTOCOL;
	header->rtm_type = RTN_LOCAL;
	rtnl_put_addr(&request, RTA_DST, &loopback6);
	mnl_attr_put_u32(request.header, RTA_OIF, interface);
	code = netlink_talk(netlink, &request, NULL, NULL);
	return code == (add ? -EEXIST : -ESRCH) ? 0 : code;
}

/**
 * route_has_loopback6() - whether route_loopback6() added its route
 * @netlink: open NETLINK_ROUTE socket
 * @interface: index of the interface
 * @ret_has: whether the route is there, and ours
 *
 * Return: 0, or a negative errno.
 */
int route_has_loopback6(struct netlink *netlink, unsigned int interface,
			bool *ret_has)
{
	struct answer answer;
	int code;

	code = ask(netlink, &loopback6, interface, &answer);
	if (code && code != -ENETUNREACH)
		return code;
	*ret_has = !code && answer.protocol == ROUTE_PROTOCOL &&
		   answer.route.interface == interface;
	return 0;
}
