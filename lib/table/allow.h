/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks of the clients that limited mappings are for. */
#ifndef TABLE_ALLOW_H
#define TABLE_ALLOW_H

#include "nft/element.h"

int allow_add(const struct element *element, struct pubport_mapping *mapping,
	      size_t *ret_taken);
int allow_read(struct netlink *nft, struct pubport_mapping *mapping);
bool allow_permits(const struct pubport_mapping *mapping,
		   const struct pubport_addr *client);

#endif
