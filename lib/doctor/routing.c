/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether this host routes packets where they should go: a client's and its own
 * to the target, and the target's answers to the interface that leads to the
 * client.  The kernel is asked, once for a client of each network.
 */
#include "doctor/doctor.h"

#include "host/setting.h"
#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/link.h"
#include "netlink/rule.h"

#include <string.h>

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

static void tell_filtered(struct doctor *doctor,
			  const struct scene_target *target,
			  const struct link_info *in,
			  const struct scene_client *client)
{
	struct report *report = &doctor->report;
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	report_wrong(report, PUBPORT_CLIENT_REMOTE, "reverse path",
		     "rp_filter is strict on %s and drops answers to %s: the "
		     "target sends them by %s, but is reached by %s",
		     in->name, scene_client_text(client, text, sizeof(text)),
		     in->name, target->device->name);
	report_by(report, "net.ipv4.conf.%s.rp_filter", in->name);
	report_fix(report, "sysctl", "-w");
	report_fix_sysctl(report, "ipv4", in->name, "rp_filter", 2);
}

/* the interface by which a client's packets come in, or answers to it */
static int find_way_in(struct doctor *doctor, struct scene_target *target,
		       const struct scene_client *client, bool to_client,
		       const struct link_info **ret_in)
{
	struct answer_way way = { .device = NULL };
	int code = 0;

	if (to_client && target->interior.known)
		code = answers_find_way(doctor, target, client, &way);
	if (to_client)
		*ret_in = way.goes && way.device ? way.device : target->device;
	else
		*ret_in = client->interface;
	return code;
}

/**
 * struct direction - packets of a target's, one way
 * @target: whose
 * @client: from whom, or to whom
 * @to_client: whether they are answers
 * @in: the interface that they come in by
 * @by: what rules go by, besides addresses and interfaces
 */
struct direction {
	const struct scene_target *target;
	const struct scene_client *client;
	bool to_client;
	const struct link_info *in;
	const struct routing_conditions *by;
};

static bool is_right(const struct doctor *doctor,
		     const struct direction *direction,
		     const struct route_choice *choice)
{
	const struct scene_client *client = direction->client;

	/* which of several ways leads far away is for others to choose */
	if (direction->to_client && !client->network.prefix && !choice->code &&
	    choice->interface != direction->in->index)
		return true;
	if (choice->code)
		return false;
	return direction->to_client
		       ? scene_leads_to(&doctor->scene, client,
					choice->interface)
		       : choice->interface == direction->target->device->index;
}

/* rules by marks may send some elsewhere */
static void note_marks(struct doctor *doctor, const struct direction *direction,
		       const struct route_packet *like)
{
	struct netlink *route = &doctor->scene.context->route;
	char text[PUBPORT_NETWORK_TEXT_SIZE];
	struct route_packet packet = *like;
	const struct link_info *out;
	struct route_choice choice;

	for (size_t i = 0; i < direction->by->mark_count; i++) {
		packet.mark = direction->by->marks[i];
		if (route_choose(route, &packet, &choice) ||
		    is_right(doctor, direction, &choice))
			continue;
		out = links_find(&doctor->scene.host.links, choice.interface);
		report_note(&doctor->report, PUBPORT_CLIENT_REMOTE, "routing",
			    "%s %s go astray if they are marked with %#x: they "
			    "leave by %s",
			    direction->to_client ? "answers to"
						 : "packets to the target from",
			    scene_client_text(direction->client, text,
					      sizeof(text)),
			    packet.mark,
			    choice.code ? "no interface"
			    : out	? out->name
					: "another interface");
		report_by(&doctor->report, "ip rule fwmark %#x", packet.mark);
		return;
	}
}

/* more mappings than these are not asked for one by one */
#define ASKED_MAX 64

/* each mapping, where rules go by ports */
static int ask_all(struct doctor *doctor, const struct direction *direction,
		   struct route_packet *packet, bool *ret_right)
{
	const struct scene_target *target = direction->target;
	size_t count = direction->by->by_ports ? target->count : 1;
	struct route_choice choice;
	int code = 0;

	*ret_right = true;
	for (size_t i = 0; !code && *ret_right && i < count && i < ASKED_MAX;
	     i++) {
		const struct pubport_mapping *mapping = target->mappings[i];
		uint16_t port = mapping->target_ports.first;

		packet->protocol = mapping->key.protocol;
		packet->from_port = direction->to_client ? port : 0;
		packet->to_port = direction->to_client ? 0 : port;
		code = route_choose(&doctor->scene.context->route, packet,
				    &choice);
		if (code || is_right(doctor, direction, &choice))
			continue;
		*ret_right = false;
		code = tell_astray(doctor, packet, direction->in, &choice,
				   direction->client);
	}
	if (!code && *ret_right)
		note_marks(doctor, direction, packet);
	return code;
}

/* whether it goes right */
static int check_direction(struct doctor *doctor, struct scene_target *target,
			   struct direction *direction, bool *ret_right)
{
	const struct pubport_addr *client = &direction->client->addr;
	struct route_packet packet = {
		.from = direction->to_client ? target->addr : *client,
		.to = direction->to_client ? *client : target->addr,
		.mark = uplink_mark_of(
			target, direction->to_client
					? direction->client->interface->index
					: 0),
	};
	struct netlink *route = &doctor->scene.context->route;
	struct route_choice choice;
	bool filtered = false;
	int code = find_way_in(doctor, target, direction->client,
			       direction->to_client, &direction->in);

