/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets whose shields may change when mappings go and come. */
#ifndef TABLE_WARDS_H
#define TABLE_WARDS_H

#include "table/mapping_element.h"

/* how long a shield lasts, in milliseconds: none, or one without an end */
#define WARD_NEVER 0
#define WARD_FOR_EVER INT64_MAX

/**
 * struct ward - a target whose shield may change
 * @target: which
 * @loses: whether a mapping goes that wants its shield
 * @left_ms: how long the mappings that want it last
 */
struct ward {
	struct pubport_addr target;
	bool loses;
	int64_t left_ms;
};

/**
 * struct wards - such targets, each once, sorted
 * @items: free with wards_done()
 * @count: number of @items
 */
struct wards {
	struct ward *items;
	size_t count;
};

int wards_find(struct netlink *nft, const struct mapping_change *change,
	       struct wards *ret_wards);
struct ward *wards_of(const struct wards *wards,
		      const struct pubport_addr *target);
void wards_take_end(struct ward *ward, int64_t left_ms);
void wards_done(struct wards *wards);

#endif
