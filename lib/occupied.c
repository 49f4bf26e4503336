/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host ports that a local process listens on.
 *
 * Such a port can be published, but then its process hears nothing any more,
 * from nobody.  The kernel is asked for its sockets; nothing is connected to.
 */
#include "occupied.h"

#include "addr.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

/* mappings that take packets from a socket have its port and address */
static bool is_taken(const struct pubport_mapping *mapping,
		     const struct socket_entry *socket)
{
	const struct pubport_key *key = &mapping->key;

	if (key->protocol != socket->protocol ||
	    socket->port < key->ports.first || socket->port > key->ports.last ||
	    !socket_overlaps(socket, &key->host))
		return false;
	/* these clients aren't translated, see ruleset.c */
	if (addr_is_linklocal6(&socket->addr))
		return false;
	return !(mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK) ||
	       !addr_is_loopback(&socket->addr);
}

static bool find_among(const struct pubport_mappings *mappings,
		       const struct sockets *sockets,
		       const struct port_set *ports, struct occupant *occupant)
{
	const struct socket_entry *socket = sockets->items;

	for (size_t i = 0; i < sockets->count; i++, socket++) {
		if (!port_set_has(ports, socket->port))
			continue;
		for (size_t j = 0; j < mappings->count; j++) {
			if (!is_taken(&mappings->items[j], socket))
				continue;
			occupant->mapping = j;
			occupant->socket = *socket;
			return true;
		}
	}
	return false;
}

/* ports of the mappings of a protocol */
static bool collect_ports(const struct pubport_mappings *mappings,
			  enum pubport_protocol protocol,
			  struct port_set *ports)
{
	const struct pubport_key *key;
	bool any = false;

	for (size_t i = 0; i < mappings->count; i++) {
		key = &mappings->items[i].key;
		if (key->protocol != protocol)
			continue;
		any = true;
		for (uint32_t port = key->ports.first; port <= key->ports.last;
		     port++)
			port_set_add(ports, (uint16_t)port);
	}
	return any;
}

static int find_protocol(const struct pubport_mappings *mappings,
			 enum pubport_protocol protocol,
			 struct occupant *occupant)
{
	struct netlink diag CLEANUP(netlink_close) = { .socket = NULL };
	struct sockets sockets CLEANUP(sockets_done) = { .items = NULL };
	struct port_set ports = { { 0 } };
	int code;

	if (!collect_ports(mappings, protocol, &ports))
		return -ENOENT;
	code = netlink_open(&diag, NETLINK_SOCK_DIAG);
	if (!code)
		code = sockets_listening(&diag, protocol, &sockets);
	if (code)
		return code;
	return find_among(mappings, &sockets, &ports, occupant) ? 0 : -ENOENT;
}

/**
 * occupied_find() - find a local listener that mappings would shut out
 * @mappings: what is to be published
 * @ret_occupant: the first one found
 *
 * Return: 0 when there is one, -ENOENT when there is none, -ENOMEM, or another
 * negative errno from the kernel.
 */
int occupied_find(const struct pubport_mappings *mappings,
		  struct occupant *ret_occupant)
{
	static const enum pubport_protocol protocols[] = {
		PUBPORT_TCP,
		PUBPORT_UDP,
		PUBPORT_SCTP,
	};
	struct occupant occupant = { .mapping = 0 };
	int code = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(protocols) && code == -ENOENT; i++)
		code = find_protocol(mappings, protocols[i], &occupant);
	if (code)
		return code;
	if (process_find_socket(occupant.socket.inode, &occupant.process))
		occupant.process.pid = 0;
	*ret_occupant = occupant;
	return 0;
}
