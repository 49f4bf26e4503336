/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks: the addresses that begin alike. */
#ifndef MAPPING_PREFIX_H
#define MAPPING_PREFIX_H

#include "pubport.h"

struct pubport_network prefix_of(const struct pubport_addr *addr,
				 unsigned int prefix);
bool prefix_is_valid(const struct pubport_network *network);
struct pubport_addr prefix_mask(const struct pubport_network *network);
struct pubport_addr prefix_last(const struct pubport_network *network);
bool prefix_contains(const struct pubport_network *network,
		     const struct pubport_addr *addr);
struct pubport_network prefix_loopback(enum pubport_family family);
int prefix_compare(const struct pubport_network *a,
		   const struct pubport_network *b);
size_t prefixes_reduce(struct pubport_network *items, size_t count);

#endif
