/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets that open connections to mappings. */
#ifndef FIREWALL_OPENING_H
#define FIREWALL_OPENING_H

#include "firewall/packet.h"
#include "mapping/portset.h"
#include "netlink/address.h"

/**
 * struct opening - first packets of connections to mappings, at a hook
 * @like: one of the mappings, which are alike but for their ports
 * @hook: NF_INET_PRE_ROUTING, or NF_INET_LOCAL_OUT for the host's own
 * @packet: what is known of the packets
 * @ports: their destination ports; none where there are no such packets
 */
struct opening {
	const struct pubport_mapping *like;
	uint32_t hook;
	struct packet packet;
	struct port_set ports;
};

bool opening_is_alike(const struct pubport_mapping *a,
		      const struct pubport_mapping *b);
int opening_know(struct opening *opening,
		 const struct pubport_mappings *mappings,
		 const struct addresses *addresses);
void opening_done(struct opening *opening);

static inline void cleanup_opening_done(struct opening *opening)
{
	opening_done(opening);
}

#endif
