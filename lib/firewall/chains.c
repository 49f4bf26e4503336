/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel for other people's base chains. */
#include "firewall/chains.h"

#include "nft/sets.h"
#include "util/array.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

/**
 * struct reading - an answer of the kernel
 * @found: tables, of which nothing but family and table is known; or chains
 * @tables: for chains, those whose chains count
 */
struct reading {
	struct chains found;
	const struct chains *tables;
};

static void cleanup_reading(struct reading *reading)
{
	chains_done(&reading->found);
}

static void reset_reading(void *data)
{
	((struct reading *)data)->found.count = 0;
}

static struct chain *add_chain(struct chains *chains, uint8_t family,
			       const char *table)
{
	struct chain *items =
		array_grow(chains->items, chains->count, sizeof(*items));

	if (!items) {
		errno = ENOMEM;
		return NULL;
	}
	chains->items = items;
	items += chains->count++;
	memset(items, 0, sizeof(*items));
	items->family = family;
	snprintf(items->table, sizeof(items->table), "%s", table);
	return items;
}

static bool is_ours(uint8_t family, const char *table)
{
	return family == NFPROTO_INET && !strcmp(table, SET_TABLE);
}

static bool has_ip(uint8_t family)
{
	return family == NFPROTO_IPV4 || family == NFPROTO_IPV6 ||
	       family == NFPROTO_INET || family == NFPROTO_BRIDGE ||
	       family == NFPROTO_NETDEV;
}

static int read_table(const struct nlmsghdr *message, void *data)
{
	struct reading *reading = data;
	uint8_t family = nfnl_family(message);
	const char *name = nfnl_name(nfnl_find(message, NFTA_TABLE_NAME));
	uint32_t flags = nfnl_u32(nfnl_find(message, NFTA_TABLE_FLAGS), 0);

	uint64_t handle = nfnl_u64(nfnl_find(message, NFTA_TABLE_HANDLE));
	struct chain *table;

	if (is_ours(family, name))
		reading->found.own_handle = handle;
	if (!has_ip(family) || is_ours(family, name) || !*name ||
	    flags & NFT_TABLE_F_DORMANT)
		return MNL_CB_OK;
	table = add_chain(&reading->found, family, name);
	if (!table)
		return MNL_CB_ERROR;
	table->table_handle = handle;
	return MNL_CB_OK;
}

static const struct chain *find_table(const struct chains *tables,
				      uint8_t family, const char *table)
{
	for (size_t i = 0; i < tables->count; i++)
		if (tables->items[i].family == family &&
		    !strcmp(tables->items[i].table, table))
			return &tables->items[i];
	return NULL;
}

/* netdev has numbers of its own */
static uint32_t hook_of(uint8_t family, const struct nlattr *hook)
{
	uint32_t number = nfnl_nested_u32(hook, NFTA_HOOK_HOOKNUM, UINT32_MAX);

	if (family != NFPROTO_NETDEV)
		return number;
	return number == NF_NETDEV_INGRESS ? HOOK_INGRESS : HOOK_EGRESS;
}

/* @device: attribute with an interface's name, or NULL for none */
static int keep_chain(struct reading *reading, const struct chain *like,
		      const struct nlattr *device)
{
	struct chain *chain =
		add_chain(&reading->found, like->family, like->table);

	if (!chain)
		return MNL_CB_ERROR;
	*chain = *like;
	snprintf(chain->device, sizeof(chain->device), "%.15s",
		 nfnl_name(device));
	return MNL_CB_OK;
}

/* once for each of its interfaces */
static int keep_for_devices(struct reading *reading, const struct chain *like,
			    const struct nlattr *hook)
{
	const struct nlattr *devices = attr_find_nested(hook, NFTA_HOOK_DEVS);
	const struct nlattr *device;
	int result = MNL_CB_OK;

	if (!devices)
		return keep_chain(reading, like,
				  attr_find_nested(hook, NFTA_HOOK_DEV));
	attr_for_each_nested (device, devices)
		if (result == MNL_CB_OK &&
		    mnl_attr_get_type(device) == NFTA_DEVICE_NAME)
			result = keep_chain(reading, like, device);
	return result;
}

