/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transaction that adds planned mappings, and removes others.
 *
 * An addition by itself never looks at the whole table.  The kernel refuses a
 * key that is there (-EEXIST), also one that overlaps a range, and tells which
 * one of the batch it was.  A table that isn't there is laid in the same
 * transaction; when it comes or goes in between, we look and try again.  What
 * somebody took out of it is laid again before, see mend.c.
 *
 * A replacement deletes the old element and adds the new one in one batch.
 * Deleting goes by the key alone, so it is bound to the generation of the
 * ruleset in which the old element was read.
 */
#include "addition.h"

#include "array.h"
#include "counters.h"
#include "demand.h"
#include "emit.h"
#include "error.h"
#include "glance.h"
#include "inspect.h"
#include "lifecycle.h"
#include "mend.h"
#include "order.h"
#include "outcome.h"
#include "recall.h"
#include "settings.h"
#include "shield.h"
#include "skeleton.h"
#include "syntax.h"
#include "table.h"

#include <errno.h>

/* the table comes or goes more seldom: by then it is not as we lay it */
#define AGAIN_TRIES 16
/* until then it was others who laid the same at once, not a network that
 * overlaps one of ours */
#define AGAIN_WHOLE 8

#define WRONG_TABLE "it is not as pubport makes it"

/* the mappings that are in the way, whose keys are exactly the same */
static int find_replaced(struct addition *addition)
{
	struct pubport_mappings *replaced = &addition->removed;
	const struct pubport_mappings *planned = &addition->plan->mappings;
	struct netlink *nft = &addition->context->nft;
	struct pubport_mapping *items;
	int code;

	pubport_mappings_done(replaced);
	for (size_t i = 0; i < planned->count; i++) {
		items = array_grow(replaced->items, replaced->count,
				   sizeof(*items));
		if (!items)
			return -ENOMEM;
		replaced->items = items;
		code = table_find(nft, &planned->items[i].key,
				  &items[replaced->count]);
		if (code == -ENOENT)
			continue;
		if (!code)
			code = recall(nft, &items[replaced->count++]);
		if (code)
			return code;
	}
	return 0;
}

static void emit_network(const struct needs_network *network,
			 element_emit_fn emit, void *data)
{
	enum schema_set_id set = schema_of(SET_HAIRPIN4, network->first.family);
	struct element_fields fields = {
		.saddr = network->first,
		.daddr = network->target,
	};
	struct element element = { .timeout_ms = 0 };

	element_write_key(schema_set(set), &fields, element.key);
	fields.saddr = network->last;
	element_write_key(schema_set(set), &fields, element.key_end);
	emit(data, set, &element, BATCH_NO_INDEX);
}

/* the same network does no harm; one that overlaps it is refused */
static int emit_networks(const struct addition *addition, element_emit_fn emit,
			 void *data)
{
	const struct needs *needs = &addition->plan->needs;
	struct needs_network network;
	bool known = false;
	int code = 0;

	for (size_t i = 0; !code && i < needs->network_count; i++) {
		network = needs->networks[i];
		if (addition->again > AGAIN_WHOLE)
			network.first = network.last = network.target;
		if (addition->again)
			code = table_knows_network(&addition->context->nft,
						   &network.target,
						   &network.first, &known);
		if (!code && !known)
			emit_network(&network, emit, data);
	}
	return code;
}

static int find_shields(struct addition *addition,
			struct shield_change *ret_shields)
{
	const struct mapping_change change = {
		.removed = &addition->removed,
		.added = &addition->plan->mappings,
		.now = addition->plan->now,
	};

	return shield_find(&addition->context->nft, &addition->context->route,
			   &change, ret_shields);
}

