/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may connect to what is published.
 *
 * A request names networks of both families.  Where it has none of a mapping's
 * family, this host alone may connect: that mapping is limited to the network
 * of loopback addresses, which no packet from a wire may come from.
 */
#include "publish/clients.h"

#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "table/allow.h"
#include "util/error.h"

#include <errno.h>

/**
 * clients_done() - free what clients_read() made
 * @clients: filled or all zero
 */
void clients_done(struct clients *clients)
{
	free(clients->ipv4.items);
	free(clients->ipv6.items);
}

static int collect(const struct pubport_add_request *request,
		   enum pubport_family family, struct networks *networks)
{
	networks->items =
		calloc(request->from_count + 1, sizeof(*networks->items));
	if (!networks->items)
		return -ENOMEM;
	for (size_t i = 0; i < request->from_count; i++)
		if (request->from[i].addr.family == family)
			networks->items[networks->count++] = request->from[i];
	networks->count = prefixes_reduce(networks->items, networks->count);
	networks->is_empty = !networks->count;
	if (networks->is_empty)
		networks->items[networks->count++] = prefix_loopback(family);
	return 0;
}

static int check(const struct pubport_add_request *request,
		 struct pubport_error *error)
{
	if (request->from_count > MAPPING_NETWORKS_MAX)
		return error_set(error, PUBPORT_USAGE, -E2BIG,
				 "--from: more than %d networks",
				 MAPPING_NETWORKS_MAX);
	for (size_t i = 0; i < request->from_count; i++)
		if (!prefix_is_valid(&request->from[i]))
			return error_set(error, PUBPORT_USAGE, -EINVAL,
					 "struct pubport_add_request: network "
					 "%zu is none",
					 i);
	return 0;
}

/**
 * clients_read() - find out who may connect
 * @request: what was asked for
 * @ret_clients: end with clients_done(), also after a failure
 * @error: why it failed, or NULL
 *
 * Return: 0; -E2BIG for too many networks; -EINVAL for one that is none;
 * -ENOMEM.
 */
int clients_read(const struct pubport_add_request *request,
		 struct clients *ret_clients, struct pubport_error *error)
{
	int code = check(request, error);

	ret_clients->everyone = !request->from_count;
	if (code || ret_clients->everyone)
		return code;
	if (collect(request, PUBPORT_IPV4, &ret_clients->ipv4) ||
	    collect(request, PUBPORT_IPV6, &ret_clients->ipv6))
		return error_memory(error);
	return 0;
}

/**
 * clients_limit() - limit a mapping to those who may
 * @clients: who may
 * @context: told of a family in which this host alone may
 * @mapping: its networks are set
 *
 * Return: 0 or -ENOMEM.
 */
int clients_limit(struct clients *clients, const struct pubport *context,
		  struct pubport_mapping *mapping)
{
	bool is4 = mapping->key.host.family == PUBPORT_IPV4;
	struct networks *networks = is4 ? &clients->ipv4 : &clients->ipv6;
	int ip = is4 ? 4 : 6;

	if (clients->everyone)
		return 0;
	if (networks->is_empty)
		context_notice(
			context,
			"--from has no IPv%d network: by IPv%d this host "
			"alone may connect",
			ip, ip);
	networks->is_empty = false;
	mapping->flags |= PUBPORT_MAPPING_LIMITED;
	return mapping_set_networks(mapping, networks->items, networks->count);
}
