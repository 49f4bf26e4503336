/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports that were chosen are kept from programs that ask for any.
 *
 * The kernel knows nothing of a published port.  One of its local port range
 * would be given to the next program that binds port 0, whose clients would be
 * led to the target.  So a port that was chosen there is reserved, in
 * net.ipv4.ip_local_reserved_ports, for as long as a mapping has it.  That
 * needs no process, and programs that ask for that very port are not hindered.
 *
 * That it is reserved because of us is a flag of the mapping, so that it goes
 * with the mapping however that ends.  Several mappings have the same port
 * where families, host addresses or protocols differ: the last one releases it.
 *
 * From the choice until the port is reserved, sockets hold it.
 */
#include "publish/reserve.h"

#include "host/local_ports.h"
#include "host/lock.h"
#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "table/list.h"
#include "table/lookup.h"
#include "util/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define LOOKUPS_MAX 64

static bool is_reserved(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_RESERVED;
}

static size_t count_reserved(const struct pubport_mappings *mappings)
{
	size_t count = 0;

	for (size_t i = 0; i < mappings->count; i++)
		count += is_reserved(&mappings->items[i]);
	return count;
}

static void collect_reserved(const struct pubport_mappings *mappings,
			     struct port_bits *set)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (is_reserved(&mappings->items[i]))
			port_bits_add_range(set, mappings->items[i].key.ports);
}

/* ------------------------------------------------------------------- held */

static int bind_port(int fd, const struct pubport_addr *host, uint16_t port)
{
	struct sockaddr_in6 ipv6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	struct sockaddr_in ipv4 = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	const int on = 1;

	/* an address that the host has not got yet may be asked for */
	(void)setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	memcpy(&ipv4.sin_addr, host->bytes, sizeof(ipv4.sin_addr));
	memcpy(&ipv6.sin6_addr, host->bytes, sizeof(ipv6.sin6_addr));
	if (host->family == PUBPORT_IPV4)
		return bind(fd, (struct sockaddr *)&ipv4, sizeof(ipv4));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return bind(fd, (struct sockaddr *)&ipv6, sizeof(ipv6));
}

/* whether one before has the same ports, so that it may be ourselves who are in
 * the way of all addresses, or of one */
static bool is_ours(const struct pubport_mappings *mappings, size_t index)
{
	const struct pubport_key *key = &mappings->items[index].key, *other;

	for (size_t i = 0; i < index; i++) {
		other = &mappings->items[i].key;
		if (is_reserved(&mappings->items[i]) &&
		    other->protocol == key->protocol &&
		    other->host.family == key->host.family &&
		    other->ports.first == key->ports.first)
			return true;
	}
	return false;
}

/* a protocol that the kernel doesn't have is nobody's */
static int hold_port(struct hold *hold, const struct pubport_key *key,
		     uint16_t port)
{
	int type = key->protocol == PUBPORT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd CLEANUP(close) =
		socket(addr_af(&key->host), type | SOCK_CLOEXEC, key->protocol);
	int *sockets;

	if (fd < 0)
		return 0;
	if (bind_port(fd, &key->host, port))
		return errno == EADDRINUSE ? -EADDRINUSE : 0;
	sockets = array_grow(hold->sockets, hold->count, sizeof(*sockets));
	if (!sockets)
		return -ENOMEM;
	hold->sockets = sockets;
	hold->sockets[hold->count++] = TAKE_FD(fd);
	return 0;
}

/**
 * hold_ports() - keep others from ports that were chosen
 * @hold: all zero at first; end with hold_end(), also after a failure
 * @mappings: to be published
 *
 * Where sockets run out, the ports are not held.
 *
 * Return: 0, -EADDRINUSE when somebody has one of them, -ENOMEM.
 */
int hold_ports(struct hold *hold, const struct pubport_mappings *mappings)
{
	int code = 0;

	for (size_t i = 0; !code && i < mappings->count; i++) {
		const struct pubport_key *key = &mappings->items[i].key;

		if (!is_reserved(&mappings->items[i]))
			continue;
		for (uint32_t port = key->ports.first;
		     !code && port <= key->ports.last; port++)
			code = hold_port(hold, key, (uint16_t)port);
		if (code == -EADDRINUSE && is_ours(mappings, i))
			code = 0;
	}
	return code;
}

/**
 * hold_end() - let others have ports that were held
 * @hold: from hold_ports(), or all zero
 */
void hold_end(struct hold *hold)
{
	while (hold->count)
		close(hold->sockets[--hold->count]);
	free(hold->sockets);
	hold->sockets = NULL;
}

/* --------------------------------------------------------------- reserved */

/* in any protocol; @key: where */
static int find_on(struct netlink *nft, struct pubport_key key, bool *ret_found)
{
	static const enum pubport_protocol protocols[] = { PUBPORT_TCP,
							   PUBPORT_UDP,
							   PUBPORT_SCTP };
	struct pubport_mapping mapping;
	int code = 0;

	for (size_t i = 0; !*ret_found && i < ARRAY_SIZE(protocols); i++) {
		key.protocol = protocols[i];
		code = table_find(nft, &key, &mapping);
		if (code && code != -ENOENT)
			return code;
		*ret_found = !code && is_reserved(&mapping);
	}
	return 0;
}

