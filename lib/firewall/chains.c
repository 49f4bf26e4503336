/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel for other people's chains, and for the rules in them. */
#include "firewall/chains.h"

#include "nft/sets.h"
#include "util/array.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

static int out_of_memory(void)
{
	errno = ENOMEM;
	return MNL_CB_ERROR;
}

/* ----------------------------------------------------------------- tables */

/**
 * struct tables - tables of others that packets may pass
 * @items: one a table, with its name and family alone; on the heap
 * @count: number of @items
 */
struct tables {
	struct table_name {
		uint8_t family;
		char name[NFT_NAME_MAXLEN];
	} * items;
	size_t count;
};

static void cleanup_tables(struct tables *tables)
{
	free(tables->items);
}

static void reset_tables(void *data)
{
	((struct tables *)data)->count = 0;
}

static bool is_ours(uint8_t family, const char *table)
{
	return family == NFPROTO_INET && !strcmp(table, SET_TABLE);
}

static bool has_ip(uint8_t family)
{
	return family == NFPROTO_IPV4 || family == NFPROTO_IPV6 ||
	       family == NFPROTO_INET;
}

static int read_table(const struct nlmsghdr *message, void *data)
{
	struct tables *tables = data;
	struct table_name *items;
	uint8_t family = nfnl_family(message);
	const char *name = nfnl_name(nfnl_find(message, NFTA_TABLE_NAME));
	uint32_t flags = nfnl_u32(nfnl_find(message, NFTA_TABLE_FLAGS), 0);

	if (!has_ip(family) || is_ours(family, name) || !*name ||
	    flags & NFT_TABLE_F_DORMANT)
		return MNL_CB_OK;
	items = array_grow(tables->items, tables->count, sizeof(*items));
	if (!items)
		return out_of_memory();
	tables->items = items;
	items += tables->count++;
	items->family = family;
	snprintf(items->name, sizeof(items->name), "%s", name);
	return MNL_CB_OK;
}

static bool tables_have(const struct tables *tables, uint8_t family,
			const char *name)
{
	for (size_t i = 0; i < tables->count; i++)
		if (tables->items[i].family == family &&
		    !strcmp(tables->items[i].name, name))
			return true;
	return false;
}

/* ----------------------------------------------------------------- chains */

struct chains_reading {
	const struct tables *tables;
	struct chains chains;
};

static void cleanup_reading(struct chains_reading *reading)
{
	chains_done(&reading->chains);
}

static void reset_reading(void *data)
{
	((struct chains_reading *)data)->chains.count = 0;
}

static int read_chain(const struct nlmsghdr *message, void *data)
{
	struct chains_reading *reading = data;
	struct chains *chains = &reading->chains;
	const struct nlattr *hook = nfnl_find(message, NFTA_CHAIN_HOOK);
	const char *table = nfnl_name(nfnl_find(message, NFTA_CHAIN_TABLE));
	const char *type = nfnl_name(nfnl_find(message, NFTA_CHAIN_TYPE));
	uint8_t family = nfnl_family(message);
	struct chain *chain;

	if (!hook || !tables_have(reading->tables, family, table))
		return MNL_CB_OK;
	chain = array_grow(chains->items, chains->count, sizeof(*chain));
	if (!chain)
		return out_of_memory();
	chains->items = chain;
	chain += chains->count++;
	chain->family = family;
	snprintf(chain->table, sizeof(chain->table), "%s", table);
	snprintf(chain->name, sizeof(chain->name), "%s",
		 nfnl_name(nfnl_find(message, NFTA_CHAIN_NAME)));
	snprintf(chain->type, sizeof(chain->type), "%.7s", type);
	chain->hook = nfnl_nested_u32(hook, NFTA_HOOK_HOOKNUM, UINT32_MAX);
	chain->priority = (int32_t)nfnl_nested_u32(hook, NFTA_HOOK_PRIORITY, 0);
	chain->policy =
		nfnl_u32(nfnl_find(message, NFTA_CHAIN_POLICY), NF_ACCEPT);
	return MNL_CB_OK;
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
	CLEANUP(tables) struct tables tables = { NULL, 0 };
	CLEANUP(reading) struct chains_reading reading = { .tables = &tables };
	struct request request = { .header = NULL };
	int code;

	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETTABLE), NLM_F_DUMP,
		   NFPROTO_UNSPEC);
	code = nfnl_ask(nfnl, &request, read_table, &tables, reset_tables);
	if (code)
		return code;
	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETCHAIN), NLM_F_DUMP,
		   NFPROTO_UNSPEC);
	if (tables.count)
		code = nfnl_ask(nfnl, &request, read_chain, &reading,
				reset_reading);
	if (code)
		return code;
	*ret_chains = reading.chains;
	memset(&reading.chains, 0, sizeof(reading.chains));
	return 0;
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
	default:
		return "inet";
	}
}

/* ------------------------------------------------------------------ rules */

/* makes room for one more message */
static bool make_room(struct chain_rules *rules, size_t size)
{
	size_t capacity = rules->capacity ? rules->capacity : 4096;
	uint8_t *data;

	while (capacity < rules->length + size)
		capacity *= 2;
	if (capacity == rules->capacity)
		return true;
	data = realloc(rules->data, capacity);
	if (!data)
		return false;
	rules->data = data;
	rules->capacity = capacity;
	return true;
}

static int keep_rule(const struct nlmsghdr *message, void *data)
{
	struct chain_rules *rules = data;
	size_t size = (message->nlmsg_len + 3U) & ~3U;

	if (!make_room(rules, size))
		return out_of_memory();
	memset(rules->data + rules->length, 0, size);
	memcpy(rules->data + rules->length, message, message->nlmsg_len);
	rules->length += size;
	return MNL_CB_OK;
}

static void reset_rules(void *data)
{
	((struct chain_rules *)data)->length = 0;
}

/**
 * chain_rules_read() - read the rules of a chain
 * @nfnl: who asks
 * @chain: a base chain of its table
 * @name: its own name, of any chain in that table
 * @ret_rules: free with chain_rules_done()
 *
 * Return: 0, also when there is no such chain any more; -ENOMEM, or a negative
 * errno from nfnl_ask().
 */
int chain_rules_read(const struct nfnl *nfnl, const struct chain *chain,
		     const char *name, struct chain_rules *ret_rules)
{
	CLEANUP(chain_rules_done) struct chain_rules rules = { NULL, 0, 0 };
	struct request request = { .header = NULL };
	int code;

	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETRULE), NLM_F_DUMP,
		   chain->family);
	mnl_attr_put_strz(request.header, NFTA_RULE_TABLE, chain->table);
	mnl_attr_put_strz(request.header, NFTA_RULE_CHAIN, name);
	code = nfnl_ask(nfnl, &request, keep_rule, &rules, reset_rules);
	if (code)
		return code;
	*ret_rules = rules;
	memset(&rules, 0, sizeof(rules));
	return 0;
}

/**
 * chain_rules_done() - free rules
 * @rules: from chain_rules_read(), or all zero
 */
void chain_rules_done(struct chain_rules *rules)
{
	free(rules->data);
	memset(rules, 0, sizeof(*rules));
}