	*ret_right = true;
	if (code || !can_be_asked(&doctor->report, target, direction->in))
		return code;
	packet.in = direction->in->index;
	code = route_choose(route, &packet, &choice);
	if (!code)
		code = route_is_filtered(route, &packet, &choice, &filtered);
	if (!code && !filtered)
		return ask_all(doctor, direction, &packet, ret_right);
	/* of what clients come in by, only their packets tell: see
	 * doctor_check_reverse_path() */
	if (!code && direction->to_client) {
		tell_filtered(doctor, target, direction->in, direction->client);
		*ret_right = false;
	}
	return code;
}

/* ------------------------------------------------------ this host's own */

/* which addresses of this host are asked is known; it may be any of its own */
#define ADDRESSES_MAX 64

static void tell_own_astray(struct doctor *doctor,
			    const struct scene_target *target,
			    const struct pubport_addr *host,
			    const struct route_choice *choice)
{
	const struct route_packet packet = { .from = *host,
					     .to = target->addr };
	const struct link_info *out =
		links_find(&doctor->scene.host.links, choice->interface);
	struct report *report = &doctor->report;
	char from[PUBPORT_ADDR_TEXT_SIZE], to[PUBPORT_ADDR_TEXT_SIZE];
	struct routing_rule rule;

	pubport_addr_format(host, from, sizeof(from));
	report_wrong(report, PUBPORT_CLIENT_LOOPBACK, "routing",
		     "this host does not reach the target by its address %s: "
		     "packets from there %s %s",
		     from, choice->code ? "are not routed" : "leave by",
		     choice->code ? "anywhere"
		     : out	  ? out->name
				  : "another interface");
	if (routing_rule_find(&doctor->scene.context->route, &packet, "lo",
			      choice->code ? 0 : choice->table, &rule)) {
		report_by(report, "routes of this host");
		return;
	}
	report_by(report, "ip rule %s", rule.text);
	report_fix(report, "ip", host->family == PUBPORT_IPV4 ? "-4" : "-6",
		   "rule", "add", "priority");
	report_fix_word(report, "%u", rule.priority ? rule.priority - 1 : 0);
	report_fix(report, "to",
		   pubport_addr_format(&target->addr, to, sizeof(to)), "lookup",
		   "main");
}

static int check_own(struct doctor *doctor, const struct scene_target *target,
		     const struct pubport_addr *host, bool *ret_right)
{
	const struct route_packet packet = {
		.from = *host,
		.to = target->addr,
		.mark = uplink_mark_of(target, 0),
	};
	struct route_choice choice;
	int code =
		route_choose(&doctor->scene.context->route, &packet, &choice);

	*ret_right = true;
	/* an address that this host doesn't have is told elsewhere */
	if (code || choice.code == -EINVAL ||
	    (!choice.code && choice.interface == target->device->index))
		return code;
	*ret_right = false;
	tell_own_astray(doctor, target, host, &choice);
	return 0;
}

/**
 * doctor_check_own_routing() - look where this host routes its own packets to a
 * target
 *
 * They keep the address that they were sent to as their source, by which rules
 * may send them elsewhere.
 *
 * A target_check_fn.
 */
int doctor_check_own_routing(struct doctor *doctor, struct scene_target *target)
{
	const struct address_info *address = doctor->scene.addresses.items;
	size_t asked = 0;
	bool right = true;
	int code = 0;

	for (size_t i = 0; !code && right && asked < ADDRESSES_MAX &&
			   i < doctor->scene.addresses.count;
	     i++, address++) {
		if (address->scope != RT_SCOPE_UNIVERSE ||
		    addr_is_loopback(&address->addr) ||
		    !scene_asks(target, &address->addr, NULL))
			continue;
		asked++;
		code = check_own(doctor, target, &address->addr, &right);
	}
	return code;
}

/* --------------------------------------------------------------- clients */

/**
 * doctor_check_routing() - look where the host routes packets of a target
 *
 * A target_check_fn.
 */
int doctor_check_routing(struct doctor *doctor, struct scene_target *target)
{
	const struct scene_client *client = doctor->scene.clients;
	struct routing_conditions by;
	struct direction direction = { .target = target, .by = &by };
	bool right = true, asked = false;
	int code = routing_conditions_read(&doctor->scene.context->route,
					   target->addr.family, &by);

	for (size_t i = 0; !code && right && i < doctor->scene.client_count;
	     i++, client++) {
		if (!scene_serves(target, client))
			continue;
		asked = true;
		direction.client = client;
		direction.to_client = false;
		code = check_direction(doctor, target, &direction, &right);
		direction.to_client = true;
		if (!code && right)
			code = check_direction(doctor, target, &direction,
					       &right);
	}
	if (!code && right && asked)
		report_ok(&doctor->report, PUBPORT_CLIENT_REMOTE, "routing",
			  "packets go to it and back by the right interfaces");
	return code;
}
