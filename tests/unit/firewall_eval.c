/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other people's rules do with packets that are known in part. */
#include "firewall/eval.h"
#include "netlink/nfnetlink.h"
#include "unit.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_bridge/ebt_ip.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

/* ------------------------------------------------- rules, as the kernel has */

static _Alignas(struct nlmsghdr) char space[8192];
static struct nlmsghdr *message;
static struct nlattr *list, *element, *nest;

static void begin(void)
{
	memset(space, 0, sizeof(space));
	message = mnl_nlmsg_put_header(space);
	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
	mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
	list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
}

static void expression(const char *name)
{
	element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	nest = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
}

static void number(uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(message, type, htonl(value));
}

static void value(uint16_t type, const void *bytes, size_t length)
{
	struct nlattr *data = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, length, bytes);
	mnl_attr_nest_end(message, data);
}

static void end(void)
{
	mnl_attr_nest_end(message, nest);
	mnl_attr_nest_end(message, element);
}

static void payload(uint32_t base, uint32_t offset, uint32_t length)
{
	expression("payload");
	number(NFTA_PAYLOAD_DREG, NFT_REG_1);
	number(NFTA_PAYLOAD_BASE, base);
	number(NFTA_PAYLOAD_OFFSET, offset);
	number(NFTA_PAYLOAD_LEN, length);
	end();
}

static void meta(uint32_t key)
{
	expression("meta");
	number(NFTA_META_DREG, NFT_REG32_00);
	number(NFTA_META_KEY, key);
	end();
}

static void cmp(uint32_t operation, const void *bytes, size_t length)
{
	expression("cmp");
	number(NFTA_CMP_SREG, NFT_REG_1);
	number(NFTA_CMP_OP, operation);
	value(NFTA_CMP_DATA, bytes, length);
	end();
}

static void bitwise(const void *mask, size_t length)
{
	const uint8_t zero[16] = { 0 };

	expression("bitwise");
	number(NFTA_BITWISE_SREG, NFT_REG_1);
	number(NFTA_BITWISE_DREG, NFT_REG_1);
	value(NFTA_BITWISE_MASK, mask, length);
	value(NFTA_BITWISE_XOR, zero, length);
	end();
}

static void ct(uint32_t key, uint8_t direction)
{
	expression("ct");
	number(NFTA_CT_DREG, NFT_REG_1);
	number(NFTA_CT_KEY, key);
	mnl_attr_put_u8(message, NFTA_CT_DIRECTION, direction);
	end();
}

