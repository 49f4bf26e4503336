/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which command lets clients by other people's rules.
 *
 * It is one of the tool that the rules were made with, and lets by what is
 * published and nothing else: connections that were translated, to this target
 * and port, and the answers to them.
 */
#include "firewall/blocker.h"

#include "mapping/key.h"
#include "mapping/target_name.h"

#include <linux/netfilter.h>
#include <string.h>

/**
 * blocker_owner_name() - name whose rules they are
 * @blocker: the rules
 *
 * Return: a program's name, or "" for those of somebody's own.
 */
const char *blocker_owner_name(const struct blocker *blocker)
{
	static const char *const names[] = {
		[OWNER_TABLE] = "",
		[OWNER_IPTABLES] = "iptables",
		[OWNER_DOCKER] = "Docker",
		[OWNER_DOCKER_INTERNAL] = "Docker, a network with --internal",
		[OWNER_UFW] = "ufw",
		[OWNER_FIREWALLD] = "firewalld",
		[OWNER_FIREWALLD_STRICT] = "firewalld, StrictForwardPorts",
		[OWNER_FIREWALLD_DIRECT] = "firewalld",
		[OWNER_FIREWALLD_PANIC] = "firewalld, panic mode",
	};

	return names[blocker->owner];
}

/* --------------------------------------------------------------- conditions */

static const char *family_word(const struct blocker *blocker)
{
	return blocker->service->target.family == PUBPORT_IPV4 ? "ip" : "ip6";
}

static const char *protocol_word(const struct blocker *blocker)
{
	return pubport_protocol_name(blocker->service->protocol);
}

static const char *target_text(const struct blocker *blocker, char *buffer,
			       size_t size)
{
	return pubport_addr_format(&blocker->service->target, buffer, size);
}

static bool has_target(const struct blocker *blocker)
{
	return !pubport_addr_is_any(&blocker->service->target);
}

/* "80", or "80-90" with another mark between */
static void fix_ports(struct report *report, struct pubport_ports ports,
		      const char *mark)
{
	if (ports.first == ports.last)
		report_fix_word(report, "%u", ports.first);
	else
		report_fix_word(report, "%u%s%u", ports.first, mark,
				ports.last);
}

/* where connections aren't known yet, an answer is one by where it is from */
static void fix_iptables_match(struct report *report,
			       const struct blocker *blocker,
			       struct pubport_ports ports)
{
	char target[PUBPORT_ADDR_TEXT_SIZE];

	target_text(blocker, target, sizeof(target));
	report_fix(report, "-p", protocol_word(blocker));
	if (!blocker->is_translated) {
		report_fix(report, "-m", "addrtype", "--dst-type", "LOCAL",
			   "--dport");
	} else if (blocker->is_tracked) {
		report_fix(report, "-m", "conntrack", "--ctstate", "DNAT");
		if (has_target(blocker))
			report_fix(report, "--ctreplsrc", target);
		report_fix(report, "--ctreplsrcport");
	} else {
		if (has_target(blocker))
			report_fix(report, "-s", target);
		report_fix(report, "--sport");
	}
	fix_ports(report, ports, ":");
	report_fix(report, "-j", "ACCEPT");
}

/* below IP, nobody can ask for routes */
static void fix_nft_host(struct report *report, const struct blocker *blocker)
{
	const struct service *service = blocker->service;
	const char *side = blocker->is_answer ? "saddr" : "daddr";
	char host[PUBPORT_ADDR_TEXT_SIZE];

	if (chain_layer(&blocker->base) == LAYER_IP)
		report_fix(report, "fib", side, "type", "local");
	else if (service->host_count == 1)
		report_fix(report, family_word(blocker), side,
			   pubport_addr_format(service->hosts, host,
					       sizeof(host)));
}

static void fix_nft_match(struct report *report, const struct blocker *blocker,
			  struct pubport_ports ports)
{
	char target[PUBPORT_ADDR_TEXT_SIZE];

	target_text(blocker, target, sizeof(target));
	if (!blocker->is_translated) {
		fix_nft_host(report, blocker);
		report_fix(report, protocol_word(blocker),
			   blocker->is_answer ? "sport" : "dport");
	} else if (blocker->is_tracked) {
		report_fix(report, "ct", "status", "dnat");
		if (has_target(blocker))
			report_fix(report, "ct", "reply", family_word(blocker),
				   "saddr", target);
		report_fix(report, "meta", "l4proto", protocol_word(blocker),
			   "ct", "reply", "proto-src");
	} else {
		if (has_target(blocker))
			report_fix(report, family_word(blocker),
				   blocker->is_answer ? "saddr" : "daddr",
				   target);
		report_fix(report, protocol_word(blocker),
			   blocker->is_answer ? "sport" : "dport");
	}
	fix_ports(report, ports, "-");
	report_fix(report, "accept");
}

/* -------------------------------------------------------------------- tools */

static void fix_by_iptables(struct report *report,
			    const struct blocker *blocker,
			    struct pubport_ports ports)
{
	const struct chain *base = &blocker->base;

	report_fix(report,
		   base->family == NFPROTO_IPV4 ? "iptables" : "ip6tables");
	if (strcmp(base->table, "filter") != 0)
		report_fix(report, "-t", base->table);
	report_fix(report, "-I",
		   blocker->owner == OWNER_DOCKER ||
				   blocker->owner == OWNER_DOCKER_INTERNAL
			   ? "DOCKER-USER"
			   : base->name);
	fix_iptables_match(report, blocker, ports);
}

/* nft reads its words as one text: a name must not be more than a name */
static bool is_plain(const char *name)
{
	return *name && word_consists_of(name, ALNUM "_.-/") &&
	       !strchr(DIGITS "-/", *name);
}

