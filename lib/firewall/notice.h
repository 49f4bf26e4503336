/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells who publishes what other tables do with his ports. */
#ifndef FIREWALL_NOTICE_H
#define FIREWALL_NOTICE_H

#include "netlink/context.h"

void notice_other_tables(struct pubport *context,
			 const struct pubport_mappings *mappings);

#endif
