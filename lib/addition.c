/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transaction that adds planned mappings.
 *
 * An addition never looks at the whole table.  The kernel refuses a key that
 * is there (-EEXIST), also one that overlaps a range, and tells which one of
 * the batch it was.  A table that isn't there is laid in the same transaction;
 * when it comes or goes in between, we look and try again.
 *
 * A replacement deletes the old element and adds the new one in one batch.
 * Deleting goes by the key alone, so it is bound to the generation of the
 * ruleset in which the old element was read.
 */
#include "addition.h"

#include "array.h"
#include "error.h"
#include "lifecycle.h"
#include "order.h"
#include "skeleton.h"
#include "syntax.h"
#include "table.h"

#include <errno.h>

/* others change the ruleset as well; each time one of us gets ahead */
#define TRIES 1000

#define TABLE "table inet pubport"

/* the mappings that are in the way, whose keys are exactly the same */
static int find_replaced(struct addition *addition)
{
	struct pubport_mappings *replaced = &addition->replaced;
	const struct pubport_mappings *planned = &addition->plan->mappings;
	struct netlink *nft = &addition->context->nft;
	struct pubport_mapping *items;
	int code;

	replaced->count = 0;
	for (size_t i = 0; i < planned->count; i++) {
		items = array_grow(replaced->items, replaced->count,
				   sizeof(*items));
		if (!items)
			return -ENOMEM;
		replaced->items = items;
		code = table_find(nft, &planned->items[i].key,
				  &items[replaced->count]);
		if (code && code != -ENOENT)
			return code;
		replaced->count += !code;
	}
	return 0;
}

static void emit_network(const struct needs_network *network,
			 element_emit_fn emit, void *data)
{
	enum schema_set_id set = network->first.family == PUBPORT_IPV4
					 ? SET_HAIRPIN4
					 : SET_HAIRPIN6;
	struct element_fields fields = {
		.saddr = network->first,
		.daddr = network->first,
	};
	struct element element = { .timeout_ms = 0 };

	element_write_key(schema_set(set), &fields, element.key);
	fields.saddr = fields.daddr = network->last;
	element_write_key(schema_set(set), &fields, element.key_end);
	emit(data, set, &element, BATCH_NO_INDEX);
}

/* hands on the networks that the table doesn't know */
static int emit_networks(const struct addition *addition, element_emit_fn emit,
			 void *data)
{
	const struct needs *needs = &addition->plan->needs;
	struct needs_network network;
	bool known;
	int code;

	for (size_t i = 0; i < needs->network_count; i++) {
		network = needs->networks[i];
		code = table_knows_network(&addition->context->nft,
					   &network.target, &known);
		if (code)
			return code;
		if (known)
			continue;
		if (addition->narrow)
			network.first = network.last = network.target;
		emit_network(&network, emit, data);
	}
	return 0;
}

static int fill(struct addition *addition, const struct host_settings *ours,
		struct batch *batch)
{
	struct element_list ensure = { .batch = batch, .verb = ELEMENT_ENSURE };
	struct element_list delete = { .batch = batch, .verb = ELEMENT_DELETE };
	struct element_list add = { .batch = batch, .verb = ELEMENT_ADD };
	int code;

	code = emit_networks(addition, element_list_put, &ensure);
	if (!code && addition->replace)
		code = find_replaced(addition);
	if (code)
		return code;
	lifecycle_emit(ours, element_list_put, &ensure);
	mapping_emit_hosts(&addition->plan->mappings, element_list_put,
			   &ensure);
	element_list_end(&ensure);
	mapping_emit(&addition->replaced, element_list_put, &delete);
	element_list_end(&delete);
	mapping_emit(&addition->plan->mappings, element_list_put, &add);
	element_list_end(&add);
	return 0;
}

