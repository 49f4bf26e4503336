/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets: what a user's word for one means. */
#ifndef TARGET_RESOLVE_H
#define TARGET_RESOLVE_H

#include "netlink/context.h"
#include "pubport.h"

/**
 * struct target_addrs - where a target is
 * @items: at most one address a family, IPv4 first
 * @count: number of @items; 1 or 2
 */
struct target_addrs {
	struct pubport_addr items[2];
	size_t count;
};

/**
 * struct target - what a target's word means
 * @addrs: its addresses
 * @name: what its runtime calls it, or "" for one without a runtime
 * @image: image of the container, or ""
 */
struct target {
	struct target_addrs addrs;
	char name[PUBPORT_NAME_SIZE];
	char image[PUBPORT_IMAGE_SIZE];
};

int target_resolve(struct pubport *context, const char *text,
		   struct target *ret_target, struct pubport_error *error);
void target_choose_addrs(const struct pubport_target_addr *addrs, size_t count,
			 struct target_addrs *ret_addrs);

#endif
