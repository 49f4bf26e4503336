/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of ports that are taken apart. */
#ifndef MAPPING_PORTSET_H
#define MAPPING_PORTSET_H

#include "netlink/sock_diag.h"

/**
 * struct port_view - some of the ports from 1 to 65535
 * @set: one bit a port
 * @hull: from the first port to the last; all zero when there is none
 *
 * All zero is the empty set.  What is done to it takes as long as the hull is
 * wide.
 */
struct port_view {
	struct port_set set;
	struct pubport_ports hull;
};

#define PORT_VIEW_ALL ((struct pubport_ports){ 1, UINT16_MAX })

static inline bool port_view_is_empty(const struct port_view *view)
{
	return !view->hull.last;
}

/* all zero when there is none */
struct pubport_ports ports_common(struct pubport_ports a,
				  struct pubport_ports b);

void port_view_clear(struct port_view *view);
void port_view_copy(struct port_view *to, const struct port_view *from);
void port_view_keep(struct port_view *view, struct pubport_ports ports);
void port_view_intersect(struct port_view *view, const struct port_view *other);
void port_view_remove(struct port_view *view, struct pubport_ports ports);
void port_view_subtract(struct port_view *view, const struct port_view *other);
void port_view_add(struct port_view *view, struct pubport_ports ports);
void port_view_join(struct port_view *view, const struct port_view *other);
bool port_view_next(const struct port_view *view, struct pubport_ports *run);
size_t port_view_count(const struct port_view *view);

#endif
