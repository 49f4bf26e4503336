/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mapping needs of the host: settings, and its target's network.
 *
 *  - route_localnet on the interface towards an IPv4 target, so that answers
 *    to 127.0.0.1 may come in by it; for IPv6 a local route for ::1 there.
 *  - forwarding on every interface, where the host forwards nothing; see
 *    forwarding.c.
 *  - hairpin mode on the bridge port of the target, where bridged packets pass
 *    the hooks: there the bridge itself carries the target's packets back to
 *    it, through the port by which they came.
 */
#include "host/needs.h"

#include "host/forwarding.h"
#include "host/sysctl.h"
#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "netlink/kernel.h"
#include "netlink/link.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"
#include "netlink/rule.h"
#include "util/array.h"

#include <errno.h>
#include <string.h>

/**
 * needs_done() - free needs
 * @needs: filled or all zero
 */
void needs_done(struct needs *needs)
{
	host_settings_done(&needs->settings);
	subnets_done(&needs->on_link);
	free(needs->networks);
	free(needs->strays);
	free(needs->ports);
	memset(needs, 0, sizeof(*needs));
}

/* --------------------------------------------------------------- networks */

/* those of neighbours, one behind the other, are asked for once: those of the
 * addresses that the host has there, and those to which routes lead */
static int find_on_link(struct pubport *context, enum pubport_family family,
			unsigned int interface, struct needs *needs)
{
	struct addresses addresses CLEANUP(addresses_done) = { 0 };
	struct subnets *on_link = &needs->on_link;
	const struct address_info *address;
	int code;

	if (needs->link == interface && on_link->count &&
	    on_link->items[0].addr.family == family)
		return 0;
	on_link->count = needs->link = 0;
	code = addresses_read(&context->route, &addresses);
	address = addresses.items;
	for (size_t i = 0; !code && i < addresses.count; i++, address++)
		if (address->interface == interface &&
		    address->addr.family == family &&
		    !addr_is_linklocal6(&address->addr))
			code = subnets_add(on_link, &address->addr,
					   address->prefix);
	if (!code)
		code = routes_find_subnets(&context->route, family, interface,
					   on_link);
	if (code)
		return code;
	on_link->count = prefixes_reduce(on_link->items, on_link->count);
	needs->link = interface;
	return 0;
}

static int add_network(struct needs *needs, const struct pubport_addr *target,
		       const struct pubport_network *network)
{
	struct needs_network *networks = array_grow(
		needs->networks, needs->network_count, sizeof(*networks));

	if (!networks)
		return -ENOMEM;
	needs->networks = networks;
	networks[needs->network_count++] =
		(struct needs_network){ *target, network->addr,
					prefix_last(network) };
	return 0;
}

/**
 * needs_add_networks() - find the networks on the link of a target
 * @context: whose host
 * @target: the target
 * @route: the route to it
 * @needs: they are added to it, unless they are those that were added last
 *
 * Whoever is on the target's link, and the target itself, is answered there.
 * Behind a gateway, that is whoever comes in by the interface towards it: the
 * gateway, or another one beyond, knows a shorter way to them.
 *
 * Return: 0, -ENOMEM, or a negative errno from rtnetlink.
 */
int needs_add_networks(struct pubport *context,
		       const struct pubport_addr *target,
		       const struct route *route, struct needs *needs)
{
	const struct subnets *on_link = &needs->on_link;
	const struct pubport_network own =
		prefix_of(target, (unsigned int)(8 * addr_length(target)));
	const struct pubport_network all = { .addr.family = target->family };
	size_t count = needs->network_count;
	bool has_own = false;
	int code;

	if (count && addr_equal(&needs->networks[count - 1].target, target))
		return 0;
	if (!route_is_on_link(route))
		return add_network(needs, target, &all);
	code = find_on_link(context, target->family, route->interface, needs);
	for (size_t i = 0; !code && i < on_link->count; i++) {
		has_own |= prefix_contains(&on_link->items[i], target);
		code = add_network(needs, target, &on_link->items[i]);
	}
	return code || has_own ? code : add_network(needs, target, &own);
}

/* --------------------------------------------------------------- loopback */

