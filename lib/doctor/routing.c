/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether packets find their way: to a target, and its answers back.
 *
 * The answers are routed twice: in the target's namespace, where they must be
 * sent to this host, and on the host, where they must leave by the interface
 * that leads to the client.  Each time the kernel is asked, once for a client
 * of each network.
 */
#include "doctor/doctor.h"

#include "host/setting.h"
#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/link.h"
#include "netlink/rule.h"

#include <string.h>

/* ------------------------------------------------------ inside the target */

/* the host's own address on the target's network, where answers must go */
static bool find_gateway(struct doctor *doctor,
			 const struct scene_target *target,
			 struct pubport_addr *ret_gateway)
{
	const struct route_packet packet = { .to = target->addr };
	struct route_choice choice;

	if (route_choose(&doctor->scene.context->route, &packet, &choice) ||
	    choice.code || !choice.source.family)
		return false;
	*ret_gateway = choice.source;
	return true;
}

/* false where answers go by some other router, or nowhere */
static int goes_to_host(struct doctor *doctor, struct scene_target *target,
			const struct pubport_addr *client, bool *ret_goes,
			char *ret_why, size_t size)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];
	struct route route;
	int code = route_lookup(&target->interior.route, client, &route);

	*ret_goes = false;
	if (code == -ENETUNREACH) {
		snprintf(ret_why, size, "it has no route back");
		return 0;
	}
	if (code)
		return code;
	*ret_goes = true;
	if (!route.has_gateway || !route.gateway.family ||
	    addresses_have(&doctor->scene.addresses, &route.gateway) ||
	    addr_is_linklocal6(&route.gateway))
		return 0;
	*ret_goes = false;
	snprintf(ret_why, size, "its answers go by %s, not by this host",
		 pubport_addr_format(&route.gateway, text, sizeof(text)));
	return 0;
}

/* whether it sees who its clients are, and must answer to them all */
static bool sees_clients(const struct scene_target *target)
{
	for (size_t i = 0; i < target->count; i++)
		if (!(target->mappings[i]->flags & PUBPORT_MAPPING_MASQUERADE))
			return true;
	return false;
}

/* a way for this client's network; or, where it has none at all, for all */
static void fix_answers(struct doctor *doctor, struct scene_target *target,
			const struct scene_client *client)
{
	static const struct pubport_addr anywhere[] = {
		{ PUBPORT_IPV4, { 192, 0, 0, 8 } },
		{ PUBPORT_IPV6, { 0x01, [15] = 1 } },
	};
	struct report *report = &doctor->report;
	bool is_ipv4 = target->addr.family == PUBPORT_IPV4;
	char gateway[PUBPORT_ADDR_TEXT_SIZE], to[PUBPORT_NETWORK_TEXT_SIZE];
	const struct link_info *link =
		interior_link(&target->interior, &target->addr);
	struct pubport_addr host;
	struct route route;

	if (!link || !find_gateway(doctor, target, &host))
		return;
	pubport_network_format(&client->network, to, sizeof(to));
	if (!client->network.prefix ||
	    route_lookup(&target->interior.route, &anywhere[!is_ipv4], &route))
		snprintf(to, sizeof(to), "default");
	pubport_addr_format(&host, gateway, sizeof(gateway));
	report_fix(report, "nsenter");
	report_fix_word(report, "--net=%s", target->interior.path);
	report_fix(report, "ip", is_ipv4 ? "-4" : "-6", "route", "replace", to,
		   "via", gateway, "dev", link->name, "onlink");
}

/**
 * doctor_check_answers() - look whether a target sends its answers to the host
 *
 * A target_check_fn.
 */
int doctor_check_answers(struct doctor *doctor, struct scene_target *target)
{
	struct report *report = &doctor->report;
	const struct scene_client *client = doctor->scene.clients;
	char text[PUBPORT_NETWORK_TEXT_SIZE], why[96];
	bool goes, asked = false;
	int code;

	if (!target->interior.known || !sees_clients(target))
		return 0;
	for (size_t i = 0; i < doctor->scene.client_count; i++, client++) {
		if (!scene_serves(target, client))
			continue;
		asked = true;
		code = goes_to_host(doctor, target, &client->addr, &goes, why,
				    sizeof(why));
		if (code)
			return code;
		if (goes)
			continue;
		report_wrong(report, PUBPORT_CLIENT_REMOTE, "way back",
			     "the target does not answer to %s: %s",
			     scene_client_text(client, text, sizeof(text)),
			     why);
		report_by(report, "routes of %s", target->interior.text);
		fix_answers(doctor, target, client);
		return 0;
	}
	if (asked)
		report_ok(report, PUBPORT_CLIENT_REMOTE, "way back",
			  "it sends its answers to this host");
	return 0;
}

/* ------------------------------------------------------------ on the host */

