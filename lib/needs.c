/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mapping needs of the host: settings, and its target's network.
 *
 *  - route_localnet on the interface towards an IPv4 target, so that answers
 *    to 127.0.0.1 may come in by it; for IPv6 a local route for ::1 there.
 *  - forwarding on that interface and on those where clients come in, where
 *    the host forwards nothing.
 *  - hairpin mode on the bridge port of the target, where bridged packets pass
 *    the hooks: there the bridge itself carries the target's packets back to
 *    it, through the port by which they came.
 */
#include "needs.h"

#include "addr.h"
#include "array.h"
#include "mapping.h"
#include "route.h"

#include <errno.h>
#include <string.h>

/**
 * needs_done() - free needs
 * @needs: filled or all zero
 */
void needs_done(struct needs *needs)
{
	host_settings_done(&needs->settings);
	free(needs->networks);
	memset(needs, 0, sizeof(*needs));
}

/* --------------------------------------------------------------- networks */

static struct needs_network network_of(const struct pubport_addr *addr,
				       unsigned int prefix)
{
	struct needs_network network = { *addr, *addr, *addr };

	for (unsigned int i = prefix; i < 8 * addr_length(addr); i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		network.first.bytes[i / 8] &= (uint8_t)~bit;
		network.last.bytes[i / 8] |= bit;
	}
	return network;
}

static int add_network(struct needs *needs, const struct needs_network *network)
{
	struct needs_network *networks;

	for (size_t i = 0; i < needs->network_count; i++)
		if (addr_equal(&needs->networks[i].first, &network->first))
			return 0;
	networks = array_grow(needs->networks, needs->network_count,
			      sizeof(*networks));
	if (!networks)
		return -ENOMEM;
	needs->networks = networks;
	needs->networks[needs->network_count++] = *network;
	return 0;
}

/* --------------------------------------------------------------- loopback */

static int add_loopback(struct pubport *context,
			const struct pubport_mapping *mapping,
			const struct route_link *link, struct needs *needs)
{
	char text[PUBPORT_KEY_TEXT_SIZE];
	struct pubport_key key = mapping->key;

	if (!mapping_serves_loopback(mapping))
		return 0;
	if (key.host.family == PUBPORT_IPV4)
		return host_settings_add(&needs->settings, SET_ROUTE_LOCALNET,
					 link->name);
	if (!strcmp(link->kind, "bridge") &&
	    host_filters_bridges(PUBPORT_IPV6)) {
		key.host = (struct pubport_addr){ .family = PUBPORT_IPV6,
						  .bytes = { [15] = 1 } };
		context_notice(context,
			       "%s will not answer this host while "
			       "net.bridge.bridge-nf-call-ip6tables is 1: %s "
			       "is a bridge",
			       pubport_key_format(&key, text, sizeof(text)),
			       link->name);
	}
	return host_settings_add(&needs->settings, SET_LOOPBACK_ROUTE,
				 link->name);
}

/* ------------------------------------------------------------- forwarding */

static int add_forwarding_on(struct pubport *context,
			     enum pubport_family family,
			     const struct route_link *link, struct needs *needs)
{
	enum schema_set_id kind = family == PUBPORT_IPV4 ? SET_FORWARDING4
							 : SET_FORWARDING6;
	int code = 0;

	if (!host_can_forward(family, link->name)) {
		context_notice(context,
			       "IPv6 is not forwarded, and this kernel can't "
			       "turn it on for %s alone: other machines need "
			       "net.ipv6.conf.all.forwarding=1",
			       link->name);
		return 0;
	}
	if (!strcmp(link->kind, "bridge"))
		code = host_settings_add(&needs->settings, SET_BRIDGES,
					 link->name);
	if (!code)
		code = host_settings_add(&needs->settings, kind, link->name);
	return code;
}

static bool is_client_address(const struct route_address *address,
			      const struct pubport_addr *host)
{
	if (address->addr.family != host->family ||
	    addr_is_loopback(&address->addr) ||
	    addr_is_linklocal6(&address->addr))
		return false;
	return pubport_addr_is_any(host) || addr_equal(&address->addr, host);
}

/* clients come in by the interfaces that have the published addresses */
static int add_forwarding(struct pubport *context,
			  const struct pubport_mapping *mapping,
			  const struct route_link *link, struct needs *needs)
{
	struct route_addresses addresses CLEANUP(route_addresses_done) = { 0 };
	enum pubport_family family = mapping->key.host.family;
	struct route_link other;
	int code;

	if (host_forwards(family))
		return 0;
	code = add_forwarding_on(context, family, link, needs);
	if (!code)
		code = route_addresses(&context->route, &addresses);
	for (size_t i = 0; !code && i < addresses.count; i++) {
		if (!is_client_address(&addresses.items[i], &mapping->key.host))
			continue;
		code = route_link(&context->route, addresses.items[i].interface,
				  &other);
		if (!code)
			code = add_forwarding_on(context, family, &other,
						 needs);
	}
	return code;
}

/* ---------------------------------------------------------------- hairpin */

/* a target that can't be found on its bridge can't reach itself either way */
static int add_hairpin_mode(struct pubport *context,
			    const struct pubport_addr *target,
			    const struct route_link *bridge,
			    struct needs *needs)
{
	struct route_link port;
	unsigned int index;
	int code;

	if (strcmp(bridge->kind, "bridge") != 0 ||
	    !host_filters_bridges(target->family))
		return 0;
	code = route_neighbour_port(&context->route, bridge->index, target,
				    &index);
	if (!code)
		code = route_link(&context->route, index, &port);
	if (code)
		return code == -ENOENT || code == -ENODEV || code == -EPERM
			       ? 0
			       : code;
	return host_settings_add(&needs->settings, SET_HAIRPIN_MODE, port.name);
}

static int add_for_route(struct pubport *context,
			 const struct pubport_mapping *mapping,
			 const struct route *route, struct needs *needs)
{
	struct route_link link;
	int code;

	code = route_link(&context->route, route->interface, &link);
	if (!code)
		code = add_loopback(context, mapping, &link, needs);
	if (!code)
		code = add_forwarding(context, mapping, &link, needs);
	if (!code && route_is_on_link(route))
		code = add_hairpin_mode(context, &mapping->target_addr, &link,
					needs);
	return code;
}

/**
 * needs_add() - find out what a mapping needs
 * @context: whose host; told what can't be had
 * @mapping: which mapping
 * @needs: what it needs is added
 *
 * Return: 0, -ENOMEM, or a negative errno from rtnetlink.
 */
int needs_add(struct pubport *context, const struct pubport_mapping *mapping,
	      struct needs *needs)
{
	const struct pubport_addr *target = &mapping->target_addr;
	unsigned int prefix = (unsigned int)(8 * addr_length(target));
	struct needs_network network;
	struct route route;
	int code;

	code = route_lookup(&context->route, target, &route);
	if (code == -ENETUNREACH) {
		context_notice(context,
			       "%s can't be reached now: no route to it",
			       mapping->target);
		return 0;
	}
	if (code || route.type == RTN_LOCAL)
		return code;
	if (route_is_on_link(&route))
		prefix = route.prefix;
	network = network_of(target, prefix);
	code = add_network(needs, &network);
	if (!code)
		code = add_for_route(context, mapping, &route, needs);
	return code;
}
