/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbours, and the bridges' ports behind which they are: asks rtnetlink. */
#include "netlink/neighbour.h"

#include "mapping/addr.h"
#include "netlink/rtnetlink.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
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

/* in one call: the kernel has room for 1024, and needs it for others as well */
#define SOUGHT_MAX 256

/* states in which nobody asks whether it is there */
#define NEIGHBOUR_FIXED (NUD_PERMANENT | NUD_NOARP)

/* states in which it was there a moment ago, or nobody asks */
#define NEIGHBOUR_CONFIRMED (NEIGHBOUR_FIXED | NUD_REACHABLE)

/* states in which a neighbour's link-layer address is known */
#define NEIGHBOUR_KNOWN                                                        \
	(NEIGHBOUR_CONFIRMED | NUD_STALE | NUD_DELAY | NUD_PROBE)

/**
 * struct neighbour - a neighbour and its link-layer address
 * @interface: index of the interface behind which it is
 * @addr: the neighbour
 * @known: whether its link-layer address is known
 * @fixed: whether it is never asked whether it is there
 * @confirmed: whether it was there a moment ago
 * @sought: whether the kernel looks for it, or looked in vain
 * @lladdr: the link-layer address
 */
struct neighbour {
	unsigned int interface;
	struct pubport_addr addr;
	bool known;
	bool fixed;
	bool confirmed;
	bool sought;
	uint8_t lladdr[LLADDR_SIZE];
};

static int read_neighbour(const struct nlmsghdr *message, void *data)
{
	struct neighbour *neighbour = data;
	struct attributes attributes;
	const struct ndmsg *header = message_parse(
		message, RTM_NEWNEIGH, sizeof(*header), &attributes);

	if (!header)
		return MNL_CB_OK;
	neighbour->sought = header->ndm_state & (NUD_INCOMPLETE | NUD_FAILED);
	neighbour->fixed = header->ndm_state & NEIGHBOUR_FIXED;
	neighbour->confirmed = header->ndm_state & NEIGHBOUR_CONFIRMED;
	if (header->ndm_state & NEIGHBOUR_KNOWN)
		neighbour->known =
			attr_bytes(attr_find(&attributes, NDA_LLADDR),
				   LLADDR_SIZE, neighbour->lladdr);
	return MNL_CB_OK;
}

static struct ndmsg *request_neighbour(struct request *request, uint16_t type,
				       const struct neighbour *neighbour)
{
	uint16_t flags = type == RTM_NEWNEIGH ? NLM_F_CREATE : 0;
	struct ndmsg *header =
		request_begin(request, type, flags, sizeof(*header));

	header->ndm_family = (uint8_t)addr_af(&neighbour->addr);
	header->ndm_ifindex = (int)neighbour->interface;
	rtnl_put_addr(request, NDA_DST, &neighbour->addr);
	return header;
}

static int neighbour_get(struct netlink *netlink, struct neighbour *neighbour)
{
	struct request request = { .header = NULL };
	int code;

	neighbour->known = neighbour->fixed = false;
	neighbour->confirmed = neighbour->sought = false;
	request_neighbour(&request, RTM_GETNEIGH, neighbour);
	code = netlink_talk(netlink, &request, read_neighbour, neighbour);
	return code == -ENOENT ? 0 : code;
}

/* has the kernel ask for one that it doesn't know, if it has room for it */
static int neighbour_seek(struct netlink *netlink,
			  const struct neighbour *neighbour)
{
	struct request request = { .header = NULL };
	int code;

	request_neighbour(&request, RTM_NEWNEIGH, neighbour)->ndm_flags =
		NTF_USE;
	code = netlink_talk(netlink, &request, NULL, NULL);
	return code == -ENOBUFS ? 0 : code;
}

/* has the kernel ask for those that it doesn't know */
static int seek_all(struct netlink *netlink, struct neighbour *neighbours,
		    size_t count, int *ret_steps)
{
	int code = 0, steps = 0, sought = 0, needed;

	for (size_t i = 0; !code && i < count; i++) {
		code = neighbour_get(netlink, &neighbours[i]);
		if (code || neighbours[i].known || sought++ >= SOUGHT_MAX)
			continue;
		needed = neighbours[i].sought ? RESOLVE_STEPS_AGAIN
					      : RESOLVE_STEPS;
		steps = needed > steps ? needed : steps;
		code = neighbour_seek(netlink, &neighbours[i]);
	}
	*ret_steps = steps;
	return code;
}

static int look_again(struct netlink *netlink, struct neighbour *neighbours,
		      size_t count, size_t *ret_unknown)
{
	int code = 0;

	*ret_unknown = 0;
	for (size_t i = 0; !code && i < count; i++) {
		if (!neighbours[i].known)
			code = neighbour_get(netlink, &neighbours[i]);
		*ret_unknown += !neighbours[i].known;
	}
	return code;
}

