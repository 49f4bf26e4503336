/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces: seen from within, and which of their addresses the host
 * reaches, by what way.
 */
#ifndef TARGET_REACH_H
#define TARGET_REACH_H

#include "host/netns.h"
#include "netlink/context.h"
#include "netlink/link.h"
#include "netlink/sock_diag.h"
#include "pubport.h"
#include "util/cleanup.h"

/**
 * struct reach_host - the side that reaches, or does not
 * @context: who looks; may be told to stop
 * @route: NETLINK_ROUTE socket in its namespace
 * @links: its interfaces
 * @netns_fd: its namespace
 */
struct reach_host {
	const struct pubport *context;
	struct netlink *route;
	struct links links;
	int netns_fd;
};

int reach_host_init(struct reach_host *host, struct pubport *context);
void reach_host_done(struct reach_host *host);

DEFINE_CLEANUP(reach_host_done, struct reach_host)

/**
 * struct interior - the network namespace of a target
 * @known: whether interior_open() could open it; all else is unset otherwise
 * @text: how to write it, such as "netns:web"
 * @path: its file, for nsenter(1)
 * @route: NETLINK_ROUTE socket in it
 * @links: its interfaces
 * @addresses: its addresses
 * @sockets: who listens there, in all protocols, for interior_open()
 * @host_id: the host's number in it, or -1 when no link leads there
 */
struct interior {
	bool known;
	char text[PUBPORT_TARGET_SIZE];
	char path[NETNS_PATH_SIZE];
	struct netlink route;
	struct links links;
	struct addresses addresses;
	struct sockets sockets;
	int host_id;
};

int interior_open(struct interior *interior, const char *text,
		  const struct reach_host *host, struct pubport_error *error);
void interior_done(struct interior *interior);

DEFINE_CLEANUP(interior_done, struct interior)

const struct address_info *interior_find(const struct interior *interior,
					 const struct pubport_addr *addr);
const struct link_info *interior_link(const struct interior *interior,
				      const struct pubport_addr *addr);

/* how answers to the world get back; what is further down is worse */
enum way_back {
	BACK_SAME,     /* to the host, by the interface that has the address */
	BACK_OTHER,    /* to the host, by another interface */
	BACK_FILTERED, /* the same, and a strict reverse path filter drops it */
	BACK_NONE,     /* to another router, or not anywhere */
	BACK_NOWHERE,  /* not even to this host's addresses on other links */
};

/**
 * struct reach_back - how the answers of an address get back
 * @way: how
 * @inside: where @way is BACK_FILTERED, whether the namespace drops what asks,
 *	rather than the host what is answered
 * @filter: and the interface that drops it
 * @is_default: whether the address is on the interface of the default route
 * @stays: whether the address is likely to stay
 * @lladdr: link-layer address of the interface that has it, or zeros
 * @port: the host's end of that interface, or 0 where it has none
 */
struct reach_back {
	enum way_back way;
	bool inside;
	char filter[PUBPORT_IFNAME_SIZE];
	bool is_default;
	bool stays;
	uint8_t lladdr[6];
	unsigned int port;
};

/**
 * struct reach_child - an address on a macvlan or the like
 * @addr: the address
 * @kind: "macvlan", "ipvlan" and the like, or "" for none
 * @parent: the host's interface that the link is a child of, printable
 */
struct reach_child {
	struct pubport_addr addr;
	char kind[16];
	char parent[PUBPORT_IFNAME_SIZE];
};

/**
 * struct reach - what of a namespace the host reaches
 * @addrs: addresses that it reaches on-link, each family in order of preference
 * @backs: how the answers of each get back
 * @count: number of @addrs
 * @has_others: whether there are addresses that it does not reach
 * @child: one of these, since a parent doesn't talk to its children
 * @by_bridge: whether a bridge of the host leads there, not just a wire
 * @returns: whether the namespace answers to the world by way of the host
 */
struct reach {
	struct pubport_target_addr addrs[PUBPORT_TARGET_ADDRS];
	struct reach_back backs[PUBPORT_TARGET_ADDRS];
	size_t count;
	bool has_others;
	struct reach_child child;
	bool by_bridge;
	bool returns;
};

bool reach_enters(const struct reach_host *host, unsigned int interface,
		  const struct interior *inside);
int reach_inspect(const struct reach_host *host, int netns_fd,
		  struct reach *ret_reach);
int reach_told(const struct reach_host *host, const struct pubport_addr *addr,
	       struct reach *reach);

/**
 * struct census - which namespace has which address that the host reaches
 * @list: the namespaces
 * @reaches: for each of them, the addresses
 * @is_denied: whether some may not be looked into
 */
struct census {
	struct netns_list list;
	struct reach *reaches;
	bool is_denied;
};

int census_take(struct census *census, const struct reach_host *host);
void census_done(struct census *census);
DEFINE_CLEANUP(census_done, struct census)

const char *census_find(const struct census *census,
			const struct pubport_addr *addr);
const struct reach_back *reach_find_back(const struct reach *reach,
					 const struct pubport_addr *addr);
const struct reach_child *census_find_child(const struct census *census,
					    const struct pubport_addr *addr);

#endif
