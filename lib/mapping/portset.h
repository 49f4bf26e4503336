/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of ports that are taken apart. */
#ifndef MAPPING_PORTSET_H
#define MAPPING_PORTSET_H

#include "pubport.h"

/**
 * struct port_bits - any of the 65536 ports
 * @bits: one bit a port
 */
struct port_bits {
	uint64_t bits[65536 / 64];
};

static inline void port_bits_add(struct port_bits *set, uint16_t port)
{
	set->bits[port / 64] |= UINT64_C(1) << port % 64;
}

static inline void port_bits_add_range(struct port_bits *set,
				       struct pubport_ports ports)
{
	for (uint32_t port = ports.first; port <= ports.last; port++)
		port_bits_add(set, (uint16_t)port);
}

static inline bool port_bits_has(const struct port_bits *set, uint16_t port)
{
	return set->bits[port / 64] >> port % 64 & 1;
}

/**
 * struct port_set - some of the ports from 1 to 65535
 * @set: one bit a port
 * @hull: from the first port to the last; all zero when there is none
 *
 * All zero is the empty set.  What is done to it takes as long as the hull is
 * wide.
 */
struct port_set {
	struct port_bits set;
	struct pubport_ports hull;
};

#define PORT_SET_ALL ((struct pubport_ports){ 1, UINT16_MAX })

static inline bool port_set_is_empty(const struct port_set *view)
{
	return !view->hull.last;
}

/* all zero when there is none */
struct pubport_ports ports_common(struct pubport_ports a,
				  struct pubport_ports b);

void port_set_clear(struct port_set *view);
void port_set_copy(struct port_set *to, const struct port_set *from);
void port_set_keep(struct port_set *view, struct pubport_ports ports);
void port_set_intersect(struct port_set *view, const struct port_set *other);
void port_set_remove(struct port_set *view, struct pubport_ports ports);
void port_set_subtract(struct port_set *view, const struct port_set *other);
void port_set_add(struct port_set *view, struct pubport_ports ports);
void port_set_join(struct port_set *view, const struct port_set *other);
bool port_set_next(const struct port_set *view, struct pubport_ports *run);
size_t port_set_count(const struct port_set *view);

#endif