static int fill(struct addition *addition, const struct host_settings *ours,
		struct batch *batch)
{
	struct element_list ensure = { .batch = batch, .verb = ELEMENT_ENSURE };
	struct element_list delete = { .batch = batch, .verb = ELEMENT_DELETE };
	struct element_list add = { .batch = batch, .verb = ELEMENT_ADD };
	struct element_list end = { .batch = batch, .verb = ELEMENT_ENSURE };
	struct shield_change shields CLEANUP(shield_change_done) = { 0 };
	int64_t now = addition->plan->now;
	int code;

	/* somebody may have taken a part of what a mapping is made of */
	if (addition->again)
		delete.there = &addition->context->nft;
	code = emit_networks(addition, element_list_put, &ensure);
	if (!code && addition->replace)
		code = find_replaced(addition);
	if (!code)
		code = find_shields(addition, &shields);
	if (code)
		return code;
	lifecycle_emit(ours, element_list_put, &ensure);
	emit_hosts(&addition->plan->mappings, element_list_put, &ensure);
	element_list_end(&ensure);
	emit_mappings(&addition->removed, now, element_list_put, &delete);
	emit_endings(&addition->removed, element_list_put, &delete);
	if (addition->counts)
		counters_emit(&addition->removed, now, element_list_put,
			      &delete);
	shield_emit(&shields.old, element_list_put, &delete);
	element_list_end(&delete);
	emit_mappings(&addition->plan->mappings, now, element_list_put, &add);
	shield_emit(&shields.new, element_list_put, &add);
	element_list_end(&add);
	emit_endings(&addition->plan->mappings, element_list_put, &end);
	if (addition->counts)
		counters_emit(&addition->plan->mappings, now, element_list_put,
			      &end);
	element_list_end(&end);
	return 0;
}

static int commit(struct addition *addition, const struct host_settings *ours,
		  bool laid)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	struct netlink *nft = &addition->context->nft;
	bool forwards = lifecycle_forwards(ours), has_forward = true;
	struct demand demand;
	int code = 0;

	addition->counts = false;
	if (laid)
		code = counters_are_laid(nft, &addition->counts);
	/* laid with the settings, unless these are on from before */
	if (!code && forwards)
		code = table_has(nft, &ruleset_forward, &has_forward);
	if (!code)
		code = demand_find(nft, &addition->plan->mappings, &demand);
	if (code)
		return code;
	batch_init(&batch, addition->generation);
	if (!laid)
		skeleton_lay(&batch);
	if (!has_forward)
		skeleton_lay_ruleset(&batch, &ruleset_forward);
	demand_lay(&demand, &batch);
	code = fill(addition, ours, &batch);
	if (!code)
		code = batch_commit(&batch, nft, &addition->blamed);
	if (code == BATCH_UNKNOWN)
		code = outcome_find(nft, addition->generation,
				    &addition->plan->mappings,
				    &addition->removed);
	return code;
}

static bool has_range(const struct pubport_mappings *mappings)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mapping_is_range(&mappings->items[i]))
			return true;
	return false;
}

/* whether the transaction depends on what was read from the table */
static bool depends_on_table(const struct addition *addition)
{
	const struct pubport_mappings *planned = &addition->plan->mappings;

	return addition->look || addition->replace || has_range(planned) ||
	       (planned->count &&
		planned->items[0].flags & PUBPORT_MAPPING_SHIELD);
}

static int find_refused(struct addition *addition)
{
	const struct pubport_mappings *planned = &addition->plan->mappings;
	bool refuses = false;
	int code = 0;

	for (size_t i = 0; !code && i < planned->count; i++) {
		addition->blamed = i;
		code = table_refuses(&addition->context->nft,
				     &planned->items[i].key, &refuses);
		if (!code && refuses)
			code = -EEXIST;
	}
	return code;
}

/**
 * addition_look_ahead() - find a conflict before anything is changed
 * @addition: what; @blamed is set to the mapping that is in conflict
 *
 * The kernel finds the same key as well, and more surely, but settings would be
 * on by then; and of two ranges, one of which encloses the other, it takes
 * both.
 *
 * Return: 0, -EEXIST, -EPERM, -ENOMEM, or another negative errno.
 */
