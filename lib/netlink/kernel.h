/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kernels differ in, looked for at run time. */
#ifndef NETLINK_KERNEL_H
#define NETLINK_KERNEL_H

#include "netlink/netlink.h"

#include <stdbool.h>

bool kernel_has_ipv6(void);
bool kernel_lacks_family(int code);
bool kernel_lacks_diag(int code);
bool kernel_forwards_alone(void);
bool kernel_lacks_nat_helper(const char *name);
const char *kernel_missing_module(struct netlink *nft);
const char *kernel_missing_conntrack(int code);
bool kernel_counts_elements(const struct nlmsghdr *set, bool *ret_some);

#endif
