/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells what other tables do with the ports that are published.
 *
 * Mostly there are none: that is one question, and all that it costs.
 */
#include "firewall/others.h"

#include "firewall/foreign.h"
#include "firewall/notice.h"

#include <linux/netlink.h>

#define TIME_MAX_MS 200

/**
 * others_tell() - tell what other tables do with the ports that are published
 * @context: whose host; told
 * @mappings: what is published
 *
 * What can't be read, or not in time, is passed over: it isn't ours.
 */
void others_tell(struct pubport *context,
		 const struct pubport_mappings *mappings)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };
	struct chains chains CLEANUP(chains_done) = { NULL, 0 };
	struct nfnl nfnl;

	if (!context->notice || !mappings->count ||
	    netlink_open(&netlink, NETLINK_NETFILTER))
		return;
	nfnl_init(&nfnl, &netlink, TIME_MAX_MS);
	if (chains_read(&nfnl, &chains))
		return;
	foreign_tell(context, mappings, &chains);
	warn_of_barriers(context, mappings, &chains);
}
