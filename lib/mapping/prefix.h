/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks: the addresses that begin alike. */
#ifndef MAPPING_PREFIX_H
#define MAPPING_PREFIX_H

#include "pubport.h"

struct pubport_network network_of(const struct pubport_addr *addr,
				  unsigned int prefix);
bool network_is_valid(const struct pubport_network *network);
struct pubport_addr network_mask(const struct pubport_network *network);
struct pubport_addr network_last(const struct pubport_network *network);
bool network_contains(const struct pubport_network *network,
		      const struct pubport_addr *addr);
struct pubport_network network_loopback(enum pubport_family family);
int network_compare(const struct pubport_network *a,
		    const struct pubport_network *b);
size_t networks_reduce(struct pubport_network *items, size_t count);

#endif
