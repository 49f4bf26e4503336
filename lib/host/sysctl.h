/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the host that mappings need, one interface at a time. */
#ifndef HOST_SYSCTL_H
#define HOST_SYSCTL_H

#include "netlink/netlink.h"
#include "nft/sets.h"

/**
 * struct host_setting - a setting that is to be on
 * @kind: SET_ROUTE_LOCALNET to SET_HAIRPIN_MODE: the set that remembers it
 * @interface: where
 * @is_off: whether it was off when somebody looked
 * @is_known: whether somebody remembers, though the table may not, that it is
 *	on because of us
 * @lladdr: for SET_BRIDGE_ADDRESSES, the bridge's address
 */
struct host_setting {
	enum set_id kind;
	char interface[PUBPORT_IFNAME_SIZE];
	bool is_off;
	bool is_known;
	uint8_t lladdr[6];
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

int host_settings_add(struct host_settings *settings, enum set_id kind,
		      const char *interface);
void host_settings_done(struct host_settings *settings);

static inline void cleanup_host_settings_done(struct host_settings *settings)
{
	host_settings_done(settings);
}

int host_get(struct netlink *route, const struct host_setting *setting,
	     bool *ret_on);
int host_set(struct netlink *route, const struct host_setting *setting,
	     bool on);
const char *host_setting_name(const struct host_setting *setting);

int host_forwards(enum pubport_family family, bool *ret_on);
int host_can_forward(enum pubport_family family, const char *interface,
		     bool *ret_can);
int host_filters_bridges(enum pubport_family family, bool *ret_filters);

#endif
