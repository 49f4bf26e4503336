/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets: what a user's word for one means. */
#ifndef TARGET_RESOLVE_H
#define TARGET_RESOLVE_H

#include "netlink/context.h"
#include "pubport.h"
#include "target/reach.h"

/**
 * struct target_addrs - where a target is
 * @items: at most one address a family, IPv4 first
 * @is_isolated: for each, whether it has no way back beyond its link
 * @count: number of @items; 1 or 2
 */
struct target_addrs {
	struct pubport_addr items[2];
	bool is_isolated[2];
	size_t count;
};

/**
 * struct target - what a target's word means
 * @addrs: its addresses
 * @good: those that are as good, and @addrs: what leads to one may stay there
 * @good_count: number of @good
 * @is_inside: whether its namespace was looked into; else its runtime told
 *	@addrs
 * @links: how each of @addrs is reached, then
 * @name: what its runtime calls it, or "" for one without a runtime
 * @image: image of the container, or ""
 */
struct target {
	struct target_addrs addrs;
	struct pubport_addr good[PUBPORT_TARGET_ADDRS];
	size_t good_count;
	bool is_inside;
	struct reach_back links[2];
	char name[PUBPORT_NAME_SIZE];
	char image[PUBPORT_IMAGE_SIZE];
};

void target_notice_filter(struct pubport *context,
			  const struct pubport_addr *addr);
int target_resolve(struct pubport *context, const char *text,
		   struct target *ret_target, struct pubport_error *error);

/**
 * struct resolved - one or two targets that have been resolved
 * @text: as the user wrote them, but addresses in their usual spelling;
 *	separated by a comma
 * @addrs: their addresses, one a family; none = not resolved yet
 * @own_name: what a runtime calls the first one that it knows, or ""
 * @image: image of the first one that has one, or ""
 * @name: name of their mappings
 */
struct resolved {
	char text[PUBPORT_TARGET_SIZE];
	struct target_addrs addrs;
	char own_name[PUBPORT_NAME_SIZE];
	char image[PUBPORT_IMAGE_SIZE];
	char name[PUBPORT_NAME_SIZE];
};

int resolved_add(struct pubport *context, struct resolved *resolved,
		 const char *text, struct pubport_error *error);
int resolved_take_only(struct pubport *context, struct resolved *resolved,
		       const struct pubport_add_request *request,
		       struct pubport_error *error);
void resolved_set_name(struct resolved *resolved, const char *given);

#endif
