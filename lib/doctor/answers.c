/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a target sends its answers to this host, seen from inside of it.
 *
 * The kernel is asked for the target's route to a client of each network.  Its
 * next hop is a gateway, or the client itself, which the target then takes for
 * a neighbour.  Either way, this host gets the answer only if it answers for
 * that address on the target's link: it has the address, or it stands in for
 * it by proxy ARP, as Calico's nodes do.
 */
#include "doctor/doctor.h"

#include "host/sysctl.h"
#include "mapping/addr.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"

#include <errno.h>
#include <string.h>

/* ------------------------------------------------------- the target's link */

/* the host's interface at the other end of a link of the target */
static const struct link_info *find_far_end(const struct doctor *doctor,
					    const struct interior *interior,
					    const struct link_info *link)
{
	const struct links *links = &doctor->scene.host.links;
	const struct link_info *port;

	if (!link || interior->host_id < 0 ||
	    link->link_netnsid != interior->host_id || link_is_child(link))
		return NULL;
	port = links_find(links, link->link);
	return port && port->bridge_port ? links_find(links, port->master)
					 : port;
}

/* a child of one of the host's interfaces is heard by other children of it */
static bool is_heard_by(const struct link_info *link,
			const struct link_info *device)
{
	return !link || !link_is_child(link) || !device ||
	       (link_is_child(device) && device->link == link->link);
}

static bool has_own(const struct doctor *doctor, const struct link_info *link,
		    const struct pubport_addr *addr,
		    const struct link_info **ret_device)
{
	const struct address_info *own =
		addresses_find(&doctor->scene.addresses, addr);

	if (!own)
		return false;
	*ret_device = links_find(&doctor->scene.host.links, own->interface);
	return is_heard_by(link, *ret_device);
}

/* whether the host stands in for an address that is elsewhere */
static int stands_in(struct doctor *doctor, const struct scene_target *target,
		     const struct link_info *device,
		     const struct pubport_addr *addr, bool *ret_does)
{
	struct netlink *route = &doctor->scene.context->route;
	const struct route_packet packet = {
		.from = target->addr,
		.to = *addr,
		.in = device->index,
	};
	struct route_choice choice;
	bool all = false, own = false;
	int code = neighbour_is_proxied(route, device->index, addr, ret_does);

	if (code || *ret_does || addr->family == PUBPORT_IPV6)
		return code;
	(void)sysctl_get("ipv4/conf/", "all", "proxy_arp", &all);
	(void)sysctl_get("ipv4/conf/", device->name, "proxy_arp", &own);
	if (!all && !own)
		return 0;
	code = route_choose(route, &packet, &choice);
	*ret_does = !code && !choice.code && choice.interface != device->index;
	return code;
}

/* whether the target knows the host's link-layer address for it */
static int is_known_as_host(struct scene_target *target,
			    const struct link_info *link,
			    const struct link_info *device,
			    const struct pubport_addr *addr, bool *ret_is)
{
	uint8_t lladdr[6];
	bool known;
	int code = neighbour_find(&target->interior.route, link->index, addr,
				  lladdr, &known);

	*ret_is = !code && known && device->has_lladdr &&
		  !memcmp(lladdr, device->lladdr, sizeof(lladdr));
	return code;
}

/* whether the host gets what the target sends by @link to @next */
static int gets(struct doctor *doctor, struct scene_target *target,
		const struct link_info *link, const struct pubport_addr *next,
		struct answer_way *way)
{
	const struct link_info *device =
		find_far_end(doctor, &target->interior, link);
	int code;

	way->goes = has_own(doctor, link, next, &way->device);
	if (device)
		way->device = device;
	if (way->goes)
		return 0;
	/* of a link that leads elsewhere nothing is known; without link-layer
	 * addresses, all goes to its other end */
	if (!device)
		return 0;
	if (!link->has_lladdr) {
		way->goes = true;
		return 0;
	}
	code = stands_in(doctor, target, device, next, &way->goes);
	if (!code && !way->goes)
		code = is_known_as_host(target, link, device, next, &way->goes);
	return code;
}

/**
 * answers_find_way() - find out where a target sends its answers to a client
 * @doctor: seen from which host
 * @target: one with a known interior
 * @client: the client
 * @ret_way: the way
 *
 * Return: 0, or a negative errno when it could not be found out.
 */
int answers_find_way(struct doctor *doctor, struct scene_target *target,
		     const struct scene_client *client,
		     struct answer_way *ret_way)
{
	const struct route_packet packet = { .from = target->addr,
					     .to = client->addr };
	char text[PUBPORT_ADDR_TEXT_SIZE];
	const struct link_info *link;
	struct route_choice choice;
	int code = route_choose(&target->interior.route, &packet, &choice);

	*ret_way = (struct answer_way){ .goes = false };
	if (code)
		return code;
	if (choice.code) {
		snprintf(ret_way->why, sizeof(ret_way->why),
			 "it has no route back");
		return 0;
	}
	link = links_find(&target->interior.links, choice.interface);
	code = gets(doctor, target, link,
		    choice.has_gateway ? &choice.gateway : &client->addr,
		    ret_way);
	ret_way->is_direct = !choice.has_gateway &&
			     ret_way->device == client->interface;
	if (choice.has_gateway)
		snprintf(ret_way->why, sizeof(ret_way->why),
			 "its answers go by %s, %s",
			 pubport_addr_format(&choice.gateway, text,
					     sizeof(text)),
			 link && link_is_child(link) ? "which does not hear it"
						     : "not by this host");
	else
		snprintf(ret_way->why, sizeof(ret_way->why),
			 "it takes it for a neighbour on %s, past this host",
			 link ? link->name : "one of its links");
	return code;
}

