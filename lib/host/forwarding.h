/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a host forwards, and what makes it do so. */
#ifndef HOST_FORWARDING_H
#define HOST_FORWARDING_H

#include "pubport.h"

#include <stdbool.h>

/* what the kernel calls all interfaces */
#define FORWARDING_ALL "all"

int host_forwards(enum pubport_family family, bool *ret_on);
int forwarding_all_get(bool *ret_on);
int forwarding_all_set(bool on);

#endif
