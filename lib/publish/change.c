/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change does to the table, step by step: as netlink messages, or as nft
 * syntax for --dry-run.
 *
 * What the table lacks comes first: all of it where there is no table, else the
 * chains that keep the host from becoming a router, and what single mappings
 * need besides (see table/optional.c).  Then come the elements.
 */
#include "publish/change.h"

#include "mapping/mapping.h"
#include "nft/objects.h"
#include "nft/print.h"
#include "table/allow.h"
#include "table/counter.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "table/mapping_element.h"
#include "table/optional.h"
#include "table/settings.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/**
 * change_done() - free what a change found out
 * @change: made by hand
 */
void change_done(struct change *change)
{
	plan_done(&change->plan);
	pubport_mappings_done(&change->removed);
	host_settings_done(&change->ours);
	shield_change_done(&change->shields);
}

/**
 * change_settlement() - say what becomes of connections after a change
 * @change: which; must live as long as what is returned
 *
 * Return: what is to be settled.
 */
struct settlement change_settlement(const struct change *change)
{
	static const struct pubport_mappings none;

	return (struct settlement){
		.added = change->is_upkeep ? &none : &change->plan.mappings,
		.removed = change->drains ? &none : &change->removed,
		.gone = change->drains ? 0 : change->gone,
	};
}

/* ----------------------------------------------------- what must be known */

/* the mappings that are in the way, whose keys are exactly the same */
static int find_replaced(struct change *change)
{
	const struct pubport_mappings *planned = &change->plan.mappings;
	struct pubport_mappings *replaced = &change->removed;
	struct netlink *nft = &change->context->nft;
	struct pubport_mapping mapping;
	int code = 0;

	pubport_mappings_done(replaced);
	for (size_t i = 0; !code && i < planned->count; i++) {
		code = table_find(nft, &planned->items[i].key, &mapping);
		if (!code)
			code = mappings_move(replaced, &mapping);
		if (!code)
			code = allow_complete(
				nft, &replaced->items[replaced->count - 1]);
		else if (code == -ENOENT)
			code = 0;
	}
	return code;
}

/* where the table can't be asked, targets count as not shielded yet */
static int find_shields(struct change *change, bool is_blind)
{
	const struct mapping_change mappings = {
		.removed = &change->removed,
		.added = &change->plan.mappings,
		.wards = &change->plan.wards,
		.now = change->plan.now,
	};
	struct pubport *context = change->context;

	shield_change_done(&change->shields);
	return shield_find(is_blind ? NULL : &context->nft, &mappings,
			   &change->shields);
}

/**
 * struct lacking - what the table lacks
 * @table: all of it
 * @forward: the chains of the forward hook
 * @optional: what single mappings need
 */
struct lacking {
	bool table;
	bool forward;
	struct optional optional;
};

static int find_lacking(struct change *change, bool has_table,
			struct lacking *ret_lacking)
{
	const struct settlement settlement = change_settlement(change);
	const struct pubport_mappings *planned = &change->plan.mappings;
	struct optional *optional = &ret_lacking->optional;
	bool forwards = settings_forward(&change->ours), has_forward = false;
	struct netlink *nft = &change->context->nft;
	int code = 0;

	change->counts = false;
	if (has_table)
		code = counters_exist(nft, &change->counts);
	/* they come with the settings, unless these are on from before */
	if (!code && has_table && forwards)
		code = table_has(nft, &ruleset_forward, &has_forward);
	if (!code && has_table && change->replace)
		code = find_replaced(change);
	if (!code)
		code = optional_find(nft, planned, optional);
	if (!code && planned->count && !change->is_plain)
		code = optional_require(nft, &ruleset_own, optional);
	if (!code && mappings_have_udp(planned) && !change->is_plain)
		code = optional_require(nft, &ruleset_late, optional);
	if (!code && settlement_is_noted(&settlement))
		code = optional_require(nft, &ruleset_settling, optional);
	ret_lacking->table = !has_table;
	ret_lacking->forward = forwards && !has_forward;
	return code;
}

/* ------------------------------------------------------------------- steps */

/**
 * enum step - what is done one after another
 * @STEP_PREPARE: what mappings need, and what may be there already
 * @STEP_REMOVE: mappings that go
 * @STEP_ADD: mappings that come
 * @STEP_REMEMBER: what is noted down of them
 * @STEP_SETTLE: what stands there until connections are settled
 */
enum step {
	STEP_PREPARE,
	STEP_REMOVE,
	STEP_ADD,
	STEP_REMEMBER,
	STEP_SETTLE,
	STEP_COUNT,
};

static void put_network(const struct needs_network *network,
			element_put_fn take, void *data)
{
	enum set_id set = set_of_family(SET_HAIRPIN4, network->first.family);
	struct element_fields fields = {
		.saddr = network->first,
		.daddr = network->target,
	};
	struct element element = { .timeout_ms = 0 };

	element_write_key(set_get(set), &fields, element.key);
	fields.saddr = network->last;
	element_write_key(set_get(set), &fields, element.key_end);
	take(data, set, &element, TRANSACTION_NO_INDEX);
}

/* the same network does no harm; of one that overlaps others, which is refused,
 * the rest */
