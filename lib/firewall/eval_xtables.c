/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches and targets of iptables that stand in rules of nf_tables.
 *
 * iptables-nft writes what it can in expressions of nf_tables, and the rest in
 * iptables' own structures, which the kernel hands back as they are.  What is
 * no match of ports, of the type of an address or of a connection may match.
 *
 * The tables of matches and targets are below their functions.  To know one
 * more, add a line there; what it looks at must be known of packets, too, see
 * packet.h.
 */
#include "firewall/eval.h"

#include "netlink/nfnetlink.h"
#include "util/cleanup.h"

#include <assert.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_bridge/ebt_ip.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* ---------------------------------------------------------------- matches */

static void require_ports(struct eval *eval, const uint16_t *ports,
			  bool inverse)
{
	struct pubport_ports range = { ports[0], ports[1] };

	eval_require_ports(eval, &range, 1, inverse);
}

static bool is_any(const uint16_t *ports)
{
	return ports[0] == 0 && ports[1] == UINT16_MAX;
}

/* tcp, udp and sctp have the same bits for what is inverted */
#define NOT_SOURCE XT_TCP_INV_SRCPT
#define NOT_DESTINATION XT_TCP_INV_DSTPT
/* NOLINTBEGIN(misc-redundant-expression): this is what is asserted */
static_assert(NOT_SOURCE == XT_UDP_INV_SRCPT && NOT_SOURCE == XT_SCTP_SRC_PORTS,
	      "bit of source ports");
static_assert(NOT_DESTINATION == XT_UDP_INV_DSTPT &&
		      NOT_DESTINATION == XT_SCTP_DEST_PORTS,
	      "bit of destination ports");
/* NOLINTEND(misc-redundant-expression) */

/* nothing is known of the ports where packets are not served */
static void match_ports(struct eval *eval, const uint16_t *source,
			const uint16_t *destination, uint32_t inverted)
{
	bool is_answer = eval->packet->is_answer;

	if (is_answer)
		require_ports(eval, source, inverted & NOT_SOURCE);
	else
		require_ports(eval, destination, inverted & NOT_DESTINATION);
	if (!is_any(is_answer ? destination : source))
		eval->certain = false;
}

static void match_flags(struct eval *eval, const struct xt_tcp *tcp)
{
	struct packet_part part = packet_part(PACKET_TCP_FLAGS, 1);
	const struct eval_range range = { &tcp->flg_cmp, &tcp->flg_cmp, 1 };

	part.mask[0] = tcp->flg_mask;
	eval_require_between(eval, &part, &range,
			     tcp->invflags & XT_TCP_INV_FLAGS);
}

static void match_tcp(struct eval *eval, const void *info)
{
	struct xt_tcp tcp;

	memcpy(&tcp, info, sizeof(tcp));
	match_ports(eval, tcp.spts, tcp.dpts, tcp.invflags);
	if (tcp.flg_mask)
		match_flags(eval, &tcp);
	if (tcp.option)
		eval->certain = false;
}

static void match_udp(struct eval *eval, const void *info)
{
	struct xt_udp udp;

	memcpy(&udp, info, sizeof(udp));
	match_ports(eval, udp.spts, udp.dpts, udp.invflags);
}

static void match_sctp(struct eval *eval, const void *info)
{
	static const uint16_t any[] = { 0, UINT16_MAX };
	struct xt_sctp_info sctp;

	memcpy(&sctp, info, sizeof(sctp));
	match_ports(eval, (sctp.flags & XT_SCTP_SRC_PORTS) ? sctp.spts : any,
		    (sctp.flags & XT_SCTP_DEST_PORTS) ? sctp.dpts : any,
		    sctp.invflags);
	if (sctp.flags & XT_SCTP_CHUNK_TYPES)
		eval->certain = false;
}

