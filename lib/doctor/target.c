/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a target is there, where it was, and answers. */
#include "doctor/doctor.h"

#include "host/process.h"
#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/link.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"
#include "target/resolve.h"
#include "target/runtime.h"
#include "util/program.h"

#include <string.h>

static void fix_enter(struct report *report, const struct interior *interior)
{
	report_fix(report, "nsenter");
	report_fix_word(report, "--net=%s", interior->path);
}

/* ------------------------------------------------------------- who it is */

/* numbers of processes are given again: one that began after the mapping, as
 * the clock has it, and that lacks its address, is another one */
static bool is_other_process(const struct scene_target *target)
{
	size_t length = strlen(NETNS_PID_PREFIX);
	int64_t started;

	return !strncmp(target->name, NETNS_PID_PREFIX, length) &&
	       !(target->interior.known &&
		 interior_find(&target->interior, &target->addr)) &&
	       !process_started(atoi(target->name + length), &started) &&
	       started > target->mappings[0]->created + 1;
}

static void tell_other_process(struct doctor *doctor,
			       const struct scene_target *target)
{
	struct report *report = &doctor->report;

	report_wrong(report, PUBPORT_CLIENT_ANY, "target",
		     "the target is gone: another process has the number of "
		     "%s now",
		     target->name);
	report_by(report, "%s", target->name);
}

/* a namespace is known by its name, any other target by its address */
static int open_interior(struct doctor *doctor, struct scene_target *target)
{
	const char *by_addr = census_find(&doctor->census, &target->addr);
	char space[NETNS_PATH_SIZE];
	int code = 0;

	if (*target->name && netns_path(target->name, space))
		code = interior_open(&target->interior, target->name,
				     &doctor->scene.host, NULL);
	if (is_other_process(target)) {
		interior_done(&target->interior);
		return 0;
	}
	if (!error_is_shortage(code) && !target->interior.known && by_addr)
		code = interior_open(&target->interior, by_addr,
				     &doctor->scene.host, NULL);
	return error_is_shortage(code) ? code : 0;
}

static bool is_known_by_name(const struct scene_target *target)
{
	return target->interior.known &&
	       strcmp(target->interior.text, target->name) == 0;
}

/* a runtime that is not installed any more says nothing of its instances */
static bool can_be_asked(const struct scene_target *target)
{
	const char *name;
	const struct runtime *runtime = runtime_find(target->name, &name);
	char path[PATH_MAX];

	return !runtime || !program_find(runtime_program(runtime), path);
}

