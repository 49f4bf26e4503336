/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespace of a target, seen from within. */
#ifndef TARGET_INTERIOR_H
#define TARGET_INTERIOR_H

#include "host/netns.h"
#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/sock_diag.h"
#include "target/reach.h"

/**
 * struct interior - the network namespace of a target
 * @known: whether it could be opened; all else is unset otherwise
 * @text: how to write it, such as "netns:web"
 * @path: its file, for nsenter(1)
 * @route: NETLINK_ROUTE socket in it
 * @links: its interfaces
 * @addresses: its addresses
 * @sockets: who listens there, in all protocols
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

static inline void cleanup_interior_done(struct interior *interior)
{
	interior_done(interior);
}

const struct address_info *interior_find(const struct interior *interior,
					 const struct pubport_addr *addr);
const struct link_info *interior_link(const struct interior *interior,
				      const struct pubport_addr *addr);

/**
 * struct census - which namespace has which address that the host reaches
 * @list: the namespaces
 * @reaches: for each of them, the addresses
 */
struct census {
	struct netns_list list;
	struct reach *reaches;
};

int census_take(struct census *census, const struct reach_host *host);
void census_done(struct census *census);
const char *census_find(const struct census *census,
			const struct pubport_addr *addr);

#endif
