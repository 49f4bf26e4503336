/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matches and targets of iptables that stand in rules of nf_tables. */
#ifndef FIREWALL_EVAL_XTABLES_H
#define FIREWALL_EVAL_XTABLES_H

#include "firewall/eval.h"

int xtables_match(struct eval *eval, const struct nlattr *data);
int xtables_target(struct eval *eval, const struct nlattr *data);

#endif
