/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which sockets of a network namespace use which ports: asks sock_diag, or
 * where a kernel lacks its modules, reads /proc/net.
 */
#include "netlink/sock_diag.h"

#include "mapping/addr.h"
#include "netlink/attribute.h"
#include "netlink/kernel.h"
#include "netlink/proc_net.h"
#include "util/array.h"
#include "util/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

/* the state of a socket that anybody may send to; UDP knows no LISTEN */
static uint8_t listening_state(enum pubport_protocol protocol)
{
	return protocol == PUBPORT_UDP ? TCP_CLOSE : TCP_LISTEN;
}

/**
 * struct visit - what to do with each socket
 * @netns_fd: the namespace, or -1 for this one
 * @protocol: protocol that is asked for
 * @states: states of the sockets that are wanted, a bit each
 * @socket: what to do; returns MNL_CB_OK, or MNL_CB_ERROR with errno set
 * @data: handed to @socket
 */
struct visit {
	int netns_fd;
	enum pubport_protocol protocol;
	uint32_t states;
	int (*socket)(const struct socket_entry *socket, void *data);
	void *data;
};

static void unmap(struct pubport_addr *addr)
{
	struct pubport_addr inner = { .family = PUBPORT_IPV4 };

	if (!addr_is_v4mapped(addr))
		return;
	memcpy(inner.bytes, addr->bytes + 12, 4);
	*addr = inner;
}

static int visit_one(const struct visit *visit, struct socket_entry *socket,
		     unsigned int state)
{
	socket->listening = state == listening_state(visit->protocol);
	unmap(&socket->addr);
	unmap(&socket->peer);
	return visit->socket(socket, visit->data);
}

/* @bytes: one of its addresses */
static struct pubport_addr read_addr(const struct inet_diag_msg *message,
				     const void *bytes)
{
	struct pubport_addr addr = {
		.family = message->idiag_family == AF_INET ? PUBPORT_IPV4
							   : PUBPORT_IPV6,
	};

	memcpy(addr.bytes, bytes, addr_length(&addr));
	return addr;
}

static int read_socket(const struct nlmsghdr *header, void *data)
{
	struct attributes attributes;
	const struct inet_diag_msg *message = message_parse(
		header, SOCK_DIAG_BY_FAMILY, sizeof(*message), &attributes);
	const struct visit *visit = data;
	struct socket_entry socket = { .protocol = visit->protocol };
	uint8_t v6only = 0;

	if (!message || !message->id.idiag_sport)
		return MNL_CB_OK;
	socket.addr = read_addr(message, message->id.idiag_src);
	socket.port = ntohs(message->id.idiag_sport);
	socket.peer = read_addr(message, message->id.idiag_dst);
	socket.peer_port = ntohs(message->id.idiag_dport);
	socket.inode = message->idiag_inode;
	attr_bytes(attr_find(&attributes, INET_DIAG_SKV6ONLY), sizeof(v6only),
		   &v6only);
	socket.v6only = v6only;
	return visit_one(visit, &socket, message->idiag_state);
}

static int pick_socket(const struct proc_socket *socket, void *data)
{
	const struct visit *visit = data;
	struct socket_entry entry = {
		.addr = socket->addr,
		.protocol = visit->protocol,
		.port = socket->port,
		.inode = socket->inode,
	};

	if (!entry.port || !(visit->states & 1U << socket->state))
		return MNL_CB_OK;
	return visit_one(visit, &entry, socket->state);
}

static int visit_family(struct netlink *diag, enum pubport_family family,
			struct visit *visit)
{
	struct request request = { .header = NULL };
	struct inet_diag_req_v2 *query = request_begin(
		&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, sizeof(*query));
	int code;

