/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of connections to a target, at each place that they pass.
 *
 * What pubport does to a packet at the hooks of prerouting and output, chains
 * of other tables see done if they come later.  All that is done to an answer,
 * it sees undone: up to the end of postrouting, or of input for this host's
 * own, it comes from the target.
 */
#include "firewall/hooks.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "util/cleanup.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <string.h>

/* who has more addresses or ports may have any */
#define VALUES_MAX 64

/* from here on, connections are known, and have their source translated */
#define TRACKED (-200)
#define MASQUERADED 99

static const struct passage passages[] = {
#define ROUTED .from_host = false, .to_host = false
	{ ROUTED, NF_INET_PRE_ROUTING, INT_MIN, TRAFFIC_TRANSLATED,
	  .in = SIDE_CLIENT },
	{ ROUTED, NF_INET_PRE_ROUTING, TRAFFIC_TRANSLATED + 1, INT_MAX,
	  .is_translated = true, .in = SIDE_CLIENT },
	{ ROUTED, NF_INET_FORWARD, INT_MIN, INT_MAX, .is_translated = true,
	  .in = SIDE_CLIENT, .out = SIDE_TARGET },
	{ ROUTED, NF_INET_POST_ROUTING, INT_MIN, MASQUERADED - 1,
	  .is_translated = true, .in = SIDE_CLIENT, .out = SIDE_TARGET },
	{ ROUTED, NF_INET_PRE_ROUTING, INT_MIN, INT_MAX, .is_answer = true,
	  .in = SIDE_TARGET },
	{ ROUTED, NF_INET_FORWARD, INT_MIN, INT_MAX, .is_answer = true,
	  .in = SIDE_TARGET, .out = SIDE_CLIENT },
	{ ROUTED, NF_INET_POST_ROUTING, INT_MIN, MASQUERADED - 1,
	  .is_answer = true, .in = SIDE_TARGET, .out = SIDE_CLIENT },
#undef ROUTED
#define TO_HOST .from_host = false, .to_host = true
	{ TO_HOST, NF_INET_PRE_ROUTING, INT_MIN, TRAFFIC_TRANSLATED,
	  .in = SIDE_CLIENT },
	{ TO_HOST, NF_INET_PRE_ROUTING, TRAFFIC_TRANSLATED + 1, INT_MAX,
	  .is_translated = true, .in = SIDE_CLIENT },
	{ TO_HOST, NF_INET_LOCAL_IN, INT_MIN, INT_MAX, .is_translated = true,
	  .in = SIDE_CLIENT },
	{ TO_HOST, NF_INET_LOCAL_OUT, INT_MIN, INT_MAX, .is_answer = true,
	  .out = SIDE_CLIENT },
	{ TO_HOST, NF_INET_POST_ROUTING, INT_MIN, MASQUERADED - 1,
	  .is_answer = true, .out = SIDE_CLIENT },
#undef TO_HOST
/* in the output chains, packets leave by the way that they would have taken
 * without a mapping */
#define FROM_HOST .from_host = true, .to_host = false
	{ FROM_HOST, NF_INET_LOCAL_OUT, INT_MIN, TRAFFIC_TRANSLATED,
	  .out = SIDE_LOOPBACK },
	{ FROM_HOST, NF_INET_LOCAL_OUT, TRAFFIC_TRANSLATED + 1, INT_MAX,
	  .is_translated = true, .out = SIDE_LOOPBACK },
	{ FROM_HOST, NF_INET_POST_ROUTING, INT_MIN, MASQUERADED - 1,
	  .is_translated = true, .out = SIDE_TARGET },
	{ FROM_HOST, NF_INET_PRE_ROUTING, INT_MIN, INT_MAX, .is_answer = true,
	  .in = SIDE_TARGET },
	{ FROM_HOST, NF_INET_LOCAL_IN, INT_MIN, MASQUERADED, .is_answer = true,
	  .in = SIDE_TARGET },
#undef FROM_HOST
#define WITHIN .from_host = true, .to_host = true
	{ WITHIN, NF_INET_LOCAL_OUT, INT_MIN, TRAFFIC_TRANSLATED,
	  .out = SIDE_LOOPBACK },
	{ WITHIN, NF_INET_LOCAL_OUT, TRAFFIC_TRANSLATED + 1, INT_MAX,
	  .is_translated = true, .out = SIDE_LOOPBACK },
	{ WITHIN, NF_INET_LOCAL_IN, INT_MIN, INT_MAX, .is_translated = true,
	  .in = SIDE_LOOPBACK },
#undef WITHIN
};

