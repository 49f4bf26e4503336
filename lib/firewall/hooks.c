/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of connections to a target, at each place that they pass.
 *
 * What pubport does to a packet at the hooks of prerouting and output, chains
 * of other tables see done if they come later.  All that is done to an answer,
 * it sees undone: up to the end of postrouting, or of input for this host's
 * own, it comes from the target.
 *
 * Where nobody of ours translates the source, as that of remote clients, some
 * other table may.
 *
 * At an interface itself, and at a bridge's ports, packets are as they are on
 * the wire.
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
#include <netinet/tcp.h>
#include <string.h>

/* a bound for devices on top of each other, which might form a ring */
#define LAYERS_MAX 8

/* who has more addresses or ports may have any */
#define VALUES_MAX 64

/* from here on, connections are known, and have their source translated */
#define TRACKED (-200)
#define MASQUERADED 99

/* below IP: at an interface, and at the bridge of one */
#define COMES_IN(whose, ...)                                                   \
	{ whose,   HOOK_INGRESS,	  INT_MIN,                             \
	  INT_MAX, .layer = LAYER_DEVICE, __VA_ARGS__ },                       \
		{ whose,   NF_INET_PRE_ROUTING,	  INT_MIN,                     \
		  INT_MAX, .layer = LAYER_BRIDGE, __VA_ARGS__ },               \
	{                                                                      \
		whose, NF_INET_LOCAL_IN, INT_MIN, INT_MAX,                     \
			.layer = LAYER_BRIDGE, __VA_ARGS__                     \
	}
#define GOES_OUT(whose, ...)                                                   \
	{                                                                      \
		whose,	    HOOK_EGRESS,	   INT_MIN,                    \
		INT_MAX,    .layer = LAYER_DEVICE, .is_sent = true,            \
		__VA_ARGS__                                                    \
	},                                                                     \
		{ whose,      NF_INET_LOCAL_OUT,     INT_MIN,                  \
		  INT_MAX,    .layer = LAYER_BRIDGE, .is_sent = true,          \
		  __VA_ARGS__ },                                               \
	{                                                                      \
		whose, NF_INET_POST_ROUTING, INT_MIN, INT_MAX,                 \
			.layer = LAYER_BRIDGE, .is_sent = true, __VA_ARGS__    \
	}

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
	{ ROUTED, NF_INET_POST_ROUTING, MASQUERADED, INT_MAX,
	  .is_translated = true, .remote_only = true, .is_sent = true,
	  .in = SIDE_CLIENT, .out = SIDE_TARGET },
	{ ROUTED, NF_INET_PRE_ROUTING, INT_MIN, INT_MAX, .is_answer = true,
	  .in = SIDE_TARGET },
	{ ROUTED, NF_INET_FORWARD, INT_MIN, INT_MAX, .is_answer = true,
	  .in = SIDE_TARGET, .out = SIDE_CLIENT },
	{ ROUTED, NF_INET_POST_ROUTING, INT_MIN, MASQUERADED - 1,
	  .is_answer = true, .in = SIDE_TARGET, .out = SIDE_CLIENT },
	COMES_IN(ROUTED, .in = SIDE_CLIENT),
	GOES_OUT(ROUTED, .is_translated = true, .out = SIDE_TARGET),
	COMES_IN(ROUTED, .is_answer = true, .in = SIDE_TARGET),
	GOES_OUT(ROUTED, .is_answer = true, .out = SIDE_CLIENT),
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
	COMES_IN(TO_HOST, .in = SIDE_CLIENT),
	GOES_OUT(TO_HOST, .is_answer = true, .out = SIDE_CLIENT),
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
	GOES_OUT(FROM_HOST, .is_translated = true, .out = SIDE_TARGET),
	COMES_IN(FROM_HOST, .is_answer = true, .in = SIDE_TARGET),
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

static bool takes(const struct passage *passage, const struct traffic *traffic)
{
	return passage->from_host == !traffic->interface &&
	       passage->to_host == traffic->service->to_host &&
	       (!passage->remote_only ||
		traffic->client == PUBPORT_CLIENT_REMOTE);
}

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
	while (passage < end && !takes(passage, traffic))
		passage++;
	return passage < end ? passage : NULL;
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
	if (passage->layer != LAYER_IP)
		return false;
	return priority > TRACKED || (passage->hook != NF_INET_PRE_ROUTING &&
				      passage->hook != NF_INET_LOCAL_OUT);
}