/* its runtime knows how to start it */
static void tell_gone(struct doctor *doctor, const struct scene_target *target,
		      const struct pubport_error *error)
{
	const char *name;
	const struct runtime *runtime = runtime_find(target->name, &name);
	struct report *report = &doctor->report;
	size_t length = runtime ? strlen(runtime->start) : 0;
	char words[sizeof(error->hint)], *word, *rest;

	report_wrong(report, PUBPORT_CLIENT_ANY, "target",
		     "the target is gone: %s", error->message);
	report_by(report, "%s", target->name);
	if (!runtime || strncmp(error->hint, runtime->start, length) != 0)
		return;
	memcpy(words, error->hint, sizeof(words));
	for (word = strtok_r(words, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		report_fix(report, word);
	report_ask_first(report);
}

/* the command that publishes its mappings again looks up where it is now */
static void tell_moved(struct doctor *doctor, const struct scene_target *target,
		       const struct pubport_addr *now)
{
	struct report *report = &doctor->report;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	size_t count;

	pubport_addr_format(now, text, sizeof(text));
	for (size_t i = 0; i < target->count; i += count) {
		count = report_group(target->mappings + i, target->count - i);
		report_wrong(report, PUBPORT_CLIENT_ANY, "target",
			     "the target's address changed: %s is %s now",
			     target->name, text);
		report_by(report, "%s", target->name);
		report_fix_republish(report, target->mappings + i, count);
	}
}

static const struct pubport_addr *find_family(const struct target_addrs *addrs,
					      enum pubport_family family)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (addrs->items[i].family == family)
			return &addrs->items[i];
	return NULL;
}

/* a name of several addresses may lead to any of them */
static bool has_moved(const struct scene_target *target,
		      const struct pubport_addr *now)
{
	const struct interior *interior = &target->interior;

	return now && !addr_equal(now, &target->addr) &&
	       !(interior->known && interior_find(interior, &target->addr) &&
		 interior_find(interior, now));
}

/* whether it is clear without asking: by its address, or in its namespace */
static bool is_found(const struct scene_target *target)
{
	return !*target->name ||
	       (is_known_by_name(target) &&
		interior_find(&target->interior, &target->addr));
}

/* what is said to who publishes it was said then */
static int resolve_again(struct pubport *context, const char *name,
			 struct target *ret_found, struct pubport_error *error)
{
	pubport_notice_fn notice = context->notice;
	int code;

	context->notice = NULL;
	code = target_resolve(context, name, ret_found, error);
	context->notice = notice;
	return code;
}

/* false when its name leads nowhere now, or elsewhere; a name that nobody can
 * be asked for, for whatever reason, may still lead here */
static bool is_where_it_was(struct doctor *doctor, struct scene_target *target)
{
	struct pubport_error error = { .status = PUBPORT_DONE };
	const struct pubport_addr *now;
	struct target found;

	if (is_other_process(target)) {
		tell_other_process(doctor, target);
		return false;
	}
	if (is_found(target) || !can_be_asked(target))
		return true;
	if (resolve_again(doctor->scene.context, target->name, &found,
			  &error)) {
		if (error.status != PUBPORT_NOT_FOUND ||
		    is_known_by_name(target))
			return true;
		tell_gone(doctor, target, &error);
		return false;
	}
	now = find_family(&found.addrs, target->addr.family);
	if (!has_moved(target, now))
		return true;
	tell_moved(doctor, target, now);
	return false;
}

/* ----------------------------------------------------------------- links */

/* the interface of the host that is in the target's network; rather an up one
 */
static const struct link_info *find_device(const struct doctor *doctor,
					   const struct pubport_addr *addr)
{
	const struct address_info *address = doctor->scene.addresses.items;
	const struct link_info *link, *best = NULL;

	for (size_t i = 0; i < doctor->scene.addresses.count; i++, address++) {
		const struct pubport_network prefix = { address->addr,
							address->prefix };

		if (!prefix_contains(&prefix, addr))
			continue;
		link = links_find(&doctor->scene.host.links,
				  address->interface);
		if (!best || (link && link->up))
			best = link;
	}
	return best;
}

static void tell_down(struct doctor *doctor, const struct link_info *link,
		      const struct interior *interior)
{
	struct report *report = &doctor->report;

	report_wrong(report, PUBPORT_CLIENT_ANY, "link", "%s%s%s is down",
		     link->name, interior ? " in " : "",
		     interior ? interior->text : "");
	report_by(report, "%s", link->name);
	if (interior)
		fix_enter(report, interior);
	report_fix(report, "ip", "link", "set", "dev", link->name, "up");
}

/* whether each link from the host's device to the target is up */
static bool links_are_up(struct doctor *doctor, struct scene_target *target)
{
	const struct interior *interior = &target->interior;
	const struct link_info *device = find_device(doctor, &target->addr);
	const struct link_info *link = NULL, *port = NULL;

	if (interior->known)
		link = interior_link(interior, &target->addr);
	if (link && interior->host_id >= 0 &&
	    link->link_netnsid == interior->host_id)
		port = links_find(&doctor->scene.host.links, link->link);
	if (port && port->master)
		device = links_find(&doctor->scene.host.links, port->master);
	if (port && port->bridge_port)
		target->port = port->index;
	if (device && !device->up)
		tell_down(doctor, device, NULL);
	else if (port && !port->up)
		tell_down(doctor, port, NULL);
	else if (link && !link->up)
		tell_down(doctor, link, interior);
	else
		return true;
	return false;
}

/* ----------------------------------------------------------------- address */

/* whether the target's namespace still has its address */
static bool has_address(struct doctor *doctor,
			const struct scene_target *target)
{
	const struct interior *interior = &target->interior;
	const struct link_info *link;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	struct route route;

	if (!interior->known || interior_find(interior, &target->addr))
		return true;
	pubport_addr_format(&target->addr, text, sizeof(text));
	report_wrong(&doctor->report, PUBPORT_CLIENT_ANY, "target",
		     "the address %s is gone from %s", text, interior->text);
	report_by(&doctor->report, "%s", interior->text);
	link = interior_link(interior, &target->addr);
	if (!link ||
	    route_lookup(&doctor->scene.context->route, &target->addr,
			 &route) ||
	    !route_is_on_link(&route))
		return false;
	fix_enter(&doctor->report, interior);
	report_fix(&doctor->report, "ip", "address", "add");
	report_fix_word(&doctor->report, "%s/%u", text, route.prefix);
	report_fix(&doctor->report, "dev", link->name);
	report_ask_first(&doctor->report);
	return false;
}

/* it is down, or up on a link that this host isn't heard on */
static void tell_silent(struct doctor *doctor,
			const struct scene_target *target, const char *addr)
{
	const struct reach_child *child =
		census_find_child(&doctor->census, &target->addr);
	struct report *report = &doctor->report;

	if (child)
		report_wrong(report, PUBPORT_CLIENT_ANY, "target",
			     "%s is on a %s of %s, which does not talk to it: "
			     "this host needs a %s of its own there, and a "
			     "route by that",
			     addr, child->kind, child->parent, child->kind);
	else
		report_wrong(report, PUBPORT_CLIENT_ANY, "target",
			     "the target is down: nobody answers for %s on %s",
			     addr, target->device->name);
	report_by(report, "%s", addr);
}

/* of one that can't be looked into, the bridge knows it */
static int find_port(struct netlink *netlink, struct scene_target *target)
{
	struct bridge_port at = { .bridge = target->device->index,
				  .addr = target->addr };
	int code = 0;

	if (!strcmp(target->device->kind, "bridge"))
		code = bridge_find_ports(netlink, &at, 1);
	target->port = at.index;
	return code;
}

/* whether the host has a way to the target, and it answers there */
static int look_from_host(struct doctor *doctor, struct scene_target *target)
{
	struct netlink *netlink = &doctor->scene.context->route;
	struct report *report = &doctor->report;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	bool answers = true;
	struct route route;
	int code = route_lookup(netlink, &target->addr, &route);

	pubport_addr_format(&target->addr, text, sizeof(text));
	if (code == -ENETUNREACH || (!code && !target->device)) {
		report_wrong(report, PUBPORT_CLIENT_ANY, "target",
			     "this host has no route to %s", text);
		return 0;
	}
	if (!code && !target->interior.known && route_is_on_link(&route) &&
	    target->device->has_lladdr)
		code = neighbour_answers(netlink, route.interface,
					 &target->addr, &answers);
	if (code)
		return code;
	target->is_reached = answers;
	if (answers && !target->interior.known)
		code = find_port(netlink, target);
	if (code)
		return code;
	if (answers) {
		report_ok(report, PUBPORT_CLIENT_ANY, "target",
			  "it is there, by %s", target->device->name);
		return 0;
	}
	tell_silent(doctor, target, text);
	return 0;
}

/**
 * doctor_check_reached() - look whether a target is there
 *
 * A target_check_fn; whether the target is reached, and what is inside of it,
 * is set.
 */
int doctor_check_reached(struct doctor *doctor, struct scene_target *target)
{
	int code;

	if (target->is_local)
		return 0;
	code = open_interior(doctor, target);
	if (code)
		return code;
	if (!is_where_it_was(doctor, target) || !links_are_up(doctor, target) ||
	    !has_address(doctor, target))
		return 0;
	return look_from_host(doctor, target);
}
