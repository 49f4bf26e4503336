/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mappings need in the table that is laid when it is first needed.
 *
 * The kernel refuses what is there (-EEXIST), so that of two that lay the same
 * thing at once one looks again.
 */
#include "table/optional.h"

#include "mapping/prefix.h"
#include "nft/create.h"
#include "nft/syntax.h"
#include "table/lookup.h"

#include <errno.h>

/**
 * struct need - what needs a ruleset
 * @ruleset: which
 * @is_needed: whether a mapping needs it
 */
struct need {
	const struct ruleset *ruleset;
	bool (*is_needed)(const struct pubport_mapping *mapping);
};

static bool is_limited(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_LIMITED;
}

static bool is_shielded(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_SHIELD;
}

static bool ends(const struct pubport_mapping *mapping)
{
	return mapping->expires;
}

static const struct need needs[] = {
	{ &ruleset_ending, ends },
	{ &ruleset_redirect, mapping_is_redirect },
	{ &ruleset_limit, is_limited },
	{ &ruleset_shield, is_shielded },
};

/**
 * demand_need() - have a ruleset laid where the table lacks it
 * @nft: open NETLINK_NETFILTER socket
 * @ruleset: which
 * @demand: it is added to
 *
 * Return: 0, also where the table can't be asked, or a negative errno.
 */
int demand_need(struct netlink *nft, const struct ruleset *ruleset,
		struct demand *demand)
{
	bool has = false;
	int code = table_has(nft, ruleset, &has);

	if (table_cant_be_asked(code))
		code = 0;
	if (!code && !has)
		demand->rulesets[demand->ruleset_count++] = ruleset;
	return code;
}

static int find_ruleset(struct netlink *nft,
			const struct pubport_mappings *mappings,
			const struct need *need, struct demand *demand)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (need->is_needed(&mappings->items[i]))
			return demand_need(nft, need->ruleset, demand);
	return 0;
}

static bool lacks(const struct demand *demand, const struct ruleset *ruleset)
{
	for (size_t i = 0; i < demand->ruleset_count; i++)
		if (demand->rulesets[i] == ruleset)
			return true;
	return false;
}

/* what asks whether a client may must stand before what leads it elsewhere */
static bool is_ahead_of_redirect(const struct ruleset_rule *rule)
{
	return rule->first && rule->any;
}

static int find_order(struct netlink *nft, struct demand *demand)
{
	bool has = false;
	int code;

	if (!lacks(demand, &ruleset_redirect) || lacks(demand, &ruleset_limit))
		return 0;
	code = table_has(nft, &ruleset_limit, &has);
	demand->limit_again = has;
	return table_cant_be_asked(code) ? 0 : code;
}

/* ------------------------------------------------------------------ masks */

static bool has_mask(const struct demand *demand,
		     const struct pubport_network *network)
{
	for (size_t i = 0; i < demand->mask_count; i++)
		if (demand->masks[i].addr.family == network->addr.family &&
		    demand->masks[i].prefix == network->prefix)
			return true;
	return false;
}

/* the networks of ranges need no rules */
static void collect_masks(const struct pubport_mappings *mappings,
			  struct demand *demand)
{
	const struct pubport_mapping *mapping = mappings->items;

	for (size_t i = 0; i < mappings->count; i++, mapping++)
		for (size_t j = 0; j < mapping->from_count; j++)
			if (!mapping_is_range(mapping) &&
			    !has_mask(demand, &mapping->from[j]))
				demand->masks[demand->mask_count++] =
					mapping->from[j];
}

static enum schema_set_id write_mask(const struct pubport_network *network,
				     struct element *ret_element)
{
	enum schema_set_id set = schema_of(SET_MASKS4, network->addr.family);
	struct element_fields fields = { .saddr = network_mask(network) };

	element_init(ret_element);
	element_write_key(schema_set(set), &fields, ret_element->key);
	return set;
}

