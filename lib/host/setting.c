/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the host that mappings need, one interface at a time.
 *
 * All of them are off by default, and pubport only ever turns on what it finds
 * off.  So a setting is remembered by its interface being in the table's set of
 * that kind, by its index, since a name may change, and undone by turning it
 * off again.  Whoever turned it on before keeps it.  Who may turn what on, and
 * in which order, is in table/lifecycle.c.
 */
#include "host/setting.h"

#include "host/forwarding.h"
#include "host/sysctl.h"
#include "netlink/kernel.h"
#include "netlink/link.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"
#include "util/array.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

/**
 * host_settings_find() - look a setting up
 * @settings: where
 * @kind: which setting
 * @index: of its interface
 *
 * Return: it, or NULL.
 */
struct host_setting *host_settings_find(const struct host_settings *settings,
					enum host_setting_kind kind,
					unsigned int index)
{
	for (size_t i = 0; i < settings->count; i++)
		if (settings->items[i].kind == kind &&
		    settings->items[i].index == index)
			return &settings->items[i];
	return NULL;
}

/**
 * host_settings_add() - add a setting, unless it is there
 * @settings: where
 * @kind: which setting
 * @index: of the interface where it is to be on
 * @interface: its name
 *
 * Return: 0 or -ENOMEM.
 */
