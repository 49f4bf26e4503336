/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends TCP connections between others. */
#ifndef PUBLISH_RESET_H
#define PUBLISH_RESET_H

#include "netlink/conntrack.h"
#include "netlink/segment.h"

struct reset;

/* no connection */
#define RESETS_NONE                                                            \
	{                                                                      \
		.segments = { -1, -1, -1 }                                     \
	}

/**
 * struct resets - connections to be ended
 * @segments: how their ends are talked to
 * @items: connections; filled by resets_add()
 * @count: number of @items
 * @waiting: how many of these have not answered yet
 * @by_port: for each port that targets answer to, the last of its @items,
 *	counted from 1; NULL before the first
 */
struct resets {
	struct segments segments;
	struct reset *items;
	size_t count;
	size_t waiting;
	size_t *by_port;
};

int resets_add(struct resets *resets, const struct flow *flow);
int resets_make(struct resets *resets, struct netlink *nft);
void resets_done(struct resets *resets);

#endif
