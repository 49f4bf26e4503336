/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers that leave by another uplink than the client came in by.
 *
 * A host with several providers, or with a VPN that takes the default route,
 * chooses the way of its own answers by the address that was asked for ("ip
 * rule from ADDRESS").  The answers of a target are routed with the target's
 * address instead, before they are translated back.  So for a client from far
 * away, and each address of the host on an interface that could lead there, the
 * kernel is asked for both ways.
 */
#include "doctor/doctor.h"

#include "mapping/addr.h"
#include "netlink/rule.h"
#include "netlink/uplink.h"
#include "util/array.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

/* whoever has more addresses has them on few interfaces */
#define ADDRESSES_MAX 64

/* ---------------------------------------------------------------- uplinks */

/* who asks from anywhere */
static const struct pubport_addr *find_far_away(const struct doctor *doctor,
						enum pubport_family family)
{
	const struct pubport_addr *client = doctor->scene.client;

	if (client)
		return client->family == family ? client : NULL;
	return addr_anywhere(family);
}

/* a table is chosen by the address, perhaps; or this interface is one that the
 * main table would take without the others */
static int could_lead(struct doctor *doctor, const struct doctor_uplink *uplink,
		      bool *ret_could)
{
	struct route_packet packet = { .from = uplink->addr,
				       .to = uplink->client };
	struct netlink *route = &doctor->scene.context->route;
	int code = route_could_leave(route, &packet, uplink->interface->index,
				     ret_could);

	packet.from.family = 0;
	if (!code && !*ret_could)
		code = route_could_leave(route, &packet,
					 uplink->interface->index, ret_could);
	return code;
}

static bool is_asked_from_far(const struct address_info *address,
			      const struct link_info *link)
{
	return link && link->up && link->index != LOOPBACK_IFINDEX &&
	       address->scope == RT_SCOPE_UNIVERSE &&
	       !addr_is_loopback(&address->addr) &&
	       !(address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

static int add_uplink(struct doctor *doctor, const struct doctor_uplink *uplink)
{
	struct doctor_uplink *uplinks = array_grow(
		doctor->uplinks, doctor->uplink_count, sizeof(*uplinks));

	if (!uplinks)
		return -ENOMEM;
	doctor->uplinks = uplinks;
	uplinks[doctor->uplink_count++] = *uplink;
	return 0;
}

/**
 * doctor_find_uplinks() - find the addresses that clients from far away ask
 * @doctor: its uplinks are set
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int doctor_find_uplinks(struct doctor *doctor)
{
	const struct address_info *address = doctor->scene.addresses.items;
	size_t count = doctor->scene.addresses.count;
	bool could;
	int code = 0;

	for (size_t i = 0; !code && i < count && i < ADDRESSES_MAX;
	     i++, address++) {
		const struct pubport_addr *client =
			find_far_away(doctor, address->addr.family);
		struct doctor_uplink uplink = {
			.interface = links_find(&doctor->scene.host.links,
						address->interface),
			.addr = address->addr,
		};

		if (!client || !is_asked_from_far(address, uplink.interface))
			continue;
		uplink.client = *client;
		code = could_lead(doctor, &uplink, &could);
		if (!code && could)
			code = add_uplink(doctor, &uplink);
	}
	return code;
}

/**
 * uplink_mark_of() - say which mark packets of a target's connections have
 * @target: which
 * @interface: index of the interface that the client came in by, for answers;
 *	0 for what goes to the target
 *
 * Return: the mark where all connections that matter have it, or 0.
 */
uint32_t uplink_mark_of(const struct scene_target *target,
			unsigned int interface)
{
	for (size_t i = 0; i < target->count; i++)
		if (!(target->mappings[i]->flags & PUBPORT_MAPPING_SYMMETRIC))
			return 0;
	return uplink_mark(interface);
}

/* ------------------------------------------------------------------ check */

static const char *name_of(const struct doctor *doctor,
			   const struct route_choice *choice)
{
	const struct link_info *link =
		links_find(&doctor->scene.host.links, choice->interface);

	if (choice->code)
		return "nowhere";
	return link ? link->name : "another interface";
}

/* @own: what the host does with answers of its own */
static void tell_astray(struct doctor *doctor,
			const struct scene_target *target,
			const struct doctor_uplink *uplink,
			const struct route_choice *choice,
			const struct route_choice *own)
{
	const struct route_packet packet = { .from = uplink->addr,
					     .to = uplink->client };
	bool is_own_right = !own->code &&
			    own->interface == uplink->interface->index;
	struct routing_conditions by = { .mark_count = 0 };
	struct report *report = &doctor->report;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	struct routing_rule rule;

	(void)routing_conditions_read(&doctor->scene.context->route,
				      uplink->addr.family, &by);
	report_add(report,
		   is_own_right && !by.mark_count ? PUBPORT_FINDING_WRONG
						  : PUBPORT_FINDING_NOTE,
		   PUBPORT_CLIENT_REMOTE, "uplink",
		   "answers to clients who come in by %s, for %s, leave by %s; "
		   "those of this host's own services by %s%s",
		   uplink->interface->name,
		   pubport_addr_format(&uplink->addr, text, sizeof(text)),
		   name_of(doctor, choice), name_of(doctor, own),
		   by.mark_count ? ", unless marks say otherwise" : "");
	if (routing_rule_find(&doctor->scene.context->route, &packet, "lo",
			      own->table, &rule))
		report_by(report, "routes of this host");
	else
		report_by(report, "ip rule %s", rule.text);
	answers_fix(doctor, target, PUBPORT_MAPPING_SYMMETRIC);
}

static int check_uplink(struct doctor *doctor, struct scene_target *target,
			const struct doctor_uplink *uplink, bool *ret_right)
{
	struct netlink *route = &doctor->scene.context->route;
	const struct route_packet answer = {
		.from = target->addr,
		.to = uplink->client,
		.in = target->device->index,
		.mark = uplink_mark_of(target, uplink->interface->index),
	};
	const struct route_packet own = { .from = uplink->addr,
					  .to = uplink->client };
	struct route_choice choice, own_choice;
	int code = route_choose(route, &answer, &choice);

	if (!code)
		code = route_choose(route, &own, &own_choice);
	if (code)
		return code;
	*ret_right = !choice.code &&
		     choice.interface == uplink->interface->index;
	/* what the reverse path filter drops, or nobody routes, is told
	 * elsewhere */
	if (choice.code == -EXDEV || choice.code == -EINVAL ||
	    (choice.code && own_choice.code))
		*ret_right = true;
	if (!*ret_right)
		tell_astray(doctor, target, uplink, &choice, &own_choice);
	return 0;
}

/**
 * doctor_check_uplinks() - look whether a target's answers leave by the uplink
 * that their client came in by
 *
 * It is wrong where the host's own answers do; where they don't either, or
 * other programs mark packets, it may be wanted.
 *
 * A target_check_fn.
 */
int doctor_check_uplinks(struct doctor *doctor, struct scene_target *target)
{
	const struct doctor_uplink *uplink = doctor->uplinks;
	bool right = true, asked = false;
	int code = 0;

	for (size_t i = 0; !code && i < doctor->uplink_count; i++, uplink++) {
		if (uplink->addr.family != target->addr.family ||
		    uplink->interface == target->device ||
		    !scene_asks(target, &uplink->addr, uplink->interface) ||
		    !scene_is_open_to(target, &uplink->client,
				      uplink->interface))
			continue;
		asked = true;
		code = check_uplink(doctor, target, uplink, &right);
		if (!right)
			return code;
	}
	if (!code && asked)
		report_ok(
			&doctor->report, PUBPORT_CLIENT_REMOTE, "uplink",
			"answers leave by the uplink that clients come in by");
	return code;
}
