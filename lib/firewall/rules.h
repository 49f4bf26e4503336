/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one rule does with packets that are known in part. */
#ifndef FIREWALL_RULES_H
#define FIREWALL_RULES_H

#include "firewall/eval.h"

int rule_run(struct machine *machine, const struct port_view *ports,
	     const struct nlmsghdr *rule);

#endif
