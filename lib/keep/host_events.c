/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hears of changes of the host that mappings may need undone.
 *
 * rtnetlink tells of links, addresses, routes and forwarding.  Of a host that
 * routes for the whole world, routes change all the time: only those to targets
 * count, to networks on a link, and to [::1].  Of other sysctls inotify tells,
 * if they are written through the same mount of /proc; else they are read now
 * and then.
 */
#include "keep/host_events.h"

#include "host/local_ports.h"
#include "host/sysctl.h"
#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "util/array.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

static const enum pubport_family families[] = { PUBPORT_IPV4, PUBPORT_IPV6 };

/* the group of what the kernel tells itself, not udev */
#define KERNEL_UEVENTS 1

/* files that are watched whatever mappings need: of bridges, and of ports */
#define OF_ALL (ARRAY_SIZE(families) + 1)

/* ---------------------------------------------------------------- rtnetlink */

static bool leads_to_target(const struct host_events *events,
			    const struct pubport_network *to)
{
	static const struct pubport_addr loopback6 = {
		.family = PUBPORT_IPV6,
		.bytes = { [15] = 1 },
	};

	if (to->prefix && prefix_contains(to, &loopback6))
		return true;
	for (size_t i = 0; i < events->target_count; i++)
		if (prefix_contains(to, &events->targets[i]))
			return true;
	return false;
}

/* whether a message is about something that may matter */
static bool matters(const struct host_events *events,
		    const struct nlmsghdr *message, host_events_down_fn down,
		    void *data)
{
	struct route_news news;
	struct link_info link;

	if (route_message_read(message, &news))
		return !news.is_ours &&
		       (news.is_on_link || leads_to_target(events, &news.to));
	if (link_message_read(message, &link) && !link.up)
		down(data, link.index);
	return true;
}

