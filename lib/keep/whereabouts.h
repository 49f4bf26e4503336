/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where targets that have names are, and which mappings lead elsewhere. */
#ifndef KEEP_WHEREABOUTS_H
#define KEEP_WHEREABOUTS_H

#include "mapping/mapping_hash.h"
#include "netlink/context.h"
#include "target/resolve.h"

/**
 * struct whereabout - where a target that has a name is
 * @text: the target, as the user wrote it
 * @addrs: its addresses; none where that can't be told
 * @why: why it can't be told, or ""
 * @is_lost: whether that was told
 */
struct whereabout {
	char text[PUBPORT_TARGET_SIZE];
	struct target_addrs addrs;
	char why[200];
	bool is_lost;
};

/**
 * struct whereabouts - where targets that have names are
 * @items: sorted by text, each once; free with whereabouts_done()
 * @count: number of @items
 */
struct whereabouts {
	struct whereabout *items;
	size_t count;
};

void whereabouts_done(struct whereabouts *whereabouts);
int whereabouts_list(struct whereabouts *whereabouts,
		     const struct mapping_hash *known);
void whereabouts_resolve(struct whereabouts *whereabouts,
			 struct pubport *context);
const struct whereabout *whereabouts_next_lost(struct whereabouts *whereabouts);
int whereabouts_moved(const struct whereabouts *whereabouts,
		      const struct mapping_hash *known,
		      struct pubport_mappings *ret_moved);

#endif