int host_settings_add(struct host_settings *settings,
		      enum host_setting_kind kind, unsigned int index,
		      const char *interface)
{
	struct host_setting *items, *item;

	if (host_settings_find(settings, kind, index))
		return 0;
	items = array_grow(settings->items, settings->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	settings->items = items;
	item = &settings->items[settings->count++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	item->index = index;
	snprintf(item->interface, sizeof(item->interface), "%s", interface);
	return 0;
}

/**
 * host_settings_done() - free settings
 * @settings: filled or all zero
 */
void host_settings_done(struct host_settings *settings)
{
	free(settings->items);
	memset(settings, 0, sizeof(*settings));
}

/* which sysctl is behind a setting, or NULL where it is none */
static const struct host_sysctl {
	enum host_setting_kind kind;
	const char *directory;
	const char *name;
} sysctls[] = {
	{ HOST_ROUTE_LOCALNET, "ipv4/conf/", "route_localnet" },
	{ HOST_FORWARDING4, "ipv4/conf/", "forwarding" },
	/* "forwarding" would stop an interface from hearing routers (RFC 4861),
	 * and forwards nothing by itself; this one does, since Linux 6.17 */
	{ HOST_FORWARDING6, "ipv6/conf/", "force_forwarding" },
};

static const struct host_sysctl *sysctl_find(enum host_setting_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++)
		if (sysctls[i].kind == kind)
			return &sysctls[i];
	return NULL;
}

/* an interface may have one of these names, and then has no sysctls: what is
 * there is that of all interfaces */
static bool has_sysctls(const char *name)
{
	return *name && strcmp(name, "all") != 0 &&
	       strcmp(name, "default") != 0;
}

/**
 * host_setting_locate() - find out what the interface of a setting is called
 * @setting: which; its @interface is set
 *
 * Return: whether there is one with its index still.
 */
bool host_setting_locate(struct host_setting *setting)
{
	if (setting->kind == HOST_FORWARDING_ALL) {
		strcpy(setting->interface, FORWARDING_ALL);
		return true;
	}
	return if_indextoname(setting->index, setting->interface);
}

static int hairpin_mode_get(struct netlink *route, unsigned int port,
			    bool *ret_on)
{
	struct link_info link;
	int code = link_get(route, port, &link);

	if (!code)
		*ret_on = link.hairpin;
	return code;
}

/* NULL where it is none */
static int find_sysctl(const struct host_setting *setting,
		       const struct host_sysctl **ret_sysctl)
{
	*ret_sysctl = sysctl_find(setting->kind);
	return *ret_sysctl && !has_sysctls(setting->interface) ? -ENODEV : 0;
}

/**
 * host_setting_get() - look whether a setting is on
 * @route: open NETLINK_ROUTE socket
 * @setting: which
 * @ret_on: whether it is on
 *
 * Return: 0, -ENODEV or -ENOENT when there is no such interface or setting, or
 * another negative errno.
 */
int host_setting_get(struct netlink *route, const struct host_setting *setting,
		     bool *ret_on)
{
	const struct host_sysctl *sysctl;
	int code = find_sysctl(setting, &sysctl);

	if (code)
		return code;
	if (setting->kind == HOST_FORWARDING_ALL)
		return forwarding_all_get(ret_on);
	if (sysctl)
		return sysctl_get(sysctl->directory, setting->interface,
				  sysctl->name, ret_on);
	if (setting->kind == HOST_LOOPBACK_ROUTE)
		return route_has_loopback6(route, setting->index, ret_on);
	return hairpin_mode_get(route, setting->index, ret_on);
}

/**
 * host_setting_set() - turn a setting on or off
 * @route: open NETLINK_ROUTE socket
 * @setting: which
 * @on: to what
 *
 * Return: 0, -ENODEV or -ENOENT when there is no such interface or setting,
 * -EPERM or -EACCES without the right to it, -EROFS where /proc is read-only,
 * or another negative errno.
 */
int host_setting_set(struct netlink *route, const struct host_setting *setting,
		     bool on)
{
	const struct host_sysctl *sysctl;
	int code = find_sysctl(setting, &sysctl);

	if (code)
		return code;
	if (setting->kind == HOST_FORWARDING_ALL)
		return forwarding_all_set(on);
	if (sysctl)
		return sysctl_set(sysctl->directory, setting->interface,
				  sysctl->name, on);
	if (setting->kind == HOST_LOOPBACK_ROUTE)
		return route_loopback6(route, setting->index, on);
	return bridge_set_hairpin(route, setting->index, on);
}

/**
 * host_setting_is_silent() - tell settings whose changes rtnetlink doesn't tell
 * @setting: which
 *
 * Return: whether it is a setting, and rtnetlink doesn't.
 */
bool host_setting_is_silent(const struct host_setting *setting)
{
	return setting->kind == HOST_ROUTE_LOCALNET;
}

/**
 * host_setting_watch() - be told when somebody turns a setting on or off
 * @setting: which
 * @inotify: tells it
 *
 * Return: as sysctl_watch(); -ENOENT also where there is no such file.
 */
int host_setting_watch(const struct host_setting *setting, int inotify)
{
	const struct host_sysctl *sysctl;
	int code = find_sysctl(setting, &sysctl);

	if (code || !sysctl)
		return code ? code : -ENOENT;
	return sysctl_watch(inotify, sysctl->directory, setting->interface,
			    sysctl->name);
}

/**
 * host_setting_name() - name a setting for messages
 * @setting: which
 *
 * Return: constant text, to be followed by "on INTERFACE".
 */
const char *host_setting_name(const struct host_setting *setting)
{
	const struct host_sysctl *sysctl = sysctl_find(setting->kind);

	if (sysctl)
		return sysctl->name;
	if (setting->kind == HOST_FORWARDING_ALL)
		return "forwarding";
	if (setting->kind == HOST_LOOPBACK_ROUTE)
		return "a local route for ::1";
	return "hairpin mode";
}

/**
 * host_setting_of_forwarding() - find the setting that makes an interface
 * forward
 * @family: of the packets
 * @index: of the interface
 * @interface: its name
 * @ret_setting: the setting
 */
void host_setting_of_forwarding(enum pubport_family family, unsigned int index,
				const char *interface,
				struct host_setting *ret_setting)
{
	struct host_setting setting = { .kind = HOST_FORWARDING_ALL };
	bool alone = family == PUBPORT_IPV4 || kernel_forwards_alone();

	if (alone) {
		setting.kind = family == PUBPORT_IPV4 ? HOST_FORWARDING4
						      : HOST_FORWARDING6;
		setting.index = index;
	}
	snprintf(setting.interface, sizeof(setting.interface), "%s",
		 alone ? interface : FORWARDING_ALL);
	*ret_setting = setting;
}