/* a port that is followed by the end of its range is flagged */
static void match_multiport(struct eval *eval, const void *info)
{
	struct xt_multiport_v1 multiport;
	struct pubport_ports ranges[XT_MULTI_PORTS];
	size_t count = 0, i = 0;

	memcpy(&multiport, info, sizeof(multiport));
	if (multiport.flags != (eval->packet->is_answer
					? XT_MULTIPORT_SOURCE
					: XT_MULTIPORT_DESTINATION) ||
	    multiport.count > XT_MULTI_PORTS) {
		eval->certain = false;
		return;
	}
	for (; i < multiport.count; i++) {
		ranges[count].first = multiport.ports[i];
		if (multiport.pflags[i] && i + 1 < multiport.count)
			i++;
		ranges[count++].last = multiport.ports[i];
	}
	eval_require_ports(eval, ranges, count, multiport.invert);
}

static void match_addrtype(struct eval *eval, const void *info)
{
	struct packet_part part =
		packet_part(PACKET_DADDR_TYPE, sizeof(uint32_t));
	const uint32_t local = RTN_LOCAL;
	const uint8_t *bytes = (const uint8_t *)&local;
	struct xt_addrtype_info_v1 type;
	enum answer answer;

	memcpy(&type, info, sizeof(type));
	if (type.source || type.flags & ~(uint32_t)XT_ADDRTYPE_INVERT_DEST)
		eval->certain = false;
	if (!type.dest)
		return;
	answer = packet_is_between(eval->packet, &part, bytes, bytes,
				   sizeof(local));
	/* of packets to other addresses it isn't known which type these have */
	if (type.dest != XT_ADDRTYPE_LOCAL && answer != ANSWER_YES)
		answer = ANSWER_MAYBE;
	else if (!(type.dest & XT_ADDRTYPE_LOCAL))
		answer = ANSWER_NO;
	eval_require(eval, answer, type.flags & XT_ADDRTYPE_INVERT_DEST);
}

/* whether some bit of a mask is set in a field of 4 bytes */
static enum answer has_bits(const struct eval *eval, enum packet_field field,
			    uint32_t mask)
{
	struct packet_part part = packet_part(field, sizeof(mask));
	const uint8_t none[sizeof(mask)] = { 0 };

	memcpy(part.mask, &mask, sizeof(mask));
	return ANSWER_YES -
	       packet_is_between(eval->packet, &part, none, none, sizeof(none));
}

static enum answer has_state(const struct eval *eval, uint32_t mask)
{
	const uint32_t nat = XT_CONNTRACK_STATE_SNAT | XT_CONNTRACK_STATE_DNAT;
	uint32_t status = ((mask & XT_CONNTRACK_STATE_SNAT) ? IPS_SRC_NAT : 0) |
			  ((mask & XT_CONNTRACK_STATE_DNAT) ? IPS_DST_NAT : 0);
	enum answer state = has_bits(eval, PACKET_CT_STATE, mask & ~nat);
	enum answer translated =
		status ? has_bits(eval, PACKET_CT_STATUS, status) : ANSWER_NO;

	return state > translated ? state : translated;
}

/* an address that must be equal in the bits of a mask */
static void require_masked(struct eval *eval, enum packet_field field,
			   const union nf_inet_addr *addr,
			   const union nf_inet_addr *mask, bool inverse)
{
	size_t length = eval->family == NFPROTO_IPV6 ? 16 : 4;
	struct packet_part part = packet_part(field, length);
	uint8_t masked[PACKET_VALUE_SIZE];
	struct eval_range range = { masked, masked, length };

	memcpy(part.mask, mask, length);
	for (size_t i = 0; i < length; i++)
		masked[i] = ((const uint8_t *)addr)[i] & part.mask[i];
	eval_require_between(eval, &part, &range, inverse);
}

static void require_ct_ports(struct eval *eval, enum packet_field field,
			     const uint16_t *ports, bool inverse)
{
	struct packet_part part = eval_ct_part(eval, field, 2);
	const uint8_t first[] = { (uint8_t)(ports[0] >> 8), (uint8_t)ports[0] };
	const uint8_t last[] = { (uint8_t)(ports[1] >> 8), (uint8_t)ports[1] };
	struct eval_range range = { first, last, 2 };

	eval_require_between(eval, &part, &range, inverse);
}

