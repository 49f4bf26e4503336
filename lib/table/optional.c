/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mappings need in the table that is added when it is first needed.
 *
 * The kernel refuses what is there (-EEXIST), so that of two that add the same
 * thing at once one looks again.
 */
#include "table/optional.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "nft/objects.h"
#include "nft/print.h"
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

static bool is_masqueraded(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_MASQUERADE;
}

static bool is_limited_interface(const struct pubport_mapping *mapping)
{
	return is_limited(mapping) && mapping_is_by_interface(mapping);
}

static bool is_symmetric(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_SYMMETRIC;
}

static bool ends(const struct pubport_mapping *mapping)
{
	return mapping->expires;
}

static const struct need needs[] = {
	{ &ruleset_ending, ends },
	{ &ruleset_redirect, mapping_is_redirect },
	{ &ruleset_interface, mapping_is_by_interface },
	{ &ruleset_limit, is_limited },
	{ &ruleset_limit_interface, is_limited_interface },
	{ &ruleset_shield, is_shielded },
	{ &ruleset_options, mapping_has_options },
	{ &ruleset_masquerade, is_masqueraded },
	{ &ruleset_symmetric, is_symmetric },
};

/**
 * optional_require() - have a ruleset added where the table lacks it
 * @nft: open NETLINK_NETFILTER socket
 * @ruleset: which
 * @optional: it is added to
 *
 * Return: 0, also where the table can't be asked, or a negative errno.
 */
int optional_require(struct netlink *nft, const struct ruleset *ruleset,
		     struct optional *optional)
{
	bool has = false;
	int code = table_has(nft, ruleset, &has);

	if (table_cant_be_asked(code))
		code = 0;
	if (!code && !has)
		optional->rulesets[optional->ruleset_count++] = ruleset;
	return code;
}

static int find_ruleset(struct netlink *nft,
			const struct pubport_mappings *mappings,
			const struct need *need, struct optional *optional)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (need->is_needed(&mappings->items[i]))
			return optional_require(nft, need->ruleset, optional);
	return 0;
}

static int find_helpers(struct netlink *nft,
			const struct pubport_mappings *mappings,
			struct optional *optional)
{
	bool needed[HELPER_COUNT] = { false };
	int code = 0;

	for (size_t i = 0; i < mappings->count; i++)
		needed[helper_of(&mappings->items[i])] = true;
	for (int i = HELPER_NONE + 1; !code && i < HELPER_COUNT; i++)
		if (needed[i])
			code = optional_require(nft, &ruleset_helpers[i],
						optional);
	return code;
}

static bool lacks(const struct optional *optional,
		  const struct ruleset *ruleset)
{
	for (size_t i = 0; i < optional->ruleset_count; i++)
		if (optional->rulesets[i] == ruleset)
			return true;
	return false;
}

/* what asks whether a client may must stand before what leads it elsewhere */
static bool is_ahead_of_redirect(const struct ruleset_rule *rule)
{
	return rule->first && rule->phrases[0].any;
}

static int find_order(struct netlink *nft, struct optional *optional)
{
	bool has = false;
	int code;

	if (!lacks(optional, &ruleset_redirect) ||
	    lacks(optional, &ruleset_limit))
		return 0;
	code = table_has(nft, &ruleset_limit, &has);
	optional->limit_again = has;
	return table_cant_be_asked(code) ? 0 : code;
}

/* ------------------------------------------------------------------ masks */

static bool has_mask(const struct optional *optional,
		     const struct pubport_network *network)
{
	for (size_t i = 0; i < optional->mask_count; i++)
		if (optional->masks[i].addr.family == network->addr.family &&
		    optional->masks[i].prefix == network->prefix)
			return true;
	return false;
}

/* the networks of ranges, and of interfaces, need no rules */
static void collect_masks(const struct pubport_mappings *mappings,
			  struct optional *optional)
{
	const struct pubport_mapping *mapping = mappings->items;

	for (size_t i = 0; i < mappings->count; i++, mapping++)
		for (size_t j = 0; j < mapping->from_count; j++)
			if (!mapping_is_range(mapping) &&
			    !mapping_is_by_interface(mapping) &&
			    !has_mask(optional, &mapping->from[j]))
				optional->masks[optional->mask_count++] =
					mapping->from[j];
}

static enum set_id write_mask(const struct pubport_network *network,
			      struct element *ret_element)
{
	enum set_id set = set_of_family(SET_MASKS4, network->addr.family);
	struct element_fields fields = { .saddr = prefix_mask(network) };

	element_init(ret_element);
	element_write_key(set_get(set), &fields, ret_element->key);
	return set;
}

static int drop_known_masks(struct netlink *nft, struct optional *optional)
{
	size_t count = optional->mask_count;
	struct element element;
	enum set_id set;
	int code;

	optional->mask_count = 0;
	for (size_t i = 0; i < count; i++) {
		set = write_mask(&optional->masks[i], &element);
		code = element_get(nft, set, element.key, &element);
		if (code == -ENOENT || table_cant_be_asked(code))
			optional->masks[optional->mask_count++] =
				optional->masks[i];
		else if (code)
			return code;
	}
	return 0;
}

