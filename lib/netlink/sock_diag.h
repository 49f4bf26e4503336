/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sockets of a network namespace use which ports. */
#ifndef NETLINK_SOCK_DIAG_H
#define NETLINK_SOCK_DIAG_H

#include "mapping/portset.h"
#include "netlink/netlink.h"
#include "util/cleanup.h"

/**
 * struct socket_entry - a socket that has a local port
 * @addr: local address; all zero for every address
 * @protocol: tcp, udp or sctp
 * @port: local port
 * @peer: of a socket that is connected, where sock_diag tells it; else zero
 * @peer_port: likewise
 * @v6only: whether [::] leaves IPv4 alone
 * @listening: whether anybody may send to it: neither connected nor closed
 * @inode: number of the socket's file, as in /proc/PID/fd, or 0
 *
 * An IPv6 socket bound to an IPv4-mapped address counts as IPv4.
 */
struct socket_entry {
	struct pubport_addr addr;
	enum pubport_protocol protocol;
	uint16_t port;
	struct pubport_addr peer;
	uint16_t peer_port;
	bool v6only;
	bool listening;
	uint32_t inode;
};

/**
 * struct sockets - an array of sockets
 * @items: free with sockets_done()
 * @count: number of @items
 */
struct sockets {
	struct socket_entry *items;
	size_t count;
};

int sock_diag_open(int netns_fd, struct netlink *ret_diag);
int sock_diag_listening(struct netlink *diag, enum pubport_protocol protocol,
			struct sockets *sockets);
int sock_diag_connected(struct netlink *diag, enum pubport_protocol protocol,
			struct sockets *sockets);
int sockets_read(int netns_fd, struct sockets *ret_sockets);
const struct socket_entry *sockets_find(const struct sockets *sockets,
					enum pubport_protocol protocol,
					struct pubport_ports ports,
					const struct socket_entry *last);
void sockets_done(struct sockets *sockets);
bool socket_overlaps(const struct socket_entry *socket,
		     const struct pubport_addr *addr);

DEFINE_CLEANUP(sockets_done, struct sockets)

int sock_diag_used_ports(struct netlink *diag, enum pubport_protocol protocol,
			 const struct pubport_addr *addr,
			 struct port_bits *set);

#endif