static int put_networks(const struct change *change, element_put_fn take,
			void *data)
{
	const struct needs *needs = &change->plan.needs;
	struct needs_network network;
	bool left = true;
	int code = 0;

	for (size_t i = 0; !code && i < needs->network_count; i++) {
		network = needs->networks[i];
		if (change->again)
			code = table_trim_network(&change->context->nft,
						  &network, &left);
		if (!code && left)
			put_network(&network, take, data);
	}
	return code;
}

static void put_uplinks(const struct uplinks *uplinks, element_put_fn take,
			void *data)
{
	struct element_fields fields = { .iif = 0 };
	struct element element;
	uint32_t mark;

	for (size_t i = 0; i < uplinks->count; i++) {
		fields.iif = uplinks->items[i].interface;
		mark = uplink_mark(fields.iif);
		element_init(&element);
		element_write_key(set_get(SET_UPLINKS), &fields, element.key);
		memcpy(element.data, &mark, sizeof(mark));
		take(data, SET_UPLINKS, &element, TRANSACTION_NO_INDEX);
	}
}

/* hands on the elements of a step */
static int put_step(const struct change *change, enum step step,
		    element_put_fn take, void *data)
{
	const struct pubport_mappings *planned = &change->plan.mappings;
	const struct pubport_mappings *removed = &change->removed;
	const struct settlement settlement = change_settlement(change);
	int64_t now = change->plan.now;
	int code = 0;

	switch (step) {
	case STEP_PREPARE:
		settings_put(&change->ours, take, data);
		mappings_put_hosts(planned, take, data);
		mappings_put_targets(planned, take, data);
		put_uplinks(&change->plan.uplinks, take, data);
		return put_networks(change, take, data);
	case STEP_REMOVE:
		mappings_put(removed, now, take, data);
		mappings_put_endings(removed, take, data);
		if (change->counts)
			code = counters_put(removed, now, take, data);
		shield_put(&change->shields.old, take, data);
		return code;
	case STEP_ADD:
		if (!change->is_upkeep)
			mappings_put(planned, now, take, data);
		shield_put(&change->shields.new, take, data);
		return 0;
	case STEP_REMEMBER:
		if (change->is_upkeep)
			return 0;
		mappings_put_endings(planned, take, data);
		if (change->counts)
			code = counters_put(planned, now, take, data);
		return code;
	case STEP_SETTLE:
		settlement_put(&settlement, take, data);
		return 0;
	case STEP_COUNT:
		break;
	}
	return -EINVAL;
}

/**
 * change_fill() - write a change into a transaction
 * @change: what; where it replaces, @removed is set
 * @has_table: whether there is a table
 * @tx: where
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int change_fill(struct change *change, bool has_table, struct transaction *tx)
{
	static const enum element_verb verbs[] = {
		[STEP_PREPARE] = ELEMENT_ENSURE,
		[STEP_REMOVE] = ELEMENT_DELETE,
		[STEP_ADD] = ELEMENT_ADD,
		[STEP_REMEMBER] = ELEMENT_ENSURE,
		[STEP_SETTLE] = ELEMENT_ENSURE,
	};
	struct lacking lacking = { .table = true };
	int code = find_lacking(change, has_table, &lacking);

	if (!code)
		code = find_shields(change, false);
	if (code)
		return code;
	if (lacking.table)
		transaction_add_table(tx);
	if (lacking.forward)
		transaction_add_ruleset(tx, &ruleset_forward);
	optional_add(&lacking.optional, tx);
	for (int step = 0; !code && step < STEP_COUNT; step++) {
		struct element_list list = { .tx = tx, .verb = verbs[step] };

		/* somebody may have taken a part of what a mapping is made of
		 */
		if (change->again && step == STEP_REMOVE)
			list.there = &change->context->nft;
		code = put_step(change, (enum step)step, element_list_put,
				&list);
		element_list_end(&list);
	}
	return code;
}

/* ----------------------------------------------------------- as nft syntax */

/* all that stays in the table */
static int print_steps(const struct change *change, FILE *out)
{
	int code = 0;

	for (int step = 0; !code && step < STEP_SETTLE; step++) {
		struct printer printer = { out, step == STEP_REMOVE ? "delete"
								    : "add" };

		code = put_step(change, (enum step)step, print_element,
				&printer);
	}
	return code;
}

/**
 * change_print() - write a change as nft syntax
 * @change: what; not committed
 * @out: for "nft -f"
 *
 * What can't be seen for lack of rights counts as not there.
 *
 * Return: 0, or a negative errno, described.
 */
int change_print(struct change *change, FILE *out)
{
	struct lacking lacking = { .table = true };
	bool has_table = false, is_blind;
	int code = table_exists(&change->context->nft, &has_table);

	is_blind = table_cant_be_asked(code);
	if (code && !is_blind)
		return table_error(&change->context->nft, code, change->error);
	code = settings_survey(change->context, &change->plan.needs,
			       &change->ours, change->error);
	if (code)
		return code;
	code = find_lacking(change, has_table, &lacking);
	if (!code)
		code = find_shields(change, is_blind);
	if (code)
		return table_error(&change->context->nft, code, change->error);
	if (lacking.table)
		print_table(out);
	if (lacking.forward)
		print_ruleset(out, &ruleset_forward);
	optional_print(&lacking.optional, out);
	code = print_steps(change, out);
	return code ? table_error(&change->context->nft, code, change->error)
		    : 0;
}
