/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists and counts the mappings that the table has. */
#ifndef TABLE_LIST_H
#define TABLE_LIST_H

#include "netlink/netlink.h"
#include "pubport.h"

/* returns 0 to go on, or a negative errno */
typedef int (*table_visit_fn)(const struct pubport_mapping *mapping,
			      void *data);

int table_visit(struct netlink *nft, table_visit_fn visit, void *data);
int table_list(struct netlink *nft, struct pubport_mappings *ret_mappings);
int table_find_overlap(struct netlink *nft,
		       const struct pubport_mappings *planned,
		       bool same_is_fine, size_t *ret_index);
int table_has_more(struct netlink_list *peeks, size_t than, bool *ret_has);

#endif
