/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks packets that are known in part up in other people's sets and maps. */
#ifndef FIREWALL_EVAL_SET_H
#define FIREWALL_EVAL_SET_H

#include "firewall/eval.h"
#include "firewall/hits.h"

int lookup_ask(const struct eval *eval, const char *set, uint32_t number,
	       bool map, struct hits *ret_hits);

#endif
