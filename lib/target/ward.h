/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All addresses of a target: what a shield around it covers. */
#ifndef TARGET_WARD_H
#define TARGET_WARD_H

#include "netlink/context.h"
#include "pubport.h"
#include "util/cleanup.h"

/**
 * struct ward - an address that is to be shielded
 * @addr: the address
 * @of: the address of the same target that is published
 * @interface: index of the host's interface towards it, or 0
 * @is_whole: whether all addresses of the target are known
 */
struct ward {
	struct pubport_addr addr;
	struct pubport_addr of;
	unsigned int interface;
	bool is_whole;
};

/**
 * struct wards - an array of them on the heap
 * @items: free with wards_done()
 * @count: number of @items
 */
struct wards {
	struct ward *items;
	size_t count;
};

int wards_find(struct pubport *context, const struct pubport_mappings *mappings,
	       struct wards *ret_wards);
void wards_done(struct wards *wards);

DEFINE_CLEANUP(wards_done, struct wards)

#endif
