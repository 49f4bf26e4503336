/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the transaction that adds mappings does to the table, step by step: as
 * netlink messages, or as nft syntax.
 */
#include "publish/change_elements.h"

#include "mapping/mapping.h"
#include "nft/objects.h"
#include "nft/syntax.h"
#include "table/counter.h"
#include "table/emit.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "table/recall.h"
#include "table/settings.h"
#include "table/shield.h"
#include "util/error.h"

#include <errno.h>

/* ----------------------------------------------------- what must be known */

/* the mappings that are in the way, whose keys are exactly the same */
static int find_replaced(struct change *change)
{
	struct pubport_mappings *replaced = &change->removed;
	const struct pubport_mappings *planned = &change->plan->mappings;
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

/**
 * change_demand() - find out what is replaced, and what must be laid for all
 * @change: what; @removed is set where it is to replace
 * @laid: whether there is a table
 * @ret_demand: what must be laid
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int change_demand(struct change *change, bool laid, struct optional *ret_demand)
{
	struct netlink *nft = &change->context->nft;
	struct settlement settlement;
	int code = 0;

	if (laid && change->replace)
		code = find_replaced(change);
	if (!code)
		code = optional_find(nft, &change->plan->mappings, ret_demand);
	settlement = change_settlement(change);
	if (!code && settlement_is_remembered(&settlement))
		code = optional_require(nft, &ruleset_settling, ret_demand);
	return code;
}

/* @nft: or NULL where the table can't be asked */
static int find_shields(const struct change *change, struct netlink *nft,
			struct shield_change *ret_shields)
{
	const struct mapping_change mappings = {
		.removed = &change->removed,
		.added = &change->plan->mappings,
		.now = change->plan->now,
	};

	return shield_find(nft, &change->context->route, &mappings,
			   ret_shields);
}

/* --------------------------------------------------------------- its steps */

static void emit_network(const struct needs_network *network,
			 element_emit_fn take, void *data)
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

/* the same network does no harm; one that overlaps it is refused */
static int emit_networks(const struct change *change, element_emit_fn take,
			 void *data)
{
	const struct needs *needs = &change->plan->needs;
	struct needs_network network;
	bool known = false;
	int code = 0;

	for (size_t i = 0; !code && i < needs->network_count; i++) {
		network = needs->networks[i];
		if (change->again > CHANGE_AGAIN_WHOLE)
			network.first = network.last = network.target;
		if (change->again)
			code = table_knows_network(&change->context->nft,
						   &network.target,
						   &network.first, &known);
		if (!code && !known)
			emit_network(&network, take, data);
	}
	return code;
}

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

/**
 * struct steps - what all steps are about
 * @change: what
 * @ours: settings of the host that it needs
 * @shields: targets that are shielded from then on, and no longer
 */
struct steps {
	const struct change *change;
	const struct host_settings *ours;
	struct shield_change shields;
};

static void cleanup_steps(struct steps *steps)
{
	shield_change_done(&steps->shields);
}

/* hands on the elements of a step */
static int emit_step(const struct steps *steps, enum step step,
		     element_emit_fn take, void *data)
{
	const struct change *change = steps->change;
	const struct pubport_mappings *planned = &change->plan->mappings;
	const struct pubport_mappings *removed = &change->removed;
	const struct settlement settlement = change_settlement(change);
	int64_t now = change->plan->now;

	switch (step) {
	case STEP_PREPARE:
		settings_put(steps->ours, take, data);
		mappings_put_hosts(planned, take, data);
		return emit_networks(change, take, data);
	case STEP_REMOVE:
		mappings_put(removed, now, take, data);
		mappings_put_endings(removed, take, data);
		if (change->counts)
			counters_put(removed, now, take, data);
		shield_put(&steps->shields.old, take, data);
		return 0;
	case STEP_ADD:
		mappings_put(planned, now, take, data);
		shield_put(&steps->shields.new, take, data);
		return 0;
	case STEP_REMEMBER:
		mappings_put_endings(planned, take, data);
		if (change->counts)
			counters_put(planned, now, take, data);
		return 0;
	case STEP_SETTLE:
		settlement_emit(&settlement, take, data);
		return 0;
	case STEP_COUNT:
		break;
	}
	return -EINVAL;
}

/**
 * change_fill() - write all steps into a batch
 * @change: what
 * @ours: settings of the host that it needs
 * @tx: where
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int change_fill(const struct change *change, const struct host_settings *ours,
		struct transaction *tx)
{
	static const enum element_verb verbs[] = {
		[STEP_PREPARE] = ELEMENT_ENSURE,
		[STEP_REMOVE] = ELEMENT_DELETE,
		[STEP_ADD] = ELEMENT_ADD,
		[STEP_REMEMBER] = ELEMENT_ENSURE,
		[STEP_SETTLE] = ELEMENT_ENSURE,
	};
	struct steps steps CLEANUP(steps) = {
		.change = change,
		.ours = ours,
	};
	int code = find_shields(change, &change->context->nft, &steps.shields);

	for (int step = 0; !code && step < STEP_COUNT; step++) {
		struct element_list list = {
			.tx = tx,
			.verb = verbs[step],
		};

		/* somebody may have taken a part of what a mapping is made of
		 */
		if (change->again && step == STEP_REMOVE)
			list.there = &change->context->nft;
		code = emit_step(&steps, (enum step)step, element_list_put,
				 &list);
		element_list_end(&list);
	}
	return code;
}

/* ----------------------------------------------------------- as nft syntax */

/* all that stays; @nft: or NULL where the table can't be asked */
static int print_steps(const struct change *change, struct netlink *nft,
		       const struct host_settings *ours, FILE *out)
{
	struct steps steps CLEANUP(steps) = {
		.change = change,
		.ours = ours,
	};
	int code = find_shields(change, nft, &steps.shields);

	for (int step = 0; !code && step < STEP_SETTLE; step++) {
		struct printer syntax = { out, step == STEP_REMOVE ? "delete"
								   : "add" };

		code = emit_step(&steps, (enum step)step, print_element,
				 &syntax);
	}
	return code;
}

/**
 * change_print() - write the transaction as nft syntax
 * @change: what; not committed
 * @out: for "nft -f"
 *
 * What can't be seen for lack of rights counts as not there.
 *
 * Return: 0, or a negative errno, described.
 */
int change_print(struct change *change, FILE *out)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	struct optional optional = { .ruleset_count = 0 };
	struct netlink *nft = &change->context->nft;
	bool laid = false, has_forward = false, blind;
	int code = table_exists(nft, &laid);

	if (!code && laid)
		code = table_has(nft, &ruleset_forward, &has_forward);
	if (!code && laid)
		code = counters_exist(nft, &change->counts);
	blind = table_cant_be_asked(code);
	if (code && !blind)
		return error_kernel(change->error, code, TABLE_TEXT);
	code = settings_survey(change->context, &change->plan->needs, &ours,
			       change->error);
	if (code)
		return code;
	code = change_demand(change, laid, &optional);
	if (code)
		return error_kernel(change->error, code, TABLE_TEXT);
	if (!laid)
		print_table(out);
	if (!has_forward && settings_forward(&ours))
		print_ruleset(out, &ruleset_forward);
	optional_print(&optional, out);
	code = print_steps(change, blind ? NULL : nft, &ours, out);
	return code ? error_kernel(change->error, code, TABLE_TEXT) : 0;
}
