/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uplinks, and rules that have marked packets leave by one of them.
 *
 * The rules, for IPv4 and IPv6, are
 *
 *	112: fwmark 0x70000000/0xff000000 lookup main suppress_prefixlength N
 *	113: fwmark 0x70000000+INDEX lookup 0x70000000+INDEX
 *
 * The first one takes any route of the main table but a default route, and the
 * halves or eighths of one that VPNs lay over it.  The second one is there for
 * each uplink: its table has the uplink's default route alone.  Where neither
 * knows a way, the rules of others count.
 *
 * What others' rules would send to an uplink rather than to a target is kept
 * from that by
 *
 *	111: to TARGET lookup main
 *
 * All of them, and the routes, have our protocol number, by which they are
 * found when they are to go.
 */
#include "netlink/uplink.h"

#include "mapping/addr.h"
#include "netlink/kernel.h"
#include "netlink/route.h"
#include "netlink/rtnetlink.h"
#include "util/array.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define PRIORITY_TARGET 111
#define PRIORITY_MAIN 112
#define PRIORITY_UPLINK 113
/* 0.0.0.0/1 and 128.0.0.0/1; 2000::/3 */
#define SUPPRESS4 1
#define SUPPRESS6 3

static const enum pubport_family families[] = { PUBPORT_IPV4, PUBPORT_IPV6 };

static uint8_t af_of(enum pubport_family family)
{
	return family == PUBPORT_IPV4 ? AF_INET : AF_INET6;
}

/**
 * uplinks_done() - free uplinks
 * @uplinks: filled or all zero
 */
void uplinks_done(struct uplinks *uplinks)
{
	free(uplinks->items);
	*uplinks = (struct uplinks){ NULL, 0 };
}

/* -------------------------------------------------------------------- read */

static bool is_better(const struct uplink *uplink, const struct uplink *than)
{
	if (uplink->is_main != than->is_main)
		return uplink->is_main;
	return uplink->metric < than->metric;
}

static int add_uplink(struct uplinks *uplinks, const struct uplink *uplink)
{
	struct uplink *items;

	for (size_t i = 0; i < uplinks->count; i++) {
		items = &uplinks->items[i];
		if (items->interface != uplink->interface ||
		    items->family != uplink->family)
			continue;
		if (is_better(uplink, items))
			*items = *uplink;
		return 0;
	}
	items = array_grow(uplinks->items, uplinks->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	uplinks->items = items;
	items[uplinks->count++] = *uplink;
	return 0;
}

static int add_hop(struct uplinks *uplinks, struct uplink uplink,
		   unsigned int interface, const struct attributes *attributes)
{
	const struct nlattr *gateway = attr_find(attributes, RTA_GATEWAY);

	uplink.interface = interface;
	uplink.has_gateway = gateway;
	/* one of another family: RTA_VIA */
	if (!interface || attr_find(attributes, RTA_VIA))
		return 0;
	if (gateway &&
	    !rtnl_addr(gateway, af_of(uplink.family), &uplink.gateway))
		return 0;
	return add_uplink(uplinks, &uplink);
}

static int add_hops(struct uplinks *uplinks, const struct uplink *uplink,
		    const struct nlattr *multipath)
{
	const uint8_t *at = mnl_attr_get_payload(multipath);
	const uint8_t *end = at + mnl_attr_get_payload_len(multipath);
	struct attributes attributes;
	const struct rtnexthop *hop;
	int code = 0;

	while (!code && end - at >= (ptrdiff_t)sizeof(*hop)) {
		hop = (const void *)at;
		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > end - at)
			break;
		attributes.at = hop + 1;
		attributes.length = hop->rtnh_len - sizeof(*hop);
		code = add_hop(uplinks, *uplink,
			       (unsigned int)hop->rtnh_ifindex, &attributes);
		at += RTNH_ALIGN(hop->rtnh_len);
	}
	return code;
}