/**
 * traffic_next() - go on to the next place that packets pass
 * @traffic: of which connections
 * @passage: the place before; NULL for the first one
 *
 * Return: the place, or NULL behind the last one.
 */
const struct passage *traffic_next(const struct traffic *traffic,
				   const struct passage *passage)
{
	const struct passage *end = passages + ARRAY_SIZE(passages);
	passage = passage ? passage + 1 : passages;
	while (passage < end && (passage->from_host != !traffic->interface ||
				 passage->to_host != traffic->service->to_host))
		passage++;
	return passage < end ? passage : NULL;
}

/**
 * traffic_is_of_other_family() - look whether a table is for other packets
 * @traffic: of which connections
 * @chain: a base chain
 *
 * Return: whether the chain's table sees packets of the other family only.
 */
bool traffic_is_of_other_family(const struct traffic *traffic,
				const struct chain *chain)
{
	return chain->family == (traffic->service->target.family == PUBPORT_IPV4
					 ? NFPROTO_IPV6
					 : NFPROTO_IPV4);
}

/**
 * passage_is_tracked() - tell where connections are known
 * @passage: the place
 * @priority: of a chain there
 *
 * Return: whether connection tracking comes before that chain.
 */
bool passage_is_tracked(const struct passage *passage, int32_t priority)
{
	return priority > TRACKED || (passage->hook != NF_INET_PRE_ROUTING &&
				      passage->hook != NF_INET_LOCAL_OUT);
}

/**
 * passage_leads_by() - look whether packets pass a chain
 * @passage: the place
 * @chain: a base chain
 *
 * A chain that translates sees only those which nobody has translated before.
 *
 * Return: whether they do.
 */
bool passage_leads_by(const struct passage *passage, const struct chain *chain)
{
	if (chain->hook != passage->hook || chain->priority < passage->first ||
	    chain->priority > passage->last)
		return false;
	return strcmp(chain->type, "nat") != 0 ||
	       (!passage->is_translated && !passage->is_answer &&
		passage->hook != NF_INET_POST_ROUTING);
}

/**
 * passage_ports() - the ports that packets have there
 * @passage: the place
 * @service: which they are for
 *
 * Return: those of the end where they are served.
 */
const struct port_set *passage_ports(const struct passage *passage,
				     const struct service *service)
{
	return passage->is_answer || passage->is_translated
		       ? &service->target_ports
		       : &service->host_ports;
}

/* ----------------------------------------------------------------- packets */

/**
 * struct knowing - what is being told of packets
 * @packet: where it is told
 * @error: the first failure, -ENOMEM; then all else does nothing
 */
struct knowing {
	struct packet *packet;
	int error;
};

static void know(struct knowing *knowing, enum packet_field field,
		 const void *bytes, size_t length)
{
	if (!knowing->error)
		knowing->error =
			packet_add(knowing->packet, field, bytes, length);
}

static void know_addr(struct knowing *knowing, enum packet_field field,
		      const struct pubport_addr *addr)
{
	know(knowing, field, addr->bytes, addr_length(addr));
}

static void know_u32(struct knowing *knowing, enum packet_field field,
		     uint32_t number)
{
	know(knowing, field, &number, sizeof(number));
}

static void know_family(struct knowing *knowing, const struct traffic *traffic)
{
	bool is_ipv4 = traffic->service->target.family == PUBPORT_IPV4;
	uint16_t ethertype = htons(is_ipv4 ? ETH_P_IP : ETH_P_IPV6);
	uint8_t family = is_ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	uint8_t protocol = (uint8_t)traffic->service->protocol;

	know(knowing, PACKET_ETHERTYPE, &ethertype, sizeof(ethertype));
	know(knowing, PACKET_FAMILY, &family, sizeof(family));
	know(knowing, PACKET_PROTOCOL, &protocol, sizeof(protocol));
}

/* what holds for both ends of a network holds for all of it */
static void know_client(struct knowing *knowing, enum packet_field field,
			const struct traffic *traffic)
{
	struct pubport_addr last = prefix_last(&traffic->from);

	if (!traffic->from.prefix)
		return;
	know_addr(knowing, field, &traffic->from.addr);
	know_addr(knowing, field, &last);
}

/* what comes by a wire never has a loopback address, see nft/rules.c */
static void know_hosts(struct knowing *knowing, enum packet_field field,
		       const struct traffic *traffic)
{
	const struct service *service = traffic->service;

	if (service->host_count > VALUES_MAX)
		return;
	for (size_t i = 0; i < service->host_count; i++)
		if (!traffic->interface ||
		    !addr_is_loopback(&service->hosts[i]))
			know_addr(knowing, field, &service->hosts[i]);
}