static int add_loopback(struct pubport *context,
			const struct pubport_mapping *mapping,
			const struct link_info *link, struct needs *needs)
{
	char text[PUBPORT_KEY_TEXT_SIZE];
	struct pubport_key key = mapping->key;
	bool filters;
	int code;

	if (!mapping_serves_loopback(mapping))
		return 0;
	if (key.host.family == PUBPORT_IPV4)
		return host_settings_add(&needs->settings, HOST_ROUTE_LOCALNET,
					 link->index, link->name);
	code = host_filters_bridge(link, PUBPORT_IPV6, &filters);
	if (code)
		return code;
	if (filters) {
		key.host = addr_loopback(PUBPORT_IPV6);
		context_notice(context,
			       "%s, and all else of [::1] that leads to %s, "
			       "will not answer this host while "
			       "net.bridge.bridge-nf-call-ip6tables is 1: %s "
			       "is a bridge",
			       pubport_key_format(&key, text, sizeof(text)),
			       mapping->target, link->name);
	}
	return host_settings_add(&needs->settings, HOST_LOOPBACK_ROUTE,
				 link->index, link->name);
}

/* ------------------------------------------------------------- forwarding */

static int add_forwarding_on(enum pubport_family family,
			     const struct link_info *link, struct needs *needs)
{
	struct host_setting setting;
	int code = 0;

	host_setting_of_forwarding(family, link->index, link->name, &setting);
	if (!strcmp(link->kind, "bridge"))
		code = host_settings_add(&needs->settings, HOST_BRIDGE,
					 link->index, link->name);
	return code ? code
		    : host_settings_add(&needs->settings, setting.kind,
					setting.index, setting.interface);
}

/* clients may come in by any interface, whatever address they ask for; a port
 * of a bridge counts as the bridge */
static int add_forwarding(struct pubport *context, enum pubport_family family,
			  struct needs *needs)
{
	struct links links CLEANUP(links_done) = { 0 };
	bool forwards;
	int code = host_forwards(family, &forwards);

	if (code || forwards)
		return code;
	code = links_read(&context->route, &links);
	for (size_t i = 0; !code && i < links.count; i++)
		if (links.items[i].up && !links.items[i].bridge_port &&
		    links.items[i].index != LOOPBACK_IFINDEX)
			code = add_forwarding_on(family, &links.items[i],
						 needs);
	return code;
}

/* ---------------------------------------------------------------- hairpin */

/* neighbours mostly lead to the same target */
static int add_port(struct needs *needs, unsigned int bridge,
		    const struct pubport_addr *target)
{
	struct bridge_port *ports = needs->ports;
	size_t count = needs->port_count;

	if (count && ports[count - 1].bridge == bridge &&
	    addr_equal(&ports[count - 1].addr, target))
		return 0;
	ports = array_grow(ports, count, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	needs->ports = ports;
	ports[count] = (struct bridge_port){ bridge, *target, 0 };
	needs->port_count++;
	return 0;
}

static int add_hairpin_mode(const struct pubport_addr *target,
			    const struct link_info *link, struct needs *needs)
{
	bool filters;
	int code = host_filters_bridge(link, target->family, &filters);

	return code || !filters ? code : add_port(needs, link->index, target);
}

/* a bridge that carries translated packets by itself keeps to this, too */
static void tell_isolated(const struct pubport *context,
			  const struct bridge_port *at,
			  const struct link_info *port)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];

	context_notice(context,
		       "%s is behind an isolated port of its bridge, %s: with "
		       "br_netfilter, others behind such ports, and itself, "
		       "don't reach it through this host",
		       pubport_addr_format(&at->addr, text, sizeof(text)),
		       port->name);
}

static int complete_port(struct pubport *context, const struct bridge_port *at,
			 struct needs *needs)
{
	struct host_settings *settings = &needs->settings;
	struct link_info port;
	int code = link_get(&context->route, at->index, &port);

	if (code)
		return code == -ENODEV ? 0 : code;
	if (port.isolated &&
	    !host_settings_find(settings, HOST_HAIRPIN_MODE, port.index))
		tell_isolated(context, at, &port);
	return host_settings_add(settings, HOST_HAIRPIN_MODE, port.index,
				 port.name);
}

/**
 * needs_complete() - find out the rest of what mappings need
 * @context: whose host; told what can't be had
 * @needs: of all of them, from needs_add(); what they need is added
 *
 * A target that can't be found on its bridge can't reach itself either way.
 *
 * Return: 0, -ENOMEM, or a negative errno from rtnetlink, such as -EPERM
 * without CAP_NET_ADMIN, but for a trial.
 */
int needs_complete(struct pubport *context, struct needs *needs)
{
	size_t count = needs->port_count;
	int code = bridge_find_ports(&context->route, needs->ports, count);

	needs->port_count = 0;
	for (size_t i = 0; !code && i < count; i++)
		if (needs->ports[i].index)
			code = complete_port(context, &needs->ports[i], needs);
	return code == -EPERM && context->is_trial ? 0 : code;
}