/* ----------------------------------------------------------------- packets */

static void know_addr(struct packet *packet, enum packet_field field,
		      const struct pubport_addr *addr)
{
	packet_add(packet, field, addr->bytes, addr_length(addr));
}

static void know_u32(struct packet *packet, enum packet_field field,
		     uint32_t number)
{
	packet_add(packet, field, &number, sizeof(number));
}

static void know_family(struct packet *packet, const struct traffic *traffic)
{
	bool is_ipv4 = traffic->service->target.family == PUBPORT_IPV4;
	uint16_t ethertype = htons(is_ipv4 ? ETH_P_IP : ETH_P_IPV6);
	uint8_t family = is_ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	uint8_t protocol = (uint8_t)traffic->service->protocol;

	packet_add(packet, PACKET_ETHERTYPE, &ethertype, sizeof(ethertype));
	packet_add(packet, PACKET_FAMILY, &family, sizeof(family));
	packet_add(packet, PACKET_PROTOCOL, &protocol, sizeof(protocol));
}

static void know_flags(struct packet *packet, const struct traffic *traffic)
{
	const uint8_t flags = packet->is_answer ? TH_SYN | TH_ACK : TH_SYN;

	if (traffic->service->protocol == PUBPORT_TCP)
		packet_add(packet, PACKET_TCP_FLAGS, &flags, sizeof(flags));
}

/* what holds for both ends of a network holds for all of it */
static void know_client(struct packet *packet, enum packet_field field,
			const struct traffic *traffic)
{
	struct pubport_addr last = prefix_last(&traffic->from);

	if (!traffic->from.prefix)
		return;
	know_addr(packet, field, &traffic->from.addr);
	know_addr(packet, field, &last);
}

/* what comes by a wire never has a loopback address, see nft/rules.c; what is
 * published at a link-local one is not led anywhere */
static bool may_be_asked(const struct traffic *traffic,
			 const struct pubport_addr *host)
{
	return !traffic->interface ||
	       (!addr_is_loopback(host) && !addr_is_linklocal6(host));
}

/* remote clients mostly ask for an address of the interface that they come in
 * by, where it has one */
static bool has_own_hosts(const struct traffic *traffic)
{
	const struct service *service = traffic->service;

	if (traffic->client != PUBPORT_CLIENT_REMOTE)
		return false;
	for (size_t i = 0; i < service->host_count; i++)
		if (service->host_interfaces[i] == traffic->interface->index &&
		    may_be_asked(traffic, &service->hosts[i]))
			return true;
	return false;
}

static void know_hosts(struct packet *packet, enum packet_field field,
		       const struct traffic *traffic)
{
	const struct service *service = traffic->service;
	bool own = has_own_hosts(traffic);

	if (service->host_count > VALUES_MAX)
		return;
	for (size_t i = 0; i < service->host_count; i++)
		if (may_be_asked(traffic, &service->hosts[i]) &&
		    (!own ||
		     service->host_interfaces[i] == traffic->interface->index))
			know_addr(packet, field, &service->hosts[i]);
}

static void know_target(struct packet *packet, enum packet_field field,
			const struct traffic *traffic)
{
	if (pubport_addr_is_any(&traffic->service->target))
		know_hosts(packet, field, traffic);
	else
		know_addr(packet, field, &traffic->service->target);
}

/* whether what comes to the target, and goes back to it, has the client's
 * address: others were masqueraded, perhaps */
static bool keeps_source(const struct traffic *traffic)
{
	const struct service *service = traffic->service;

	for (size_t i = 0; i < service->count; i++)
		if (service->mappings[i]->flags & PUBPORT_MAPPING_MASQUERADE)
			return false;
	return traffic->client == PUBPORT_CLIENT_REMOTE;
}

static void know_addrs(struct packet *packet, const struct passage *passage,
		       const struct traffic *traffic)
{
	if (passage->is_answer && passage->is_sent) {
		know_hosts(packet, PACKET_SADDR, traffic);
		know_client(packet, PACKET_DADDR, traffic);
		return;
	}
	if (passage->is_answer) {
		know_target(packet, PACKET_SADDR, traffic);
		if (keeps_source(traffic))
			know_client(packet, PACKET_DADDR, traffic);
		return;
	}
	if (!passage->is_sent || keeps_source(traffic))
		know_client(packet, PACKET_SADDR, traffic);
	if (passage->is_translated)
		know_target(packet, PACKET_DADDR, traffic);
	else
		know_hosts(packet, PACKET_DADDR, traffic);
	know_u32(packet, PACKET_DADDR_TYPE,
		 passage->is_translated && !passage->to_host ? RTN_UNICAST
							     : RTN_LOCAL);
}

