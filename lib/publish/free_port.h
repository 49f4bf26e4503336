/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses host ports that nobody uses. */
#ifndef PUBLISH_FREE_PORT_H
#define PUBLISH_FREE_PORT_H

#include "netlink/netlink.h"
#include "netlink/sock_diag.h"

/**
 * struct choice - which ports will do
 * @keys: of these, the host addresses and interfaces on which they must be free
 * @key_count: number of @keys
 * @protocol: transport protocol
 * @from: to be chosen from these; first 0 = the kernel's local port range,
 *	without the reserved ones
 * @width: how many consecutive ports
 * @taken: ports that were chosen or asked for before; the choice is added
 */
struct choice {
	struct pubport_key *keys;
	size_t key_count;
	enum pubport_protocol protocol;
	struct pubport_ports from;
	unsigned int width;
	struct port_bits *taken;
};

int free_port_choose(struct netlink *nft, struct netlink *route,
		     const struct choice *choice,
		     struct pubport_ports *ret_ports);

#endif
