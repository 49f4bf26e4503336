/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses host ports that nobody uses.
 *
 * Free is a port that no local socket holds, that no mapping of the same
 * address publishes, and that this transaction has not given away yet.  Nothing
 * is reserved by choosing: whoever publishes the port first has it, and
 * add.c chooses again when it was somebody else.  What a mapping reserves, see
 * reserve.c, is chosen once more only where nothing else is left, as for
 * another protocol.
 */
#include "publish/free_port.h"

#include "host/local_ports.h"
#include "netlink/link.h"
#include "publish/reserve.h"
#include "table/lookup.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/random.h>

static int add_used(const struct choice *choice, struct port_bits *set)
{
	struct netlink diag CLEANUP(netlink_close) = { .socket = NULL };
	int code = sock_diag_open(-1, &diag);

	for (size_t i = 0; !code && i < choice->key_count; i++)
		code = sock_diag_used_ports(&diag, choice->protocol,
					    &choice->keys[i].host, set);
	return code;
}

/* what can't be asked is not known to be published */
static int is_published(struct netlink *nft, const struct pubport_key *key,
			bool *ret_published)
{
	int code = table_covers(nft, key, ret_published);

	return table_cant_be_asked(code) ? 0 : code;
}

/**
 * struct search - the search for ports
 * @nft: open NETLINK_NETFILTER socket
 * @choice: what will do
 * @local: the host's addresses: a port for all of them is free on each
 * @interfaces: on which something is published
 * @used: ports that local sockets hold
 * @reserved: ports that are reserved, where that matters
 * @shares: whether those will do that are reserved because of a mapping
 */
struct search {
	struct netlink *nft;
	const struct choice *choice;
	struct addresses local;
	struct table_interfaces interfaces;
	struct port_bits used;
	struct port_bits reserved;
	bool shares;
};

static void cleanup_search(struct search *search)
{
	addresses_done(&search->local);
	table_interfaces_done(&search->interfaces);
}

/* a mapping for all addresses has the port on each of them, and by each
 * interface */
static int is_published_elsewhere(const struct search *search,
				  struct pubport_key key, bool *ret_published)
{
	const struct pubport_addr any = { .family = key.host.family };
	bool is_one = !pubport_addr_is_any(&key.host) || key.interface[0];
	int code = 0;

	key.host = any;
	if (is_one) {
		key.interface[0] = '\0';
		return is_published(search->nft, &key, ret_published);
	}
	for (size_t i = 0; i < search->interfaces.count; i++) {
		if (code || *ret_published)
			return code;
		memcpy(key.interface, search->interfaces.names[i],
		       sizeof(key.interface));
		code = is_published(search->nft, &key, ret_published);
	}
	key.interface[0] = '\0';
	for (size_t i = 0; i < search->local.count; i++) {
		if (code || *ret_published)
			break;
		if (search->local.items[i].addr.family != any.family)
			continue;
		key.host = search->local.items[i].addr;
		code = is_published(search->nft, &key, ret_published);
	}
	return code;
}

/* whether it is reserved, and not because of us */
static int is_reserved(const struct search *search, uint16_t port,
		       bool *ret_reserved)
{
	bool is_ours = false;
	int code = 0;

	*ret_reserved = port_bits_has(&search->reserved, port);
	if (*ret_reserved && search->shares)
		code = reserve_find(search->nft, &search->local,
				    &search->interfaces,
				    (struct pubport_ports){ port, port },
				    &is_ours);
	if (is_ours)
		*ret_reserved = false;
	return table_cant_be_asked(code) ? 0 : code;
}

static int is_free(const struct search *search, uint16_t port, bool *ret_free)
{
	const struct choice *choice = search->choice;
	bool busy = port_bits_has(&search->used, port) ||
		    port_bits_has(choice->taken, port);
	struct pubport_key key;
	int code = busy ? 0 : is_reserved(search, port, &busy);

	for (size_t i = 0; !code && !busy && i < choice->key_count; i++) {
		key = choice->keys[i];
		key.ports = (struct pubport_ports){ port, port };
		code = is_published(search->nft, &key, &busy);
		if (!code && !busy)
			code = is_published_elsewhere(search, key, &busy);
	}
	*ret_free = !busy;
	return code;
}

/* whether a block of ports is free; if not, *port is the one that isn't */
static int is_block_free(const struct search *search, uint16_t first,
			 uint16_t last, uint32_t *port, bool *ret_free)
{
	int code = 0;

	*ret_free = true;
	for (*port = first; *port <= last; ++*port) {
		code = is_free(search, (uint16_t)*port, ret_free);
		if (code || !*ret_free)
			break;
	}
	return code;
}

/* the first free block from some port to another */
static int find_block(const struct search *search, uint32_t from, uint32_t to,
		      struct pubport_ports *ret_ports)
{
	uint32_t width = search->choice->width, port = from;
	bool free;
	int code;

	for (uint32_t first = from; first + width - 1 <= to; first = port + 1) {
		code = is_block_free(search, (uint16_t)first,
				     (uint16_t)(first + width - 1), &port,
				     &free);
		if (code)
			return code;
		if (!free)
			continue;
		ret_ports->first = (uint16_t)first;
		ret_ports->last = (uint16_t)(first + width - 1);
		return 0;
	}
	return -EADDRINUSE;
}

/* any of the local port range */
static int find_local(struct search *search, struct pubport_ports range,
		      struct pubport_ports *ret_ports)
{
	uint32_t start, size;
	int code;

	size = (uint32_t)range.last - range.first + 1;
	/* anywhere, so that two who choose at once seldom choose the same */
	if (getrandom(&start, sizeof(start), 0) != sizeof(start))
		start = (uint32_t)getpid();
	start = range.first + start % size;
	code = find_block(search, start, range.last, ret_ports);
	if (code == -EADDRINUSE)
		code = find_block(search, range.first, range.last, ret_ports);
	return code;
}

static int find_anywhere(struct search *search, struct pubport_ports *ret_ports)
{
	struct pubport_ports range;
	int code = local_ports_range(&range);

	if (!code)
		code = local_ports_reserved(&search->reserved);
	if (!code)
		code = find_local(search, range, ret_ports);
	if (code != -EADDRINUSE)
		return code;
	search->shares = true;
	return find_local(search, range, ret_ports);
}

/**
 * free_port_choose() - choose free host ports
 * @nft: open NETLINK_NETFILTER socket
 * @route: open NETLINK_ROUTE socket
 * @choice: which ones will do; what is chosen becomes taken
 * @ret_ports: as many as asked for, one after another
 *
 * From a given range the lowest free ones are taken; from the local port range
 * any.
 *
 * Return: 0, -EADDRINUSE when none are free, -ENOMEM, or another negative
 * errno from the kernel.
 */
int free_port_choose(struct netlink *nft, struct netlink *route,
		     const struct choice *choice,
		     struct pubport_ports *ret_ports)
{
	struct search search CLEANUP(search) = { .nft = nft, .choice = choice };
	struct pubport_ports ports;
	int code;

	code = addresses_read(route, &search.local);
	if (!code)
		code = table_interfaces(nft, &search.interfaces);
	if (table_cant_be_asked(code))
		code = 0;
	if (!code)
		code = add_used(choice, &search.used);
	if (code)
		return code;
	if (choice->from.first)
		code = find_block(&search, choice->from.first,
				  choice->from.last, &ports);
	else
		code = find_anywhere(&search, &ports);
	if (code)
		return code;
	port_bits_add_range(choice->taken, ports);
	*ret_ports = ports;
	return 0;
}
