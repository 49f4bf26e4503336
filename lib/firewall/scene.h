/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks whom: mappings, their targets, and the clients that could come. */
#ifndef FIREWALL_SCENE_H
#define FIREWALL_SCENE_H

#include "netlink/context.h"
#include "target/reach.h"
#include "util/cleanup.h"

/**
 * struct scene_client - a remote client, standing for all of its network
 * @addr: its address
 * @network: its network; all addresses for one beyond a router
 * @interface: the host's interface that leads there
 */
struct scene_client {
	struct pubport_addr addr;
	struct pubport_network network;
	const struct link_info *interface;
};

/**
 * struct scene_target - where some of the mappings lead
 * @addr: its address; all zero for the host itself
 * @text: as the user wrote it; not trusted
 * @name: what of that names it, such as "netns:web"; "" for an address
 * @mappings: those that lead there
 * @count: number of @mappings
 * @is_local: whether it is this host itself, by whatever address
 * @device: the host's interface towards it, or NULL
 * @port: index of the bridge's port behind which it is, or 0 where that isn't
 *	known
 * @interior: its network namespace, if there is one that we may look into
 * @is_reached: whether it is there and answers; if not, the rest doesn't matter
 */
struct scene_target {
	struct pubport_addr addr;
	const char *text;
	char name[PUBPORT_TARGET_SIZE];
	const struct pubport_mapping **mappings;
	size_t count;
	bool is_local;
	const struct link_info *device;
	unsigned int port;
	struct interior interior;
	bool is_reached;
};

/**
 * struct scene - who asks whom
 * @context: on which host
 * @client: a client that is asked for, or NULL
 * @mappings: by which mappings
 * @order: the same, sorted by target
 * @targets: where they lead
 * @target_count: number of @targets
 * @host: the host's interfaces
 * @addresses: the host's addresses
 * @clients: one of each network that the host has an interface in
 * @client_count: number of @clients
 */
struct scene {
	struct pubport *context;
	const struct pubport_addr *client;
	struct pubport_mappings mappings;
	const struct pubport_mapping **order;
	struct scene_target *targets;
	size_t target_count;
	struct reach_host host;
	struct addresses addresses;
	struct scene_client *clients;
	size_t client_count;
};

int scene_look_around(struct scene *scene);
void scene_done(struct scene *scene);

bool scene_leads_to(const struct scene *scene,
		    const struct scene_client *client, unsigned int interface);
bool scene_is_remote(const struct pubport_mapping *mapping);
bool scene_serves(const struct scene_target *target,
		  const struct scene_client *client);
bool scene_comes_by(const struct pubport_mapping *mapping,
		    const struct link_info *interface);
bool scene_is_open_to(const struct scene_target *target,
		      const struct pubport_addr *client,
		      const struct link_info *interface);
bool scene_asks(const struct scene_target *target,
		const struct pubport_addr *host,
		const struct link_info *interface);
const char *scene_client_text(const struct scene_client *client, char *buffer,
			      size_t size);

DEFINE_CLEANUP(scene_done, struct scene)

#endif
