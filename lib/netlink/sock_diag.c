/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sockets of a network namespace use which ports: asks sock_diag. */
#include "netlink/sock_diag.h"

#include "mapping/addr.h"
#include "netlink/attribute.h"
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
 * @protocol: protocol that is asked for
 * @socket: what to do; returns MNL_CB_OK, or MNL_CB_ERROR with errno set
 * @data: handed to @socket
 */
struct visit {
	enum pubport_protocol protocol;
	int (*socket)(const struct socket_entry *socket, void *data);
	void *data;
};

static struct pubport_addr local_addr(const struct inet_diag_msg *message)
{
	struct pubport_addr addr = {
		.family = message->idiag_family == AF_INET ? PUBPORT_IPV4
							   : PUBPORT_IPV6,
	};
	struct pubport_addr inner = { .family = PUBPORT_IPV4 };

	memcpy(addr.bytes, message->id.idiag_src, addr_length(&addr));
	if (!addr_is_v4mapped(&addr))
		return addr;
	memcpy(inner.bytes, addr.bytes + 12, 4);
	return inner;
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
	socket.addr = local_addr(message);
	socket.port = ntohs(message->id.idiag_sport);
	socket.inode = message->idiag_inode;
	socket.listening = message->idiag_state ==
			   listening_state(visit->protocol);
	attr_bytes(attr_find(&attributes, INET_DIAG_SKV6ONLY), sizeof(v6only),
		   &v6only);
	socket.v6only = v6only;
	return visit->socket(&socket, visit->data);
}

/* visits the sockets of both families that are in one of @states */
static int visit_sockets(struct netlink *diag, struct visit *visit,
			 uint32_t states)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct inet_diag_req_v2 *query;
	int code = 0;

	for (size_t i = 0; !code && i < ARRAY_SIZE(families); i++) {
		struct request request = { .header = NULL };

		query = request_begin(&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP,
				      sizeof(*query));
		query->sdiag_family = families[i];
		query->sdiag_protocol = (uint8_t)visit->protocol;
		query->idiag_states = states;
		code = netlink_talk(diag, &request, read_socket, visit);
	}
	/* a protocol or family that the kernel doesn't have */
	return code == -ENOENT ? 0 : code;
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
 * sock_diag_listening() - add the listening sockets of a protocol to a list
 * @diag: NETLINK_SOCK_DIAG socket that was opened in the namespace
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
	struct visit visit = { protocol, keep_socket, sockets };

	return visit_sockets(diag, &visit, 1U << listening_state(protocol));
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
	int code = netns_fd < 0 ? netlink_open(&diag, NETLINK_SOCK_DIAG)
				: netlink_open_in(&diag, NETLINK_SOCK_DIAG,
						  netns_fd);

	memset(ret_sockets, 0, sizeof(*ret_sockets));
	for (size_t i = 0; !code && i < ARRAY_SIZE(protocols); i++)
		code = sock_diag_listening(&diag, protocols[i], ret_sockets);
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
 * @diag: NETLINK_SOCK_DIAG socket that was opened in the namespace
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
	struct visit visit = { protocol, keep_port, &search };

	return visit_sockets(diag, &visit,
			     ~(1U << TCP_TIME_WAIT | 1U << TCP_SYN_RECV));
}