static void know_interface(struct packet *packet, enum packet_field name,
			   enum packet_field index,
			   const struct link_info *link)
{
	char padded[PACKET_VALUE_SIZE] = { 0 };

	if (!link || !link->index)
		return;
	memcpy(padded, link->name, sizeof(link->name));
	packet_add(packet, name, padded, sizeof(padded));
	if (index != PACKET_UNKNOWN)
		know_u32(packet, index, link->index);
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

static void know_host_ports(struct packet *packet,
			    const struct traffic *traffic)
{
	const struct port_set *ports = &traffic->service->host_ports;
	struct pubport_ports run = { 0, 0 };

	if (port_set_count(ports) > VALUES_MAX)
		return;
	while (port_set_next(ports, &run))
		for (uint32_t port = run.first; port <= run.last; port++) {
			uint16_t port_be = htons((uint16_t)port);

			packet_add(packet, PACKET_CT_HOST_PORT, &port_be,
				   sizeof(port_be));
		}
}

static void know_connection(struct packet *packet,
			    const struct passage *passage,
			    const struct traffic *traffic)
{
	uint8_t direction = passage->is_answer ? IP_CT_DIR_REPLY
					       : IP_CT_DIR_ORIGINAL;

	know_u32(packet, PACKET_CT_STATE,
		 NF_CT_STATE_BIT(passage->is_answer ? IP_CT_ESTABLISHED
						    : IP_CT_NEW));
	packet_add(packet, PACKET_CT_DIRECTION, &direction, sizeof(direction));
	know_hosts(packet, PACKET_CT_HOST, traffic);
	if (!passage->is_answer && !passage->is_translated)
		return;
	/* of its other bits nothing is known: each is set once, and once not */
	know_u32(packet, PACKET_CT_STATUS, IPS_DST_NAT);
	know_u32(packet, PACKET_CT_STATUS, UINT32_MAX);
	know_host_ports(packet, traffic);
	know_target(packet, PACKET_CT_TARGET, traffic);
}

static void know_interfaces(struct packet *packet,
			    const struct passage *passage,
			    const struct traffic *traffic,
			    const struct chain *chain)
{
	const struct link_info *in = interface_at(traffic, passage->in);
	const struct link_info *out = interface_at(traffic, passage->out);
	const struct link_info *at =
		links_find_name(traffic->service->links, chain->device);

	switch (passage->layer) {
	case LAYER_DEVICE:
		in = in ? at : NULL;
		out = out ? at : NULL;
		break;
	case LAYER_BRIDGE:
		know_interface(packet, PACKET_BRIDGE_IN, PACKET_UNKNOWN, in);
		know_interface(packet, PACKET_BRIDGE_OUT, PACKET_UNKNOWN, out);
		at = links_find(traffic->service->links,
				traffic->service->port);
		in = passage->in == SIDE_TARGET ? at : NULL;
		out = passage->out == SIDE_TARGET ? at : NULL;
		break;
	case LAYER_IP:
	default:
		break;
	}
	know_interface(packet, PACKET_IIFNAME, PACKET_IIF, in);
	know_interface(packet, PACKET_OIFNAME, PACKET_OIF, out);
}

/* what is known of a connection's first packet, or of the first answer */
static int know(struct packet *packet, const struct passage *passage,
		const struct traffic *traffic, const struct chain *chain)
{
	packet->is_answer = passage->is_answer;
	packet->is_translated = passage->is_translated;
	packet->is_tracked = passage_is_tracked(passage, chain->priority);
	know_family(packet, traffic);
	know_flags(packet, traffic);
	know_addrs(packet, passage, traffic);
	know_interfaces(packet, passage, traffic, chain);
	if (packet->is_tracked)
		know_connection(packet, passage, traffic);
	return packet->error;
}

/* ------------------------------------------------------------------- chains */

/* whether it is a port of a bridge that packets use at one side */
static enum answer is_used(const struct traffic *traffic,
			   enum traffic_side side,
			   const struct link_info *bridge,
			   const struct link_info *port)
{
	const struct service *service = traffic->service;
	size_t ports = 0;

	if (side == SIDE_TARGET && service->port)
		return port->index == service->port ? ANSWER_YES : ANSWER_NO;
	/* each neighbour uses one */
	if (side == SIDE_CLIENT && traffic->client == PUBPORT_CLIENT_NEIGHBOUR)
		return ANSWER_NO;
	for (size_t i = 0; i < service->links->count; i++)
		ports += service->links->items[i].master == bridge->index;
	return ports == 1 ? ANSWER_YES : ANSWER_MAYBE;
}

/* whether packets pass an interface at one side, or, for NULL, a bridge: that
 * which they are routed by, one below it, or a port */
static enum answer carries(const struct traffic *traffic,
			   enum traffic_side side, const char *device)
{
	const struct links *links = traffic->service->links;
	const struct link_info *link = interface_at(traffic, side), *at;

	if (!device)
		return link && !strcmp(link->kind, "bridge") ? ANSWER_YES
							     : ANSWER_NO;
	at = links_find_name(links, device);
	for (int i = 0; link && at && i < LAYERS_MAX; i++) {
		if (at == link || at->index == link->index)
			return ANSWER_YES;
		if (at->master == link->index)
			return is_used(traffic, side, link, at);
		link = link->link_netnsid < 0 && link->link
			       ? links_find(links, link->link)
			       : NULL;
	}
	return ANSWER_NO;
}

/* a chain that translates sees first packets alone, at each of its two ends
 * those which nobody has translated there before */
static bool may_translate(const struct passage *passage,
			  const struct traffic *traffic)
{
	switch (passage->hook) {
	case NF_INET_PRE_ROUTING:
	case NF_INET_LOCAL_OUT:
		return !passage->is_translated && !passage->is_answer;
	case NF_INET_POST_ROUTING:
	case NF_INET_LOCAL_IN:
		return !passage->is_answer &&
		       traffic->client == PUBPORT_CLIENT_REMOTE;
	default:
		return false;
	}
}

/**
 * passage_leads_by() - tell whether packets pass a base chain at a place
 * @passage: the place
 * @traffic: of which connections
 * @chain: the chain
 *
 * Return: ANSWER_MAYBE where it depends on the port of a bridge that they use.
 */
enum answer passage_leads_by(const struct passage *passage,
			     const struct traffic *traffic,
			     const struct chain *chain)
{
	bool is_ipv4 = traffic->service->target.family == PUBPORT_IPV4;

	if (chain->family == (is_ipv4 ? NFPROTO_IPV6 : NFPROTO_IPV4) ||
	    chain->hook != passage->hook || chain->priority < passage->first ||
	    chain->priority > passage->last ||
	    chain_layer(chain) != passage->layer)
		return ANSWER_NO;
	if (!strcmp(chain->type, "nat"))
		return may_translate(passage, traffic) ? ANSWER_YES : ANSWER_NO;
	if (passage->layer == LAYER_IP)
		return ANSWER_YES;
	return carries(traffic, passage->in ? passage->in : passage->out,
		       passage->layer == LAYER_DEVICE ? chain->device : NULL);
}

/**
 * passage_has_host_ports() - tell at which end ports are served
 * @passage: the place
 *
 * Return: whether packets have the host's port there, rather than the target's.
 */
bool passage_has_host_ports(const struct passage *passage)
{
	return passage->is_answer ? passage->is_sent : !passage->is_translated;
}

/**
 * passage_walk() - follow packets from a place through a base chain
 * @passage: the place
 * @traffic: of which connections
 * @chain: the chain; where they don't pass it, nothing is done
 * @walk: told where they leave it
 *
 * Return: 0, or a negative errno as from walk_run().
 */
int passage_walk(const struct passage *passage, const struct traffic *traffic,
		 const struct chain *chain, struct walk *walk)
{
	struct packet packet CLEANUP(packet_done) = { 0 };
	const struct service *service = traffic->service;
	int code;

	if (passage_leads_by(passage, traffic, chain) == ANSWER_NO)
		return 0;
	code = know(&packet, passage, traffic, chain);
	return code ? code
		    : walk_run(walk, chain, &packet,
			       passage_has_host_ports(passage)
				       ? &service->host_ports
				       : &service->target_ports);
}