static int commit(struct addition *addition, const struct host_settings *ours)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	struct netlink *nft = &addition->context->nft;
	uint32_t generation = BATCH_ANY_GENERATION;
	bool exists;
	int code = 0;

	if (addition->replace)
		code = table_generation(nft, &generation);
	if (!code)
		code = table_exists(nft, &exists);
	if (code)
		return code;
	batch_init(&batch, generation);
	if (!exists)
		skeleton_lay(&batch);
	code = fill(addition, ours, &batch);
	return code ? code : batch_commit(&batch, nft, &addition->blamed);
}

/*
 * Finds a conflict before anything is changed.  The kernel would find it as
 * well, and more surely, but settings would be on by then.
 */
static int look_ahead(struct addition *addition)
{
	const struct pubport_mappings *planned = &addition->plan->mappings;
	struct netlink *nft = &addition->context->nft;
	bool refuses = false;
	int code;

	code = order_find_collision(planned, &addition->blamed);
	if (code != -ENOENT)
		return code ? code : -EEXIST;
	code = 0;
	for (size_t i = 0; !code && !addition->replace && i < planned->count;
	     i++) {
		code = table_refuses(nft, &planned->items[i].key, &refuses);
		addition->blamed = i;
		if (!code && refuses)
			code = -EEXIST;
	}
	return code;
}

/* one try; LIFECYCLE_AGAIN or -ERESTART: try again */
static int add_once(struct addition *addition)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	const struct needs *needs = &addition->plan->needs;
	struct pubport *context = addition->context;
	bool changes;
	int code;

	code = lifecycle_survey(context, needs, &ours, addition->error);
	if (code)
		return code;
	changes = lifecycle_changes(context, &ours);
	if (changes)
		code = look_ahead(addition);
	if (code == -EEXIST)
		return code;
	if (code)
		return error_kernel(addition->error, code, TABLE);
	if (changes)
		code = lifecycle_prepare(context, &ours, addition->error);
	if (code)
		return code;
	code = commit(addition, &ours);
	if (!code)
		return lifecycle_confirm(addition->context, &ours,
					 addition->error);
	if (code == -EEXIST && addition->blamed != BATCH_NO_INDEX)
		return code;
	if (code == -EEXIST || code == -ENOENT)
		return LIFECYCLE_AGAIN;
	return error_kernel(addition->error, code, TABLE);
}

/**
 * addition_commit() - add the mappings, all or nothing
 * @addition: what; @replaced, @blamed and @error are set
 *
 * Return: 0; -EEXIST with @blamed set when a key is there already or is planned
 * twice, for the caller to describe; or another negative errno, described.
 */
int addition_commit(struct addition *addition)
{
	int code = LIFECYCLE_AGAIN;

	for (int i = 0; i < TRIES; i++) {
		code = add_once(addition);
		if (code != LIFECYCLE_AGAIN && code != -ERESTART)
			return code;
		addition->narrow = i > 0;
	}
	error_set(addition->error, PUBPORT_FAILED, code,
		  "%s: it is not as pubport made it, or changes all the "
		  "time",
		  TABLE);
	error_hint(addition->error, "pubport flush");
	return code;
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
	bool exists = false, has_forward = false;
	struct pubport *context = addition->context;
	int code;

	(void)table_exists(&context->nft, &exists);
	(void)table_has_forward(&context->nft, &has_forward);
	code = lifecycle_survey(context, &addition->plan->needs, &ours,
				addition->error);
	if (code && code != -EPERM)
		return code;
	if (!exists)
		skeleton_print(out);
	if (!has_forward && lifecycle_forwards(&ours))
		skeleton_print_forward(out);
	code = emit_networks(addition, syntax_print_element, out);
	if (code && code != -EPERM)
		return error_kernel(addition->error, code, TABLE);
	lifecycle_emit(&ours, syntax_print_element, out);
	mapping_emit_hosts(&addition->plan->mappings, syntax_print_element,
			   out);
	mapping_emit(&addition->plan->mappings, syntax_print_element, out);
	return 0;
}
