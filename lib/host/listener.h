/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host ports that a local process listens on. */
#ifndef HOST_LISTENER_H
#define HOST_LISTENER_H

#include "host/process.h"
#include "netlink/sock_diag.h"

/**
 * struct occupant - a socket that a mapping would take packets from
 * @mapping: index of that mapping
 * @socket: the socket
 * @process: whose it is; pid 0 when that can't be found out
 */
struct occupant {
	size_t mapping;
	struct socket_entry socket;
	struct process process;
};

bool occupied_takes(const struct pubport_mapping *mapping,
		    const struct socket_entry *socket);
#define OCCUPANT_TEXT_SIZE 128 /* what occupied_describe() writes */

int occupied_find(const struct pubport_mappings *mappings,
		  struct occupant *ret_occupant);
const char *occupied_describe(const struct occupant *occupant, char *ret_text);

#endif
