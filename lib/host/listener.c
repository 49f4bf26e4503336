/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host ports that a local process listens on.
 *
 * Such a port can be published, but then its process hears nothing any more,
 * from nobody.  The kernel is asked for its sockets; nothing is connected to.
 */
#include "host/listener.h"

#include "mapping/addr.h"

#include <errno.h>
#include <string.h>

/**
 * listener_takes() - tell whether a mapping takes packets from a socket
 * @mapping: the mapping
 * @socket: a socket that listens
 *
 * Return: whether it has the socket's port and address.
 */
bool listener_takes(const struct pubport_mapping *mapping,
		    const struct socket_entry *socket)
{
	const struct pubport_key *key = &mapping->key;

	if (key->protocol != socket->protocol ||
	    socket->port < key->ports.first || socket->port > key->ports.last ||
	    !socket_overlaps(socket, &key->host))
		return false;
	/* these clients aren't translated, see nft/rules.c */
	if (addr_is_linklocal6(&socket->addr))
		return false;
	return !(mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK) ||
	       !addr_is_loopback(&socket->addr);
}

static bool find_among(const struct pubport_mappings *mappings,
		       const struct sockets *sockets,
		       const struct port_bits *ports, struct listener *listener)
{
	const struct socket_entry *socket = sockets->items;

	for (size_t i = 0; i < sockets->count; i++, socket++) {
		if (!port_bits_has(ports, socket->port))
			continue;
		for (size_t j = 0; j < mappings->count; j++) {
			if (!listener_takes(&mappings->items[j], socket))
				continue;
			listener->mapping = j;
			listener->socket = *socket;
			return true;
		}
	}
	return false;
}

static bool uses(const struct pubport_mappings *mappings,
		 enum pubport_protocol protocol)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mappings->items[i].key.protocol == protocol)
			return true;
	return false;
}

/**
 * listener_find() - find a local listener that mappings would shut out
 * @mappings: what is to be published
 * @ret_listener: the first one found
 *
 * Return: 0 when there is one, -ENOENT when there is none, -ENOMEM, or another
 * negative errno from the kernel.
 */
int listener_find(const struct pubport_mappings *mappings,
		  struct listener *ret_listener)
{
	static const enum pubport_protocol protocols[] = {
		PUBPORT_TCP,
		PUBPORT_UDP,
		PUBPORT_SCTP,
	};
	struct netlink diag CLEANUP(netlink_close) = { .socket = NULL };
	struct sockets sockets CLEANUP(sockets_done) = { .items = NULL };
	struct listener listener = { .mapping = 0 };
	struct port_bits ports = { 0 };
	int code;

	for (size_t i = 0; i < mappings->count; i++)
		port_bits_add_range(&ports, mappings->items[i].key.ports);
	code = sock_diag_open(-1, &diag);
	/* to ask for others would load their modules */
	for (size_t i = 0; !code && i < ARRAY_SIZE(protocols); i++)
		if (uses(mappings, protocols[i]))
			code = sock_diag_listening(&diag, protocols[i],
						   &sockets);
	if (code)
		return code;
	if (!find_among(mappings, &sockets, &ports, &listener))
		return -ENOENT;
	if (process_find_socket(listener.socket.inode, &listener.process))
		listener.process.pid = 0;
	*ret_listener = listener;
	return 0;
}

/**
 * listener_describe() - say who listens where
 * @listener: from listener_find()
 * @ret_text: LISTENER_TEXT_SIZE bytes; words that follow a mapping in a
 *	sentence
 *
 * Return: @ret_text.
 */
const char *listener_describe(const struct listener *listener, char *ret_text)
{
	char whose[64] = "a local process";

	if (listener->process.pid)
		snprintf(whose, sizeof(whose), "%s (pid %d)",
			 listener->process.name, listener->process.pid);
	snprintf(ret_text, LISTENER_TEXT_SIZE, "port %u/%s is in use by %s",
		 listener->socket.port,
		 pubport_protocol_name(listener->socket.protocol), whose);
	return ret_text;
}
