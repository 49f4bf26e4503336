/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to say of other people's rules, and which command lets clients by. */
#ifndef FIREWALL_FIX_H
#define FIREWALL_FIX_H

#include "firewall/blocker.h"
#include "mapping/finding.h"

const char *blocker_owner_name(const struct blocker *blocker, char *buffer,
			       size_t size);
void blocker_fix(struct report *report, const struct blocker *blocker,
		 struct pubport_ports ports);

#endif