	query->sdiag_family = family == PUBPORT_IPV4 ? AF_INET : AF_INET6;
	query->sdiag_protocol = (uint8_t)visit->protocol;
	query->idiag_states = visit->states;
	code = netlink_talk(diag, &request, read_socket, visit);
	return kernel_lacks_diag(code)
		       ? proc_net_read(visit->netns_fd, family, visit->protocol,
				       pick_socket, visit)
		       : code;
}

static int visit_sockets(struct netlink *diag, struct visit *visit)
{
	int code = visit_family(diag, PUBPORT_IPV4, visit);

	return code ? code : visit_family(diag, PUBPORT_IPV6, visit);
}

static int keep_socket(const struct socket_entry *socket, void *data)
{
	struct sockets *sockets = data;
	struct socket_entry *items =
		array_grow(sockets->items, sockets->count, sizeof(*items));

	if (!items) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	sockets->items = items;
	sockets->items[sockets->count++] = *socket;
	return MNL_CB_OK;
}

/**
 * sock_diag_open() - begin to ask for the sockets of a network namespace
 * @netns_fd: the namespace, or -1 for this one
 * @ret_diag: close with netlink_close(); stays closed where the kernel knows no
 *	sock_diag, and is asked all the same
 *
 * Return: 0, or as netlink_open_in().
 */
int sock_diag_open(int netns_fd, struct netlink *ret_diag)
{
	int code = netns_fd < 0 ? netlink_open(ret_diag, NETLINK_SOCK_DIAG)
				: netlink_open_in(ret_diag, NETLINK_SOCK_DIAG,
						  netns_fd);

	return kernel_lacks_diag(code) ? 0 : code;
}

/* @netns_fd: where @diag was opened */
static int list_listening(int netns_fd, struct netlink *diag,
			  enum pubport_protocol protocol,
			  struct sockets *sockets)
{
	struct visit visit = { netns_fd, protocol,
			       1U << listening_state(protocol), keep_socket,
			       sockets };

	return visit_sockets(diag, &visit);
}

/**
 * sock_diag_listening() - add the listening sockets of a protocol to a list
 * @diag: from sock_diag_open(), in this namespace
 * @protocol: tcp, udp or sctp; one that the kernel doesn't have has none
 * @sockets: all zero at first, or with those of other protocols; free with
 *	sockets_done(), also after a failure
 *
 * Of UDP, these are the sockets that are bound and not connected.
 *
 * Return: 0, or a negative errno, such as -ENOMEM.
 */
int sock_diag_listening(struct netlink *diag, enum pubport_protocol protocol,
			struct sockets *sockets)
{
	return list_listening(-1, diag, protocol, sockets);
}

/**
 * sock_diag_connected() - add the connected sockets of a protocol to a list
 * @diag: from sock_diag_open(), in this namespace
 * @protocol: tcp or udp
 * @sockets: as for sock_diag_listening()
 *
 * Return: 0, or a negative errno, such as -ENOMEM.
 */
int sock_diag_connected(struct netlink *diag, enum pubport_protocol protocol,
			struct sockets *sockets)
{
	struct visit visit = { -1, protocol, 1U << TCP_ESTABLISHED, keep_socket,
			       sockets };

	return visit_sockets(diag, &visit);
}

static int compare_sockets(const void *a, const void *b)
{
	const struct socket_entry *x = a, *y = b;

	return x->protocol == y->protocol ? x->port - y->port
					  : (int)x->protocol - (int)y->protocol;
}

/**
 * sockets_read() - list the listening sockets of a network namespace
 * @netns_fd: the namespace, or -1 for this one
 * @ret_sockets: of tcp, udp and sctp, sorted by protocol and port; free with
 *	sockets_done(), also after a failure
 *
 * Return: 0, or a negative errno, such as -ENOMEM.
 */