static bool hear_route(struct host_events *events, host_events_down_fn down,
		       void *data)
{
	const struct nlmsghdr *message;
	bool heard = false;
	ssize_t received;
	int left;

	while ((received = netlink_receive(&events->route)) > 0 ||
	       received == -ENOBUFS) {
		heard |= received < 0;
		left = received < 0 ? 0 : (int)received;
		for (message = (const void *)events->route.buffer;
		     mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			heard |= matters(events, message, down, data);
	}
	return heard;
}

/* br_netfilter brings its sysctls, and they are on */
static bool hear_modules(struct host_events *events)
{
	static const char news[] = "add@/module/br_netfilter";
	bool heard = false;
	ssize_t received;

	while (events->modules.socket &&
	       ((received = netlink_receive(&events->modules)) > 0 ||
		received == -ENOBUFS))
		heard |= received >= (ssize_t)sizeof(news) &&
			 !memcmp(events->modules.buffer, news, sizeof(news));
	return heard;
}

/**
 * host_events_hear() - take what was told
 * @events: opened
 * @down: called for each interface that is told to be down
 * @data: handed to @down
 *
 * Return: whether something of it may matter to a mapping.
 */
bool host_events_hear(struct host_events *events, host_events_down_fn down,
		      void *data)
{
	bool heard = hear_route(events, down, data) || hear_modules(events);
	char written[4096];

	while (read(events->inotify, written, sizeof(written)) > 0)
		heard = true;
	return heard;
}

/* ------------------------------------------------------------------ sysctls */

static char read_value(int fd)
{
	char value = '\0';

	if (fd >= 0 && pread(fd, &value, 1, 0) < 0)
		value = '\0';
	return value;
}

/* br_netfilter may come at any time */
static bool filters_came(const struct host_events *events)
{
	bool filters = false;

	return events->settings[events->count - OF_ALL].fd < 0 &&
	       !host_filters_bridges(PUBPORT_IPV4, &filters) && filters;
}

/**
 * host_events_look() - look at sysctls that may have changed untold
 * @events: opened
 *
 * Return: whether one did.
 */
bool host_events_look(struct host_events *events)
{
	struct watched_setting *watched = events->settings;
	bool changed = false;
	char value;

	if (!events->count)
		return false;
	for (size_t i = 0; i < events->count; i++, watched++) {
		value = read_value(watched->fd);
		changed |= value != watched->value;
		watched->value = value;
	}
	return changed || filters_came(events);
}

static void forget_settings(struct host_events *events)
{
	for (size_t i = 0; i < events->count; i++)
		cleanup_close(&events->settings[i].fd);
	free(events->settings);
	events->settings = NULL;
	events->count = 0;
	cleanup_close(&events->inotify);
	events->inotify = -1;
}

/* where a user has no more of them, files are read now and then */
static void open_inotify(struct host_events *events)
{
	struct epoll_event readable = { .events = EPOLLIN };

	events->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (events->inotify >= 0)
		(void)epoll_ctl(events->epoll, EPOLL_CTL_ADD, events->inotify,
				&readable);
}

static int add_setting(struct host_events *events,
		       const struct host_setting *setting, int fd)
{
	struct watched_setting *settings =
		array_grow(events->settings, events->count, sizeof(*settings));

	if (!settings) {
		cleanup_close(&fd);
		return -ENOMEM;
	}
	events->settings = settings;
	settings[events->count++] = (struct watched_setting){
		.setting = *setting,
		.fd = fd,
		.value = read_value(fd),
	};
	return 0;
}

/* with a file of -1 what can't be opened */
static int watch_settings(struct host_events *events,
			  const struct host_settings *settings)
{
	const struct host_setting of_all = { .index = 0 };
	const struct host_setting *setting = settings->items;
	int code = 0;

	for (size_t i = 0; !code && i < settings->count; i++, setting++)
		if (host_setting_is_silent(setting))
			code = add_setting(events, setting,
					   host_setting_watch(setting,
							      events->inotify));
	for (size_t i = 0; !code && i < ARRAY_SIZE(families); i++)
		code = add_setting(events, &of_all,
				   host_filters_bridges_watch(families[i],
							      events->inotify));
	return code ? code
		    : add_setting(events, &of_all,
				  local_ports_reserved_watch(events->inotify));
}

/* by the same names: with another one, the file is another one */
static bool are_watched(const struct host_events *events,
			const struct host_settings *settings)
{
	const struct watched_setting *watched = events->settings;
	const struct host_setting *setting = settings->items;
	size_t count = 0;

	for (size_t i = 0; i < settings->count; i++, setting++) {
		if (!host_setting_is_silent(setting))
			continue;
		if (count >= events->count ||
		    watched[count].setting.index != setting->index ||
		    strcmp(watched[count].setting.interface,
			   setting->interface) != 0)
			return false;
		count++;
	}
	return count + OF_ALL == events->count && !filters_came(events);
}

/* ------------------------------------------------------------------ targets */

static bool have_targets(const struct host_events *events,
			 const struct pubport_mappings *mappings)
{
	if (events->target_count != mappings->count)
		return false;
	for (size_t i = 0; i < mappings->count; i++)
		if (!addr_equal(&events->targets[i],
				&mappings->items[i].target_addr))
			return false;
	return true;
}

static int set_targets(struct host_events *events,
		       const struct pubport_mappings *mappings)
{
	struct pubport_addr *targets =
		calloc(mappings->count + 1, sizeof(*targets));

	if (!targets)
		return -ENOMEM;
	for (size_t i = 0; i < mappings->count; i++)
		targets[i] = mappings->items[i].target_addr;
	free(events->targets);
	events->targets = targets;
	events->target_count = mappings->count;
	return 0;
}

/**
 * host_events_watch() - say what may matter from now on
 * @events: opened
 * @mappings: whose targets count
 * @settings: that they need
 * @ret_changed: whether something else mattered before, so that what happened
 *	meanwhile was not heard
 *
 * Return: 0 or -ENOMEM.
 */
int host_events_watch(struct host_events *events,
		      const struct pubport_mappings *mappings,
		      const struct host_settings *settings, bool *ret_changed)
{
	int code = 0;

	*ret_changed = false;
	if (!have_targets(events, mappings)) {
		*ret_changed = true;
		code = set_targets(events, mappings);
	}
	if (code || are_watched(events, settings))
		return code;
	*ret_changed = true;
	forget_settings(events);
	open_inotify(events);
	return watch_settings(events, settings);
}

/* ---------------------------------------------------------------- the doors */

static int listen_to(const struct host_events *events,
		     const struct netlink *netlink)
{
	struct epoll_event readable = { .events = EPOLLIN };

	return epoll_ctl(events->epoll, EPOLL_CTL_ADD,
			 mnl_socket_get_fd(netlink->socket), &readable) < 0
		       ? -errno
		       : 0;
}

/* a kernel or a sandbox without it tells nothing: it is looked now and then */
static void open_modules(struct host_events *events)
{
	int code = netlink_open(&events->modules, NETLINK_KOBJECT_UEVENT);

	if (!code)
		code = netlink_subscribe(&events->modules, KERNEL_UEVENTS);
	if (!code)
		code = listen_to(events, &events->modules);
	if (code)
		netlink_close(&events->modules);
}

/**
 * host_events_open() - begin to hear
 * @events: end with host_events_close(), also after a failure
 * @epoll: is to tell when there is something to hear
 *
 * Return: 0 or a negative errno.
 */
int host_events_open(struct host_events *events, int epoll)
{
	static const int groups[] = {
		RTNLGRP_LINK,	      RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV4_ROUTE,   RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_NETCONF,
		RTNLGRP_IPV6_NETCONF, RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,
	};
	int code;

	memset(events, 0, sizeof(*events));
	events->epoll = epoll;
	events->inotify = -1;
	code = netlink_open(&events->route, NETLINK_ROUTE);
	for (size_t i = 0; !code && i < ARRAY_SIZE(groups); i++)
		code = netlink_subscribe(&events->route, groups[i]);
	if (!code)
		code = listen_to(events, &events->route);
	if (!code)
		open_modules(events);
	return code;
}

/**
 * host_events_close() - hear no longer
 * @events: as opened by host_events_open(), or all zero but for @inotify, which
 *	is -1
 */
void host_events_close(struct host_events *events)
{
	forget_settings(events);
	free(events->targets);
	netlink_close(&events->route);
	netlink_close(&events->modules);
}
