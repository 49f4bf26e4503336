/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of networks: what --from is given, and what ls shows of it. */
#ifndef CLI_PREFIXES_H
#define CLI_PREFIXES_H

#include "options.h"
#include "pubport.h"

#include <stdio.h>

/**
 * struct networks - networks in an array on the heap; all zero when empty
 * @items: free with networks_done()
 * @count: number of @items
 */
struct networks {
	struct pubport_network *items;
	size_t count;
};

int networks_parse(const struct words *words, struct networks *ret_networks,
		   struct pubport_error *error);
int networks_append(struct networks *networks,
		    const struct pubport_network *network);
void networks_write(struct networks *networks, FILE *out);
void networks_done(struct networks *networks);

static inline void cleanup_networks(struct networks *networks)
{
	networks_done(networks);
}

#endif
