/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that choose a routing table, as "ip rule" shows them.
 *
 * The kernel tells the way of a packet, but not which rule sent it there.  So
 * the rules are read.
 */
#include "netlink/rule.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/kernel.h"
#include "netlink/rtnetlink.h"
#include "util/error.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/**
 * struct rule_search - the search for the rule that chose a table
 * @packet: for which packet
 * @interface: name of the interface that it comes in by
 * @table: that table; 0: any but those of the kernel itself
 * @found: whether there is one
 * @rule: it
 */
struct rule_search {
	const struct route_packet *packet;
	const char *interface;
	uint32_t table;
	bool found;
	struct routing_rule rule;
};

static bool addr_matches(const struct nlattr *attribute,
			 const struct fib_rule_hdr *header, uint8_t length,
			 const struct pubport_addr *addr)
{
	struct pubport_network prefix = { .prefix = length };

	if (!length)
		return true;
	return rtnl_addr(attribute, header->family, &prefix.addr) &&
	       length <= 8 * addr_length(&prefix.addr) &&
	       prefix_contains(&prefix, addr);
}

static bool interface_matches(const struct nlattr *attribute,
			      const char *interface)
{
	return !attribute || strcmp(attr_text(attribute), interface) == 0;
}

static bool mark_matches(const struct attributes *attributes, uint32_t mark)
{
	uint32_t wanted = rtnl_u32(attr_find(attributes, FRA_FWMARK), 0);
	uint32_t mask = rtnl_u32(attr_find(attributes, FRA_FWMASK), UINT32_MAX);

	return !wanted || (mark & mask) == wanted;
}

static bool port_matches(const struct nlattr *attribute, uint16_t port)
{
	struct fib_rule_port_range range;

	return !attribute ||
	       (attr_bytes(attribute, sizeof(range), (uint8_t *)&range) &&
		range.start <= port && port <= range.end);
}

static bool transport_matches(const struct attributes *attributes,
			      const struct route_packet *packet)
{
	const struct nlattr *protocol = attr_find(attributes, FRA_IP_PROTO);
	uint8_t number = 0;

	return (!protocol || (attr_bytes(protocol, 1, &number) &&
			      number == packet->protocol)) &&
	       port_matches(attr_find(attributes, FRA_SPORT_RANGE),
			    packet->from_port) &&
	       port_matches(attr_find(attributes, FRA_DPORT_RANGE),
			    packet->to_port);
}

/* what goes by more than the packet can't be judged */
static bool is_simple(const struct attributes *attributes)
{
	static const uint16_t others[] = {
		FRA_OIFNAME,
		FRA_L3MDEV,
		FRA_UID_RANGE,
		FRA_TUN_ID,
	};
	uint8_t l3mdev = 0;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (attr_find(attributes, others[i]) &&
		    !(others[i] == FRA_L3MDEV &&
		      attr_bytes(attr_find(attributes, FRA_L3MDEV), 1,
				 &l3mdev) &&
		      !l3mdev))
			return false;
	return true;
}

static bool chooses(const struct rule_search *search,
		    const struct fib_rule_hdr *header, uint32_t table)
{
	if (header->action != FR_ACT_TO_TBL)
		return !search->table && header->action >= FR_ACT_BLACKHOLE;
	if (search->table)
		return table == search->table;
	return table != RT_TABLE_LOCAL && table != RT_TABLE_MAIN &&
	       table != RT_TABLE_DEFAULT;
}

static void print_prefix(FILE *out, const char *word,
			 const struct nlattr *attribute,
			 const struct fib_rule_hdr *header, uint8_t length)
{
	char text[PUBPORT_NETWORK_TEXT_SIZE];
	struct pubport_network network = { .prefix = length };

	if (!length || !rtnl_addr(attribute, header->family, &network.addr))
		return;
	fprintf(out, " %s %s", word,
		pubport_network_format(&network, text, sizeof(text)));
}