static void verdict(int code, const char *chain)
{
	struct nlattr *data, *inner;

	expression("immediate");
	number(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(message, NFTA_IMMEDIATE_DATA);
	inner = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);
	number(NFTA_VERDICT_CODE, (uint32_t)code);
	if (chain)
		mnl_attr_put_strz(message, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(message, inner);
	mnl_attr_nest_end(message, data);
	end();
}

static void bare(const char *name)
{
	expression(name);
	end();
}

static void target(const char *name)
{
	expression("target");
	mnl_attr_put_strz(message, NFTA_TARGET_NAME, name);
	end();
}

static void match(const char *name, uint32_t revision, const void *info,
		  size_t length)
{
	expression("match");
	mnl_attr_put_strz(message, NFTA_MATCH_NAME, name);
	number(NFTA_MATCH_REV, revision);
	mnl_attr_put(message, NFTA_MATCH_INFO, length, info);
	end();
}

static void dport(uint32_t operation, uint16_t port)
{
	const uint16_t port_be = htons(port);

	payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
	cmp(operation, &port_be, 2);
}

static void protocol(uint8_t is)
{
	meta(NFT_META_L4PROTO);
	cmp(NFT_CMP_EQ, &is, 1);
}

static void daddr(const char *is, uint32_t length)
{
	const struct pubport_addr address = addr(is);

	payload(NFT_PAYLOAD_NETWORK_HEADER, 16, length);
	cmp(NFT_CMP_EQ, address.bytes, length);
}

/* ------------------------------------------------------------- what they do */

static const char *const actions[] = {
	[RULE_ACCEPT] = "accept", [RULE_DROP] = "drop",
	[RULE_REJECT] = "reject", [RULE_TRANSLATE] = "translate",
	[RULE_QUEUE] = "queue",	  [RULE_JUMP] = "jump",
	[RULE_GOTO] = "goto",	  [RULE_RETURN] = "return",
	[RULE_SOURCE] = "source", [RULE_UNTRACK] = "untrack",
	[RULE_ZONE] = "zone",
};

/* "translate 80-90,443", with a question mark where it isn't certain */
static int write_down(const struct rule_outcome *outcome, void *data)
{
	struct pubport_ports run = { 0, 0 };
	char *text = data, *at = text + strlen(text);

	at += sprintf(at, "%s%s%s", at == text ? "" : "; ",
		      actions[outcome->action], outcome->certain ? "" : "?");
	if (outcome->chain)
		at += sprintf(at, " %s", outcome->chain);
	while (port_set_next(outcome->ports, &run))
		at += sprintf(at, run.first == run.last ? " %u" : " %u-%u",
			      run.first, run.last);
	return 0;
}

/* the packets are answers of the target, or are translated */
static bool are_answers, are_translated;

/* connection tracking has seen them */
static bool are_tracked;

/* runs the rule on TCP packets to ports 8000 to 8100 and 9000 of 192.0.2.1 and
 * 192.0.2.2, which are the host's */
static void run(const struct nlmsghdr *rule, char *text)
{
	static struct eval eval;
	struct packet packet CLEANUP(packet_done) = { 0 };
	struct port_set ports = { 0 };
	const uint16_t ethertype = htons(ETH_P_IP);
	const uint32_t local = RTN_LOCAL, new = 8, all = UINT32_MAX;
	const uint32_t dnat = IPS_DST_NAT;
	const uint8_t ipv4 = NFPROTO_IPV4, tcp = PUBPORT_TCP, syn = 0x02;

	packet_add(&packet, PACKET_ETHERTYPE, &ethertype, 2);
	packet_add(&packet, PACKET_FAMILY, &ipv4, 1);
	packet_add(&packet, PACKET_PROTOCOL, &tcp, 1);
	packet_add(&packet, PACKET_TCP_FLAGS, &syn, 1);
	packet_add(&packet, PACKET_DADDR, addr("192.0.2.1").bytes, 4);
	packet_add(&packet, PACKET_DADDR, addr("192.0.2.2").bytes, 4);
	packet_add(&packet, PACKET_DADDR_TYPE, &local, 4);
	packet_add(&packet, PACKET_CT_STATE, &new, 4);
	packet_add(&packet, PACKET_IIFNAME, "eth0", 5);
	packet.is_answer = are_answers;
	packet.is_translated = are_translated;
	packet.is_tracked = are_tracked;
	if (are_translated) {
		packet_add(&packet, PACKET_CT_STATUS, &dnat, 4);
		packet_add(&packet, PACKET_CT_STATUS, &all, 4);
		packet_add(&packet, PACKET_CT_TARGET, addr("10.0.0.2").bytes,
			   4);
	}
	port_set_add(&ports, (struct pubport_ports){ 8000, 8100 });
	port_set_add(&ports, (struct pubport_ports){ 9000, 9000 });
	eval = (struct eval){ .family = NFPROTO_IPV4,
			      .table = "other",
			      .packet = &packet,
			      .each = write_down,
			      .data = text };
	text[0] = '\0';
	assert_int_equal(rule_run(&eval, &ports, rule), 0);
}

static void does(const char *expected)
{
	char text[1024];

	mnl_attr_nest_end(message, list);
	run(message, text);
	assert_string_equal(text, expected);
}

static void verdicts_lead_somewhere(void **state)
{
	(void)state;
	begin(), verdict(NF_ACCEPT, NULL), does("accept 8000-8100 9000");
	begin(), verdict(NF_DROP, NULL), does("drop 8000-8100 9000");
	begin(), verdict(NFT_RETURN, NULL), does("return 8000-8100 9000");
	begin(), verdict(NFT_JUMP, "two"), does("jump two 8000-8100 9000");
	begin(), verdict(NFT_GOTO, "two"), does("goto two 8000-8100 9000");
	begin(), bare("redir"), does("translate 8000-8100 9000");
	begin(), bare("masq"), does("source 8000-8100 9000");
	begin(), bare("reject"), does("reject 8000-8100 9000");
	begin(), bare("queue"), does("queue 8000-8100 9000");
	begin(), bare("counter"), does("");
	begin(), bare("counter"), bare("redir"), bare("reject"),
		does("translate 8000-8100 9000");
}

/* ct zone set NUMBER, or of some value that isn't known; @direction: UINT8_MAX
 * for both */
static void set_zone(int32_t zone, uint8_t direction)
{
	const uint16_t number_of = (uint16_t)zone;

	if (zone < 0) {
		meta(NFT_META_MARK);
	} else {
		expression("immediate");
		number(NFTA_IMMEDIATE_DREG, NFT_REG_1);
		value(NFTA_IMMEDIATE_DATA, &number_of, 2);
		end();
	}
	expression("ct");
	number(NFTA_CT_SREG, NFT_REG_1);
	number(NFTA_CT_KEY, NFT_CT_ZONE);
	if (direction != UINT8_MAX)
		mnl_attr_put_u8(message, NFTA_CT_DIRECTION, direction);
	end();
}

static void target_of_ct(uint16_t flags, uint16_t zone)
{
	const struct xt_ct_target_info info = { .flags = flags, .zone = zone };

	expression("target");
	mnl_attr_put_strz(message, NFTA_TARGET_NAME, "CT");
	number(NFTA_TARGET_REV, 0);
	mnl_attr_put(message, NFTA_TARGET_INFO, sizeof(info), &info);
	end();
}

static void tracking_is_evaded(void **state)
{
	(void)state;
	begin(), bare("notrack"), does("untrack 8000-8100 9000");
	begin(), dport(NFT_CMP_EQ, 9000), bare("notrack");
	verdict(NF_DROP, NULL), does("untrack 9000; drop 9000");
	begin(), set_zone(7, UINT8_MAX), does("zone 8000-8100 9000");
	begin(), set_zone(0, UINT8_MAX), does("");
	begin(), set_zone(-1, UINT8_MAX), does("zone? 8000-8100 9000");
	begin(), set_zone(7, IP_CT_DIR_ORIGINAL), does("");
	begin(), set_zone(7, IP_CT_DIR_REPLY), does("zone 8000-8100 9000");
	begin(), target("NOTRACK"), does("untrack 8000-8100 9000");
	begin(), target_of_ct(XT_CT_NOTRACK, 0);
	does("untrack 8000-8100 9000");
	begin(), target_of_ct(0, 7), does("zone 8000-8100 9000");
	begin(), target_of_ct(XT_CT_ZONE_DIR_ORIG, 7), does("");
	begin(), target_of_ct(XT_CT_ZONE_MARK, 0);
	does("zone? 8000-8100 9000");
	begin(), target_of_ct(0, 0), does("");
	are_tracked = true;
	begin(), bare("notrack"), does("");
	begin(), set_zone(7, UINT8_MAX), does("");
	are_tracked = false;
}

/* tcp flags & MASK == IS */
static void flags(uint8_t mask, uint8_t is)
{
	payload(NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
	bitwise(&mask, 1);
	cmp(NFT_CMP_EQ, &is, 1);
}

static void first_packets_have_syn(void **state)
{
	struct xt_tcp tcp = { .spts = { 0, UINT16_MAX },
			      .dpts = { 0, UINT16_MAX },
			      .flg_mask = 0x17,
			      .flg_cmp = 0x02 };

	(void)state;
	begin(), flags(0x17, 0x02), bare("reject");
	does("reject 8000-8100 9000");
	begin(), flags(0x10, 0x10), bare("reject"), does("");
	begin(), match("tcp", 0, &tcp, sizeof(tcp)), bare("reject");
	does("reject 8000-8100 9000");
	tcp.invflags = XT_TCP_INV_FLAGS;
	begin(), match("tcp", 0, &tcp, sizeof(tcp)), bare("reject"), does("");
}

static void ebtables_matches_ipv4(void **state)
{
	struct ebt_ip_info ip = {
		.protocol = PUBPORT_TCP,
		.bitmask = EBT_IP_PROTO | EBT_IP_DPORT,
		.dport = { 8080, 8080 },
	};

	(void)state;
	begin(), match("ip", 0, &ip, sizeof(ip)), bare("reject");
	does("reject 8080");
	ip.invflags = EBT_IP_DPORT;
	begin(), match("ip", 0, &ip, sizeof(ip)), bare("reject");
	does("reject 8000-8079 8081-8100 9000");
	ip.invflags = EBT_IP_PROTO;
	begin(), match("ip", 0, &ip, sizeof(ip)), bare("reject"), does("");
	ip = (struct ebt_ip_info){ .bitmask = EBT_IP_DEST,
				   .smsk = UINT32_MAX,
				   .dmsk = htonl(0xffffff00) };
	memcpy(&ip.daddr, addr("192.0.2.0").bytes, sizeof(ip.daddr));
	begin(), match("ip", 0, &ip, sizeof(ip)), bare("reject");
	does("reject 8000-8100 9000");
	ip.bitmask |= EBT_IP_TOS;
	begin(), match("ip", 0, &ip, sizeof(ip)), bare("reject");
	does("reject? 8000-8100 9000");
}

static void ports_are_told_apart(void **state)
{
	(void)state;
	begin(), dport(NFT_CMP_EQ, 8080), bare("redir");
	does("translate 8080");
	begin(), dport(NFT_CMP_EQ, 8101), bare("redir");
	does("");
	begin(), dport(NFT_CMP_NEQ, 8080), bare("redir");
	does("translate 8000-8079 8081-8100 9000");
	begin(), dport(NFT_CMP_LT, 8010), bare("redir");
	does("translate 8000-8009");
	begin(), dport(NFT_CMP_LTE, 8010), bare("redir");
	does("translate 8000-8010");
	begin(), dport(NFT_CMP_GT, 8090), bare("redir");
	does("translate 8091-8100 9000");
	begin(), dport(NFT_CMP_GTE, 8090), dport(NFT_CMP_LTE, 8095);
	bare("redir");
	does("translate 8090-8095");
}

static void other_packets_are_let_go(void **state)
{
	const uint8_t ipv6 = NFPROTO_IPV6;
	const uint16_t ethertype = htons(ETH_P_IPV6);

	(void)state;
	begin(), protocol(PUBPORT_TCP), verdict(NF_DROP, NULL);
	does("drop 8000-8100 9000");
	begin(), protocol(PUBPORT_UDP), verdict(NF_DROP, NULL);
	does("");
	begin(), meta(NFT_META_NFPROTO), cmp(NFT_CMP_EQ, &ipv6, 1);
	verdict(NF_DROP, NULL);
	does("");
	begin(), meta(NFT_META_PROTOCOL), cmp(NFT_CMP_EQ, &ethertype, 2);
	verdict(NF_DROP, NULL);
	does("");
	begin(), meta(NFT_META_IIFNAME), cmp(NFT_CMP_EQ, "eth1", 5);
	verdict(NF_DROP, NULL);
	does("");
	begin(), meta(NFT_META_IIFNAME), cmp(NFT_CMP_EQ, "eth", 3);
	verdict(NF_DROP, NULL);
	does("drop 8000-8100 9000");
}

static void some_addresses_may_be_meant(void **state)
{
	const uint8_t twenty[] = { 0xff, 0xff, 0xf0, 0 };

	(void)state;
	begin(), daddr("192.0.2.1", 4), verdict(NF_DROP, NULL);
	does("drop? 8000-8100 9000");
	begin(), daddr("192.0.2.3", 4), verdict(NF_DROP, NULL);
	does("");
	begin(), daddr("192.0.2.3", 3), verdict(NF_DROP, NULL);
	does("drop 8000-8100 9000");
	begin(), payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4);
	bitwise(twenty, 4), cmp(NFT_CMP_EQ, addr("192.0.0.0").bytes, 4);
	verdict(NF_DROP, NULL);
	does("drop 8000-8100 9000");
	begin(), payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4);
	bitwise(twenty, 4), cmp(NFT_CMP_EQ, addr("192.0.16.0").bytes, 4);
	verdict(NF_DROP, NULL);
	does("");
}

