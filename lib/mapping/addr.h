/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses: what they are, and how they are read and written. */
#ifndef MAPPING_ADDR_H
#define MAPPING_ADDR_H

#include "pubport.h"

int addr_af(const struct pubport_addr *addr);
size_t addr_length(const struct pubport_addr *addr);
bool addr_is_valid(const struct pubport_addr *addr);
bool addr_equal(const struct pubport_addr *a, const struct pubport_addr *b);
bool addr_step(const struct pubport_addr *addr, int step,
	       struct pubport_addr *ret_addr);

struct pubport_addr addr_loopback(enum pubport_family family);
const struct pubport_addr *addr_anywhere(enum pubport_family family);
bool addr_is_loopback(const struct pubport_addr *addr);
bool addr_is_multicast(const struct pubport_addr *addr);
bool addr_is_linklocal6(const struct pubport_addr *addr);
bool addr_is_v4mapped(const struct pubport_addr *addr);
void addr_unmap(struct pubport_addr *addr);
const char *addr_why_not_host(const struct pubport_addr *addr);
const char *addr_why_not_target(const struct pubport_addr *addr);

#endif