static int drop_known_masks(struct netlink *nft, struct demand *demand)
{
	size_t count = demand->mask_count;
	struct element element;
	enum schema_set_id set;
	int code;

	demand->mask_count = 0;
	for (size_t i = 0; i < count; i++) {
		set = write_mask(&demand->masks[i], &element);
		code = element_get(nft, set, element.key, &element);
		if (code == -ENOENT || table_cant_be_asked(code))
			demand->masks[demand->mask_count++] = demand->masks[i];
		else if (code)
			return code;
	}
	return 0;
}

/**
 * demand_find() - find out what mappings need and the table lacks
 * @nft: open NETLINK_NETFILTER socket
 * @mappings: to be published
 * @ret_demand: what is missing; all, where the table can't be asked
 *
 * Return: 0, or a negative errno.
 */
int demand_find(struct netlink *nft, const struct pubport_mappings *mappings,
		struct demand *ret_demand)
{
	struct demand demand = { .ruleset_count = 0 };
	int code = 0;

	for (size_t i = 0; !code && i < ARRAY_SIZE(needs); i++)
		code = find_ruleset(nft, mappings, &needs[i], &demand);
	if (!code)
		code = find_order(nft, &demand);
	collect_masks(mappings, &demand);
	if (!code)
		code = drop_known_masks(nft, &demand);
	if (!code)
		*ret_demand = demand;
	return code;
}

/* ------------------------------------------------------------------- laid */

static void lay_mask(const struct pubport_network *network, struct batch *batch)
{
	struct element_list list = { .batch = batch, .verb = ELEMENT_ADD };
	struct ruleset_mask mask;
	struct element element;
	enum schema_set_id set = write_mask(network, &element);

	ruleset_mask(network, &mask);
	for (size_t i = 0; i < ARRAY_SIZE(mask.rules); i++)
		skeleton_lay_rule(batch, &mask.rules[i]);
	element_list_put(&list, set, &element, BATCH_NO_INDEX);
	element_list_end(&list);
}

/**
 * demand_lay() - lay what is missing
 * @demand: from demand_find()
 * @batch: where; its commit fails with -EEXIST where it is there meanwhile
 */
void demand_lay(const struct demand *demand, struct batch *batch)
{
	for (size_t i = 0; i < demand->ruleset_count; i++)
		skeleton_lay_ruleset(batch, demand->rulesets[i]);
	for (size_t i = 0; i < ruleset_limit.rule_count; i++)
		if (demand->limit_again &&
		    is_ahead_of_redirect(&ruleset_limit.rules[i]))
			skeleton_lay_rule(batch, &ruleset_limit.rules[i]);
	for (size_t i = 0; i < demand->mask_count; i++)
		lay_mask(&demand->masks[i], batch);
}

static void print_mask(const struct pubport_network *network, FILE *out)
{
	struct syntax add = { out, "add" };
	struct ruleset_mask mask;
	struct element element;
	enum schema_set_id set = write_mask(network, &element);

	ruleset_mask(network, &mask);
	for (size_t i = 0; i < ARRAY_SIZE(mask.rules); i++)
		skeleton_print_rule(out, &mask.rules[i]);
	syntax_print_element(&add, set, &element, BATCH_NO_INDEX);
}

/**
 * demand_print() - write what is missing as nft syntax
 * @demand: from demand_find()
 * @out: where
 */
void demand_print(const struct demand *demand, FILE *out)
{
	for (size_t i = 0; i < demand->ruleset_count; i++)
		skeleton_print_ruleset(out, demand->rulesets[i]);
	for (size_t i = 0; i < ruleset_limit.rule_count; i++)
		if (demand->limit_again &&
		    is_ahead_of_redirect(&ruleset_limit.rules[i]))
			skeleton_print_rule(out, &ruleset_limit.rules[i]);
	for (size_t i = 0; i < demand->mask_count; i++)
		print_mask(&demand->masks[i], out);
}