/* nft compares neighbouring fields at once */
static void fields_stand_side_by_side(void **state)
{
	const uint8_t ports[] = { 0, 5, 8080 >> 8, 8080 & 0xff };
	const uint8_t others[] = { 0, 5, 80 >> 8, 80 & 0xff };
	const uint8_t addrs[] = { 10, 0, 0, 1, 192, 0, 2, 9 };
	const uint8_t ttl_and_udp[] = { 64, PUBPORT_UDP };

	(void)state;
	begin(), payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4);
	cmp(NFT_CMP_EQ, ports, 4), bare("redir");
	does("translate? 8080");
	begin(), payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4);
	cmp(NFT_CMP_EQ, others, 4), bare("redir");
	does("");
	begin(), payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4);
	cmp(NFT_CMP_NEQ, others, 4), bare("redir");
	does("translate? 8000-8100 9000");
	begin(), payload(NFT_PAYLOAD_NETWORK_HEADER, 12, 8);
	cmp(NFT_CMP_EQ, addrs, 8), bare("redir");
	does("");
	begin(), payload(NFT_PAYLOAD_NETWORK_HEADER, 8, 2);
	cmp(NFT_CMP_EQ, ttl_and_udp, 2), bare("redir");
	does("");
}

static void what_is_unknown_may_be(void **state)
{
	const uint32_t mark = 6;

	(void)state;
	begin(), meta(NFT_META_MARK), cmp(NFT_CMP_EQ, &mark, 4);
	bare("redir");
	does("translate? 8000-8100 9000");
	begin(), bare("limit"), bare("redir");
	does("translate? 8000-8100 9000");
	/* whatever that loads, it is not the protocol any more */
	begin(), meta(NFT_META_L4PROTO), bare("numgen");
	cmp(NFT_CMP_EQ, &mark, 1), bare("redir");
	does("translate? 8000-8100 9000");
	/* there is nobody to be asked for elements */
	begin(), payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
	bare("lookup"), bare("redir");
	does("translate? 8000-8100 9000");
}

