/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host ports that a local process listens on. */
#ifndef HOST_LISTENER_H
#define HOST_LISTENER_H

#include "host/process.h"
#include "netlink/sock_diag.h"

/**
 * struct listener - a socket that a mapping would take packets from
 * @mapping: index of that mapping
 * @socket: the socket
 * @process: whose it is; pid 0 when that can't be found out
 */
struct listener {
	size_t mapping;
	struct socket_entry socket;
	struct process process;
};

bool listener_takes(const struct pubport_mapping *mapping,
		    const struct socket_entry *socket);
#define LISTENER_TEXT_SIZE 128 /* what listener_describe() writes */

int listener_find(const struct pubport_mappings *mappings,
		  struct listener *ret_listener);
const char *listener_describe(const struct listener *listener, char *ret_text);

#endif