static void match_tuples(struct eval *eval,
			 const struct xt_conntrack_mtinfo3 *conntrack)
{
	const uint16_t host[] = { conntrack->origdst_port,
				  conntrack->origdst_port_high };
	const uint16_t target[] = { conntrack->replsrc_port,
				    conntrack->replsrc_port_high };
	uint16_t flags = conntrack->match_flags;
	uint16_t inverse = conntrack->invert_flags;

	if (flags & XT_CONNTRACK_ORIGDST)
		require_masked(eval, PACKET_CT_HOST, &conntrack->origdst_addr,
			       &conntrack->origdst_mask,
			       inverse & XT_CONNTRACK_ORIGDST);
	if (flags & XT_CONNTRACK_REPLSRC)
		require_masked(eval, PACKET_CT_TARGET, &conntrack->replsrc_addr,
			       &conntrack->replsrc_mask,
			       inverse & XT_CONNTRACK_REPLSRC);
	if (flags & XT_CONNTRACK_ORIGDST_PORT)
		require_ct_ports(eval, PACKET_CT_HOST_PORT, host,
				 inverse & XT_CONNTRACK_ORIGDST_PORT);
	if (flags & XT_CONNTRACK_REPLSRC_PORT)
		require_ct_ports(eval, PACKET_CT_TARGET_PORT, target,
				 inverse & XT_CONNTRACK_REPLSRC_PORT);
}

static void match_conntrack(struct eval *eval, const void *info)
{
	const uint16_t understood =
		XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS |
		XT_CONNTRACK_ORIGDST | XT_CONNTRACK_ORIGDST_PORT |
		XT_CONNTRACK_REPLSRC | XT_CONNTRACK_REPLSRC_PORT;
	struct xt_conntrack_mtinfo3 conntrack;

	memcpy(&conntrack, info, sizeof(conntrack));
	if (conntrack.match_flags & ~understood)
		eval->certain = false;
	if (conntrack.match_flags & XT_CONNTRACK_STATE)
		eval_require(eval, has_state(eval, conntrack.state_mask),
			     conntrack.invert_flags & XT_CONNTRACK_STATE);
	match_tuples(eval, &conntrack);
}

/* of ebtables: what IPv4 packets have, with the conditions that are flagged */
static void match_ip(struct eval *eval, const void *info)
{
	static const uint16_t any[] = { 0, UINT16_MAX };
	const struct packet_part protocol = packet_part(PACKET_PROTOCOL, 1);
	struct ebt_ip_info ip;
	struct eval_range range = { &ip.protocol, &ip.protocol, 1 };
	uint8_t flags, inverse;

	memcpy(&ip, info, sizeof(ip));
	flags = ip.bitmask;
	inverse = ip.invflags;
	if (flags & EBT_IP_SOURCE)
		require_masked(eval, PACKET_SADDR,
			       &(const union nf_inet_addr){ .ip = ip.saddr },
			       &(const union nf_inet_addr){ .ip = ip.smsk },
			       inverse & EBT_IP_SOURCE);
	if (flags & EBT_IP_DEST)
		require_masked(eval, PACKET_DADDR,
			       &(const union nf_inet_addr){ .ip = ip.daddr },
			       &(const union nf_inet_addr){ .ip = ip.dmsk },
			       inverse & EBT_IP_DEST);
	if (flags & EBT_IP_PROTO)
		eval_require_between(eval, &protocol, &range,
				     inverse & EBT_IP_PROTO);
	match_ports(eval, (flags & EBT_IP_SPORT) ? ip.sport : any,
		    (flags & EBT_IP_DPORT) ? ip.dport : any,
		    ((inverse & EBT_IP_SPORT) ? NOT_SOURCE : 0) |
			    ((inverse & EBT_IP_DPORT) ? NOT_DESTINATION : 0));
	if (flags & ~(EBT_IP_SOURCE | EBT_IP_DEST | EBT_IP_PROTO |
		      EBT_IP_SPORT | EBT_IP_DPORT))
		eval->certain = false;
}