static void status(uint32_t bits)
{
	const uint32_t none = 0;

	ct(NFT_CT_STATUS, IP_CT_DIR_ORIGINAL);
	bitwise(&bits, 4), cmp(NFT_CMP_NEQ, &none, 4);
}

static void connections_have_two_ends(void **state)
{
	const uint16_t port = htons(8080);

	(void)state;
	begin(), ct(NFT_CT_PROTO_DST, IP_CT_DIR_ORIGINAL);
	cmp(NFT_CMP_EQ, &port, 2), verdict(NF_DROP, NULL);
	does("drop 8080");
	begin(), ct(NFT_CT_PROTO_SRC, IP_CT_DIR_REPLY);
	cmp(NFT_CMP_EQ, &port, 2), verdict(NF_DROP, NULL);
	does("drop? 8000-8100 9000");
	begin(), status(IPS_DST_NAT), verdict(NF_DROP, NULL);
	does("drop? 8000-8100 9000");

	are_translated = true;
	begin(), ct(NFT_CT_PROTO_DST, IP_CT_DIR_ORIGINAL);
	cmp(NFT_CMP_EQ, &port, 2), verdict(NF_DROP, NULL);
	does("drop? 8000-8100 9000");
	begin(), ct(NFT_CT_PROTO_SRC, IP_CT_DIR_REPLY);
	cmp(NFT_CMP_EQ, &port, 2), verdict(NF_DROP, NULL);
	does("drop 8080");
	begin(), status(IPS_DST_NAT), verdict(NF_DROP, NULL);
	does("drop 8000-8100 9000");
	begin(), status(IPS_ASSURED), verdict(NF_DROP, NULL);
	does("drop? 8000-8100 9000");
	begin(), ct(NFT_CT_SRC_IP, IP_CT_DIR_REPLY);
	cmp(NFT_CMP_EQ, addr("10.0.0.2").bytes, 4), verdict(NF_DROP, NULL);
	does("drop 8000-8100 9000");
	begin(), ct(NFT_CT_SRC_IP, IP_CT_DIR_ORIGINAL);
	cmp(NFT_CMP_EQ, addr("10.0.0.2").bytes, 4), verdict(NF_DROP, NULL);
	does("drop? 8000-8100 9000");
	are_translated = false;
}