static void fix_by_nft(struct report *report, const struct blocker *blocker,
		       struct pubport_ports ports)
{
	const struct chain *base = &blocker->base;

	if (!is_plain(base->table) || !is_plain(base->name))
		return;
	report_fix(report, "nft", "insert", "rule", chain_family_name(base),
		   base->table, base->name);
	fix_nft_match(report, blocker, ports);
}

/* what users ruled themselves comes in the order in which they did */
static bool is_ruled_by_user(const struct blocker *blocker)
{
	return strstr(blocker->chain, "-user-") != NULL;
}

/* it knows no sctp, and lets all answers by anyhow */
static void fix_by_ufw(struct report *report, const struct blocker *blocker,
		       struct pubport_ports ports)
{
	bool is_routed = blocker->base.hook == NF_INET_FORWARD;
	char target[PUBPORT_ADDR_TEXT_SIZE];

	if (blocker->service->protocol == PUBPORT_SCTP ||
	    blocker->stops_answers || !blocker->is_translated) {
		fix_by_iptables(report, blocker, ports);
		return;
	}
	report_fix(report, "ufw");
	if (is_routed)
		report_fix(report, "route");
	if (is_ruled_by_user(blocker))
		report_fix(report, "prepend");
	report_fix(report, "allow");
	if (blocker->base.hook == NF_INET_LOCAL_OUT)
		report_fix(report, "out");
	report_fix(report, "proto", protocol_word(blocker), "from", "any", "to",
		   has_target(blocker)
			   ? target_text(blocker, target, sizeof(target))
			   : "any",
		   "port");
	fix_ports(report, ports, ":");
}

/* the host's ports of the first mapping that leads there */
static struct pubport_ports find_host_ports(const struct blocker *blocker,
					    struct pubport_ports ports)
{
	const struct service *service = blocker->service;
	const struct pubport_mapping *mapping = service->mappings[0];
	uint16_t width = (uint16_t)(ports.last - ports.first), offset;

	for (size_t i = 0; i < service->count; i++) {
		mapping = service->mappings[i];
		if (mapping->target_ports.first <= ports.first &&
		    ports.first <= mapping->target_ports.last)
			break;
	}
	offset = (uint16_t)(ports.first - mapping->target_ports.first);
	ports.first = (uint16_t)(mapping->key.ports.first + offset);
	ports.last = (uint16_t)(ports.first + width);
	return ports;
}

/* it lets by what it would translate itself; ours comes first all the same.
 * This host's own connections it lets by with a policy of their own only. */
static void fix_by_forward_port(struct report *report,
				const struct blocker *blocker,
				struct pubport_ports ports)
{
	bool is_beyond = blocker->base.hook == NF_INET_FORWARD;
	char target[PUBPORT_ADDR_TEXT_SIZE];
	char from[PORTS_TEXT_SIZE], to[PORTS_TEXT_SIZE];

	if (blocker->base.hook == NF_INET_LOCAL_OUT)
		return;
	ports_format(find_host_ports(blocker, ports), from, sizeof(from));
	ports_format(ports, to, sizeof(to));
	report_fix(report, "firewall-cmd");
	report_fix_word(
		report, "--add-forward-port=port=%s:proto=%s:toport=%s%s%s",
		from, protocol_word(blocker), to, is_beyond ? ":toaddr=" : "",
		is_beyond ? target_text(blocker, target, sizeof(target)) : "");
}

static void fix_by_firewalld(struct report *report,
			     const struct blocker *blocker,
			     struct pubport_ports ports)
{
	switch (blocker->owner) {
	case OWNER_FIREWALLD_STRICT:
		fix_by_forward_port(report, blocker, ports);
		break;
	case OWNER_FIREWALLD_DIRECT:
		report_fix(report, "firewall-cmd", "--direct", "--add-rule",
			   blocker->base.family == NFPROTO_IPV4 ? "ipv4"
								: "ipv6",
			   blocker->base.table, blocker->base.name, "0");
		fix_iptables_match(report, blocker, ports);
		break;
	case OWNER_FIREWALLD_PANIC:
		report_fix(report, "firewall-cmd", "--panic-off");
		report_ask_first(report);
		break;
	case OWNER_TABLE:
	case OWNER_IPTABLES:
	case OWNER_DOCKER:
	case OWNER_DOCKER_INTERNAL:
	case OWNER_UFW:
	case OWNER_FIREWALLD:
	default:
		/* all that is published is let by, unless rules were lost */
		report_fix(report, "firewall-cmd", "--reload");
	}
}

/**
 * blocker_fix() - add the command that lets clients by to a finding
 * @report: whose last finding
 * @blocker: the rules that stop them
 * @ports: those of its ports that are let by
 */
void blocker_fix(struct report *report, const struct blocker *blocker,
		 struct pubport_ports ports)
{
	switch (blocker->owner) {
	case OWNER_IPTABLES:
	case OWNER_DOCKER:
		fix_by_iptables(report, blocker, ports);
		break;
	case OWNER_DOCKER_INTERNAL:
		fix_by_iptables(report, blocker, ports);
		report_ask_first(report);
		break;
	case OWNER_UFW:
		fix_by_ufw(report, blocker, ports);
		break;
	case OWNER_FIREWALLD:
	case OWNER_FIREWALLD_STRICT:
	case OWNER_FIREWALLD_DIRECT:
	case OWNER_FIREWALLD_PANIC:
		fix_by_firewalld(report, blocker, ports);
		break;
	case OWNER_TABLE:
	default:
		fix_by_nft(report, blocker, ports);
	}
}
