/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shields around targets, which are put up and taken down with mappings. */
#ifndef TABLE_SHIELD_H
#define TABLE_SHIELD_H

#include "table/mapping_element.h"
#include "target/ward.h"
#include "util/cleanup.h"

/**
 * struct mapping_change - mappings that go and come in one transaction
 * @removed: those that go
 * @added: those that come
 * @wards: all addresses of the targets of those that come
 * @now: seconds since the epoch, from which on those that come last
 */
struct mapping_change {
	const struct pubport_mappings *removed;
	const struct pubport_mappings *added;
	const struct wards *wards;
	int64_t now;
};

/**
 * struct shield_element - an element of a shield
 * @set: SET_SHIELDED of a family
 * @element: what
 */
struct shield_element {
	enum set_id set;
	struct element element;
};

/**
 * struct shield_elements - an array of them on the heap
 * @items: the array
 * @count: number of @items
 */
struct shield_elements {
	struct shield_element *items;
	size_t count;
};

/**
 * struct shield_change - what becomes of shields
 * @old: elements that go
 * @new: elements that come
 */
struct shield_change {
	struct shield_elements old;
	struct shield_elements new;
};

int shield_find(struct netlink *nft, const struct mapping_change *change,
		struct shield_change *ret_change);
int shield_covers(struct netlink *nft, const struct pubport_addr *addr,
		  bool *ret_covers);
void shield_put(const struct shield_elements *elements, element_put_fn put,
		void *data);
void shield_change_done(struct shield_change *change);

DEFINE_CLEANUP(shield_change_done, struct shield_change)

#endif
