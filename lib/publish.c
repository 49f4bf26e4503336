/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Publishes: from a request to a transaction.
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
#include "array.h"
#include "error.h"
#include "lifecycle.h"
#include "plan.h"
#include "skeleton.h"
#include "syntax.h"
#include "table.h"

#include <errno.h>
#include <string.h>

/* others change the ruleset as well; each time one of us gets ahead */
#define TRIES 1000

#define TABLE "table inet pubport"

/**
 * struct addition - a transaction that adds mappings
 * @context: where
 * @plan: what
 * @replace: whether keys that exist are taken over
 * @narrow: whether networks are cut down to the target alone, since they
 *	overlap others
 * @error: why it fails, or NULL
 * @blamed: index of the mapping that the kernel refused, or BATCH_NO_INDEX
 */
struct addition {
	struct pubport *context;
	const struct plan *plan;
	bool replace;
	bool narrow;
	struct pubport_error *error;
	size_t blamed;
};

static void cleanup_mappings(struct pubport_mappings *mappings)
{
	pubport_mappings_done(mappings);
}

/* the mappings that are in the way, whose keys are exactly the same */
static int find_replaced(const struct addition *addition,
			 struct pubport_mappings *replaced)
{
	const struct pubport_mappings *planned = &addition->plan->mappings;
	struct netlink *nft = &addition->context->nft;
	struct pubport_mapping *items;
	int code;

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
	struct pubport_mappings replaced CLEANUP(mappings) = { 0 };
	struct element_list ensure = { .batch = batch, .verb = ELEMENT_ENSURE };
	struct element_list delete = { .batch = batch, .verb = ELEMENT_DELETE };
	struct element_list add = { .batch = batch, .verb = ELEMENT_ADD };
	int code;

	code = emit_networks(addition, element_list_put, &ensure);
	if (!code && addition->replace)
		code = find_replaced(addition, &replaced);
	if (code)
		return code;
	lifecycle_emit(ours, element_list_put, &ensure);
	mapping_emit_hosts(&addition->plan->mappings, element_list_put,
			   &ensure);
	element_list_end(&ensure);
	mapping_emit(&replaced, element_list_put, &delete);
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

/* one try; LIFECYCLE_AGAIN or -ERESTART: try again */
static int add_once(struct addition *addition)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	int code;

	code = lifecycle_prepare(addition->context, &addition->plan->needs,
				 &ours, addition->error);
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

static int add_planned(struct addition *addition)
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

/* ---------------------------------------------------------------- conflicts */

static bool keys_collide(const struct pubport_key *a,
			 const struct pubport_key *b)
{
	return mapping_set(a) == mapping_set(b) && a->protocol == b->protocol &&
	       !pubport_addr_compare(&a->host, &b->host) &&
	       a->ports.first <= b->ports.last &&
	       b->ports.first <= a->ports.last;
}

static bool is_asked_twice(const struct pubport_mappings *mappings,
			   size_t index)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (i != index && keys_collide(&mappings->items[i].key,
					       &mappings->items[index].key))
			return true;
	return false;
}

static int twice_error(const struct pubport_add_request *request,
		       const struct plan *plan, size_t index,
		       struct pubport_error *error)
{
	char text[PUBPORT_KEY_TEXT_SIZE];

	pubport_key_format(&plan->mappings.items[index].key, text,
			   sizeof(text));
	error_set(error, PUBPORT_CONFLICT, -EEXIST,
		  "\"%s\": %s is asked for twice",
		  request->specs[plan->specs[index]].text, text);
	error_index(error, plan->specs[index]);
	return -EEXIST;
}

static int conflict_error(const struct addition *addition,
			  const struct pubport_add_request *request)
{
	const struct plan *plan = addition->plan;
	const struct pubport_mapping *mapping =
		&plan->mappings.items[addition->blamed];
	size_t spec = plan->specs[addition->blamed];
	struct pubport_error *error = addition->error;
	char key[PUBPORT_KEY_TEXT_SIZE];
	struct pubport_mapping there;
	bool same;

	if (is_asked_twice(&plan->mappings, addition->blamed))
		return twice_error(request, plan, addition->blamed, error);
	pubport_key_format(&mapping->key, key, sizeof(key));
	same = !table_find(&addition->context->nft, &mapping->key, &there);
	if (same)
		error_set(error, PUBPORT_CONFLICT, -EEXIST,
			  "\"%s\": %s is published already, to %s",
			  request->specs[spec].text, key, there.target);
	else
		error_set(error, PUBPORT_CONFLICT, -EEXIST,
			  "\"%s\": %s overlaps a range that is published "
			  "already",
			  request->specs[spec].text, key);
	error_hint(error, same ? "pubport rm %s" : "pubport ls", key);
	error_index(error, spec);
	return -EEXIST;
}