/* waits for all of them together */
static int neighbours_resolve(struct netlink *netlink,
			      struct neighbour *neighbours, size_t count)
{
	size_t unknown = count;
	int steps, code = seek_all(netlink, neighbours, count, &steps);

	for (int i = 0; !code && unknown && i < steps; i++) {
		poll(NULL, 0, 1 << i);
		code = look_again(netlink, neighbours, count, &unknown);
	}
	return code;
}

/* has the kernel ask one whose link-layer address it knows whether it is there
 */
static int neighbour_probe(struct netlink *netlink,
			   const struct neighbour *neighbour)
{
	struct request request = { .header = NULL };
	struct ndmsg *header =
		request_neighbour(&request, RTM_NEWNEIGH, neighbour);

	request.header->nlmsg_flags |= NLM_F_REPLACE;
	header->ndm_state = NUD_PROBE;
	mnl_attr_put(request.header, NDA_LLADDR, LLADDR_SIZE,
		     neighbour->lladdr);
	return netlink_talk(netlink, &request, NULL, NULL);
}

/**
 * neighbour_answers() - look whether a neighbour is there
 * @netlink: open NETLINK_ROUTE socket
 * @interface: index of the interface, one with Ethernet addresses
 * @addr: the neighbour
 * @ret_answers: whether it answered, now or a moment ago
 *
 * The kernel is made to ask, and given a second at most.
 *
 * Return: 0, or a negative errno, such as -EPERM without CAP_NET_ADMIN.
 */
int neighbour_answers(struct netlink *netlink, unsigned int interface,
		      const struct pubport_addr *addr, bool *ret_answers)
{
	struct neighbour neighbour = { .interface = interface, .addr = *addr };
	int code, steps;

	code = neighbour_get(netlink, &neighbour);
	steps = neighbour.sought ? ANSWER_STEPS_AGAIN : ANSWER_STEPS;
	if (!code)
		code = neighbours_resolve(netlink, &neighbour, 1);
	if (!code && neighbour.known && !neighbour.confirmed)
		code = neighbour_probe(netlink, &neighbour);
	for (int i = 0; !code && !neighbour.confirmed && i < steps; i++) {
		poll(NULL, 0, ANSWER_STEP_MS);
		code = neighbour_get(netlink, &neighbour);
	}
	if (!code)
		*ret_answers = neighbour.confirmed;
	return code;
}

/**
 * neighbour_find() - look up a neighbour's link-layer address
 * @netlink: open NETLINK_ROUTE socket
 * @interface: index of the interface, one with Ethernet addresses
 * @addr: the neighbour
 * @ret_lladdr: its address, where it is known
 * @ret_known: whether it is; nobody is asked who doesn't know it
 *
 * Return: 0, or a negative errno.
 */
int neighbour_find(struct netlink *netlink, unsigned int interface,
		   const struct pubport_addr *addr, uint8_t ret_lladdr[6],
		   bool *ret_known)
{
	struct neighbour neighbour = { .interface = interface, .addr = *addr };
	int code = neighbour_get(netlink, &neighbour);

	if (code)
		return code;
	*ret_known = neighbour.known;
	memcpy(ret_lladdr, neighbour.lladdr, LLADDR_SIZE);
	return 0;
}

/**
 * neighbour_is_proxied() - whether this host answers for somebody by himself
 * @netlink: open NETLINK_ROUTE socket
 * @interface: index of the interface that he is asked for at
 * @addr: who
 * @ret_is: whether there is such an entry, as "ip neigh add proxy" makes it
 *
 * Return: 0, or a negative errno.
 */
int neighbour_is_proxied(struct netlink *netlink, unsigned int interface,
			 const struct pubport_addr *addr, bool *ret_is)
{
	struct neighbour neighbour = { .interface = interface, .addr = *addr };
	struct request request = { .header = NULL };
	int code;

	request_neighbour(&request, RTM_GETNEIGH, &neighbour)->ndm_flags =
		NTF_PROXY;
	code = netlink_talk(netlink, &request, NULL, NULL);
	*ret_is = !code;
	return code == -ENOENT ? 0 : code;
}

/**
 * struct port_search - a search for the ports behind which neighbours are
 * @bridge: of which bridge
 * @ports: what is looked for, with its result
 * @neighbours: where each of @ports is, as far as it is known
 * @count: number of both
 */
struct port_search {
	unsigned int bridge;
	struct bridge_port *ports;
	const struct neighbour *neighbours;
	size_t count;
};

static int read_forwarding(const struct nlmsghdr *message, void *data)
{
	const struct port_search *search = data;
	uint8_t lladdr[LLADDR_SIZE];
	struct attributes attributes;
	const struct ndmsg *header = message_parse(
		message, RTM_NEWNEIGH, sizeof(*header), &attributes);

	if (!header || !attr_bytes(attr_find(&attributes, NDA_LLADDR),
				   LLADDR_SIZE, lladdr))
		return MNL_CB_OK;
	for (size_t i = 0; i < search->count; i++)
		if (search->ports[i].bridge == search->bridge &&
		    search->neighbours[i].known &&
		    !memcmp(lladdr, search->neighbours[i].lladdr, LLADDR_SIZE))
			search->ports[i].index =
				(unsigned int)header->ndm_ifindex;
	return MNL_CB_OK;
}

