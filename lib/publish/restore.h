/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings that are to be there again, or to lead elsewhere, as they were. */
#ifndef PUBLISH_RESTORE_H
#define PUBLISH_RESTORE_H

#include "host/setting.h"
#include "netlink/context.h"

int restore_missing(struct pubport *context,
		    const struct pubport_mappings *wanted,
		    const struct host_settings *known, size_t *ret_count,
		    struct pubport_error *error);
int restore_moved(struct pubport *context,
		  const struct pubport_mappings *wanted,
		  struct pubport_mappings *ret_moved,
		  struct pubport_error *error);

#endif
