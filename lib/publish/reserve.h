/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports that were chosen are kept from programs that ask for any. */
#ifndef PUBLISH_RESERVE_H
#define PUBLISH_RESERVE_H

#include "netlink/context.h"
#include "netlink/link.h"
#include "table/lookup.h"
#include "util/cleanup.h"

/**
 * struct hold - ports that nobody else can take
 * @sockets: one for each address and port; bound, and nothing else
 * @count: number of @sockets
 */
struct hold {
	int *sockets;
	size_t count;
};

int hold_ports(struct hold *hold, const struct pubport_mappings *mappings);
void hold_end(struct hold *hold);

DEFINE_CLEANUP(hold_end, struct hold)

int reserve_find(struct netlink *nft, const struct addresses *local,
		 const struct table_interfaces *interfaces,
		 struct pubport_ports ports, bool *ret_found);
void reserve_ports(struct pubport *context,
		   const struct pubport_mappings *mappings);
void release_ports(struct pubport *context,
		   const struct pubport_mappings *mappings);

#endif
