/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What expressions of rules load into registers. */
#ifndef FIREWALL_EVAL_EXPR_H
#define FIREWALL_EVAL_EXPR_H

#include "firewall/eval.h"

int load_payload(struct eval *eval, const struct nlattr *data);
int load_meta(struct eval *eval, const struct nlattr *data);
int load_ct(struct eval *eval, const struct nlattr *data);
int load_fib(struct eval *eval, const struct nlattr *data);
int load_bitwise(struct eval *eval, const struct nlattr *data);
int load_byteorder(struct eval *eval, const struct nlattr *data);

#endif
