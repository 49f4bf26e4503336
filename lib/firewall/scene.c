/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks whom: mappings, their targets, and the clients that could come.
 *
 * A client is one of each network that an interface of the host is in, and one
 * from far away where the host has a way there; or the one that the user asks
 * for.
 */
#include "firewall/scene.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "mapping/target_name.h"
#include "netlink/route.h"
#include "table/allow.h"
#include "util/array.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>

/* ----------------------------------------------------------------- targets */

static int compare_targets(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order =
		pubport_addr_compare(&(*x)->target_addr, &(*y)->target_addr);

	return order ? order : strcmp((*x)->target, (*y)->target);
}

/* those to one target stay as they were */
static int compare_in_order(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order = compare_targets(a, b);

	return order ? order : *x < *y ? -1 : *x > *y;
}

/* of several targets, one a family, the only one that is no address; what was
 * not written by a user names nothing */
static void find_name(const char *text, char *ret_name)
{
	char word[PUBPORT_TARGET_SIZE];
	struct pubport_addr addr;
	int names = 0;

	ret_name[0] = '\0';
	for (size_t length; *text; text += length + (text[length] == ',')) {
		length = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (!pubport_addr_parse(word, &addr))
			continue;
		names++;
		if (!target_name_why_wrong(word))
			memcpy(ret_name, word, sizeof(word));
	}
	if (names > 1)
		ret_name[0] = '\0';
}

static int find_device(struct scene *scene, struct scene_target *target)
{
	struct route route;
	int code;

	target->is_local = pubport_addr_is_any(&target->addr);
	if (target->is_local)
		return 0;
	code = route_lookup(&scene->context->route, &target->addr, &route);
	target->is_local = !code && route.type == RTN_LOCAL;
	if (!code && !target->is_local)
		target->device =
			links_find(&scene->host.links, route.interface);
	return code == -ENETUNREACH ? 0 : code;
}

static int add_target(struct scene *scene,
		      const struct pubport_mapping **mapping)
{
	struct scene_target *targets = array_grow(
		scene->targets, scene->target_count, sizeof(*targets));

	if (!targets)
		return -ENOMEM;
	scene->targets = targets;
	targets += scene->target_count++;
	memset(targets, 0, sizeof(*targets));
	targets->addr = (*mapping)->target_addr;
	targets->text = (*mapping)->target;
	targets->mappings = mapping;
	find_name(targets->text, targets->name);
	return find_device(scene, targets);
}