static void answers_come_from_the_ports(void **state)
{
	const uint16_t port = htons(8080);
	struct xt_tcp tcp = { .spts = { 8080, 8080 }, .dpts = { 0, 65535 } };
	struct xt_multiport_v1 ports = { .flags = XT_MULTIPORT_SOURCE,
					 .count = 1,
					 .ports = { 9000 } };

	(void)state;
	are_answers = true;
	begin(), payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2);
	cmp(NFT_CMP_EQ, &port, 2), verdict(NF_DROP, NULL);
	does("drop 8080");
	begin(), dport(NFT_CMP_EQ, 8080), verdict(NF_DROP, NULL);
	does("drop? 8000-8100 9000");
	begin(), match("tcp", 0, &tcp, sizeof(tcp)), target("REJECT");
	does("reject 8080");
	begin(), match("multiport", 1, &ports, sizeof(ports)), target("REJECT");
	does("reject 9000");
	are_answers = false;
}

static void iptables_matches_connections(void **state)
{
	struct xt_conntrack_mtinfo3 conntrack = {
		.match_flags = XT_CONNTRACK_STATE | XT_CONNTRACK_REPLSRC |
			       XT_CONNTRACK_REPLSRC_PORT,
		.state_mask = XT_CONNTRACK_STATE_DNAT,
		.replsrc_port = 8080,
		.replsrc_port_high = 8090,
	};

	(void)state;
	memcpy(&conntrack.replsrc_addr, addr("10.0.0.2").bytes, 4);
	memcpy(&conntrack.replsrc_mask, addr("255.255.255.255").bytes, 4);
	are_translated = true;
	begin(), match("conntrack", 3, &conntrack, sizeof(conntrack));
	target("REJECT"), does("reject 8080-8090");
	conntrack.invert_flags = XT_CONNTRACK_REPLSRC_PORT;
	begin(), match("conntrack", 3, &conntrack, sizeof(conntrack));
	target("REJECT"), does("reject 8000-8079 8091-8100 9000");
	conntrack.invert_flags = XT_CONNTRACK_STATE;
	begin(), match("conntrack", 3, &conntrack, sizeof(conntrack));
	target("REJECT"), does("");
	conntrack.invert_flags = 0;
	conntrack.state_mask = XT_CONNTRACK_STATE_SNAT;
	begin(), match("conntrack", 3, &conntrack, sizeof(conntrack));
	target("REJECT"), does("reject? 8080-8090");
	conntrack.match_flags |= XT_CONNTRACK_EXPIRES;
	conntrack.state_mask = XT_CONNTRACK_STATE_DNAT;
	begin(), match("conntrack", 3, &conntrack, sizeof(conntrack));
	target("REJECT"), does("reject? 8080-8090");
	are_translated = false;
}