static void match_comment(struct eval *eval, const void *info)
{
	(void)eval;
	(void)info;
}

static const struct {
	const char *name;
	uint32_t revision;
	size_t size;
	void (*match)(struct eval *eval, const void *info);
} matches[] = {
	{ "tcp", 0, sizeof(struct xt_tcp), match_tcp },
	{ "udp", 0, sizeof(struct xt_udp), match_udp },
	{ "sctp", 0, sizeof(struct xt_sctp_info), match_sctp },
	{ "multiport", 1, sizeof(struct xt_multiport_v1), match_multiport },
	{ "addrtype", 1, sizeof(struct xt_addrtype_info_v1), match_addrtype },
	{ "conntrack", 3, sizeof(struct xt_conntrack_mtinfo3),
	  match_conntrack },
	{ "ip", 0, sizeof(struct ebt_ip_info), match_ip },
	{ "comment", 0, 0, match_comment },
};

/**
 * xtables_match() - go on only if a match of iptables allows it
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0.
 */
int xtables_match(struct eval *eval, const struct nlattr *data)
{
	const char *name = nfnl_name(attr_find_nested(data, NFTA_MATCH_NAME));
	uint32_t revision = nfnl_nested_u32(data, NFTA_MATCH_REV, UINT32_MAX);
	size_t length;
	const uint8_t *info =
		nfnl_bytes(attr_find_nested(data, NFTA_MATCH_INFO), &length);

	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		if (strcmp(name, matches[i].name) != 0 ||
		    revision != matches[i].revision || length < matches[i].size)
			continue;
		matches[i].match(eval, info);
		return 0;
	}
	eval->certain = false;
	return 0;
}

/* ---------------------------------------------------------------- targets */

/* those that end a rule; with the others, the packet goes on */
static const struct {
	const char *name;
	enum rule_action action;
} targets[] = {
	{ "DNAT", RULE_TRANSLATE },   { "REDIRECT", RULE_TRANSLATE },
	{ "NETMAP", RULE_TRANSLATE }, { "MASQUERADE", RULE_SOURCE },
	{ "SNAT", RULE_SOURCE },      { "REJECT", RULE_REJECT },
	{ "NFQUEUE", RULE_QUEUE },
};

/* how connections are tracked; all its revisions begin alike */
static int target_ct(struct eval *eval, const struct nlattr *data)
{
	const uint16_t one_direction = eval->packet->is_answer
					       ? XT_CT_ZONE_DIR_ORIG |
							 XT_CT_ZONE_DIR_REPL
					       : XT_CT_ZONE_DIR_ORIG;
	struct xt_ct_target_info ct;
	size_t length;
	const uint8_t *info =
		nfnl_bytes(attr_find_nested(data, NFTA_TARGET_INFO), &length);

	if (length < sizeof(ct))
		return 0;
	memcpy(&ct, info, sizeof(ct));
	if (ct.flags & XT_CT_NOTRACK)
		return eval_emit_untrack(eval);
	if (ct.flags & one_direction)
		return 0;
	return eval_emit_zone(eval, (ct.flags & XT_CT_ZONE_MARK) ? ZONE_UNKNOWN
								 : ct.zone);
}

/**
 * xtables_target() - do what a target of iptables does
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0, or a negative errno from whom it is told.
 */
int xtables_target(struct eval *eval, const struct nlattr *data)
{
	const char *name = nfnl_name(attr_find_nested(data, NFTA_TARGET_NAME));

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(name, targets[i].name))
			return eval_emit(eval, targets[i].action, NULL);
	if (!strcmp(name, "NOTRACK"))
		return eval_emit_untrack(eval);
	return strcmp(name, "CT") == 0 ? target_ct(eval, data) : 0;
}