/**
 * reserve_find() - look whether ports are reserved because of a mapping
 * @nft: open NETLINK_NETFILTER socket
 * @local: the host's addresses
 * @interfaces: on which something is published
 * @ports: those of the mapping, exactly
 * @ret_found: whether there is such a mapping
 *
 * Return: 0, or a negative errno.
 */
int reserve_find(struct netlink *nft, const struct addresses *local,
		 const struct table_interfaces *interfaces,
		 struct pubport_ports ports, bool *ret_found)
{
	const struct pubport_addr any[] = { { .family = PUBPORT_IPV4 },
					    { .family = PUBPORT_IPV6 } };
	struct pubport_key key = { .ports = ports };
	int code = 0;

	*ret_found = false;
	for (size_t i = 0; !code && !*ret_found && i < local->count; i++) {
		key.host = local->items[i].addr;
		code = find_on(nft, key, ret_found);
	}
	for (size_t i = 0; !code && i < ARRAY_SIZE(any); i++) {
		key.host = any[i];
		key.interface[0] = '\0';
		code = find_on(nft, key, ret_found);
		for (size_t k = 0; !code && k < interfaces->count; k++) {
			memcpy(key.interface, interfaces->names[k],
			       sizeof(key.interface));
			code = find_on(nft, key, ret_found);
		}
	}
	return code;
}

/* under the lock, since others change what they read as well */
static int change_reserved(const struct port_bits *more,
			   const struct port_bits *less)
{
	struct port_bits before = { { 0 } }, after;
	int lock CLEANUP(close) = lock_take();
	int code = local_ports_reserved(&before);

	(void)lock;
	if (code)
		return code;
	for (size_t i = 0; i < ARRAY_SIZE(after.bits); i++)
		after.bits[i] = (before.bits[i] | more->bits[i]) &
				~less->bits[i];
	return memcmp(&before, &after, sizeof(before))
		       ? local_ports_reserve(&after)
		       : 0;
}

/**
 * reserve_ports() - reserve those ports of mappings that were chosen
 * @context: whose host; told what can't be reserved
 * @mappings: that were published
 */
void reserve_ports(struct pubport *context,
		   const struct pubport_mappings *mappings)
{
	static const struct port_bits none;
	struct port_bits chosen = { { 0 } };
	int code;

	if (!count_reserved(mappings))
		return;
	collect_reserved(mappings, &chosen);
	code = change_reserved(&chosen, &none);
	if (code)
		context_notice(context,
			       "the chosen port is not reserved, and a program "
			       "that asks for any may get it: "
			       "net.ipv4.ip_local_reserved_ports: %s",
			       strerror(-code));
}

/* what is still needed: of a few ports each is looked up, of many, the whole
 * table is read */
static int find_needed(struct pubport *context,
		       const struct pubport_mappings *gone,
		       struct port_bits *ret_needed)
{
	struct pubport_mappings there CLEANUP(pubport_mappings_done) = { 0 };
	struct addresses local CLEANUP(addresses_done) = { .count = 0 };
	struct table_interfaces interfaces CLEANUP(table_interfaces_done) = {
		.count = 0,
	};
	bool is_needed = false;
	int code;

	if (count_reserved(gone) > LOOKUPS_MAX) {
		code = table_list(&context->nft, &there);
		collect_reserved(&there, ret_needed);
		return code;
	}
	code = addresses_read(&context->route, &local);
	if (!code)
		code = table_interfaces(&context->nft, &interfaces);
	for (size_t i = 0; !code && i < gone->count; i++) {
		if (!is_reserved(&gone->items[i]))
			continue;
		code = reserve_find(&context->nft, &local, &interfaces,
				    gone->items[i].key.ports, &is_needed);
		if (is_needed)
			port_bits_add_range(ret_needed,
					    gone->items[i].key.ports);
	}
	return code;
}

/**
 * release_ports() - no longer reserve the ports of mappings
 * @context: whose host; told what can't be undone
 * @mappings: that are gone; ports that others of the same kind have stay
 *	reserved
 */
void release_ports(struct pubport *context,
		   const struct pubport_mappings *mappings)
{
	static const struct port_bits none;
	struct port_bits released = { { 0 } }, needed = { { 0 } };
	int code;

	if (!count_reserved(mappings))
		return;
	collect_reserved(mappings, &released);
	code = find_needed(context, mappings, &needed);
	for (size_t i = 0; i < ARRAY_SIZE(released.bits); i++)
		released.bits[i] &= ~needed.bits[i];
	if (!code)
		code = change_reserved(&none, &released);
	if (code)
		context_notice(context,
			       "ports stay in "
			       "net.ipv4.ip_local_reserved_ports: %s",
			       strerror(-code));
}