/* ------------------------------------------------------------------ check */

static bool is_masqueraded(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_MASQUERADE;
}

/* whether it sees who its remote clients are, and must answer to them all */
static bool sees_clients(const struct scene_target *target)
{
	for (size_t i = 0; i < target->count; i++)
		if (scene_is_remote(target->mappings[i]) &&
		    !is_masqueraded(target->mappings[i]))
			return true;
	return false;
}

/**
 * answers_fix() - offer to publish a target so that its answers get back
 * @doctor: to whose last finding
 * @target: which
 * @flag: that its mappings should have: PUBPORT_MAPPING_MASQUERADE, so that it
 *	sees this host alone, or PUBPORT_MAPPING_SYMMETRIC
 *
 * That holds for those mappings that one command can publish.  Others have made
 * the target's routes, or mean it to have none: these stay as they are.
 */
void answers_fix(struct doctor *doctor, const struct scene_target *target,
		 enum pubport_mapping_flag flag)
{
	struct report *report = &doctor->report;
	const struct pubport_mapping *const *mappings = target->mappings;
	struct pubport_mapping *copies CLEANUP(free) = NULL;
	const struct pubport_mapping **order CLEANUP(free) = NULL;
	size_t count = target->count, group;

	for (; count && (*mappings)->flags & flag; count--)
		mappings++;
	group = count ? report_group(mappings, count) : 0;
	copies = calloc(group + 1, sizeof(*copies));
	order = calloc(group + 1, sizeof(const struct pubport_mapping *));
	if (!copies || !order) {
		report_fail(report, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < group; i++) {
		copies[i] = *mappings[i];
		copies[i].flags |= flag;
		order[i] = &copies[i];
	}
	if (!group)
		return;
	report_fix_republish(report, order, group);
	report_ask_first(report);
}

/* whether the target's own reverse path filter drops the client's packets */
static int is_dropped_inside(struct scene_target *target,
			     const struct pubport_addr *client,
			     const struct link_info *link, bool *ret_is)
{
	const struct route_packet packet = {
		.from = *client,
		.to = target->addr,
		.in = link->index,
	};
	struct route_choice choice = { .code = 0 };
	int code = route_choose(&target->interior.route, &packet, &choice);

	return code ? code
		    : route_is_filtered(&target->interior.route, &packet,
					&choice, ret_is);
}

static void tell_dropped_inside(struct doctor *doctor,
				const struct scene_target *target,
				const struct scene_client *client,
				const struct link_info *link)
{
	struct report *report = &doctor->report;
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	report_wrong(report, PUBPORT_CLIENT_REMOTE, "reverse path",
		     "the target's rp_filter is strict on %s and drops packets "
		     "of %s, which it would answer by another interface",
		     link->name, scene_client_text(client, text, sizeof(text)));
	report_by(report, "%s: net.ipv4.conf.%s.rp_filter",
		  target->interior.text, link->name);
	report_fix(report, "nsenter");
	report_fix_word(report, "--net=%s", target->interior.path);
	report_fix(report, "sysctl", "-w");
	report_fix_sysctl(report, "ipv4", link->name, "rp_filter", 2);
	report_ask_first(report);
}

static void tell_astray(struct doctor *doctor, struct scene_target *target,
			const struct scene_client *client,
			const struct answer_way *way)
{
	struct report *report = &doctor->report;
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	report_wrong(report, PUBPORT_CLIENT_REMOTE, "way back",
		     "the target does not answer to %s: %s",
		     scene_client_text(client, text, sizeof(text)), way->why);
	report_by(report, "routes of %s", target->interior.text);
	answers_fix(doctor, target, PUBPORT_MAPPING_MASQUERADE);
}

/* as between all networks of a target, whoever publishes it */
static void tell_direct(struct doctor *doctor,
			const struct scene_client *client)
{
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	report_note(&doctor->report, PUBPORT_CLIENT_NEIGHBOUR, "way back",
		    "the target is in %s on %s, too, and answers there past "
		    "this host: clients from there reach it at its address "
		    "alone",
		    scene_client_text(client, text, sizeof(text)),
		    client->interface->name);
}

static int check_client(struct doctor *doctor, struct scene_target *target,
			const struct scene_client *client, bool *ret_right)
{
	const struct link_info *link =
		interior_link(&target->interior, &target->addr);
	struct answer_way way;
	bool dropped = false;
	int code = answers_find_way(doctor, target, client, &way);

	if (!code && link)
		code = is_dropped_inside(target, &client->addr, link, &dropped);
	if (code)
		return code;
	*ret_right = (way.goes && !dropped) || way.is_direct;
	if (!way.goes && way.is_direct)
		tell_direct(doctor, client);
	else if (!way.goes)
		tell_astray(doctor, target, client, &way);
	else if (dropped)
		tell_dropped_inside(doctor, target, client, link);
	return 0;
}

/**
 * doctor_check_answers() - look whether a target sends its answers to the host
 *
 * A target_check_fn.
 */
int doctor_check_answers(struct doctor *doctor, struct scene_target *target)
{
	const struct scene_client *client = doctor->scene.clients;
	bool right = true, asked = false;
	int code = 0;

	if (!target->interior.known || !sees_clients(target))
		return 0;
	for (size_t i = 0; !code && right && i < doctor->scene.client_count;
	     i++, client++) {
		if (!scene_serves(target, client))
			continue;
		asked = true;
		code = check_client(doctor, target, client, &right);
	}
	if (!code && asked && right)
		report_ok(&doctor->report, PUBPORT_CLIENT_REMOTE, "way back",
			  "it sends its answers to this host");
	return code;
}