int sockets_read(int netns_fd, struct sockets *ret_sockets)
{
	static const enum pubport_protocol protocols[] = {
		PUBPORT_TCP,
		PUBPORT_UDP,
		PUBPORT_SCTP,
	};
	struct netlink diag CLEANUP(netlink_close) = { .socket = NULL };
	int code = sock_diag_open(netns_fd, &diag);

	memset(ret_sockets, 0, sizeof(*ret_sockets));
	for (size_t i = 0; !code && i < ARRAY_SIZE(protocols); i++)
		code = list_listening(netns_fd, &diag, protocols[i],
				      ret_sockets);
	if (ret_sockets->count)
		qsort(ret_sockets->items, ret_sockets->count,
		      sizeof(*ret_sockets->items), compare_sockets);
	return code;
}

/**
 * sockets_find() - go through the sockets that have some ports
 * @sockets: from sockets_read()
 * @protocol: of the sockets
 * @ports: which ports
 * @last: the socket that was found before, or NULL for the first one
 *
 * Return: the next socket, in the order of ports, or NULL when there is none.
 */
const struct socket_entry *sockets_find(const struct sockets *sockets,
					enum pubport_protocol protocol,
					struct pubport_ports ports,
					const struct socket_entry *last)
{
	const struct socket_entry first = {
		.protocol = protocol,
		.port = ports.first,
	};
	const struct socket_entry *end = sockets->items + sockets->count;
	size_t low = 0, high = sockets->count, middle;

	while (!last && low < high) {
		middle = low + (high - low) / 2;
		if (compare_sockets(&sockets->items[middle], &first) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	last = last ? last + 1 : sockets->items + low;
	return last < end && last->protocol == protocol &&
			       last->port <= ports.last
		       ? last
		       : NULL;
}

/**
 * sockets_done() - free a list of sockets
 * @sockets: as filled by sock_diag_listening(), or all zero
 */
void sockets_done(struct sockets *sockets)
{
	free(sockets->items);
	memset(sockets, 0, sizeof(*sockets));
}

/**
 * socket_overlaps() - whether a socket and an address want the same packets
 * @socket: the socket
 * @addr: an address of the host; all zero for every address of its family
 *
 * Ports are not compared.
 *
 * Return: true when one of both is every address of a family that the other
 * has, or both are the same address.  [::] also stands for IPv4, unless it is
 * v6only.
 */
bool socket_overlaps(const struct socket_entry *socket,
		     const struct pubport_addr *addr)
{
	bool wildcard = pubport_addr_is_any(&socket->addr);

	if (socket->addr.family != addr->family)
		return socket->addr.family == PUBPORT_IPV6 && wildcard &&
		       !socket->v6only;
	return wildcard || pubport_addr_is_any(addr) ||
	       addr_equal(&socket->addr, addr);
}

/**
 * struct port_search - which ports are in use where
 * @addr: address of the host, or every one
 * @set: the ports
 */
struct port_search {
	const struct pubport_addr *addr;
	struct port_bits *set;
};

static int keep_port(const struct socket_entry *socket, void *data)
{
	struct port_search *search = data;

	if (socket_overlaps(socket, search->addr))
		port_bits_add(search->set, socket->port);
	return MNL_CB_OK;
}

/**
 * sock_diag_used_ports() - add the ports that sockets use to a set
 * @diag: from sock_diag_open(), in this namespace
 * @protocol: tcp, udp or sctp; one that the kernel doesn't have has none
 * @addr: only of sockets that overlap this one, see socket_overlaps()
 * @set: all zero at first, or with ports to be avoided for other reasons
 *
 * Connected sockets count as well.  What TCP keeps after a connection's end,
 * or before a listener accepts it, does not.
 *
 * Return: 0, or a negative errno.
 */
int sock_diag_used_ports(struct netlink *diag, enum pubport_protocol protocol,
			 const struct pubport_addr *addr, struct port_bits *set)
{
	struct port_search search = { addr, set };
	struct visit visit = { -1, protocol,
			       ~(1U << TCP_TIME_WAIT | 1U << TCP_SYN_RECV),
			       keep_port, &search };

	return visit_sockets(diag, &visit);
}