/* with forwarding off it is told before, and each answer is "no route" */
static bool can_be_asked(struct report *report,
			 const struct scene_target *target,
			 const struct link_info *in)
{
	struct host_setting setting = { .kind = HOST_FORWARDING4 };
	bool on = false;
	int code;

	if (target->addr.family == PUBPORT_IPV6)
		return true;
	setting.index = in->index;
	memcpy(setting.interface, in->name, sizeof(setting.interface));
	code = host_setting_get(NULL, &setting, &on);
	if (code != -ENOENT)
		report_fail(report, code);
	return on;
}

static void fix_rule(struct doctor *doctor, const struct route_packet *packet,
		     const struct scene_client *client,
		     const struct routing_rule *rule)
{
	struct report *report = &doctor->report;
	char from[PUBPORT_ADDR_TEXT_SIZE], to[PUBPORT_NETWORK_TEXT_SIZE];
	const struct pubport_network *network = &client->network;
	bool to_client = addr_equal(&packet->to, &client->addr);

	report_fix(report, "ip",
		   packet->to.family == PUBPORT_IPV4 ? "-4" : "-6", "rule",
		   "add", "priority");
	report_fix_word(report, "%u", rule->priority ? rule->priority - 1 : 0);
	if (to_client) {
		pubport_addr_format(&packet->from, from, sizeof(from));
		pubport_network_format(network, to, sizeof(to));
		report_fix(report, "from", from, "to", to);
	} else {
		pubport_addr_format(&packet->to, to, sizeof(to));
		report_fix(report, "to", to);
	}
	report_fix(report, "lookup", "main");
}

/* tells where a packet goes instead, and by which rule */
static int tell_astray(struct doctor *doctor, const struct route_packet *packet,
		       const struct link_info *in,
		       const struct route_choice *choice,
		       const struct scene_client *client)
{
	bool to_client = addr_equal(&packet->to, &client->addr);
	const struct link_info *out =
		links_find(&doctor->scene.host.links, choice->interface);
	struct report *report = &doctor->report;
	char text[PUBPORT_NETWORK_TEXT_SIZE];
	struct routing_rule rule;
	int code;

	report_wrong(report, PUBPORT_CLIENT_REMOTE, "routing", "%s %s %s %s",
		     to_client ? "answers to" : "packets to the target from",
		     scene_client_text(client, text, sizeof(text)),
		     choice->code ? "are not routed" : "leave by",
		     choice->code ? "anywhere"
		     : out	  ? out->name
				  : "another interface");
	code = routing_rule_find(&doctor->scene.context->route, packet,
				 in->name, choice->code ? 0 : choice->table,
				 &rule);
	if (code == -ENOENT) {
		report_by(report, "routes of this host");
		return 0;
	}
	if (code)
		return code;
	report_by(report, "ip rule %s", rule.text);
	fix_rule(doctor, packet, client, &rule);
	return 0;
}

/* one direction; whether it went right */
static int check_direction(struct doctor *doctor,
			   const struct scene_target *target,
			   const struct scene_client *client, bool to_client,
			   bool *ret_right)
{
	const struct link_info *in = to_client ? target->device
					       : client->interface;
	const struct route_packet packet = {
		.from = to_client ? target->addr : client->addr,
		.to = to_client ? client->addr : target->addr,
		.in = in->index,
	};
	struct route_choice choice;
	int code;

	*ret_right = true;
	if (!can_be_asked(&doctor->report, target, in))
		return 0;
	code = route_choose(&doctor->scene.context->route, &packet, &choice);
	/* by the reverse path filter, which is told elsewhere */
	if (code || choice.code == -EXDEV)
		return code;
	/* which of several ways leads far away is for others to choose */
	if (to_client && !client->network.prefix && !choice.code &&
	    choice.interface != in->index)
		return 0;
	*ret_right = !choice.code &&
		     (to_client ? scene_leads_to(&doctor->scene, client,
						 choice.interface)
				: choice.interface == target->device->index);
	return *ret_right ? 0
			  : tell_astray(doctor, &packet, in, &choice, client);
}

/**
 * doctor_check_routing() - look where the host routes packets of a target
 *
 * A target_check_fn.
 */
int doctor_check_routing(struct doctor *doctor, struct scene_target *target)
{
	const struct scene_client *client = doctor->scene.clients;
	bool right = true, asked = false;
	int code = 0;

	for (size_t i = 0; !code && right && i < doctor->scene.client_count;
	     i++, client++) {
		if (!scene_serves(target, client))
			continue;
		asked = true;
		code = check_direction(doctor, target, client, false, &right);
		if (!code && right)
			code = check_direction(doctor, target, client, true,
					       &right);
	}
	if (!code && right && asked)
		report_ok(&doctor->report, PUBPORT_CLIENT_REMOTE, "routing",
			  "packets go to it and back by the right interfaces");
	return code;
}
