/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may connect, and what else is read back from elements of a mapping. */
#ifndef TABLE_ALLOW_H
#define TABLE_ALLOW_H

#include "nft/element.h"

int allow_add(const struct element *element, struct pubport_mapping *mapping,
	      size_t *ret_added);
int allow_read(struct netlink *nft, struct pubport_mapping *mapping);
int allow_complete(struct netlink *nft, struct pubport_mapping *mapping);
bool allow_permits(const struct pubport_mapping *mapping,
		   const struct pubport_addr *client);

#endif
