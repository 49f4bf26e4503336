/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The doctor: what is looked at, and who looks. */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "firewall/scene.h"
#include "mapping/finding.h"
#include "netlink/context.h"
#include "netlink/link.h"
#include "table/mapping_element.h"
#include "target/reach.h"

/**
 * struct doctor_stale - connections that go past their mapping, or by it, but
 * unanswered
 * @mapping: which
 * @count: how many there are
 * @client: who began the first of them
 * @client_port: and from which port
 * @host: to which address of the host
 * @port: and which port
 * @is_answered: whether others of the same kind are answered
 */
struct doctor_stale {
	const struct pubport_mapping *mapping;
	size_t count;
	struct pubport_addr client;
	uint16_t client_port;
	struct pubport_addr host;
	uint16_t port;
	bool is_answered;
};

/**
 * struct doctor_flows - some of those connections
 * @items: one for each mapping; on the heap
 * @count: number of @items
 */
struct doctor_flows {
	struct doctor_stale *items;
	size_t count;
};

/**
 * struct doctor_uplink - an address that clients from far away ask
 * @addr: the address
 * @interface: the one that it is on, by which they may come in
 * @client: one of them
 */
struct doctor_uplink {
	struct pubport_addr addr;
	const struct link_info *interface;
	struct pubport_addr client;
};

/**
 * struct doctor - an examination
 * @scene: of which host, mappings, targets and clients
 * @state: file that keep recorded the mappings in
 * @sockets: who listens on the host, sorted by protocol and port
 * @census: the namespaces of this machine
 * @stale: mappings that connections go past
 * @unanswered: mappings that have connections which nobody answers
 * @uplinks: addresses of the host that lead far away
 * @uplink_count: number of @uplinks
 * @report: what was found
 * @error: why it failed, or NULL
 */
struct doctor {
	struct scene scene;
	const char *state;
	struct sockets sockets;
	struct census census;
	struct doctor_flows stale;
	struct doctor_flows unanswered;
	struct doctor_uplink *uplinks;
	size_t uplink_count;
	struct report report;
	struct pubport_error *error;
};

/**
 * typedef host_check_fn - looks at the host, and reports
 * @doctor: whose report it goes into
 *
 * Return: 0, whatever was found; -ENOMEM, or another negative errno when it
 * could not look.
 */
typedef int (*host_check_fn)(struct doctor *doctor);

/**
 * typedef target_check_fn - looks at a target, likewise
 * @doctor: whose report it goes into
 * @target: which
 */
typedef int (*target_check_fn)(struct doctor *doctor,
			       struct scene_target *target);

/**
 * typedef mapping_check_fn - looks at a mapping, likewise
 * @doctor: whose report it goes into
 * @target: where it leads
 * @mapping: which
 */
typedef int (*mapping_check_fn)(struct doctor *doctor,
				struct scene_target *target,
				const struct pubport_mapping *mapping);

/**
 * struct answer_way - where a target sends its answers to a client
 * @goes: whether this host gets them
 * @is_direct: whether the client is in a network of the target's behind the
 *	host, where both are neighbours
 * @device: the host's interface that they come in by, or NULL where it isn't
 *	known
 * @why: why this host doesn't get them
 */
struct answer_way {
	bool goes;
	bool is_direct;
	const struct link_info *device;
	char why[128];
};

int answers_find_way(struct doctor *doctor, struct scene_target *target,
		     const struct scene_client *client,
		     struct answer_way *ret_way);

void answers_fix(struct doctor *doctor, const struct scene_target *target,
		 enum pubport_mapping_flag flag);
uint32_t uplink_mark_of(const struct scene_target *target,
			unsigned int interface);

int doctor_check_missing(struct doctor *doctor, const char *text,
			 bool *ret_found);
int doctor_check_state(struct doctor *doctor);
int doctor_check_client(struct doctor *doctor);
int doctor_check_table(struct doctor *doctor);
int doctor_check_guard(struct doctor *doctor);
int doctor_check_forwarding(struct doctor *doctor);
int doctor_check_reverse_path(struct doctor *doctor);
int doctor_check_tracking(struct doctor *doctor);
int doctor_check_legacy(struct doctor *doctor);
int doctor_check_shield(struct doctor *doctor);

int doctor_check_reached(struct doctor *doctor, struct scene_target *target);
int doctor_check_answers(struct doctor *doctor, struct scene_target *target);
int doctor_check_unanswered(struct doctor *doctor, struct scene_target *target);
int doctor_check_own_routing(struct doctor *doctor,
			     struct scene_target *target);
int doctor_check_uplinks(struct doctor *doctor, struct scene_target *target);
int doctor_check_routing(struct doctor *doctor, struct scene_target *target);
int doctor_check_loopback(struct doctor *doctor, struct scene_target *target);
int doctor_check_hairpin(struct doctor *doctor, struct scene_target *target);
int doctor_check_neighbours(struct doctor *doctor, struct scene_target *target);
int doctor_check_rules(struct doctor *doctor, struct scene_target *target);

int doctor_find_uplinks(struct doctor *doctor);
int doctor_find_flows(struct doctor *doctor);
int doctor_check_address(struct doctor *doctor, struct scene_target *target,
			 const struct pubport_mapping *mapping);
int doctor_check_from(struct doctor *doctor, struct scene_target *target,
		      const struct pubport_mapping *mapping);
int doctor_check_shadow(struct doctor *doctor, struct scene_target *target,
			const struct pubport_mapping *mapping);
int doctor_check_listener(struct doctor *doctor, struct scene_target *target,
			  const struct pubport_mapping *mapping);
int doctor_check_flows(struct doctor *doctor, struct scene_target *target,
		       const struct pubport_mapping *mapping);

#endif
