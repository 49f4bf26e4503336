/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The remote clients that there could be.
 *
 * One of each network that an interface of the host is in, and one from far
 * away where the host has a way there; or the one that the user asks for.
 */
#include "doctor/doctor.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "table/allow.h"
#include "util/array.h"

#include <linux/if_addr.h>
#include <string.h>

/* addresses that nobody has (RFC 7600, RFC 6666): just anywhere */
static const struct pubport_addr far_away[] = {
	{ PUBPORT_IPV4, { 192, 0, 0, 8 } },
	{ PUBPORT_IPV6, { 0x01, [15] = 1 } },
};

static int add_client(struct doctor *doctor, const struct doctor_client *client)
{
	struct doctor_client *clients = array_grow(
		doctor->clients, doctor->client_count, sizeof(*clients));

	if (!clients)
		return -ENOMEM;
	doctor->clients = clients;
	clients[doctor->client_count++] = *client;
	return 0;
}

/* an address near the host's own, neither the first nor the last of all */
static bool find_somebody(const struct doctor *doctor,
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
		    addresses_have(&doctor->addresses, &addr))
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

static int add_neighbours(struct doctor *doctor)
{
	const struct address_info *address = doctor->addresses.items;
	int code = 0;

	for (size_t i = 0; !code && i < doctor->addresses.count;
	     i++, address++) {
		struct doctor_client client = {
			.interface = links_find(&doctor->host.links,
						address->interface),
		};

		client.network = prefix_of(&address->addr, address->prefix);
		if (has_clients(address, client.interface) &&
		    find_somebody(doctor, &client.network, &address->addr,
				  &client.addr))
			code = add_client(doctor, &client);
	}
	return code;
}

/* a client that the host has no way to gets no answer anyhow */
static int add_distant(struct doctor *doctor, const struct pubport_addr *addr,
		       unsigned int prefix)
{
	struct route_packet packet = { .to = *addr };
	struct doctor_client client = { .addr = *addr };
	struct route_choice choice;
	int code = route_choose(&doctor->context->route, &packet, &choice);

	if (code || choice.code || choice.is_local)
		return code;
	client.network = prefix_of(addr, prefix);
	client.interface = links_find(&doctor->host.links, choice.interface);
	return client.interface ? add_client(doctor, &client) : 0;
}

/**
 * doctor_find_clients() - find out who could come
 * @doctor: its clients are set
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int doctor_find_clients(struct doctor *doctor)
{
	int code;

	if (doctor->client)
		return add_distant(
			doctor, doctor->client,
			(unsigned int)(8 * addr_length(doctor->client)));
	code = add_neighbours(doctor);
	for (size_t i = 0; !code && i < ARRAY_SIZE(far_away); i++)
		code = add_distant(doctor, &far_away[i], 0);
	return code;
}

/**
 * doctor_is_remote() - tell what other machines may connect to
 * @mapping: which
 *
 * Return: whether they may, and are led to a target beyond the host.
 */
bool doctor_is_remote(const struct pubport_mapping *mapping)
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

/* someone in the client's network may be allowed though the client isn't */
static bool may_connect(const struct pubport_mapping *mapping,
			const struct doctor_client *client)
{
	if (!doctor_is_remote(mapping))
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
 * doctor_serves() - tell whether a client can be one of a target's
 * @target: where it would be led
 * @client: which
 *
 * Return: whether it is of the right family, comes by another way than the
 * target's own, and may connect to a mapping.
 */
bool doctor_serves(const struct doctor_target *target,
		   const struct doctor_client *client)
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
 * doctor_leads_to() - tell whether an interface leads to a client
 * @doctor: of which host
 * @client: which
 * @interface: index of the interface
 *
 * Return: whether it is in the client's network; a bridge stands for its ports.
 */
bool doctor_leads_to(const struct doctor *doctor,
		     const struct doctor_client *client, unsigned int interface)
{
	const struct doctor_client *other = doctor->clients;

	for (size_t i = 0; i < doctor->client_count; i++, other++)
		if (!prefix_compare(&other->network, &client->network) &&
		    (other->interface->index == interface ||
		     other->interface->master == interface))
			return true;
	return false;
}

/**
 * doctor_client_text() - name a client in messages
 * @client: which
 * @buffer: receives its network, its address, or "other networks"
 * @size: bytes of @buffer; PUBPORT_NETWORK_TEXT_SIZE is enough
 *
 * Return: @buffer.
 */
const char *doctor_client_text(const struct doctor_client *client, char *buffer,
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
