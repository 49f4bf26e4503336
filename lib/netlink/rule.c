/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that choose a routing table, as "ip rule" shows them.
 *
 * The kernel tells the way of a packet, but not which rule sent it there.  So
 * the rules are read, without those that go by marks or ports, which nobody can
 * know beforehand.
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

/* what goes by more than addresses and interfaces can't be judged */
static bool is_simple(const struct attributes *attributes)
{
	static const uint16_t others[] = {
		FRA_FWMARK,   FRA_OIFNAME,     FRA_L3MDEV,	FRA_UID_RANGE,
		FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE, FRA_TUN_ID,
	};
	uint8_t l3mdev = 0;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (attr_find(attributes, others[i]) &&
		    !(others[i] == FRA_L3MDEV &&
		      attr_bytes(attr_find(attributes, FRA_L3MDEV), 1,
				 &l3mdev) &&
		      !l3mdev) &&
		    !(others[i] == FRA_FWMARK &&
		      !rtnl_u32(attr_find(attributes, FRA_FWMARK), 0)))
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

static int read_mark(const struct nlmsghdr *message, void *data)
{
	struct attributes attributes;
	const struct fib_rule_hdr *header = message_parse(
		message, RTM_NEWRULE, sizeof(*header), &attributes);

	if (header && rtnl_u32(attr_find(&attributes, FRA_FWMARK), 0))
		*(bool *)data = true;
	return MNL_CB_OK;
}

static void reset_mark(void *data)
{
	*(bool *)data = false;
}

/**
 * routing_rules_have_marks() - look for rules that go by marks
 * @route: NETLINK_ROUTE socket in the namespace that routes
 * @family: of the packets
 * @ret_have: whether there are any, so that what route_choose() says may not
 *	hold for marked packets
 *
 * Return: 0, or a negative errno.
 */
int routing_rules_have_marks(struct netlink *route, enum pubport_family family,
			     bool *ret_have)
{
	const struct pubport_addr any = { .family = family };
	struct request request = { .header = NULL };
	struct fib_rule_hdr *header = request_begin(
		&request, RTM_GETRULE, NLM_F_DUMP, sizeof(*header));

	header->family = (uint8_t)addr_af(&any);
	*ret_have = false;
	return netlink_dump(route, &request, read_mark, ret_have, reset_mark);
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