/* ------------------------------------------------------------------ strays */

/* which addresses this host is asked by is known; it may have very many */
#define ADDRESSES_MAX 64

static int goes_astray(struct pubport *context, const struct pubport_addr *from,
		       const struct pubport_addr *target,
		       const struct route *route, bool *ret_does)
{
	const struct route_packet packet = { .from = *from, .to = *target };
	struct route_choice choice;
	int code = route_choose(&context->route, &packet, &choice);

	/* -EINVAL: not an address of this host, or not yet */
	*ret_does = !code && choice.code != -EINVAL &&
		    (choice.code || choice.interface != route->interface);
	return code;
}

/* whether packets of this host itself, from an address that it is asked by, are
 * sent elsewhere than to the target */
static int find_astray(struct pubport *context,
		       const struct pubport_mapping *mapping,
		       const struct route *route, bool *ret_does)
{
	struct addresses addresses CLEANUP(addresses_done) = { 0 };
	const struct pubport_addr *target = &mapping->target_addr;
	const struct address_info *address;
	size_t asked = 0;
	int code;

	if (!pubport_addr_is_any(&mapping->key.host))
		return goes_astray(context, &mapping->key.host, target, route,
				   ret_does);
	code = addresses_read(&context->route, &addresses);
	for (size_t i = 0; !code && !*ret_does && asked < ADDRESSES_MAX &&
			   i < addresses.count;
	     i++) {
		address = &addresses.items[i];
		if (address->scope != RT_SCOPE_UNIVERSE ||
		    address->addr.family != target->family)
			continue;
		asked++;
		code = goes_astray(context, &address->addr, target, route,
				   ret_does);
	}
	return code;
}

/* connections of symmetric ones are marked, and routed by that */
static int add_stray(struct pubport *context,
		     const struct pubport_mapping *mapping,
		     const struct route *route, struct needs *needs)
{
	struct pubport_addr *strays;
	bool does = false;
	int code = 0;

	if (!needs->knows_rules)
		code = routing_rules_exist(&context->route, &needs->has_rules);
	needs->knows_rules = !code;
	if (code || !needs->has_rules || !route->prefix ||
	    addr_is_loopback(&mapping->key.host) ||
	    mapping->flags & PUBPORT_MAPPING_SYMMETRIC)
		return code;
	code = find_astray(context, mapping, route, &does);
	if (code || !does)
		return code;
	strays = array_grow(needs->strays, needs->stray_count, sizeof(*strays));
	if (!strays)
		return -ENOMEM;
	needs->strays = strays;
	strays[needs->stray_count++] = mapping->target_addr;
	return 0;
}

static int add_for_route(struct pubport *context,
			 const struct pubport_mapping *mapping,
			 const struct route *route, struct needs *needs)
{
	struct link_info link;
	int code;

	code = link_get(&context->route, route->interface, &link);
	if (!code)
		code = host_settings_add(&needs->settings, HOST_HAIRPIN_LINK,
					 link.index, link.name);
	if (!code)
		code = add_loopback(context, mapping, &link, needs);
	/* the host's own packets are not forwarded */
	if (!code && !addr_is_loopback(&mapping->key.host))
		code = add_forwarding(context, mapping->key.host.family, needs);
	if (!code && route_is_on_link(route))
		code = add_hairpin_mode(&mapping->target_addr, &link, needs);
	return code;
}

/**
 * needs_add() - find out what a mapping needs
 * @context: whose host; told what can't be had
 * @mapping: which mapping
 * @needs: what it needs is added, but for what needs_complete() finds
 *
 * Return: 0, -ENOMEM, or a negative errno from rtnetlink.
 */
int needs_add(struct pubport *context, const struct pubport_mapping *mapping,
	      struct needs *needs)
{
	const struct pubport_addr *target = &mapping->target_addr;
	struct route route;
	int code;

	if (mapping_is_redirect(mapping))
		return 0;
	code = route_lookup(&context->route, target, &route);
	if (code == -ENETUNREACH) {
		context_notice(
			context, "%s can't be reached now: %s", mapping->target,
			target->family == PUBPORT_IPV6 && !kernel_has_ipv6()
				? "this kernel has no IPv6"
				: "no route to it");
		return 0;
	}
	if (code || route.type == RTN_LOCAL)
		return code;
	code = needs_add_networks(context, target, &route, needs);
	if (!code)
		code = add_for_route(context, mapping, &route, needs);
	return code ? code : add_stray(context, mapping, &route, needs);
}
