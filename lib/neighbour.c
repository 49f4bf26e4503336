/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to rtnetlink: behind which port of a bridge a neighbour is. */
#include "route.h"

#include "addr.h"
#include "rtnl.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define LLADDR_SIZE 6

/* how long the kernel is given to find a neighbour: 1, 2, 4, 8 and 16 ms */
#define RESOLVE_STEPS 5
/* and one that it is looking for already, or didn't find a moment ago */
#define RESOLVE_STEPS_AGAIN 1

/* how long a neighbour is given to answer: a second, and less where the kernel
 * asks already, or did a moment ago */
#define ANSWER_STEP_MS 10
#define ANSWER_STEPS 100
#define ANSWER_STEPS_AGAIN 20

/* states in which it was there a moment ago, or nobody asks */
#define NEIGHBOUR_CONFIRMED (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)

/* states in which a neighbour's link-layer address is known */
#define NEIGHBOUR_KNOWN                                                        \
	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY |   \
	 NUD_PROBE)

/**
 * struct neighbour - a link-layer address
 * @known: whether it is known
 * @confirmed: whether it was there a moment ago
 * @sought: whether the kernel looks for it, or looked in vain
 * @lladdr: the address
 */
struct neighbour {
	bool known;
	bool confirmed;
	bool sought;
	uint8_t lladdr[LLADDR_SIZE];
};

static int read_neighbour(const struct nlmsghdr *message, void *data)
{
	struct neighbour *neighbour = data;
	struct rtnl_attributes attributes;
	const struct ndmsg *header =
		rtnl_parse(message, sizeof(*header), &attributes);

	if (!header || message->nlmsg_type != RTM_NEWNEIGH)
		return MNL_CB_OK;
	neighbour->sought = header->ndm_state & (NUD_INCOMPLETE | NUD_FAILED);
	neighbour->confirmed = header->ndm_state & NEIGHBOUR_CONFIRMED;
	if (header->ndm_state & NEIGHBOUR_KNOWN)
		neighbour->known = rtnl_bytes(attributes.of[NDA_LLADDR],
					      LLADDR_SIZE, neighbour->lladdr);
	return MNL_CB_OK;
}

static struct ndmsg *request_neighbour(struct rtnl_request *request,
				       uint16_t type, unsigned int interface,
				       const struct pubport_addr *addr)
{
	uint16_t flags = type == RTM_NEWNEIGH ? NLM_F_CREATE : 0;
	struct ndmsg *header =
		rtnl_begin(request, type, flags, sizeof(*header));

	header->ndm_family = (uint8_t)addr_af(addr);
	header->ndm_ifindex = (int)interface;
	rtnl_put_addr(request, NDA_DST, addr);
	return header;
}

static int neighbour_get(struct netlink *netlink, unsigned int interface,
			 const struct pubport_addr *addr,
			 struct neighbour *ret_neighbour)
{
	struct rtnl_request request;
	int code;

	request_neighbour(&request, RTM_GETNEIGH, interface, addr);
	memset(ret_neighbour, 0, sizeof(*ret_neighbour));
	code = netlink_talk(netlink, request.header, read_neighbour,
			    ret_neighbour);
	return code == -ENOENT ? 0 : code;
}

/* as neighbour_get(), but has the kernel ask for one that it doesn't know */
static int neighbour_resolve(struct netlink *netlink, unsigned int interface,
			     const struct pubport_addr *addr,
			     struct neighbour *ret_neighbour)
{
	struct rtnl_request request;
	int code, steps;

	code = neighbour_get(netlink, interface, addr, ret_neighbour);
	if (code || ret_neighbour->known)
		return code;
	steps = ret_neighbour->sought ? RESOLVE_STEPS_AGAIN : RESOLVE_STEPS;
	request_neighbour(&request, RTM_NEWNEIGH, interface, addr)->ndm_flags =
		NTF_USE;
	code = netlink_talk(netlink, request.header, NULL, NULL);
	for (int i = 0; !code && !ret_neighbour->known && i < steps; i++) {
		poll(NULL, 0, 1 << i);
		code = neighbour_get(netlink, interface, addr, ret_neighbour);
	}
	return code;
}

/* has the kernel ask a neighbour whose address it knows whether it is there */
static int neighbour_probe(struct netlink *netlink, unsigned int interface,
			   const struct pubport_addr *addr,
			   const struct neighbour *neighbour)
{
	struct rtnl_request request;
	struct ndmsg *header =
		request_neighbour(&request, RTM_NEWNEIGH, interface, addr);

	request.header->nlmsg_flags |= NLM_F_REPLACE;
	header->ndm_state = NUD_PROBE;
	mnl_attr_put(request.header, NDA_LLADDR, LLADDR_SIZE,
		     neighbour->lladdr);
	return netlink_talk(netlink, request.header, NULL, NULL);
}

