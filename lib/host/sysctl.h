/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sysctls in /proc/sys: read and written. */
#ifndef HOST_SYSCTL_H
#define HOST_SYSCTL_H

#include "netlink/link.h"
#include "pubport.h"

#include <stdio.h>

FILE *open_whole(const char *path, char *buffer, size_t size);
int sysctl_read(const char *directory, const char *interface, const char *name,
		int *ret_value);
int sysctl_write(const char *directory, const char *interface, const char *name,
		 int value);
int sysctl_get(const char *directory, const char *interface, const char *name,
	       bool *ret_on);
int sysctl_set(const char *directory, const char *interface, const char *name,
	       bool on);

int sysctl_watch(int inotify, const char *directory, const char *interface,
		 const char *name);

int host_filters_bridges(enum pubport_family family, bool *ret_filters);
int host_filters_bridge(const struct link_info *link,
			enum pubport_family family, bool *ret_filters);
int host_filters_bridges_watch(enum pubport_family family, int inotify);

#endif