static void iptables_matches_ports(void **state)
{
	struct xt_tcp tcp = { .spts = { 0, 65535 }, .dpts = { 8080, 8090 } };
	struct xt_udp udp = { .spts = { 5, 5 }, .dpts = { 8080, 8080 } };
	struct xt_sctp_info sctp = { .dpts = { 8080, 8080 },
				     .flags = XT_SCTP_DEST_PORTS };
	struct xt_multiport_v1 ports = { .flags = XT_MULTIPORT_DESTINATION,
					 .count = 4,
					 .ports = { 80, 8000, 8003, 9000 },
					 .pflags = { 0, 1, 0, 0 } };

	(void)state;
	begin(), match("tcp", 0, &tcp, sizeof(tcp)), target("DNAT");
	does("translate 8080-8090");
	tcp.invflags = XT_TCP_INV_DSTPT;
	begin(), match("tcp", 0, &tcp, sizeof(tcp)), target("REDIRECT");
	does("translate 8000-8079 8091-8100 9000");
	begin(), match("udp", 0, &udp, sizeof(udp)), target("DNAT");
	does("translate? 8080");
	begin(), match("sctp", 0, &sctp, sizeof(sctp)), target("NETMAP");
	does("translate 8080");
	begin(), match("multiport", 1, &ports, sizeof(ports)), target("DNAT");
	does("translate 8000-8003 9000");
	ports.invert = 1;
	begin(), match("multiport", 1, &ports, sizeof(ports)), target("DNAT");
	does("translate 8004-8100");
	ports.flags = XT_MULTIPORT_EITHER;
	begin(), match("multiport", 1, &ports, sizeof(ports)), target("DNAT");
	does("translate? 8000-8100 9000");
}