/**
 * route_neighbour_answers() - look whether a neighbour is there
 * @netlink: open NETLINK_ROUTE socket
 * @interface: index of the interface, one with Ethernet addresses
 * @addr: the neighbour
 * @ret_answers: whether it answered, now or a moment ago
 *
 * The kernel is made to ask, and given a second at most.
 *
 * Return: 0, or a negative errno, such as -EPERM without CAP_NET_ADMIN.
 */
int route_neighbour_answers(struct netlink *netlink, unsigned int interface,
			    const struct pubport_addr *addr, bool *ret_answers)
{
	struct neighbour neighbour;
	int code, steps;

	code = neighbour_get(netlink, interface, addr, &neighbour);
	steps = neighbour.sought ? ANSWER_STEPS_AGAIN : ANSWER_STEPS;
	if (!code)
		code = neighbour_resolve(netlink, interface, addr, &neighbour);
	if (!code && neighbour.known && !neighbour.confirmed)
		code = neighbour_probe(netlink, interface, addr, &neighbour);
	for (int i = 0; !code && !neighbour.confirmed && i < steps; i++) {
		poll(NULL, 0, ANSWER_STEP_MS);
		code = neighbour_get(netlink, interface, addr, &neighbour);
	}
	if (!code)
		*ret_answers = neighbour.confirmed;
	return code;
}

/**
 * struct port_search - a search for the port behind which a neighbour is
 * @lladdr: the neighbour
 * @port: index of the port, or 0
 */
struct port_search {
	uint8_t lladdr[LLADDR_SIZE];
	unsigned int port;
};

static int read_forwarding(const struct nlmsghdr *message, void *data)
{
	struct port_search *search = data;
	uint8_t lladdr[LLADDR_SIZE];
	struct rtnl_attributes attributes;
	const struct ndmsg *header =
		rtnl_parse(message, sizeof(*header), &attributes);

	if (header && message->nlmsg_type == RTM_NEWNEIGH &&
	    rtnl_bytes(attributes.of[NDA_LLADDR], LLADDR_SIZE, lladdr) &&
	    memcmp(lladdr, search->lladdr, LLADDR_SIZE) == 0)
		search->port = (unsigned int)header->ndm_ifindex;
	return MNL_CB_OK;
}

static void reset_search(void *data)
{
	((struct port_search *)data)->port = 0;
}

/**
 * route_neighbour_port() - the port of a bridge behind which an address is
 * @netlink: open NETLINK_ROUTE socket
 * @bridge: index of the bridge, which is the interface towards @addr
 * @addr: the address
 * @ret_port: index of the port
 *
 * Where the kernel doesn't know the neighbour yet, it is asked to find it,
 * which takes some 30 ms when there is none.
 *
 * Return: 0; -ENOENT when no such neighbour or port is known; or a negative
 * errno, such as -EPERM without CAP_NET_ADMIN.
 */
int route_neighbour_port(struct netlink *netlink, unsigned int bridge,
			 const struct pubport_addr *addr,
			 unsigned int *ret_port)
{
	struct port_search search = { .port = 0 };
	struct neighbour neighbour;
	struct ifinfomsg *header;
	struct rtnl_request request;
	int code;

	code = neighbour_resolve(netlink, bridge, addr, &neighbour);
	if (code)
		return code;
	if (!neighbour.known)
		return -ENOENT;
	memcpy(search.lladdr, neighbour.lladdr, LLADDR_SIZE);
	/* a dump, since with VLANs an entry can't be asked for by itself */
	header =
		rtnl_begin(&request, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*header));
	header->ifi_family = AF_BRIDGE;
	mnl_attr_put_u32(request.header, IFLA_MASTER, bridge);
	code = rtnl_dump(netlink, &request, read_forwarding, &search,
			 reset_search);
	if (code)
		return code;
	if (!search.port)
		return -ENOENT;
	*ret_port = search.port;
	return 0;
}

/**
 * route_hairpin_set() - set the hairpin mode of a bridge's port
 * @netlink: open NETLINK_ROUTE socket
 * @port: index of the port
 * @on: whether the bridge may send back by it what came in by it
 *
 * Return: 0, or a negative errno, such as -EPERM without CAP_NET_ADMIN.
 */
int route_hairpin_set(struct netlink *netlink, unsigned int port, bool on)
{
	struct ifinfomsg *header;
	struct rtnl_request request;
	struct nlattr *nest;

	header = rtnl_begin(&request, RTM_SETLINK, 0, sizeof(*header));
	header->ifi_family = AF_BRIDGE;
	header->ifi_index = (int)port;
	nest = mnl_attr_nest_start(request.header, IFLA_PROTINFO);
	mnl_attr_put_u8(request.header, IFLA_BRPORT_MODE, on);
	mnl_attr_nest_end(request.header, nest);
	return netlink_talk(netlink, request.header, NULL, NULL);
}
