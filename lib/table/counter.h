/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements that count the packets and bytes of mappings. */
#ifndef TABLE_COUNTER_H
#define TABLE_COUNTER_H

#include "table/mapping_element.h"

/**
 * struct counter - what a counter has counted
 * @mapping: key and target of its mapping, as far as the element tells; created
 *	is since when it counts
 * @is_reply: whether it counts what goes back to the client
 * @packets: packets
 * @bytes: bytes of these
 */
struct counter {
	struct pubport_mapping mapping;
	bool is_reply;
	uint64_t packets;
	uint64_t bytes;
};

/* returns MNL_CB_OK to go on, or MNL_CB_ERROR with errno */
typedef int (*counter_fn)(const struct counter *counter, void *data);

int counters_exist(struct netlink *nft, bool *ret_are);
int counters_put(const struct pubport_mappings *mappings, int64_t now,
		 element_put_fn put, void *data);
int counters_miss(struct netlink *nft, const struct pubport_mapping *mapping,
		  bool *ret_miss);
int counters_visit(struct netlink *nft, counter_fn each, void *data);

#endif