static int find_targets(struct scene *scene)
{
	size_t count = scene->mappings.count;
	int code = 0;

	scene->order = calloc(count + 1, sizeof(*scene->order));
	if (!scene->order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		scene->order[i] = &scene->mappings.items[i];
	qsort(scene->order, count, sizeof(*scene->order), compare_in_order);
	for (size_t i = 0; !code && i < count; i++) {
		if (!i ||
		    compare_targets(&scene->order[i - 1], &scene->order[i]))
			code = add_target(scene, &scene->order[i]);
		if (!code)
			scene->targets[scene->target_count - 1].count++;
	}
	return code;
}

/* ----------------------------------------------------------------- clients */

static int add_client(struct scene *scene, const struct scene_client *client)
{
	struct scene_client *clients = array_grow(
		scene->clients, scene->client_count, sizeof(*clients));

	if (!clients)
		return -ENOMEM;
	scene->clients = clients;
	clients[scene->client_count++] = *client;
	return 0;
}

/* an address near the host's own, neither the first nor the last of all */
static bool find_somebody(const struct scene *scene,
			  const struct pubport_network *network,
			  const struct pubport_addr *own,
			  struct pubport_addr *ret_addr)
{
	const struct pubport_addr last = prefix_last(network);

	for (uint8_t bits = 1; bits <= 3; bits++) {
		struct pubport_addr addr = *own;

		addr.bytes[addr_length(&addr) - 1] ^= bits;
		if (addr_equal(&addr, &network->addr) ||
		    addr_equal(&addr, &last) ||
		    addresses_have(&scene->addresses, &addr))
			continue;
		*ret_addr = addr;
		return true;
	}
	return false;
}

static bool has_clients(const struct address_info *address,
			const struct link_info *link)
{
	size_t bits = 8 * addr_length(&address->addr);

	return link && link->up && address->scope == RT_SCOPE_UNIVERSE &&
	       address->prefix && address->prefix < bits - 1 &&
	       !addr_is_loopback(&address->addr) &&
	       !addr_is_linklocal6(&address->addr) &&
	       !(address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
}

static int add_neighbours(struct scene *scene)
{
	const struct address_info *address = scene->addresses.items;
	int code = 0;

	for (size_t i = 0; !code && i < scene->addresses.count;
	     i++, address++) {
		struct scene_client client = {
			.interface = links_find(&scene->host.links,
						address->interface),
		};

		client.network = prefix_of(&address->addr, address->prefix);
		if (has_clients(address, client.interface) &&
		    find_somebody(scene, &client.network, &address->addr,
				  &client.addr))
			code = add_client(scene, &client);
	}
	return code;
}

/* a client that the host has no way to gets no answer anyhow */
static int add_distant(struct scene *scene, const struct pubport_addr *addr,
		       unsigned int prefix)
{
	struct route_packet packet = { .to = *addr };
	struct scene_client client = { .addr = *addr };
	struct route_choice choice;
	int code = route_choose(&scene->context->route, &packet, &choice);

	if (code || choice.code || choice.is_local)
		return code;
	client.network = prefix_of(addr, prefix);
	client.interface = links_find(&scene->host.links, choice.interface);
	return client.interface ? add_client(scene, &client) : 0;
}

static int find_clients(struct scene *scene)
{
	int code;

	/* whom a link-local address asks from is not led anywhere */
	if (scene->client && addr_is_linklocal6(scene->client))
		return 0;
	if (scene->client)
		return add_distant(
			scene, scene->client,
			(unsigned int)(8 * addr_length(scene->client)));
	code = add_neighbours(scene);
	if (!code)
		code = add_distant(scene, addr_anywhere(PUBPORT_IPV4), 0);
	return code ? code : add_distant(scene, addr_anywhere(PUBPORT_IPV6), 0);
}

/**
 * scene_look_around() - find out where mappings lead, and who could come
 * @scene: with its context, mappings and client; end with scene_done(), also
 *	after a failure
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int scene_look_around(struct scene *scene)
{
	struct netlink *route = &scene->context->route;
	int code = reach_host_init(&scene->host, scene->context);

	if (!code)
		code = addresses_read(route, &scene->addresses);
	if (!code)
		code = find_targets(scene);
	return code ? code : find_clients(scene);
}

/**
 * scene_done() - forget what was found out
 * @scene: looked around or not; its mappings are their owner's
 */
void scene_done(struct scene *scene)
{
	for (size_t i = 0; i < scene->target_count; i++)
		interior_done(&scene->targets[i].interior);
	free(scene->targets);
	free(scene->order);
	free(scene->clients);
	addresses_done(&scene->addresses);
	reach_host_done(&scene->host);
}

/**
 * scene_is_remote() - tell what other machines may connect to
 * @mapping: which
 *
 * Return: whether they may, and are led to a target beyond the host.
 */
bool scene_is_remote(const struct pubport_mapping *mapping)
{
	if (mapping_is_redirect(mapping) ||
	    addr_is_loopback(&mapping->key.host))
		return false;
	if (!(mapping->flags & PUBPORT_MAPPING_LIMITED))
		return true;
	for (size_t i = 0; i < mapping->from_count; i++)
		if (!addr_is_loopback(&mapping->from[i].addr))
			return true;
	return false;
}

/**
 * scene_comes_by() - tell whether clients may come in by an interface
 * @mapping: which may be published on one alone
 * @interface: the interface, or NULL for this host itself
 *
 * Return: whether they may.
 */
bool scene_comes_by(const struct pubport_mapping *mapping,
		    const struct link_info *interface)
{
	return !mapping_is_by_interface(mapping) ||
	       (interface && !strcmp(interface->name, mapping->key.interface));
}

/* someone in the client's network may be allowed though the client isn't */
static bool may_connect(const struct pubport_mapping *mapping,
			const struct scene_client *client)
{
	if (!scene_is_remote(mapping) ||
	    !scene_comes_by(mapping, client->interface))
		return false;
	if (allow_permits(mapping, &client->addr))
		return true;
	for (size_t i = 0; client->network.prefix && i < mapping->from_count;
	     i++)
		if (prefix_contains(&client->network, &mapping->from[i].addr))
			return true;
	return false;
}

/**
 * scene_serves() - tell whether a client can be one of a target's
 * @target: where it would be led
 * @client: which
 *
 * Return: whether it is of the right family, comes by another way than the
 * target's own, and may connect to a mapping.
 */
bool scene_serves(const struct scene_target *target,
		  const struct scene_client *client)
{
	if (client->addr.family != target->addr.family ||
	    client->interface == target->device || target->is_local)
		return false;
	for (size_t i = 0; i < target->count; i++)
		if (may_connect(target->mappings[i], client))
			return true;
	return false;
}

/**
 * scene_is_open_to() - tell whether a client may connect to a target
 * @target: which
 * @client: a machine that is no neighbour
 * @interface: by which it comes in
 *
 * Return: whether a mapping lets it by.
 */
bool scene_is_open_to(const struct scene_target *target,
		      const struct pubport_addr *client,
		      const struct link_info *interface)
{
	for (size_t i = 0; i < target->count; i++)
		if (scene_is_remote(target->mappings[i]) &&
		    scene_comes_by(target->mappings[i], interface) &&
		    allow_permits(target->mappings[i], client))
			return true;
	return false;
}

/**
 * scene_asks() - tell whether one of a target's mappings is at an address
 * @target: where it would lead
 * @host: the address
 * @interface: by which clients come in who ask for it, or NULL for this host
 *	itself
 *
 * Return: whether there is one at this address, or at all of its family.
 */
bool scene_asks(const struct scene_target *target,
		const struct pubport_addr *host,
		const struct link_info *interface)
{
	for (size_t i = 0; i < target->count; i++) {
		const struct pubport_addr *own = &target->mappings[i]->key.host;

		if (own->family == host->family &&
		    scene_comes_by(target->mappings[i], interface) &&
		    (pubport_addr_is_any(own) || addr_equal(own, host)))
			return true;
	}
	return false;
}

/**
 * scene_leads_to() - tell whether an interface leads to a client
 * @scene: of which host
 * @client: which
 * @interface: index of the interface
 *
 * Return: whether it is in the client's network; a bridge stands for its ports.
 */
bool scene_leads_to(const struct scene *scene,
		    const struct scene_client *client, unsigned int interface)
{
	const struct scene_client *other = scene->clients;

	for (size_t i = 0; i < scene->client_count; i++, other++)
		if (!prefix_compare(&other->network, &client->network) &&
		    (other->interface->index == interface ||
		     other->interface->master == interface))
			return true;
	return false;
}

/**
 * scene_client_text() - name a client in messages
 * @client: which
 * @buffer: receives its network, its address, or "other networks"
 * @size: bytes of @buffer; PUBPORT_NETWORK_TEXT_SIZE is enough
 *
 * Return: @buffer.
 */
const char *scene_client_text(const struct scene_client *client, char *buffer,
			      size_t size)
{
	if (!client->network.prefix)
		snprintf(buffer, size, "other networks");
	else if (client->network.prefix == 8 * addr_length(&client->addr))
		pubport_addr_format(&client->addr, buffer, size);
	else
		pubport_network_format(&client->network, buffer, size);
	return buffer;
}
