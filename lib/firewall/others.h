/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells what other tables do with the ports that are published. */
#ifndef FIREWALL_OTHERS_H
#define FIREWALL_OTHERS_H

#include "netlink/context.h"

void others_tell(struct pubport *context,
		 const struct pubport_mappings *mappings);

#endif