/**
 * struct mask_reading - masks being read
 * @set: of which set
 * @optional: they are added to it
 */
struct mask_reading {
	enum set_id set;
	struct optional *optional;
};

/* what is no mask of a network is passed over */
static int read_mask(const struct element *element, void *data)
{
	const struct mask_reading *reading = data;
	struct optional *optional = reading->optional;
	struct pubport_network network = { .prefix = 0 };
	struct element_fields fields;
	struct pubport_addr mask;

	element_read_key(set_get(reading->set), element->key, &fields);
	network.addr.family = fields.saddr.family;
	for (; network.prefix <= 8 * addr_length(&fields.saddr);
	     network.prefix++) {
		mask = prefix_mask(&network);
		if (addr_equal(&mask, &fields.saddr) &&
		    optional->mask_count < OPTIONAL_MASKS)
			optional->masks[optional->mask_count++] = network;
	}
	return MNL_CB_OK;
}

/**
 * optional_read_masks() - find out for which masks the table should have rules
 * @nft: open NETLINK_NETFILTER socket
 * @optional: they are added to it
 *
 * Return: 0, -EINTR when the table changed meanwhile, -EPERM, or another
 * negative errno.
 */
int optional_read_masks(struct netlink *nft, struct optional *optional)
{
	struct mask_reading reading = { SET_MASKS4, optional };
	int code = element_dump(nft, SET_MASKS4, read_mask, &reading);

	reading.set = SET_MASKS6;
	return code ? code : element_dump(nft, SET_MASKS6, read_mask, &reading);
}

/**
 * optional_find() - find out what mappings need and the table lacks
 * @nft: open NETLINK_NETFILTER socket
 * @mappings: to be published
 * @ret_optional: what is missing; all, where the table can't be asked
 *
 * Return: 0, or a negative errno.
 */
int optional_find(struct netlink *nft, const struct pubport_mappings *mappings,
		  struct optional *ret_optional)
{
	struct optional optional = { .ruleset_count = 0 };
	int code = 0;

	for (size_t i = 0; !code && i < ARRAY_SIZE(needs); i++)
		code = find_ruleset(nft, mappings, &needs[i], &optional);
	if (!code)
		code = find_helpers(nft, mappings, &optional);
	if (!code)
		code = find_order(nft, &optional);
	collect_masks(mappings, &optional);
	if (!code)
		code = drop_known_masks(nft, &optional);
	if (!code)
		*ret_optional = optional;
	return code;
}

/* ---------------------------------------------------------------- added */

static void add_mask(const struct pubport_network *network,
		     struct transaction *tx)
{
	struct element_list list = { .tx = tx, .verb = ELEMENT_ADD };
	struct ruleset_mask mask;
	struct element element;
	enum set_id set = write_mask(network, &element);

	ruleset_mask(network, &mask);
	for (size_t i = 0; i < ARRAY_SIZE(mask.rules); i++)
		transaction_add_rule(tx, &mask.rules[i]);
	element_list_put(&list, set, &element, TRANSACTION_NO_INDEX);
	element_list_end(&list);
}

/**
 * optional_add() - add what is missing
 * @optional: from optional_find()
 * @tx: where; its commit fails with -EEXIST where it is there meanwhile
 */
void optional_add(const struct optional *optional, struct transaction *tx)
{
	for (size_t i = 0; i < optional->ruleset_count; i++)
		transaction_add_ruleset(tx, optional->rulesets[i]);
	for (size_t i = 0; i < ruleset_limit.rule_count; i++)
		if (optional->limit_again &&
		    is_ahead_of_redirect(&ruleset_limit.rules[i]))
			transaction_add_rule(tx, &ruleset_limit.rules[i]);
	for (size_t i = 0; i < optional->mask_count; i++)
		add_mask(&optional->masks[i], tx);
}

static void print_mask(const struct pubport_network *network, FILE *out)
{
	struct printer add = { out, "add" };
	struct ruleset_mask mask;
	struct element element;
	enum set_id set = write_mask(network, &element);

	ruleset_mask(network, &mask);
	for (size_t i = 0; i < ARRAY_SIZE(mask.rules); i++)
		print_rule(out, &mask.rules[i]);
	print_element(&add, set, &element, TRANSACTION_NO_INDEX);
}

/**
 * optional_print() - write what is missing as nft syntax
 * @optional: from optional_find()
 * @out: where
 */
void optional_print(const struct optional *optional, FILE *out)
{
	for (size_t i = 0; i < optional->ruleset_count; i++)
		print_ruleset(out, optional->rulesets[i]);
	for (size_t i = 0; i < ruleset_limit.rule_count; i++)
		if (optional->limit_again &&
		    is_ahead_of_redirect(&ruleset_limit.rules[i]))
			print_rule(out, &ruleset_limit.rules[i]);
	for (size_t i = 0; i < optional->mask_count; i++)
		print_mask(&optional->masks[i], out);
}
