/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets as a request names them. */
#ifndef TARGET_NAMED_H
#define TARGET_NAMED_H

#include "netlink/context.h"
#include "target/resolve.h"

/**
 * struct named - one or two targets that have been resolved
 * @text: as the user wrote them, but addresses in their usual spelling;
 *	separated by a comma
 * @addrs: their addresses, one a family; none = not resolved yet
 * @own_name: what a runtime calls the first one that it knows, or ""
 * @image: image of the first one that has one, or ""
 * @name: name of their mappings
 */
struct named {
	char text[PUBPORT_TARGET_SIZE];
	struct target_addrs addrs;
	char own_name[PUBPORT_NAME_SIZE];
	char image[PUBPORT_IMAGE_SIZE];
	char name[PUBPORT_NAME_SIZE];
};

int named_add(struct pubport *context, struct named *named, const char *text,
	      struct pubport_error *error);
int named_take_only(struct pubport *context, struct named *named,
		    const struct pubport_add_request *request,
		    struct pubport_error *error);
void named_set_name(struct named *named, const char *given);

#endif
