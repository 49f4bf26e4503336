/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells who publishes something which rules keep remote clients out. */
#ifndef FIREWALL_NOTICE_H
#define FIREWALL_NOTICE_H

#include "firewall/chains.h"
#include "netlink/context.h"

void warn_of_barriers(struct pubport *context,
		      const struct pubport_mappings *mappings,
		      const struct chains *chains);

#endif
