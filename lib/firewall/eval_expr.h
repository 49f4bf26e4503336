/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one rule does with packets that are known in part. */
#ifndef FIREWALL_EVAL_EXPR_H
#define FIREWALL_EVAL_EXPR_H

#include "firewall/eval.h"

int rule_run(struct eval *eval, const struct port_set *ports,
	     const struct nlmsghdr *rule);

#endif