static void print_mark(FILE *out, const struct nlattr *attribute)
{
	uint32_t mark = rtnl_u32(attribute, 0);

	if (mark)
		fprintf(out, " fwmark %#x", mark);
}

static void print_ports(FILE *out, const char *word,
			const struct nlattr *attribute)
{
	struct fib_rule_port_range range;

	if (!attr_bytes(attribute, sizeof(range), (uint8_t *)&range))
		return;
	fprintf(out, " %s %u", word, range.start);
	if (range.end != range.start)
		fprintf(out, "-%u", range.end);
}

static void print_rule(const struct fib_rule_hdr *header,
		       const struct attributes *attributes,
		       struct routing_rule *rule)
{
	const char *interface = attr_text(attr_find(attributes, FRA_IIFNAME));
	FILE *out = fmemopen(rule->text, sizeof(rule->text) - 1, "w");

	if (!out)
		return;
	fprintf(out, "%u:", rule->priority);
	print_prefix(out, "from", attr_find(attributes, FRA_SRC), header,
		     header->src_len);
	print_prefix(out, "to", attr_find(attributes, FRA_DST), header,
		     header->dst_len);
	if (*interface)
		fprintf(out, " iif %s", interface);
	print_mark(out, attr_find(attributes, FRA_FWMARK));
	print_ports(out, "sport", attr_find(attributes, FRA_SPORT_RANGE));
	print_ports(out, "dport", attr_find(attributes, FRA_DPORT_RANGE));
	if (header->action == FR_ACT_TO_TBL)
		fprintf(out, " lookup %u",
			rtnl_u32(attr_find(attributes, FRA_TABLE),
				 header->table));
	else
		fputs(header->action == FR_ACT_PROHIBIT ? " prohibit"
							: " unreachable",
		      out);
	fclose(out);
	text_make_printable(rule->text);
}

static int read_rule(const struct nlmsghdr *message, void *data)
{
	struct rule_search *search = data;
	struct attributes attributes;
	const struct fib_rule_hdr *header = message_parse(
		message, RTM_NEWRULE, sizeof(*header), &attributes);

	if (!header || search->found || !is_simple(&attributes) ||
	    !addr_matches(attr_find(&attributes, FRA_SRC), header,
			  header->src_len, &search->packet->from) ||
	    !addr_matches(attr_find(&attributes, FRA_DST), header,
			  header->dst_len, &search->packet->to) ||
	    !interface_matches(attr_find(&attributes, FRA_IIFNAME),
			       search->interface) ||
	    !mark_matches(&attributes, search->packet->mark) ||
	    !transport_matches(&attributes, search->packet) ||
	    header->flags & FIB_RULE_INVERT ||
	    !chooses(search, header,
		     rtnl_u32(attr_find(&attributes, FRA_TABLE),
			      header->table)))
		return MNL_CB_OK;
	search->found = true;
	search->rule.priority =
		rtnl_u32(attr_find(&attributes, FRA_PRIORITY), 0);
	print_rule(header, &attributes, &search->rule);
	return MNL_CB_OK;
}

static void reset_search(void *data)
{
	((struct rule_search *)data)->found = false;
}

static void add_mark(struct routing_conditions *conditions, uint32_t mark)
{
	for (size_t i = 0; i < conditions->mark_count; i++)
		if (conditions->marks[i] == mark)
			return;
	if (mark && conditions->mark_count < ROUTING_MARKS_MAX)
		conditions->marks[conditions->mark_count++] = mark;
}

static int read_conditions(const struct nlmsghdr *message, void *data)
{
	struct routing_conditions *conditions = data;
	struct attributes attributes;
	const struct fib_rule_hdr *header = message_parse(
		message, RTM_NEWRULE, sizeof(*header), &attributes);
	uint8_t protocol;

	/* our own rules are for marks of our own */
	if (!header ||
	    (attr_bytes(attr_find(&attributes, FRA_PROTOCOL), 1, &protocol) &&
	     protocol == ROUTE_PROTOCOL))
		return MNL_CB_OK;
	add_mark(conditions, rtnl_u32(attr_find(&attributes, FRA_FWMARK), 0));
	conditions->by_ports |= attr_find(&attributes, FRA_IP_PROTO) ||
				attr_find(&attributes, FRA_SPORT_RANGE) ||
				attr_find(&attributes, FRA_DPORT_RANGE);
	return MNL_CB_OK;
}