int addition_look_ahead(struct addition *addition)
{
	const struct pubport_mappings *planned = &addition->plan->mappings;
	struct netlink *nft = &addition->context->nft;
	int code = order_find_collision(planned, &addition->blamed);
	bool laid;

	if (code != -ENOENT)
		return code ? code : -EEXIST;
	code = table_is_laid(nft, &laid);
	if (code || !laid)
		return code;
	if (has_range(planned))
		code = table_find_overlap(nft, planned, addition->replace,
					  &addition->blamed);
	if (!code && !addition->replace)
		code = find_refused(addition);
	return code;
}

/* what is read from now on must still be so when the transaction is made */
static int look_first(struct addition *addition)
{
	int code = 0;

	addition->generation = BATCH_ANY_GENERATION;
	if (depends_on_table(addition))
		code = table_generation(&addition->context->nft,
					&addition->generation);
	if (code)
		return error_kernel(addition->error, code, TABLE_TEXT);
	return addition->look ? addition->look(addition) : 0;
}

static bool is_empty(const struct addition *addition)
{
	return !addition->plan->mappings.count && !addition->removed.count;
}

static int refuse(struct addition *addition, const char *why)
{
	error_set(addition->error, PUBPORT_FAILED, -ESTALE, "%s: %s",
		  TABLE_TEXT, why);
	error_hint(addition->error, "pubport flush");
	return -ESTALE;
}

/* finds a conflict, as far as it can be seen, before anything is changed */
static int look_for_conflict(struct addition *addition)
{
	int code = addition->look ? 0 : addition_look_ahead(addition);

	return code && code != -EEXIST
		       ? error_kernel(addition->error, code, TABLE_TEXT)
		       : code;
}

/* what somebody took out of the table is laid again.  Before settings are
 * turned on, or where it is seen at a glance, the whole table is inspected */
static int make_whole(struct addition *addition, bool changes, bool *ret_laid)
{
	struct netlink *nft = &addition->context->nft;
	bool whole, mended = false;
	int code = glance_table(nft, ret_laid, &whole);

	if (code)
		return error_kernel(addition->error, code, TABLE_TEXT);
	whole &= !changes;
	if (!*ret_laid || whole)
		return 0;
	code = look_for_conflict(addition);
	if (!code)
		code = mend_table(nft, &mended, addition->error);
	return !code && mended ? LIFECYCLE_AGAIN : code;
}

/* turns on what is needed, unless there is a conflict */
static int prepare(struct addition *addition, struct host_settings *ours,
		   bool *ret_laid)
{
	struct pubport *context = addition->context;
	bool changes;
	int code;

	code = settings_survey(context, &addition->plan->needs, ours,
			       addition->error);
	if (code)
		return code;
	changes = lifecycle_changes(ours);
	if (depends_on_table(addition) || changes)
		code = look_for_conflict(addition);
	if (!code)
		code = make_whole(addition, changes, ret_laid);
	if (code || !changes)
		return code;
	*ret_laid = true;
	return lifecycle_prepare(context, ours, addition->error);
}

/* one try; LIFECYCLE_AGAIN or -ERESTART: try again */
static int add_once(struct addition *addition)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	struct netlink *nft = &addition->context->nft;
	int code = look_first(addition);
	bool laid;

	if (code || is_empty(addition))
		return code;
	code = prepare(addition, &ours, &laid);
	if (code)
		return code;
	code = commit(addition, &ours, laid);
	if (!code)
		lifecycle_confirm(addition->context, &ours);
	if (code == -ENOENT ||
	    (code == -EEXIST && addition->blamed == BATCH_NO_INDEX))
		return LIFECYCLE_AGAIN;
	if (!code || code == -EEXIST || code == -ERESTART)
		return code;
	code = inspect_explain(nft, code, addition->error);
	return code == -EINVAL ? refuse(addition, WRONG_TABLE) : code;
}

