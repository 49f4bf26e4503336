/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports that the kernel gives to programs which ask for any. */
#ifndef HOST_LOCAL_PORTS_H
#define HOST_LOCAL_PORTS_H

#include "mapping/portset.h"

int local_ports_range(struct pubport_ports *ret_range);
int local_ports_reserved_watch(int inotify);
int local_ports_reserved(struct port_bits *set);
int local_ports_reserve(const struct port_bits *set);

#endif