static void iptables_matches_states(void **state)
{
	struct xt_addrtype_info_v1 type = { .dest = XT_ADDRTYPE_LOCAL };
	struct xt_conntrack_mtinfo3 conntrack = {
		.match_flags = XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS,
		.state_mask = XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) |
			      XT_CONNTRACK_STATE_BIT(IP_CT_RELATED),
	};

	(void)state;
	begin(), match("addrtype", 1, &type, sizeof(type));
	match("comment", 0, "words", 6), target("MARK"), target("REJECT");
	does("reject 8000-8100 9000");
	type.flags = XT_ADDRTYPE_INVERT_DEST;
	begin(), match("addrtype", 1, &type, sizeof(type)), target("REJECT");
	does("");
	begin(), match("conntrack", 3, &conntrack, sizeof(conntrack));
	target("REJECT");
	does("");
	conntrack.invert_flags = XT_CONNTRACK_STATE;
	begin(), match("conntrack", 3, &conntrack, sizeof(conntrack));
	target("REJECT");
	does("reject 8000-8100 9000");
	begin(), match("conntrack", 2, &conntrack, sizeof(conntrack));
	target("REJECT");
	does("reject? 8000-8100 9000");
}

/* ------------------------------------------------------- hostile messages */

static void short_values_may_be_anything(void **state)
{
	struct xt_multiport_v1 ports = { .flags = XT_MULTIPORT_DESTINATION,
					 .count = 255 };
	const uint8_t tcp[64] = { PUBPORT_TCP };

	(void)state;
	begin(), match("multiport", 1, &ports, sizeof(ports)), target("DNAT");
	does("translate? 8000-8100 9000");
	begin(), match("multiport", 1, &ports, sizeof(ports) - 1);
	target("DNAT");
	does("translate? 8000-8100 9000");
	begin(), match("multiport", 1, "", 0), target("DNAT");
	does("translate? 8000-8100 9000");
	begin(), payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
	cmp(NFT_CMP_EQ, "", 0), bare("redir");
	does("translate? 8000-8100 9000");
	begin(), payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 1);
	cmp(NFT_CMP_EQ, "\x1f", 1), bare("redir");
	does("translate? 8000-8100 9000");
	begin(), payload(NFT_PAYLOAD_NETWORK_HEADER, 0xfffffff0, 0xffffffff);
	cmp(NFT_CMP_EQ, tcp, sizeof(tcp)), bare("redir");
	does("translate? 8000-8100 9000");
}

/* a rule with something of everything */
static void everything(void)
{
	struct xt_multiport_v1 ports = { .flags = XT_MULTIPORT_DESTINATION,
					 .count = 15 };

	begin(), protocol(PUBPORT_TCP), daddr("192.0.2.1", 4);
	dport(NFT_CMP_GTE, 8080), bitwise("\xff\xf0", 2);
	match("multiport", 1, &ports, sizeof(ports)), bare("lookup");
	verdict(NFT_JUMP, "two"), target("DNAT");
	mnl_attr_nest_end(message, list);
}

/* exactly as long as it says, where a sanitizer sees who reads on */
static void run_copy(const struct nlmsghdr *rule, size_t length)
{
	struct nlmsghdr *copy = malloc(length);
	char text[1024];

	memcpy(copy, rule, length);
	copy->nlmsg_len = (uint32_t)length;
	run(copy, text);
	free(copy);
}

static void cut_messages_are_read(void **state)
{
	(void)state;
	everything();
	for (size_t i = sizeof(*message); i <= message->nlmsg_len; i++)
		run_copy(message, i);
}

static void lying_messages_are_read(void **state)
{
	static const uint8_t lies[] = { 0, 1, 3, 4, 5, 0x7f, 0x80, 0xff };
	uint32_t length;

	(void)state;
	everything();
	length = message->nlmsg_len;
	for (size_t i = sizeof(*message); i < length; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(lies); j++) {
			everything();
			space[i] = (char)lies[j];
			run_copy(message, length);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_lead_somewhere),
		cmocka_unit_test(tracking_is_evaded),
		cmocka_unit_test(first_packets_have_syn),
		cmocka_unit_test(ebtables_matches_ipv4),
		cmocka_unit_test(ports_are_told_apart),
		cmocka_unit_test(other_packets_are_let_go),
		cmocka_unit_test(some_addresses_may_be_meant),
		cmocka_unit_test(fields_stand_side_by_side),
		cmocka_unit_test(what_is_unknown_may_be),
		cmocka_unit_test(connections_have_two_ends),
		cmocka_unit_test(answers_come_from_the_ports),
		cmocka_unit_test(iptables_matches_connections),
		cmocka_unit_test(iptables_matches_ports),
		cmocka_unit_test(iptables_matches_states),
		cmocka_unit_test(short_values_may_be_anything),
		cmocka_unit_test(cut_messages_are_read),
		cmocka_unit_test(lying_messages_are_read),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
