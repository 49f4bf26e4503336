/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of connections to a target, at each place that they pass. */
#ifndef FIREWALL_HOOKS_H
#define FIREWALL_HOOKS_H

#include "firewall/walk.h"
#include "netlink/link.h"

/* up to here, packets are not translated: the priority of our own chains */
#define TRAFFIC_TRANSLATED (-101)

/**
 * struct service - mappings of one protocol to one target
 * @protocol: of their packets
 * @target: address of the target; all zero for this host itself
 * @to_host: whether the target is this host itself
 * @device: interface towards the target, or NULL
 * @port: index of the bridge's port behind which it is, or 0
 * @links: all interfaces of this host
 * @mappings: the mappings; borrowed
 * @count: number of @mappings
 * @hosts: addresses of this host that clients ask for, on the heap
 * @host_interfaces: index of the interface that has each of @hosts, or 0
 * @host_count: number of @hosts; 0 for any
 * @host_ports: ports that they ask for
 * @target_ports: ports of the target that these lead to
 */
struct service {
	enum pubport_protocol protocol;
	struct pubport_addr target;
	bool to_host;
	const struct link_info *device;
	unsigned int port;
	const struct links *links;
	const struct pubport_mapping *const *mappings;
	size_t count;
	struct pubport_addr *hosts;
	unsigned int *host_interfaces;
	size_t host_count;
	struct port_set host_ports;
	struct port_set target_ports;
};

/**
 * struct traffic - connections of some clients to a service
 * @service: which
 * @client: PUBPORT_CLIENT_REMOTE, PUBPORT_CLIENT_NEIGHBOUR, or
 *	PUBPORT_CLIENT_LOOPBACK for this host's own
 * @from: network of the clients; a prefix of 0 for anyone
 * @interface: by which they come in, one with the index 0 for any; NULL for
 *	this host's own
 */
struct traffic {
	const struct service *service;
	enum pubport_client client;
	struct pubport_network from;
	const struct link_info *interface;
};

/* the end of a connection at which an interface is */
enum traffic_side {
	SIDE_NONE,
	SIDE_CLIENT,
	SIDE_TARGET,
	SIDE_LOOPBACK,
};

/**
 * struct passage - a place that packets of some traffic pass
 * @from_host: whether it is traffic of this host's own
 * @to_host: whether it is traffic to this host itself
 * @hook: NF_INET_, HOOK_INGRESS or HOOK_EGRESS
 * @first: lowest priority of chains that see the packets like this
 * @last: highest priority of them
 * @is_answer: whether they come from the target
 * @is_translated: whether they have the target's address and port already
 * @remote_only: whether only those of remote clients are known there
 * @is_sent: whether all that is translated was, also the source
 * @layer: to which base chains there belong
 * @in: where the interface is that they came in by
 * @out: where the interface is that they leave by
 */
struct passage {
	bool from_host;
	bool to_host;
	uint32_t hook;
	int32_t first;
	int32_t last;
	bool is_answer;
	bool is_translated;
	bool remote_only;
	bool is_sent;
	enum layer layer;
	enum traffic_side in;
	enum traffic_side out;
};

const struct passage *traffic_next(const struct traffic *traffic,
				   const struct passage *passage);
bool passage_is_tracked(const struct passage *passage, int32_t priority);
enum answer passage_leads_by(const struct passage *passage,
			     const struct traffic *traffic,
			     const struct chain *chain);
bool passage_has_host_ports(const struct passage *passage);
int passage_walk(const struct passage *passage, const struct traffic *traffic,
		 const struct chain *chain, struct walk *walk);

#endif