static void reset_conditions(void *data)
{
	memset(data, 0, sizeof(struct routing_conditions));
}

/**
 * routing_conditions_read() - look what rules go by
 * @route: NETLINK_ROUTE socket in the namespace that routes
 * @family: of the packets
 * @ret_conditions: what route_choose() must be told of a packet, besides
 *	addresses and interfaces
 *
 * Return: 0, or a negative errno.
 */
int routing_conditions_read(struct netlink *route, enum pubport_family family,
			    struct routing_conditions *ret_conditions)
{
	const struct pubport_addr any = { .family = family };
	struct request request = { .header = NULL };
	struct fib_rule_hdr *header = request_begin(
		&request, RTM_GETRULE, NLM_F_DUMP, sizeof(*header));

	header->family = (uint8_t)addr_af(&any);
	reset_conditions(ret_conditions);
	return netlink_dump(route, &request, read_conditions, ret_conditions,
			    reset_conditions);
}

static int read_maker(const struct nlmsghdr *message, void *data)
{
	struct attributes attributes;
	const struct fib_rule_hdr *header = message_parse(
		message, RTM_NEWRULE, sizeof(*header), &attributes);
	uint8_t protocol = RTPROT_UNSPEC;

	(void)attr_bytes(attr_find(&attributes, FRA_PROTOCOL), 1, &protocol);
	if (header && protocol != RTPROT_KERNEL && protocol != ROUTE_PROTOCOL)
		*(bool *)data = true;
	return MNL_CB_OK;
}

static void reset_maker(void *data)
{
	*(bool *)data = false;
}

/**
 * routing_rules_exist() - look for rules that somebody made
 * @route: NETLINK_ROUTE socket in the namespace that routes
 * @ret_exist: whether there are others than the kernel's and ours
 *
 * Return: 0, or a negative errno.
 */
int routing_rules_exist(struct netlink *route, bool *ret_exist)
{
	struct request request = { .header = NULL };
	int code;

	(void)request_begin(&request, RTM_GETRULE, NLM_F_DUMP,
			    sizeof(struct fib_rule_hdr));
	*ret_exist = false;
	code = netlink_dump(route, &request, read_maker, ret_exist,
			    reset_maker);
	return kernel_lacks_family(code) ? 0 : code;
}

/**
 * routing_rule_find() - find the rule that sends a packet to a routing table
 * @route: NETLINK_ROUTE socket in the namespace that routes it
 * @packet: the packet
 * @interface: name of the interface that it comes in by
 * @table: that table, from struct route_choice, or 0: the first one that
 * somebody made
 * @ret_rule: the first such rule that matches
 *
 * Return: 0; -ENOENT when there is none; or another negative errno.
 */
int routing_rule_find(struct netlink *route, const struct route_packet *packet,
		      const char *interface, uint32_t table,
		      struct routing_rule *ret_rule)
{
	struct rule_search search = {
		.packet = packet,
		.interface = interface,
		.table = table,
	};
	struct fib_rule_hdr *header;
	struct request request = { .header = NULL };
	int code;

	header = request_begin(&request, RTM_GETRULE, NLM_F_DUMP,
			       sizeof(*header));
	header->family = (uint8_t)addr_af(&packet->to);
	code = netlink_dump(route, &request, read_rule, &search, reset_search);
	if (!search.found && (!code || kernel_lacks_family(code)))
		return -ENOENT;
	if (code)
		return code;
	*ret_rule = search.rule;
	return 0;
}
