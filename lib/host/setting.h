/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the host that mappings need, one interface at a time. */
#ifndef HOST_SETTING_H
#define HOST_SETTING_H

#include "netlink/netlink.h"
#include "pubport.h"
#include "util/cleanup.h"

/* in the order of the table's sets that remember them */
enum host_setting_kind {
	/* what is turned on */
	HOST_ROUTE_LOCALNET,
	HOST_LOOPBACK_ROUTE,
	HOST_FORWARDING4,
	HOST_FORWARDING6,
	HOST_HAIRPIN_MODE,
	/* what the rules have to know: bridges that forward, and interfaces
	 * towards targets */
	HOST_BRIDGE,
	HOST_HAIRPIN_LINK,
	/* and one more that is turned on: IPv6 on all interfaces */
	HOST_FORWARDING_ALL,
};

static inline bool host_setting_is_switch(enum host_setting_kind kind)
{
	return kind <= HOST_HAIRPIN_MODE || kind == HOST_FORWARDING_ALL;
}

/**
 * struct host_setting - a setting that is to be on
 * @kind: which setting, or what else the table remembers of the interface
 * @index: of the interface where, or 0 for all
 * @interface: its name, by now
 * @is_off: whether it was off when somebody looked
 * @is_known: whether somebody remembers, though the table may not, that it is
 *	on because of us
 */
struct host_setting {
	enum host_setting_kind kind;
	unsigned int index;
	char interface[PUBPORT_IFNAME_SIZE];
	bool is_off;
	bool is_known;
};

/**
 * struct host_settings - settings, each once
 * @items: free with host_settings_done()
 * @count: number of @items
 */
struct host_settings {
	struct host_setting *items;
	size_t count;
};

int host_settings_add(struct host_settings *settings,
		      enum host_setting_kind kind, unsigned int index,
		      const char *interface);
struct host_setting *host_settings_find(const struct host_settings *settings,
					enum host_setting_kind kind,
					unsigned int index);
void host_settings_done(struct host_settings *settings);

DEFINE_CLEANUP(host_settings_done, struct host_settings)

bool host_setting_locate(struct host_setting *setting);
int host_setting_get(struct netlink *route, const struct host_setting *setting,
		     bool *ret_on);
int host_setting_set(struct netlink *route, const struct host_setting *setting,
		     bool on);
bool host_setting_is_silent(const struct host_setting *setting);
int host_setting_watch(const struct host_setting *setting, int inotify);
const char *host_setting_name(const struct host_setting *setting);
void host_setting_of_forwarding(enum pubport_family family, unsigned int index,
				const char *interface,
				struct host_setting *ret_setting);

#endif