static int read_route(const struct nlmsghdr *message, void *data)
{
	struct uplinks *uplinks = data;
	struct attributes attributes;
	const struct nlattr *multipath;
	const struct rtmsg *header = message_parse(
		message, RTM_NEWROUTE, sizeof(*header), &attributes);
	struct uplink uplink = { .is_main = false };
	uint32_t table;
	int code;

	if (!header || header->rtm_dst_len || header->rtm_type != RTN_UNICAST ||
	    header->rtm_flags & RTM_F_CLONED)
		return MNL_CB_OK;
	table = rtnl_u32(attr_find(&attributes, RTA_TABLE), header->rtm_table);
	if ((table & UPLINK_MASK) == UPLINK_MARK)
		return MNL_CB_OK;
	uplink.family = header->rtm_family == AF_INET ? PUBPORT_IPV4
						      : PUBPORT_IPV6;
	uplink.is_main = table == RT_TABLE_MAIN;
	uplink.metric = rtnl_u32(attr_find(&attributes, RTA_PRIORITY), 0);
	multipath = attr_find(&attributes, RTA_MULTIPATH);
	code = multipath ? add_hops(uplinks, &uplink, multipath)
			 : add_hop(uplinks, uplink,
				   rtnl_u32(attr_find(&attributes, RTA_OIF), 0),
				   &attributes);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

static void reset_uplinks(void *data)
{
	uplinks_done(data);
}

static int dump_routes(struct netlink *netlink, enum pubport_family family,
		       mnl_cb_t read, void *data, void (*reset)(void *data))
{
	struct request request = { .header = NULL };
	struct rtmsg *header = request_begin(&request, RTM_GETROUTE, NLM_F_DUMP,
					     sizeof(*header));
	int code;

	header->rtm_family = af_of(family);
	code = netlink_dump(netlink, &request, read, data, reset);
	return kernel_lacks_family(code) ? 0 : code;
}

/**
 * uplinks_read() - find the interfaces that have a default route
 * @netlink: open NETLINK_ROUTE socket
 * @ret_uplinks: in whatever table they have it, the main one before others;
 *	free with uplinks_done(), also after a failure
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int uplinks_read(struct netlink *netlink, struct uplinks *ret_uplinks)
{
	struct uplinks six CLEANUP(uplinks_done) = { NULL, 0 };
	int code = dump_routes(netlink, PUBPORT_IPV4, read_route, ret_uplinks,
			       reset_uplinks);

	if (!code)
		code = dump_routes(netlink, PUBPORT_IPV6, read_route, &six,
				   reset_uplinks);
	for (size_t i = 0; !code && i < six.count; i++)
		code = add_uplink(ret_uplinks, &six.items[i]);
	return code;
}

/* -------------------------------------------------------------- rules, routes
 */

/**
 * struct mark_rule - one of our rules
 * @af: its family
 * @priority: where it stands
 * @mark: of the packets
 * @mask: the bits of that which count
 * @table: where it looks
 * @to: address that they are for, if its family is not 0: then there is no mark
 */
struct mark_rule {
	uint8_t af;
	uint32_t priority;
	uint32_t mark;
	uint32_t mask;
	uint32_t table;
	struct pubport_addr to;
};

static int send_rule(struct netlink *netlink, const struct mark_rule *rule,
		     bool add)
{
	struct request request = { .header = NULL };
	struct fib_rule_hdr *header = request_begin(
		&request, add ? RTM_NEWRULE : RTM_DELRULE,
		add ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof(*header));
	int code;

	header->family = rule->af;
	header->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(request.header, FRA_TABLE, rule->table);
	mnl_attr_put_u32(request.header, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(request.header, FRA_PROTOCOL, ROUTE_PROTOCOL);
	if (rule->to.family) {
		header->dst_len = (uint8_t)(8 * addr_length(&rule->to));
		rtnl_put_addr(&request, FRA_DST, &rule->to);
	} else {
		mnl_attr_put_u32(request.header, FRA_FWMARK, rule->mark);
		mnl_attr_put_u32(request.header, FRA_FWMASK, rule->mask);
		if (rule->table == RT_TABLE_MAIN)
			mnl_attr_put_u32(request.header, FRA_SUPPRESS_PREFIXLEN,
					 rule->af == AF_INET ? SUPPRESS4
							     : SUPPRESS6);
	}
	code = netlink_talk(netlink, &request, NULL, NULL);
	return code == (add ? -EEXIST : -ENOENT) ? 0 : code;
}

static int send_route(struct netlink *netlink, const struct uplink *uplink,
		      bool add)
{
	struct request request = { .header = NULL };
	struct rtmsg *header = request_begin(
		&request, add ? RTM_NEWROUTE : RTM_DELROUTE,
		add ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof(*header));
	int code;

	header->rtm_family = af_of(uplink->family);
	header->rtm_protocol = ROUTE_PROTOCOL;
	header->rtm_type = RTN_UNICAST;
	header->rtm_scope = uplink->has_gateway ? RT_SCOPE_UNIVERSE
						: RT_SCOPE_LINK;
	if (!add)
		header->rtm_scope = RT_SCOPE_NOWHERE;
	mnl_attr_put_u32(request.header, RTA_TABLE,
			 uplink_mark(uplink->interface));
	mnl_attr_put_u32(request.header, RTA_OIF, uplink->interface);
	if (add && uplink->has_gateway) {
		header->rtm_flags = RTNH_F_ONLINK;
		rtnl_put_addr(&request, RTA_GATEWAY, &uplink->gateway);
	}
	code = netlink_talk(netlink, &request, NULL, NULL);
	return !add && code == -ESRCH ? 0 : code;
}

/**
 * uplinks_lay() - have marked packets leave by the uplink of their mark
 * @netlink: open NETLINK_ROUTE socket
 * @uplinks: from uplinks_read(); what is laid already stays, or is replaced
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, or another negative errno.
 */
int uplinks_lay(struct netlink *netlink, const struct uplinks *uplinks)
{
	struct mark_rule rule = {
		.priority = PRIORITY_MAIN,
		.mark = UPLINK_MARK,
		.mask = UPLINK_MASK,
		.table = RT_TABLE_MAIN,
	};
	int code = 0;

	for (size_t i = 0; !code && i < ARRAY_SIZE(families); i++) {
		rule.af = af_of(families[i]);
		code = send_rule(netlink, &rule, true);
		if (kernel_lacks_family(code))
			code = 0;
	}
	for (size_t i = 0; !code && i < uplinks->count; i++) {
		const struct uplink *uplink = &uplinks->items[i];
		uint32_t mark = uplink_mark(uplink->interface);

		rule = (struct mark_rule){
			.af = af_of(uplink->family),
			.priority = PRIORITY_UPLINK,
			.mark = mark,
			.mask = UINT32_MAX,
			.table = mark,
		};
		code = send_route(netlink, uplink, true);
		if (!code)
			code = send_rule(netlink, &rule, true);
	}
	return code;
}

/**
 * uplinks_lead_to() - have all that is for a target take the main table's route
 * @netlink: open NETLINK_ROUTE socket
 * @target: the target
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, or another negative errno.
 */
int uplinks_lead_to(struct netlink *netlink, const struct pubport_addr *target)
{
	const struct mark_rule rule = {
		.af = af_of(target->family),
		.priority = PRIORITY_TARGET,
		.table = RT_TABLE_MAIN,
		.to = *target,
	};

	return send_rule(netlink, &rule, true);
}

/* ------------------------------------------------------------------- undone */

/**
 * struct mark_rules - our rules, as they are found
 * @items: free with free()
 * @count: number of @items
 */
struct mark_rules {
	struct mark_rule *items;
	size_t count;
};

static void cleanup_mark_rules(struct mark_rules *rules)
{
	free(rules->items);
	*rules = (struct mark_rules){ NULL, 0 };
}

static void reset_rules(void *data)
{
	cleanup_mark_rules(data);
}

static int read_rule(const struct nlmsghdr *message, void *data)
{
	struct mark_rules *rules = data;
	struct mark_rule *items;
	struct attributes attributes;
	const struct fib_rule_hdr *header = message_parse(
		message, RTM_NEWRULE, sizeof(*header), &attributes);
	uint8_t protocol = 0;

	if (!header ||
	    !attr_bytes(attr_find(&attributes, FRA_PROTOCOL), 1, &protocol) ||
	    protocol != ROUTE_PROTOCOL)
		return MNL_CB_OK;
	items = array_grow(rules->items, rules->count, sizeof(*items));
	if (!items) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	rules->items = items;
	items[rules->count++] = (struct mark_rule){
		.af = header->family,
		.priority = rtnl_u32(attr_find(&attributes, FRA_PRIORITY), 0),
		.mark = rtnl_u32(attr_find(&attributes, FRA_FWMARK), 0),
		.mask = rtnl_u32(attr_find(&attributes, FRA_FWMASK), 0),
		.table = rtnl_u32(attr_find(&attributes, FRA_TABLE),
				  header->table),
	};
	if (header->dst_len)
		rtnl_addr(attr_find(&attributes, FRA_DST), header->family,
			  &items[rules->count - 1].to);
	return MNL_CB_OK;
}

static int undo_rule(struct netlink *netlink, const struct mark_rule *rule)
{
	struct uplink uplink = {
		.family = rule->af == AF_INET ? PUBPORT_IPV4 : PUBPORT_IPV6,
		.interface = rule->table & ~UPLINK_MASK,
	};
	int code = send_rule(netlink, rule, false);

	/* it went with its interface */
	if (!code && (rule->table & UPLINK_MASK) == UPLINK_MARK) {
		code = send_route(netlink, &uplink, false);
		if (code == -ENODEV || code == -EINVAL)
			code = 0;
	}
	return code;
}

/**
 * uplinks_undo() - take away these rules and routes
 * @netlink: open NETLINK_ROUTE socket
 *
 * Return: 0, also where there are none; -EPERM without CAP_NET_ADMIN; -ENOMEM;
 * or another negative errno.
 */
int uplinks_undo(struct netlink *netlink)
{
	struct mark_rules rules CLEANUP(mark_rules) = { NULL, 0 };
	struct request request = { .header = NULL };
	int code;

	(void)request_begin(&request, RTM_GETRULE, NLM_F_DUMP,
			    sizeof(struct fib_rule_hdr));
	code = netlink_dump(netlink, &request, read_rule, &rules, reset_rules);
	if (kernel_lacks_family(code))
		code = 0;
	for (size_t i = 0; !code && i < rules.count; i++)
		code = undo_rule(netlink, &rules.items[i]);
	return code;
}
