/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets: what a user's word for one means, and which ones there are. */
#ifndef TARGET_H
#define TARGET_H

#include "netlink.h"
#include "pubport.h"

/**
 * struct target_addrs - what a target resolves to
 * @items: at most one address a family, IPv4 first
 * @count: number of @items; 1 or 2
 */
struct target_addrs {
	struct pubport_addr items[2];
	size_t count;
};

int target_resolve(struct netlink *route, const char *text,
		   struct target_addrs *ret_addrs, struct pubport_error *error);
int target_list(struct netlink *route, struct pubport_targets *ret_targets,
		struct pubport_error *error);
int target_only(struct netlink *route,
		const struct pubport_add_request *request,
		struct pubport_target *ret_target, struct pubport_error *error);

#endif
