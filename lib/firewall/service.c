/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mappings serve, and whose packets come to it.
 *
 * Mappings are taken together whose host ports and target ports are as far
 * apart, so that few walks through other people's rules answer for all of them;
 * where there are too many distances, all that have the same protocol are.
 */
#include "firewall/service.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "netlink/link.h"
#include "table/allow.h"
#include "util/array.h"

#include <errno.h>
#include <string.h>

#define SERVICES_MAX 64

/* whether clients of other machines may come by a mapping */
static bool is_remote(const struct pubport_mapping *mapping)
{
	return !addr_is_loopback(&mapping->key.host) &&
	       (mapping_is_redirect(mapping) || scene_is_remote(mapping));
}

static int shift_of(const struct pubport_mapping *mapping)
{
	return mapping->target_ports.first - mapping->key.ports.first;
}

static int compare_kinds(const void *a, const void *b)
{
	const struct pubport_mapping *x =
		*(const struct pubport_mapping *const *)a;
	const struct pubport_mapping *y =
		*(const struct pubport_mapping *const *)b;
	int order = (int)x->key.protocol - (int)y->key.protocol;

	return order ? order : is_remote(x) - is_remote(y);
}

static int compare_shifts(const void *a, const void *b)
{
	const struct pubport_mapping *x =
		*(const struct pubport_mapping *const *)a;
	const struct pubport_mapping *y =
		*(const struct pubport_mapping *const *)b;
	int order = compare_kinds(a, b);

	return order ? order : shift_of(x) - shift_of(y);
}

static size_t count_runs(const struct pubport_mapping *const *order,
			 size_t count,
			 int (*compare)(const void *a, const void *b))
{
	size_t runs = 0;

	for (size_t i = 0; i < count; i++)
		runs += !i || compare(&order[i - 1], &order[i]);
	return runs;
}

/* ---------------------------------------------------------------- services */

static int add_host(struct service *service, const struct scene *scene,
		    const struct pubport_addr *addr)
{
	const struct address_info *own;
	struct pubport_addr *hosts;
	unsigned int *interfaces;
	size_t count = service->host_count;

	for (size_t i = 0; i < count; i++)
		if (addr_equal(&service->hosts[i], addr))
			return 0;
	hosts = array_grow(service->hosts, count, sizeof(*hosts));
	if (!hosts)
		return -ENOMEM;
	service->hosts = hosts;
	interfaces = array_grow(service->host_interfaces, count,
				sizeof(*interfaces));
	if (!interfaces)
		return -ENOMEM;
	service->host_interfaces = interfaces;
	own = addresses_find(&scene->addresses, addr);
	hosts[count] = *addr;
	interfaces[count] = own ? own->interface : 0;
	service->host_count++;
	return 0;
}

static int add_hosts(struct service *service, const struct scene *scene,
		     const struct pubport_mapping *mapping)
{
	const struct address_info *address = scene->addresses.items;
	int code = 0;

	if (!pubport_addr_is_any(&mapping->key.host))
		return add_host(service, scene, &mapping->key.host);
	for (size_t i = 0; !code && i < scene->addresses.count; i++, address++)
		if (address->addr.family == mapping->key.host.family &&
		    !(addr_is_loopback(&address->addr) &&
		      mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK))
			code = add_host(service, scene, &address->addr);
	return code;
}

static int fill_service(struct service *service, const struct scene *scene,
			const struct scene_target *target)
{
	bool has_any = false;
	int code = 0;

	service->protocol = service->mappings[0]->key.protocol;
	service->target = target->addr;
	service->to_host = target->is_local;
	service->device = target->device;
	service->port = target->port;
	service->links = &scene->host.links;
	for (size_t i = 0; !code && i < service->count; i++) {
		const struct pubport_mapping *mapping = service->mappings[i];

		port_set_add(&service->host_ports, mapping->key.ports);
		port_set_add(&service->target_ports, mapping->target_ports);
		/* thousands are mostly for all addresses */
		if (!has_any)
			code = add_hosts(service, scene, mapping);
		has_any |= pubport_addr_is_any(&mapping->key.host) &&
			   !(mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK);
	}
	return code;
}

/**
 * services_find() - find out what the mappings to a target serve
 * @services: all zero; end with services_done(), also after a failure
 * @scene: whose host it is
 * @target: where they lead
 *
 * Return: 0 or -ENOMEM.
 */
