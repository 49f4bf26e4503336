/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other people's base chains. */
#ifndef FIREWALL_CHAINS_H
#define FIREWALL_CHAINS_H

#include "netlink/nfnetlink.h"
#include "pubport.h"
#include "util/cleanup.h"

#include <linux/netfilter/nf_tables.h>

/* what of a host a base chain belongs to */
enum layer {
	LAYER_IP,
	LAYER_BRIDGE,
	LAYER_DEVICE, /* before or behind all else, at one interface */
};

/* where nf_tables has a number of its own for each family: NF_INET_INGRESS, and
 * what would come next */
#define HOOK_INGRESS 5
#define HOOK_EGRESS 6

/**
 * struct chain - a base chain: one that packets enter by themselves
 * @family: NFPROTO_ of its table: IPv4, IPv6, both, bridge or netdev
 * @table: its table
 * @table_handle: number of its table, higher than that of each one before
 * @name: its name
 * @type: "filter", "nat" or "route"
 * @hook: NF_INET_, also for bridges, HOOK_INGRESS or HOOK_EGRESS
 * @device: for LAYER_DEVICE, the interface; a chain at several is there once
 *	for each
 * @priority: lower ones come first
 * @policy: NF_ACCEPT or NF_DROP
 */
struct chain {
	uint8_t family;
	char table[NFT_NAME_MAXLEN];
	uint64_t table_handle;
	char name[NFT_NAME_MAXLEN];
	char type[8];
	uint32_t hook;
	char device[PUBPORT_IFNAME_SIZE];
	int32_t priority;
	uint32_t policy;
};

/**
 * struct chains - an array of base chains
 * @items: free with chains_done()
 * @count: number of @items
 * @own_handle: number of our own table, or 0 where there is none
 */
struct chains {
	struct chain *items;
	size_t count;
	uint64_t own_handle;
};

int chains_read(const struct nfnl *nfnl, struct chains *ret_chains);
bool chains_came_later(const struct chains *chains, const struct chain *chain);
void chains_done(struct chains *chains);
enum layer chain_layer(const struct chain *chain);
const char *chain_family_name(const struct chain *chain);

DEFINE_CLEANUP(chains_done, struct chains)

#endif
