/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses of a network namespace the host reaches, and by what way. */
#ifndef TARGET_REACH_H
#define TARGET_REACH_H

#include "netlink/link.h"
#include "pubport.h"

/**
 * struct reach_host - the side that reaches, or does not
 * @route: NETLINK_ROUTE socket in its namespace
 * @links: its interfaces
 * @netns_fd: its namespace
 */
struct reach_host {
	struct netlink *route;
	struct links links;
	int netns_fd;
};

int reach_host_init(struct reach_host *host, struct netlink *route);
void reach_host_done(struct reach_host *host);

static inline void cleanup_reach_host_done(struct reach_host *host)
{
	reach_host_done(host);
}

/**
 * struct reach - what of a namespace the host reaches
 * @addrs: addresses that it reaches on-link, in order of preference
 * @count: number of @addrs
 * @has_others: whether there are addresses that it does not reach
 * @by_bridge: whether a bridge of the host leads there, not just a wire
 * @returns: whether the namespace answers to the world by way of the host
 */
struct reach {
	struct pubport_target_addr addrs[PUBPORT_TARGET_ADDRS];
	size_t count;
	bool has_others;
	bool by_bridge;
	bool returns;
};

int reach_inspect(const struct reach_host *host, int netns_fd,
		  struct reach *ret_reach);
int reach_told(const struct reach_host *host, const struct pubport_addr *addr,
	       struct reach *reach);

#endif