static int read_chain(const struct nlmsghdr *message, void *data)
{
	struct reading *reading = data;
	const struct nlattr *hook = nfnl_find(message, NFTA_CHAIN_HOOK);
	const char *name = nfnl_name(nfnl_find(message, NFTA_CHAIN_TABLE));
	struct chain chain = { .family = nfnl_family(message) };
	const struct chain *table =
		find_table(reading->tables, chain.family, name);

	if (!hook || !table)
		return MNL_CB_OK;
	chain.table_handle = table->table_handle;
	snprintf(chain.table, sizeof(chain.table), "%s", name);
	snprintf(chain.name, sizeof(chain.name), "%s",
		 nfnl_name(nfnl_find(message, NFTA_CHAIN_NAME)));
	snprintf(chain.type, sizeof(chain.type), "%.7s",
		 nfnl_name(nfnl_find(message, NFTA_CHAIN_TYPE)));
	chain.hook = hook_of(chain.family, hook);
	chain.priority = (int32_t)nfnl_nested_u32(hook, NFTA_HOOK_PRIORITY, 0);
	chain.policy =
		nfnl_u32(nfnl_find(message, NFTA_CHAIN_POLICY), NF_ACCEPT);
	return keep_for_devices(reading, &chain, hook);
}

/**
 * chains_read() - find the base chains of other people's tables
 * @nfnl: who asks
 * @ret_chains: those that IPv4 or IPv6 packets pass; free with chains_done()
 *
 * Where there is no table but ours, the kernel is asked for tables alone.
 *
 * Return: 0, -ENOMEM, or a negative errno from nfnl_ask().
 */
int chains_read(const struct nfnl *nfnl, struct chains *ret_chains)
{
	struct reading tables CLEANUP(reading) = { .tables = NULL };
	struct reading chains CLEANUP(reading) = { .tables = &tables.found };
	struct request request = { .header = NULL };
	int code;

	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETTABLE), NLM_F_DUMP,
		   NFPROTO_UNSPEC);
	code = nfnl_ask(nfnl, &request, read_table, &tables, reset_reading);
	if (code)
		return code;
	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETCHAIN), NLM_F_DUMP,
		   NFPROTO_UNSPEC);
	if (tables.found.count)
		code = nfnl_ask(nfnl, &request, read_chain, &chains,
				reset_reading);
	if (code)
		return code;
	*ret_chains = chains.found;
	ret_chains->own_handle = tables.found.own_handle;
	memset(&chains.found, 0, sizeof(chains.found));
	return 0;
}

/**
 * chains_came_later() - tell whether a chain was surely laid after our own
 * @chains: from chains_read()
 * @chain: one of them
 *
 * Return: whether its table did not exist before ours.
 */
bool chains_came_later(const struct chains *chains, const struct chain *chain)
{
	return chains->own_handle && chain->table_handle > chains->own_handle;
}

/**
 * chains_done() - free chains
 * @chains: from chains_read(), or all zero
 */
void chains_done(struct chains *chains)
{
	free(chains->items);
	memset(chains, 0, sizeof(*chains));
}

/**
 * chain_layer() - tell what of a host a chain belongs to
 * @chain: the chain
 *
 * Return: the layer.
 */
enum layer chain_layer(const struct chain *chain)
{
	if (chain->family == NFPROTO_BRIDGE)
		return LAYER_BRIDGE;
	return chain->hook >= HOOK_INGRESS ? LAYER_DEVICE : LAYER_IP;
}

/**
 * chain_family_name() - name the family of a chain's table
 * @chain: the chain
 *
 * Return: nft's word for it.
 */
const char *chain_family_name(const struct chain *chain)
{
	switch (chain->family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	default:
		return "inet";
	}
}
