/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds others that have the address of a target. */
#ifndef TARGET_RIVAL_H
#define TARGET_RIVAL_H

#include "target/reach.h"
#include "target/resolve.h"

/**
 * struct rivals - who may have an address as well
 * @is_known: whether the rest is
 * @host: from where it is seen
 * @census: of all namespaces
 */
struct rivals {
	bool is_known;
	struct reach_host host;
	struct census census;
};

bool rival_find(struct pubport *context, struct rivals *rivals,
		const struct target *target, size_t index,
		char ret_who[PUBPORT_TARGET_SIZE]);
void rivals_done(struct rivals *rivals);

DEFINE_CLEANUP(rivals_done, struct rivals)

#endif
