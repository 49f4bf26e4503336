/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds others that have the address of a target.
 *
 * A container may give itself any address, also that of another container or of
 * a virtual machine.  Whoever leads to that address may reach either of them.
 * So other namespaces are looked into, and all who answer for the address on
 * its link are heard.
 */
#include "target/rival.h"

#include "host/who_has.h"
#include "mapping/addr.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"

#include <stdio.h>
#include <string.h>

#define LLADDR_SIZE 6

/**
 * rivals_done() - free what is known of namespaces
 * @rivals: filled or all zero
 */
void rivals_done(struct rivals *rivals)
{
	if (rivals->is_known)
		reach_host_done(&rivals->host);
	census_done(&rivals->census);
	memset(rivals, 0, sizeof(*rivals));
}

static int survey(struct pubport *context, struct rivals *rivals)
{
	int code;

	if (rivals->is_known)
		return 0;
	code = reach_host_init(&rivals->host, context);
	if (code)
		return code;
	rivals->is_known = true;
	return census_take(&rivals->census, &rivals->host);
}

/* one of those that have it is the target, if it could be looked into */
static bool find_namespace(const struct rivals *rivals,
			   const struct target *target, size_t index,
			   char *ret_who)
{
	const struct census *census = &rivals->census;
	const struct reach_back *back;
	size_t count = 0;

	for (size_t i = 0; census->reaches && i < census->list.count; i++) {
		back = reach_find_back(&census->reaches[i],
				       &target->addrs.items[index]);
		if (!back)
			continue;
		count++;
		if (!*ret_who ||
		    memcmp(back->lladdr, target->links[index].lladdr,
			   sizeof(back->lladdr)) != 0)
			snprintf(ret_who, PUBPORT_TARGET_SIZE, "%s",
				 census->list.items[i].text);
	}
	return count > target->is_inside;
}

static bool is_own(const struct target *target, size_t index,
		   const uint8_t *lladdr)
{
	return target->is_inside &&
	       !memcmp(lladdr, target->links[index].lladdr, LLADDR_SIZE);
}

/* whoever answered did so by another port of the bridge: he has the same
 * link-layer address */
static bool came_by_another(struct netlink *route, const struct target *target,
			    size_t index, unsigned int interface)
{
	struct bridge_port port = {
		.bridge = interface,
		.addr = target->addrs.items[index],
	};

	return target->links[index].port &&
	       !bridge_find_ports(route, &port, 1) && port.index &&
	       port.index != target->links[index].port;
}

/* who has it answers once; the answer of one that nobody could look into may be
 * from any link-layer address */
static bool find_answer(struct pubport *context, const struct target *target,
			size_t index, char *ret_who)
{
	const struct pubport_addr *addr = &target->addrs.items[index];
	struct route route = { .interface = 0 };
	struct who_has who = { .count = 0 };
	const uint8_t *lladdr = who.lladdrs[0];

	if (route_lookup(&context->route, addr, &route) ||
	    who_has(route.interface, addr, &who) || !who.count)
		return false;
	if (who.count > 1 && is_own(target, index, lladdr))
		lladdr = who.lladdrs[1];
	else if (who.count == 1 &&
		 (!target->is_inside || is_own(target, index, lladdr)) &&
		 !came_by_another(&context->route, target, index,
				  route.interface))
		return false;
	snprintf(ret_who, PUBPORT_TARGET_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x",
		 lladdr[0], lladdr[1], lladdr[2], lladdr[3], lladdr[4],
		 lladdr[5]);
	return true;
}

/**
 * rival_find() - look whether somebody else has an address of a target
 * @context: from where it is seen
 * @rivals: all zero at first; what was found out is used again
 * @target: the target
 * @index: of its address
 * @ret_who: who has it as well: a namespace, or a link-layer address
 *
 * What can't be found out, as without CAP_NET_RAW, counts as nobody.
 *
 * Return: whether somebody has.
 */
bool rival_find(struct pubport *context, struct rivals *rivals,
		const struct target *target, size_t index,
		char ret_who[PUBPORT_TARGET_SIZE])
{
	*ret_who = '\0';
	if (!survey(context, rivals) &&
	    find_namespace(rivals, target, index, ret_who))
		return true;
	*ret_who = '\0';
	return find_answer(context, target, index, ret_who);
}