int services_find(struct services *services, const struct scene *scene,
		  const struct scene_target *target)
{
	int (*compare)(const void *a, const void *b) = compare_shifts;
	size_t count = target->count;
	struct service *service = NULL;
	int code = 0;

	services->order =
		calloc(count + 1, sizeof(const struct pubport_mapping *));
	if (!services->order)
		return -ENOMEM;
	memcpy(services->order, target->mappings,
	       count * sizeof(const struct pubport_mapping *));
	qsort(services->order, count, sizeof(const struct pubport_mapping *),
	      compare);
	if (count_runs(services->order, count, compare) > SERVICES_MAX)
		compare = compare_kinds;
	services->items =
		calloc(count_runs(services->order, count, compare) + 1,
		       sizeof(*services->items));
	if (!services->items)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!i ||
		    compare(&services->order[i - 1], &services->order[i])) {
			service = &services->items[services->count++];
			service->mappings = &services->order[i];
		}
		service->count++;
	}
	for (size_t i = 0; !code && i < services->count; i++)
		code = fill_service(&services->items[i], scene, target);
	return code;
}

/**
 * services_done() - forget services
 * @services: filled by services_find(), or all zero
 */
void services_done(struct services *services)
{
	for (size_t i = 0; i < services->count; i++) {
		free(services->items[i].hosts);
		free(services->items[i].host_interfaces);
	}
	free(services->items);
	free(services->order);
	memset(services, 0, sizeof(*services));
}

/* ----------------------------------------------------------------- traffic */

static bool is_open_to(const struct service *service,
		       const struct pubport_addr *client,
		       const struct link_info *interface)
{
	for (size_t i = 0; i < service->count; i++)
		if (is_remote(service->mappings[i]) &&
		    scene_comes_by(service->mappings[i], interface) &&
		    allow_permits(service->mappings[i], client))
			return true;
	return false;
}

static bool is_open_to_host(const struct service *service)
{
	for (size_t i = 0; i < service->count; i++)
		if (scene_comes_by(service->mappings[i], NULL))
			return true;
	return false;
}

static int each_remote(const struct service *service, const struct scene *scene,
		       traffic_fn each, void *data)
{
	const struct scene_client *client = scene->clients;
	int code = 0;

	for (size_t i = 0; !code && i < scene->client_count; i++, client++) {
		const struct traffic traffic = {
			.service = service,
			.client = PUBPORT_CLIENT_REMOTE,
			.from = client->network,
			.interface = client->interface,
		};

		if (client->addr.family == service->target.family &&
		    client->interface != service->device &&
		    is_open_to(service, &client->addr, client->interface))
			code = each(&traffic, data);
	}
	return code;
}

/* the network that the target shares with its neighbours */
static bool find_network(const struct scene *scene,
			 const struct service *service,
			 struct pubport_network *ret_network)
{
	const struct address_info *address = scene->addresses.items;

	for (size_t i = 0; i < scene->addresses.count; i++, address++) {
		if (address->interface != service->device->index ||
		    address->addr.family != service->target.family)
			continue;
		*ret_network = prefix_of(&address->addr, address->prefix);
		if (prefix_contains(ret_network, &service->target))
			return true;
	}
	return false;
}

static int each_neighbour(const struct service *service,
			  const struct scene *scene, traffic_fn each,
			  void *data)
{
	struct traffic traffic = {
		.service = service,
		.client = PUBPORT_CLIENT_NEIGHBOUR,
		.interface = service->device,
	};

	if (!service->device ||
	    !is_open_to(service, &service->target, service->device) ||
	    !find_network(scene, service, &traffic.from))
		return 0;
	return each(&traffic, data);
}

/**
 * service_each_traffic() - tell whose packets come to a service
 * @service: which
 * @scene: whose host it is
 * @each: told of the traffic of each kind of client
 * @data: handed to @each
 *
 * Return: 0, or a negative errno from @each.
 */
int service_each_traffic(const struct service *service,
			 const struct scene *scene, traffic_fn each, void *data)
{
	const struct traffic own = {
		.service = service,
		.client = PUBPORT_CLIENT_LOOPBACK,
	};
	int code = each_remote(service, scene, each, data);

	if (!code)
		code = each_neighbour(service, scene, each, data);
	/* of one client that is asked for, the others don't matter */
	if (code || scene->client || !is_open_to_host(service))
		return code;
	return each(&own, data);
}
