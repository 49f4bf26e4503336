/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other people's rules that want the same ports. */
#ifndef FIREWALL_FOREIGN_H
#define FIREWALL_FOREIGN_H

#include "firewall/chains.h"
#include "netlink/context.h"

void foreign_tell(struct pubport *context,
		  const struct pubport_mappings *mappings,
		  const struct chains *chains);

#endif
