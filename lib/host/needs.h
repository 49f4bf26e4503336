/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mapping needs of the host: settings, and its target's network. */
#ifndef HOST_NEEDS_H
#define HOST_NEEDS_H

#include "host/setting.h"
#include "netlink/context.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"

/**
 * struct needs_network - a network on the link by which a target is reached
 * @target: the target
 * @first: first address of the network
 * @last: last address of the network
 */
struct needs_network {
	struct pubport_addr target;
	struct pubport_addr first;
	struct pubport_addr last;
};

/**
 * struct needs - what mappings need
 * @settings: what must be on; HOST_BRIDGE for bridges among them
 * @on_link: networks on the link of @link, apart from each other
 * @link: index of the interface of @on_link, or 0
 * @networks: networks on the targets' links, each once for each target
 * @network_count: number of @networks
 * @strays: targets that rules of others keep this host from reaching
 * @stray_count: number of @strays
 * @has_rules: whether there are such rules, once @knows_rules is set
 * @knows_rules: whether that is known
 * @ports: of bridges, that must be in hairpin mode
 * @port_count: number of @ports that aren't found yet
 */
struct needs {
	struct host_settings settings;
	struct subnets on_link;
	unsigned int link;
	struct needs_network *networks;
	size_t network_count;
	struct pubport_addr *strays;
	size_t stray_count;
	bool has_rules;
	bool knows_rules;
	struct bridge_port *ports;
	size_t port_count;
};

int needs_add_networks(struct pubport *context,
		       const struct pubport_addr *target,
		       const struct route *route, struct needs *needs);
int needs_add(struct pubport *context, const struct pubport_mapping *mapping,
	      struct needs *needs);
int needs_complete(struct pubport *context, struct needs *needs);
void needs_done(struct needs *needs);

DEFINE_CLEANUP(needs_done, struct needs)

#endif
