/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor: what is looked at, and who looks. */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "mapping/finding.h"
#include "netlink/address.h"
#include "netlink/context.h"
#include "netlink/link.h"
#include "table/mapping_element.h"
#include "target/interior.h"

/**
 * struct doctor_client - a remote client, standing for all of its network
 * @addr: its address
 * @network: its network; all addresses for one beyond a router
 * @interface: the host's interface that leads there
 */
struct doctor_client {
	struct pubport_addr addr;
	struct pubport_network network;
	const struct link_info *interface;
};

/**
 * struct doctor_target - where some of the mappings lead
 * @addr: its address; all zero for the host itself
 * @text: as the user wrote it; not trusted
 * @name: what of that names it, such as "netns:web"; "" for an address
 * @mappings: those that lead there
 * @count: number of @mappings
 * @is_local: whether it is this host itself, by whatever address
 * @device: the host's interface towards it, or NULL
 * @interior: its network namespace, if there is one that we may look into
 * @is_reached: whether it is there and answers; if not, the rest doesn't matter
 */
struct doctor_target {
	struct pubport_addr addr;
	const char *text;
	char name[PUBPORT_TARGET_SIZE];
	const struct pubport_mapping **mappings;
	size_t count;
	bool is_local;
	const struct link_info *device;
	struct interior interior;
	bool is_reached;
};

/**
 * struct doctor_stale - connections that go past their mapping
 * @mapping: which
 * @count: how many there are
 * @client: who began the first of them
 * @client_port: and from which port
 * @host: to which address of the host
 * @port: and which port
 */
struct doctor_stale {
	const struct pubport_mapping *mapping;
	size_t count;
	struct pubport_addr client;
	uint16_t client_port;
	struct pubport_addr host;
	uint16_t port;
};

/**
 * struct doctor - an examination
 * @context: of which host
 * @client: a client that is asked for, or NULL
 * @state: file that keep recorded the mappings in
 * @mappings: what is examined
 * @order: the same, sorted by target
 * @targets: where they lead
 * @target_count: number of @targets
 * @host: the host's interfaces
 * @addresses: the host's addresses
 * @sockets: who listens on the host
 * @listening: the ports of @sockets
 * @clients: one of each network that the host has an interface in
 * @client_count: number of @clients
 * @census: the namespaces of this machine
 * @stale: mappings that connections go past
 * @stale_count: number of @stale
 * @report: what was found
 * @error: why it failed, or NULL
 */
struct doctor {
	struct pubport *context;
	const struct pubport_addr *client;
	const char *state;
	struct pubport_mappings mappings;
	const struct pubport_mapping **order;
	struct doctor_target *targets;
	size_t target_count;
	struct reach_host host;
	struct addresses addresses;
	struct sockets sockets;
	struct port_bits listening;
	struct doctor_client *clients;
	size_t client_count;
	struct census census;
	struct doctor_stale *stale;
	size_t stale_count;
	struct report report;
	struct pubport_error *error;
};

int doctor_find_targets(struct doctor *doctor);

/* who could come */
int doctor_find_clients(struct doctor *doctor);
bool doctor_leads_to(const struct doctor *doctor,
		     const struct doctor_client *client,
		     unsigned int interface);
bool doctor_is_remote(const struct pubport_mapping *mapping);
bool doctor_serves(const struct doctor_target *target,
		   const struct doctor_client *client);
const char *doctor_client_text(const struct doctor_client *client, char *buffer,
			       size_t size);

/* each looks at something and reports; returns 0, or a negative errno when it
 * could not look */
int doctor_check_missing(struct doctor *doctor, const char *text,
			 bool *ret_found);
int doctor_check_state(struct doctor *doctor);
int doctor_check_table(struct doctor *doctor);
int doctor_check_guard(struct doctor *doctor);
int doctor_check_forwarding(struct doctor *doctor);
int doctor_check_reverse_path(struct doctor *doctor);
int doctor_check_tracking(struct doctor *doctor);

int doctor_check_reached(struct doctor *doctor, struct doctor_target *target);
int doctor_check_answers(struct doctor *doctor, struct doctor_target *target);
int doctor_check_routing(struct doctor *doctor, struct doctor_target *target);
int doctor_check_loopback(struct doctor *doctor, struct doctor_target *target);
int doctor_check_hairpin(struct doctor *doctor, struct doctor_target *target);

int doctor_find_stale(struct doctor *doctor);
int doctor_check_address(struct doctor *doctor, struct doctor_target *target,
			 const struct pubport_mapping *mapping);
int doctor_check_from(struct doctor *doctor, struct doctor_target *target,
		      const struct pubport_mapping *mapping);
int doctor_check_shadow(struct doctor *doctor, struct doctor_target *target,
			const struct pubport_mapping *mapping);
int doctor_check_listener(struct doctor *doctor, struct doctor_target *target,
			  const struct pubport_mapping *mapping);
int doctor_check_flows(struct doctor *doctor, struct doctor_target *target,
		       const struct pubport_mapping *mapping);

#endif
