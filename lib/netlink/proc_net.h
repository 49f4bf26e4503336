/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets of a network namespace, as /proc/net tells of them. */
#ifndef NETLINK_PROC_NET_H
#define NETLINK_PROC_NET_H

#include "pubport.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * struct proc_socket - a socket of /proc/net
 * @addr: local address; all zero for every address
 * @port: local port, or 0
 * @state: TCP_LISTEN and the like
 * @inode: number of the socket's file, or 0
 */
struct proc_socket {
	struct pubport_addr addr;
	uint16_t port;
	unsigned int state;
	uint32_t inode;
};

bool proc_net_parse(const char *line, enum pubport_family family,
		    enum pubport_protocol protocol,
		    struct proc_socket *ret_socket);
int proc_net_read(int netns_fd, enum pubport_family family,
		  enum pubport_protocol protocol,
		  int (*each)(const struct proc_socket *socket, void *data),
		  void *data);

#endif