/* others laid or deleted the table meanwhile; if they didn't, it is not as we
 * lay it */
static int look_closer(struct addition *addition)
{
	bool mended;
	int code = 0;

	if (addition->again++)
		code = mend_table(&addition->context->nft, &mended,
				  addition->error);
	return code == -ESTALE ? code : 0;
}

/**
 * addition_commit() - add the mappings, all or nothing
 * @addition: what; @removed, @blamed and @error are set
 *
 * Return: 0; -EEXIST with @blamed set when a key is there already or is planned
 * twice, for the caller to describe; or, described, -ESTALE for a table that
 * somebody changed by hand, or another negative errno.
 */
int addition_commit(struct addition *addition)
{
	int code = LIFECYCLE_AGAIN;

	for (int i = 0; i < TABLE_TRIES && addition->again < AGAIN_TRIES; i++) {
		code = add_once(addition);
		if (code == LIFECYCLE_AGAIN && look_closer(addition))
			return -ESTALE;
		if (code != LIFECYCLE_AGAIN && code != -ERESTART &&
		    code != -EINTR)
			return code;
	}
	return refuse(addition,
		      code == LIFECYCLE_AGAIN
			      ? WRONG_TABLE
			      : "somebody changes the ruleset all the time");
}

/**
 * addition_print() - write the transaction as nft syntax
 * @addition: what; not committed
 * @out: for "nft -f"
 *
 * What can't be seen for lack of rights counts as not there.
 *
 * Return: 0, or a negative errno, described.
 */
int addition_print(struct addition *addition, FILE *out)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	struct shield_change shields CLEANUP(shield_change_done) = { 0 };
	struct syntax add = { out, "add" }, delete = { out, "delete" };
	struct demand demand = { .ruleset_count = 0 };
	struct pubport *context = addition->context;
	bool laid = false, has_forward = false;
	int64_t now = addition->plan->now;
	int code = table_is_laid(&context->nft, &laid);

	if (!code && laid)
		code = table_has(&context->nft, &ruleset_forward, &has_forward);
	if (!code && laid)
		code = counters_are_laid(&context->nft, &addition->counts);
	if (code && !table_cant_be_asked(code))
		return error_kernel(addition->error, code, TABLE_TEXT);
	code = settings_survey(context, &addition->plan->needs, &ours,
			       addition->error);
	if (code)
		return code;
	code = demand_find(&context->nft, &addition->plan->mappings, &demand);
	if (code)
		return error_kernel(addition->error, code, TABLE_TEXT);
	if (!laid)
		skeleton_print(out);
	if (!has_forward && lifecycle_forwards(&ours))
		skeleton_print_ruleset(out, &ruleset_forward);
	demand_print(&demand, out);
	code = emit_networks(addition, syntax_print_element, &add);
	if (!code && laid && addition->replace)
		code = find_replaced(addition);
	if (!code)
		code = find_shields(addition, &shields);
	if (code)
		return error_kernel(addition->error, code, TABLE_TEXT);
	lifecycle_emit(&ours, syntax_print_element, &add);
	emit_hosts(&addition->plan->mappings, syntax_print_element, &add);
	emit_mappings(&addition->removed, now, syntax_print_element, &delete);
	emit_endings(&addition->removed, syntax_print_element, &delete);
	if (addition->counts)
		counters_emit(&addition->removed, now, syntax_print_element,
			      &delete);
	shield_emit(&shields.old, syntax_print_element, &delete);
	emit_mappings(&addition->plan->mappings, now, syntax_print_element,
		      &add);
	shield_emit(&shields.new, syntax_print_element, &add);
	emit_endings(&addition->plan->mappings, syntax_print_element, &add);
	if (addition->counts)
		counters_emit(&addition->plan->mappings, now,
			      syntax_print_element, &add);
	return 0;
}