static void know_target(struct knowing *knowing, enum packet_field field,
			const struct traffic *traffic)
{
	if (pubport_addr_is_any(&traffic->service->target))
		know_hosts(knowing, field, traffic);
	else
		know_addr(knowing, field, &traffic->service->target);
}

static void know_addrs(struct knowing *knowing, const struct passage *passage,
		       const struct traffic *traffic)
{
	if (passage->is_answer) {
		know_target(knowing, PACKET_SADDR, traffic);
		/* others were masqueraded, perhaps */
		if (traffic->client == PUBPORT_CLIENT_REMOTE)
			know_client(knowing, PACKET_DADDR, traffic);
		return;
	}
	know_client(knowing, PACKET_SADDR, traffic);
	if (passage->is_translated)
		know_target(knowing, PACKET_DADDR, traffic);
	else
		know_hosts(knowing, PACKET_DADDR, traffic);
	know_u32(knowing, PACKET_DADDR_TYPE,
		 passage->is_translated && !passage->to_host ? RTN_UNICAST
							     : RTN_LOCAL);
}

static void know_interface(struct knowing *knowing, enum packet_field name,
			   enum packet_field index,
			   const struct link_info *link)
{
	char padded[PACKET_VALUE_SIZE] = { 0 };

	if (!link || !link->index)
		return;
	memcpy(padded, link->name, sizeof(link->name));
	know(knowing, name, padded, sizeof(padded));
	know_u32(knowing, index, link->index);
}

static const struct link_info *interface_at(const struct traffic *traffic,
					    enum traffic_side side)
{
	/* the kernel's number for it is always the same */
	static const struct link_info loopback = { .index = 1, .name = "lo" };

	switch (side) {
	case SIDE_CLIENT:
		return traffic->interface;
	case SIDE_TARGET:
		return traffic->service->device;
	case SIDE_LOOPBACK:
		return &loopback;
	case SIDE_NONE:
	default:
		return NULL;
	}
}

static void know_host_ports(struct knowing *knowing,
			    const struct traffic *traffic)
{
	const struct port_set *ports = &traffic->service->host_ports;
	struct pubport_ports run = { 0, 0 };

	if (port_set_count(ports) > VALUES_MAX)
		return;
	while (port_set_next(ports, &run))
		for (uint32_t port = run.first; port <= run.last; port++) {
			uint16_t port_be = htons((uint16_t)port);

			know(knowing, PACKET_CT_HOST_PORT, &port_be,
			     sizeof(port_be));
		}
}

static void know_connection(struct knowing *knowing,
			    const struct passage *passage,
			    const struct traffic *traffic)
{
	uint8_t direction = passage->is_answer ? IP_CT_DIR_REPLY
					       : IP_CT_DIR_ORIGINAL;

	know_u32(knowing, PACKET_CT_STATE,
		 NF_CT_STATE_BIT(passage->is_answer ? IP_CT_ESTABLISHED
						    : IP_CT_NEW));
	know(knowing, PACKET_CT_DIRECTION, &direction, sizeof(direction));
	know_hosts(knowing, PACKET_CT_HOST, traffic);
	if (!passage->is_answer && !passage->is_translated)
		return;
	/* of its other bits nothing is known: each is set once, and once not */
	know_u32(knowing, PACKET_CT_STATUS, IPS_DST_NAT);
	know_u32(knowing, PACKET_CT_STATUS, UINT32_MAX);
	know_host_ports(knowing, traffic);
	know_target(knowing, PACKET_CT_TARGET, traffic);
}

/**
 * passage_know() - find out what is known of packets at a place
 * @passage: the place
 * @traffic: of which connections
 * @priority: of the chain that they are about to pass
 * @packet: all zero; end with packet_done(), also after a failure
 *
 * Of a connection, its first packet and the first answer count.
 *
 * Return: 0 or -ENOMEM.
 */
int passage_know(const struct passage *passage, const struct traffic *traffic,
		 int32_t priority, struct packet *packet)
{
	struct knowing knowing = { .packet = packet };

	packet->is_answer = passage->is_answer;
	packet->is_translated = passage->is_translated;
	know_family(&knowing, traffic);
	know_addrs(&knowing, passage, traffic);
	know_interface(&knowing, PACKET_IIFNAME, PACKET_IIF,
		       interface_at(traffic, passage->in));
	know_interface(&knowing, PACKET_OIFNAME, PACKET_OIF,
		       interface_at(traffic, passage->out));
	if (passage_is_tracked(passage, priority))
		know_connection(&knowing, passage, traffic);
	return knowing.error;
}