/* --------------------------------------------------------------- the doors */

static int name_spec(const struct pubport_add_request *request, int code,
		     struct pubport_error *error)
{
	char what[128];

	if (code != -EPERM)
		return code;
	snprintf(what, sizeof(what), "\"%.100s\"", request->specs[0].text);
	return error_kernel(error, code, what);
}

/* plans and adds; -EEXIST with *ret_chosen: choose other ports */
static int plan_and_add(struct pubport *context,
			const struct pubport_add_request *request,
			struct plan *plan, struct pubport_error *error)
{
	struct addition addition = {
		.context = context,
		.plan = plan,
		.replace = request->flags & PUBPORT_ADD_REPLACE,
		.error = error,
	};
	int code;

	code = plan_make(context, request, plan, error);
	if (code)
		return code;
	code = add_planned(&addition);
	if (code == -EEXIST)
		code = conflict_error(&addition, request);
	/* settings may be on for nothing now; the first error counts */
	if (code)
		(void)lifecycle_retire(context, NULL);
	return name_spec(request, code, error);
}

/**
 * pubport_add() - publish, all or nothing
 * @context: where
 * @request: what
 * @ret_added: what was published, in the order of the specs; free with
 *	pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Return: 0; -EINVAL for what is wrong in the request; -ENOENT for a target
 * that isn't there; -EEXIST for a key that is published already or asked for
 * twice; -EADDRINUSE when no host port is free; -EPERM without CAP_NET_ADMIN;
 * -EMSGSIZE for more at once than a user namespace may send; -ENOMEM; or
 * another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_add(struct pubport *context,
			       const struct pubport_add_request *request,
			       struct pubport_mappings *ret_added,
			       struct pubport_error *error)
{
	bool chose = true;
	int code = -EEXIST;

	for (int i = 0; i < TRIES && code == -EEXIST && chose; i++) {
		struct plan plan CLEANUP(plan_done) = { .chose = false };

		code = plan_and_add(context, request, &plan, error);
		chose = plan.chose;
		if (code)
			continue;
		*ret_added = plan.mappings;
		memset(&plan.mappings, 0, sizeof(plan.mappings));
	}
	return code;
}

/* what can't be seen for lack of rights counts as not there */
static int print_plan(struct addition *addition, FILE *out)
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

static int plan_to_nft(struct addition *addition, char **ret_text)
{
	char *text CLEANUP(free) = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int code;

	if (!out)
		return error_memory(addition->error);
	code = print_plan(addition, out);
	if (fclose(out) && !code)
		code = error_memory(addition->error);
	if (!code)
		*ret_text = TAKE_PTR(text);
	return code;
}

/**
 * pubport_plan() - find out what pubport_add() would do
 * @context: where
 * @request: what
 * @ret_planned: what would be published; free with pubport_mappings_done()
 * @ret_nft: the transaction as nft syntax, for "nft -f"; free with free(); or
 *	NULL
 * @error: why it would fail, or NULL
 *
 * It needs no rights, unless to look into the namespace of a target, and
 * doesn't tell whether a key is published already.
 *
 * Return: 0, or as pubport_add().
 */
PUBPORT_EXPORT int pubport_plan(struct pubport *context,
				const struct pubport_add_request *request,
				struct pubport_mappings *ret_planned,
				char **ret_nft, struct pubport_error *error)
{
	struct plan plan CLEANUP(plan_done) = { .chose = false };
	struct addition addition = {
		.context = context,
		.plan = &plan,
		.error = error,
	};
	int code;

	code = plan_make(context, request, &plan, error);
	for (size_t i = 0; !code && i < plan.mappings.count; i++)
		if (is_asked_twice(&plan.mappings, i))
			code = twice_error(request, &plan, i, error);
	if (!code && ret_nft)
		code = plan_to_nft(&addition, ret_nft);
	if (code)
		return code;
	*ret_planned = plan.mappings;
	memset(&plan.mappings, 0, sizeof(plan.mappings));
	return 0;
}

/**
 * pubport_list() - list what is published
 * @context: where
 * @ret_mappings: in no order; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, -ENOMEM, or another negative errno
 * from the kernel.
 */
PUBPORT_EXPORT int pubport_list(struct pubport *context,
				struct pubport_mappings *ret_mappings,
				struct pubport_error *error)
{
	int code = table_list(&context->nft, ret_mappings);

	return code ? error_kernel(error, code, TABLE) : 0;
}

/**
 * pubport_mappings_done() - free mappings
 * @mappings: filled in by this library, or all zero
 */
PUBPORT_EXPORT void pubport_mappings_done(struct pubport_mappings *mappings)
{
	free(mappings->items);
	memset(mappings, 0, sizeof(*mappings));
}
