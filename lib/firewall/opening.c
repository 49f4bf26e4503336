/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets that open connections to mappings. */
#include "firewall/opening.h"

#include "mapping/addr.h"
#include "util/cleanup.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>

/* who has more addresses may have any */
#define ADDRESSES_MAX 64

static int add_address(struct opening *opening, const struct pubport_addr *addr)
{
	/* what comes by a wire never has a loopback address, see ruleset.c */
	if (opening->hook == NF_INET_PRE_ROUTING && addr_is_loopback(addr))
		return 0;
	if (opening->packet.fields[PACKET_DADDR].count > ADDRESSES_MAX)
		return 0;
	return packet_add(&opening->packet, PACKET_DADDR, addr->bytes,
			  addr_length(addr));
}

/* the addresses that these packets may have */
static int add_addresses(struct opening *opening,
			 const struct addresses *addresses)
{
	const struct pubport_mapping *like = opening->like;
	int code = 0;

	if (!pubport_addr_is_any(&like->key.host))
		return add_address(opening, &like->key.host);
	for (size_t i = 0; !code && i < addresses->count; i++) {
		const struct pubport_addr *addr = &addresses->items[i].addr;

		if (addr->family == like->key.host.family &&
		    !(addr_is_loopback(addr) &&
		      like->flags & PUBPORT_MAPPING_NO_LOOPBACK))
			code = add_address(opening, addr);
	}
	return code;
}

/* all else that is known of them */
static int add_fields(struct opening *opening)
{
	const struct pubport_key *key = &opening->like->key;
	const bool ipv4 = key->host.family == PUBPORT_IPV4;
	const uint16_t ethertype = htons(ipv4 ? ETH_P_IP : ETH_P_IPV6);
	const uint8_t family = ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	const uint8_t protocol = (uint8_t)key->protocol;
	const uint32_t type = RTN_LOCAL;
	const uint32_t state = NF_CT_STATE_BIT(IP_CT_NEW);
	const struct {
		enum packet_field field;
		const void *bytes;
		size_t length;
	} known[] = {
		{ PACKET_ETHERTYPE, &ethertype, sizeof(ethertype) },
		{ PACKET_FAMILY, &family, sizeof(family) },
		{ PACKET_PROTOCOL, &protocol, sizeof(protocol) },
		{ PACKET_DADDR_TYPE, &type, sizeof(type) },
		{ PACKET_CT_STATE, &state, sizeof(state) },
	};
	int code = 0;

	for (size_t i = 0; !code && i < ARRAY_SIZE(known); i++)
		code = packet_add(&opening->packet, known[i].field,
				  known[i].bytes, known[i].length);
	return code;
}

/**
 * opening_is_alike() - look whether mappings differ in nothing but their ports
 * @a: a mapping
 * @b: another
 *
 * Return: whether the same is known of packets to both; where they lead, and
 * who may connect, doesn't matter.
 */
bool opening_is_alike(const struct pubport_mapping *a,
		      const struct pubport_mapping *b)
{
	return a->key.protocol == b->key.protocol &&
	       addr_equal(&a->key.host, &b->key.host) &&
	       !((a->flags ^ b->flags) & PUBPORT_MAPPING_NO_LOOPBACK);
}

/**
 * opening_know() - find out what is known of such packets
 * @opening: whose first two members are set, the others all zero; end with
 *	opening_done(), also after a failure
 * @mappings: all mappings, of which those that are alike count
 * @addresses: of the host
 *
 * Return: 0 or -ENOMEM.
 */
int opening_know(struct opening *opening,
		 const struct pubport_mappings *mappings,
		 const struct addresses *addresses)
{
	struct packet *packet = &opening->packet;
	int code = add_addresses(opening, addresses);

	if (code || !packet->fields[PACKET_DADDR].count)
		return code;
	if (packet->fields[PACKET_DADDR].count > ADDRESSES_MAX)
		packet_forget(packet, PACKET_DADDR);
	for (size_t i = 0; i < mappings->count; i++)
		if (opening_is_alike(opening->like, &mappings->items[i]))
			port_set_add(&opening->ports,
				     mappings->items[i].key.ports);
	return add_fields(opening);
}

/**
 * opening_done() - forget what is known
 * @opening: filled by opening_know(), or with members all zero
 */
void opening_done(struct opening *opening)
{
	packet_done(&opening->packet);
}