static void reset_search(void *data)
{
	const struct port_search *search = data;

	for (size_t i = 0; i < search->count; i++)
		if (search->ports[i].bridge == search->bridge)
			search->ports[i].index = 0;
}

/* a dump, since with VLANs an entry can't be asked for by itself */
static int search_bridge(struct netlink *netlink, struct port_search *search)
{
	struct request request = { .header = NULL };
	struct ifinfomsg *header = request_begin(&request, RTM_GETNEIGH,
						 NLM_F_DUMP, sizeof(*header));

	header->ifi_family = AF_BRIDGE;
	mnl_attr_put_u32(request.header, IFLA_MASTER, search->bridge);
	return netlink_dump(netlink, &request, read_forwarding, search,
			    reset_search);
}

/* each bridge once */
static int search_bridges(struct netlink *netlink, struct port_search *search)
{
	int code = 0;
	size_t other;

	for (size_t i = 0; !code && i < search->count; i++) {
		if (!search->neighbours[i].known)
			continue;
		search->bridge = search->ports[i].bridge;
		for (other = 0; other < i; other++)
			if (search->neighbours[other].known &&
			    search->ports[other].bridge == search->bridge)
				break;
		if (other == i)
			code = search_bridge(netlink, search);
	}
	return code;
}

static bool is_silent(const struct port_search *search, size_t index)
{
	const struct neighbour *neighbour = &search->neighbours[index];

	return neighbour->known && !neighbour->fixed &&
	       !search->ports[index].index;
}

static size_t count_silent(const struct port_search *search)
{
	size_t count = 0;

	for (size_t i = 0; i < search->count; i++)
		count += is_silent(search, i);
	return count;
}

/* a bridge forgets who was silent for some minutes, which the kernel knows for
 * longer: it is made to answer */
static int search_silent(struct netlink *netlink, struct port_search *search)
{
	size_t silent = count_silent(search), probed = 0;
	int code = 0;

	for (size_t i = 0; !code && i < search->count; i++)
		if (is_silent(search, i) && probed++ < SOUGHT_MAX)
			code = neighbour_probe(netlink, &search->neighbours[i]);
	for (int i = 0; !code && silent && i < RESOLVE_STEPS; i++) {
		poll(NULL, 0, 1 << i);
		code = search_bridges(netlink, search);
		silent = count_silent(search);
	}
	return code;
}

/**
 * bridge_find_ports() - find the ports of bridges behind which addresses are
 * @netlink: open NETLINK_ROUTE socket
 * @ports: which; the index of each is set, to 0 where no such neighbour or port
 *	is known
 * @count: number of @ports
 *
 * Where the kernel doesn't know a neighbour yet, it is asked to find it, and so
 * it is where the bridge forgot behind which port it is.  That takes some 30 ms
 * when there is none, for all of them together; where there are hundreds of
 * these, the rest stays unknown.
 *
 * Return: 0, -ENOMEM, or a negative errno, such as -EPERM without
 * CAP_NET_ADMIN.
 */
int bridge_find_ports(struct netlink *netlink, struct bridge_port *ports,
		      size_t count)
{
	struct neighbour *neighbours CLEANUP(free) =
		calloc(count + 1, sizeof(*neighbours));
	struct port_search search = { 0, ports, neighbours, count };
	int code;

	if (!neighbours)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		ports[i].index = 0;
		neighbours[i].interface = ports[i].bridge;
		neighbours[i].addr = ports[i].addr;
	}
	code = neighbours_resolve(netlink, neighbours, count);
	if (!code)
		code = search_bridges(netlink, &search);
	return code ? code : search_silent(netlink, &search);
}

/**
 * bridge_set_hairpin() - set the hairpin mode of a bridge's port
 * @netlink: open NETLINK_ROUTE socket
 * @port: index of the port
 * @on: whether the bridge may send back by it what came in by it
 *
 * Return: 0, or a negative errno, such as -EPERM without CAP_NET_ADMIN.
 */
int bridge_set_hairpin(struct netlink *netlink, unsigned int port, bool on)
{
	struct ifinfomsg *header;
	struct request request = { .header = NULL };
	struct nlattr *nest;

	header = request_begin(&request, RTM_SETLINK, 0, sizeof(*header));
	header->ifi_family = AF_BRIDGE;
	header->ifi_index = (int)port;
	nest = mnl_attr_nest_start(request.header, IFLA_PROTINFO);
	mnl_attr_put_u8(request.header, IFLA_BRPORT_MODE, on);
	mnl_attr_nest_end(request.header, nest);
	return netlink_talk(netlink, &request, NULL, NULL);
}
