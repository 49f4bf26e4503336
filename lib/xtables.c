/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matches and targets of iptables that stand in rules of nf_tables.
 *
 * iptables-nft writes what it can in expressions of nf_tables, and the rest in
 * iptables' own structures, which the kernel hands back as they are.  What is
 * no match of ports, of the type of an address or of a connection's state may
 * match.
 */
#include "xtables.h"

#include "nfnl.h"
#include "util.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* ---------------------------------------------------------------- matches */

static void require_dports(struct machine *machine, const uint16_t *ports,
			   bool inverse)
{
	struct pubport_ports range = { ports[0], ports[1] };

	machine_require_ports(machine, &range, 1, inverse);
}

static bool is_any(const uint16_t *ports)
{
	return ports[0] == 0 && ports[1] == UINT16_MAX;
}

static void match_tcp(struct machine *machine, const void *info)
{
	struct xt_tcp tcp;

	memcpy(&tcp, info, sizeof(tcp));
	require_dports(machine, tcp.dpts, tcp.invflags & XT_TCP_INV_DSTPT);
	if (!is_any(tcp.spts) || tcp.option || tcp.flg_mask ||
	    tcp.invflags & ~XT_TCP_INV_DSTPT)
		machine->certain = false;
}

static void match_udp(struct machine *machine, const void *info)
{
	struct xt_udp udp;

	memcpy(&udp, info, sizeof(udp));
	require_dports(machine, udp.dpts, udp.invflags & XT_UDP_INV_DSTPT);
	if (!is_any(udp.spts) || udp.invflags & ~XT_UDP_INV_DSTPT)
		machine->certain = false;
}

static void match_sctp(struct machine *machine, const void *info)
{
	struct xt_sctp_info sctp;

	memcpy(&sctp, info, sizeof(sctp));
	if (sctp.flags & XT_SCTP_DEST_PORTS)
		require_dports(machine, sctp.dpts,
			       sctp.invflags & XT_SCTP_DEST_PORTS);
	if (sctp.flags & ~(uint32_t)XT_SCTP_DEST_PORTS)
		machine->certain = false;
}

/* a port that is followed by the end of its range is flagged */
static void match_multiport(struct machine *machine, const void *info)
{
	struct xt_multiport_v1 multiport;
	struct pubport_ports ranges[XT_MULTI_PORTS];
	size_t count = 0, i = 0;

	memcpy(&multiport, info, sizeof(multiport));
	if (multiport.flags != XT_MULTIPORT_DESTINATION ||
	    multiport.count > XT_MULTI_PORTS) {
		machine->certain = false;
		return;
	}
	for (; i < multiport.count; i++) {
		ranges[count].first = multiport.ports[i];
		if (multiport.pflags[i] && i + 1 < multiport.count)
			i++;
		ranges[count++].last = multiport.ports[i];
	}
	machine_require_ports(machine, ranges, count, multiport.invert);
}

static void match_addrtype(struct machine *machine, const void *info)
{
	struct packet_part part =
		packet_part(PACKET_DADDR_TYPE, sizeof(uint32_t));
	const uint32_t local = RTN_LOCAL;
	const uint8_t *bytes = (const uint8_t *)&local;
	struct xt_addrtype_info_v1 type;
	enum answer answer;

	memcpy(&type, info, sizeof(type));
	if (type.source || type.flags & ~(uint32_t)XT_ADDRTYPE_INVERT_DEST)
		machine->certain = false;
	if (!type.dest)
		return;
	answer = packet_is_between(machine->packet, &part, bytes, bytes,
				   sizeof(local));
	/* of packets to other addresses it isn't known which type these have */
	if (type.dest != XT_ADDRTYPE_LOCAL && answer != ANSWER_YES)
		answer = ANSWER_MAYBE;
	else if (!(type.dest & XT_ADDRTYPE_LOCAL))
		answer = ANSWER_NO;
	machine_require(machine, answer, type.flags & XT_ADDRTYPE_INVERT_DEST);
}

static void match_conntrack(struct machine *machine, const void *info)
{
	const uint16_t understood = XT_CONNTRACK_STATE |
				    XT_CONNTRACK_STATE_ALIAS;
	struct packet_part part =
		packet_part(PACKET_CT_STATE, sizeof(uint32_t));
	const uint8_t none[sizeof(uint32_t)] = { 0 };
	struct xt_conntrack_mtinfo3 conntrack;
	uint32_t mask;

	memcpy(&conntrack, info, sizeof(conntrack));
	mask = conntrack.state_mask;
	if (!(conntrack.match_flags & XT_CONNTRACK_STATE) ||
	    conntrack.match_flags & ~understood ||
	    mask & (XT_CONNTRACK_STATE_SNAT | XT_CONNTRACK_STATE_DNAT)) {
		machine->certain = false;
		return;
	}
	memcpy(part.mask, &mask, sizeof(mask));
	machine_require(machine,
			packet_is_between(machine->packet, &part, none, none,
					  sizeof(none)),
			!(conntrack.invert_flags & XT_CONNTRACK_STATE));
}

static void match_comment(struct machine *machine, const void *info)
{
	(void)machine;
	(void)info;
}

static const struct {
	const char *name;
	uint32_t revision;
	size_t size;
	void (*match)(struct machine *machine, const void *info);
} matches[] = {
	{ "tcp", 0, sizeof(struct xt_tcp), match_tcp },
	{ "udp", 0, sizeof(struct xt_udp), match_udp },
	{ "sctp", 0, sizeof(struct xt_sctp_info), match_sctp },
	{ "multiport", 1, sizeof(struct xt_multiport_v1), match_multiport },
	{ "addrtype", 1, sizeof(struct xt_addrtype_info_v1), match_addrtype },
	{ "conntrack", 3, sizeof(struct xt_conntrack_mtinfo3),
	  match_conntrack },
	{ "comment", 0, 0, match_comment },
};

/**
 * xtables_match() - go on only if a match of iptables allows it
 * @machine: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0.
 */
int xtables_match(struct machine *machine, const struct nlattr *data)
{
	const char *name = nfnl_name(nfnl_find_nested(data, NFTA_MATCH_NAME));
	uint32_t revision = nfnl_nested_u32(data, NFTA_MATCH_REV, UINT32_MAX);
	size_t length;
	const uint8_t *info =
		nfnl_bytes(nfnl_find_nested(data, NFTA_MATCH_INFO), &length);

	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		if (strcmp(name, matches[i].name) != 0 ||
		    revision != matches[i].revision || length < matches[i].size)
			continue;
		matches[i].match(machine, info);
		return 0;
	}
	machine->certain = false;
	return 0;
}

/* ---------------------------------------------------------------- targets */

/* those that end a rule; with the others, the packet goes on */
static const struct {
	const char *name;
	enum rule_action action;
} targets[] = {
	{ "DNAT", RULE_TRANSLATE },   { "REDIRECT", RULE_TRANSLATE },
	{ "NETMAP", RULE_TRANSLATE }, { "MASQUERADE", RULE_ACCEPT },
	{ "SNAT", RULE_ACCEPT },      { "REJECT", RULE_REJECT },
	{ "NFQUEUE", RULE_QUEUE },
};

/**
 * xtables_target() - do what a target of iptables does
 * @machine: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0, or a negative errno from whom it is told.
 */
int xtables_target(struct machine *machine, const struct nlattr *data)
{
	const char *name = nfnl_name(nfnl_find_nested(data, NFTA_TARGET_NAME));

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(name, targets[i].name))
			return machine_emit(machine, targets[i].action, NULL);
	return 0;
}
