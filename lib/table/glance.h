/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the table is whole, as far as it is seen at a glance. */
#ifndef TABLE_GLANCE_H
#define TABLE_GLANCE_H

#include "netlink/netlink.h"

#include <stdbool.h>

int verify_quickly(struct netlink *nft, bool *ret_laid, bool *ret_whole);

#endif
