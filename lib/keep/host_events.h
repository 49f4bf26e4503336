/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hears of changes of the host that mappings may need undone. */
#ifndef KEEP_HOST_EVENTS_H
#define KEEP_HOST_EVENTS_H

#include "host/setting.h"
#include "netlink/netlink.h"
#include "pubport.h"

/**
 * struct watched_setting - a setting whose file is watched
 * @setting: which; its index is 0 for one that is no interface's
 * @fd: its file
 * @value: the first character of that when it was read last
 */
struct watched_setting {
	struct host_setting setting;
	int fd;
	char value;
};

/**
 * struct host_events - what is heard
 * @epoll: is told of what comes
 * @route: tells of links, addresses, routes and forwarding
 * @modules: tells of modules of the kernel that come, if it can be had
 * @inotify: tells of sysctls that are written
 * @settings: those whose files are watched; at their end those of no
 *	interface
 * @count: number of @settings
 * @targets: addresses that routes matter to
 * @target_count: number of @targets
 */
struct host_events {
	int epoll;
	struct netlink route;
	struct netlink modules;
	int inotify;
	struct watched_setting *settings;
	size_t count;
	struct pubport_addr *targets;
	size_t target_count;
};

/* told that an interface is down: what goes with that, nobody took */
typedef void (*host_events_down_fn)(void *data, unsigned int index);

int host_events_open(struct host_events *events, int epoll);
void host_events_close(struct host_events *events);
bool host_events_hear(struct host_events *events, host_events_down_fn down,
		      void *data);
bool host_events_look(struct host_events *events);
int host_events_watch(struct host_events *events,
		      const struct pubport_mappings *mappings,
		      const struct host_settings *settings, bool *ret_changed);

#endif
