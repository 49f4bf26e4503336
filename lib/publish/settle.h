/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What connections do after a change of the mappings. */
#ifndef PUBLISH_SETTLE_H
#define PUBLISH_SETTLE_H

#include "netlink/context.h"
#include "nft/element.h"

/**
 * struct settlement - what a transaction changed
 * @added: mappings that came
 * @removed: mappings that went: first those that nothing takes the place of
 * @gone: how many of @removed these are
 */
struct settlement {
	const struct pubport_mappings *added;
	const struct pubport_mappings *removed;
	size_t gone;
};

bool settlement_is_noted(const struct settlement *settlement);
void settlement_put(const struct settlement *settlement, element_put_fn put,
		    void *data);
void settlement_make(struct pubport *context,
		     const struct settlement *settlement);
void catch_up(struct pubport *context, bool publishes);

#endif
