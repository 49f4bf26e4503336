/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings that are to be there again, or to lead elsewhere, as they were.
 *
 * Each is added with all that was known of it, in one transaction that is bound
 * to the generation of the ruleset in which the table was read.  What somebody
 * published or removed meanwhile counts: the table is the truth, and only what
 * is not in its way is restored, only what is still there is moved.
 */
#include "restore.h"

#include "addition.h"
#include "catalog.h"
#include "conntrack.h"
#include "error.h"
#include "lifecycle.h"
#include "limit.h"
#include "mapping.h"
#include "plan_given.h"
#include "table.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/**
 * struct restoration - mappings that are to be as somebody wants
 * @context: where
 * @wanted: how they are to be
 * @known: settings of the host that are on because of us, or NULL
 * @plan: those that are added
 * @is_refused: for each of @wanted, whether something else has its place
 * @addition: how
 */
struct restoration {
	struct pubport *context;
	const struct pubport_mappings *wanted;
	const struct host_settings *known;
	struct plan plan;
	bool *is_refused;
	struct addition addition;
};

static void cleanup_restoration(struct restoration *restoration)
{
	cleanup_addition_done(&restoration->addition);
	plan_done(&restoration->plan);
	free(restoration->is_refused);
}

static int plan_mapping(struct restoration *restoration, size_t index,
			const struct pubport_mapping *mapping)
{
	struct pubport_mapping *planned =
		plan_append(&restoration->plan, index);

	if (!planned)
		return -ENOMEM;
	*planned = *mapping;
	planned->from = NULL;
	planned->from_count = 0;
	return mapping_set_networks(planned, mapping->from,
				    mapping->from_count);
}

static struct host_setting *find_setting(const struct host_settings *settings,
					 const struct host_setting *wanted)
{
	struct host_setting *setting = settings->items;

	while (setting->kind != wanted->kind ||
	       strcmp(setting->interface, wanted->interface) != 0)
		setting++;
	return setting;
}

/* what is on because of us is to be remembered again */
static int need_known(const struct host_settings *known, struct needs *needs)
{
	const struct host_setting *setting;
	int code;

	for (size_t i = 0; i < known->count; i++) {
		setting = &known->items[i];
		code = host_settings_add(&needs->settings, setting->kind,
					 setting->interface);
		if (code)
			return code;
		find_setting(&needs->settings, setting)->is_known = true;
	}
	return 0;
}

/* after the mappings; they were published before, so nothing is refused, and
 * what can't be had was said */
static int plan_needs(struct restoration *restoration)
{
	struct pubport_error *error = restoration->addition.error;
	struct pubport *context = restoration->context;
	pubport_notice_fn notice = context->notice;
	struct plan *plan = &restoration->plan;
	int code;

	context->notice = NULL;
	code = plan_given(context, true, plan, error);
	context->notice = notice;
	if (code || !restoration->known || !plan->mappings.count)
		return code;
	code = need_known(restoration->known, &plan->needs);
	return code ? error_memory(error) : 0;
}

/* what can't be read now is described, or is to be read again */
static int fail_look(const struct restoration *restoration, int code)
{
	if (code == -ENOMEM)
		return error_memory(restoration->addition.error);
	error_kernel(restoration->addition.error, code, TABLE_TEXT);
	return code == -EINTR ? -ERESTART : code;
}

static void begin_look(struct restoration *restoration)
{
	plan_done(&restoration->plan);
	restoration->plan.now = time(NULL);
	pubport_mappings_done(&restoration->addition.removed);
}

/* settings may be on for nothing; the first error counts */
static int fail_commit(const struct restoration *restoration, int code)
{
	if (code != -ESTALE)
		(void)lifecycle_retire(restoration->context, NULL);
	return code;
}

/* the mappings are there whatever becomes of older connections */
static void settle_connections(const struct restoration *restoration)
{
	struct pubport *context = restoration->context;
	int code = conntrack_move(context, &restoration->addition.removed);

	if (!code)
		code = conntrack_drop_stale(context,
					    &restoration->plan.mappings);
	if (code)
		context_notice(context,
			       "older UDP connections may go on as before: %s",
			       strerror(-code));
}

/* ------------------------------------------------------------- what is missing
 */

static int list_keys(struct restoration *restoration, struct catalog *there)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	int code = catalog_init(there);

	if (!code)
		code = table_list(&restoration->context->nft, &mappings);
	for (size_t i = 0; !code && i < mappings.count; i++)
		if (!catalog_add(there, &mappings.items[i].key))
			code = -ENOMEM;
	return code;
}

static bool is_over(const struct pubport_mapping *mapping, int64_t now)
{
	return mapping->expires && mapping->expires <= now;
}

static int plan_missing(struct restoration *restoration,
			const struct catalog *there)
{
	const struct pubport_mappings *wanted = restoration->wanted;
	const struct pubport_mapping *mapping = wanted->items;
	int code = 0;

	for (size_t i = 0; !code && i < wanted->count; i++, mapping++)
		if (!restoration->is_refused[i] &&
		    !is_over(mapping, restoration->plan.now) &&
		    !catalog_find(there, &mapping->key))
			code = plan_mapping(restoration, i, mapping);
	return code;
}

/* an addition_look_fn */
static int look_for_missing(struct addition *addition)
{
	struct catalog there CLEANUP(catalog_done) = { .buckets = NULL };
	struct restoration *restoration = addition->data;
	int code;

	begin_look(restoration);
	code = list_keys(restoration, &there);
	if (!code)
		code = plan_missing(restoration, &there);
	if (!code)
		code = table_find_overlap(&addition->context->nft,
					  &restoration->plan.mappings, false,
					  &addition->blamed);
	if (code == -EEXIST)
		return code;
	return code ? fail_look(restoration, code) : plan_needs(restoration);
}

/* a range that overlaps another, or a table that was edited by hand */
static void refuse_blamed(struct restoration *restoration)
{
	size_t blamed = restoration->addition.blamed;
	const struct pubport_mapping *mapping =
		&restoration->plan.mappings.items[blamed];
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	restoration->is_refused[restoration->plan.specs[blamed]] = true;
	context_notice(restoration->context,
		       "%s: not restored: it overlaps what is published",
		       pubport_mapping_format(mapping, text, sizeof(text)));
}

/**
 * restore_missing() - publish again what is not published any more
 * @context: where; told what can't be had
 * @wanted: what should be there, each with a key of its own; those that would
 *	have ended by now aren't wanted
 * @known: settings of the host that are on because of pubport, though the table
 *	that remembered them may be lost
 * @ret_count: how many were missing
 * @error: why it failed, or NULL
 *
 * Where the table has a mapping of the same key, it stays as it is.
 *
 * Return: 0; -ESTALE for a table that somebody changed by hand; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
int restore_missing(struct pubport *context,
		    const struct pubport_mappings *wanted,
		    const struct host_settings *known, size_t *ret_count,
		    struct pubport_error *error)
{
	struct restoration restoration CLEANUP(restoration) = {
		.context = context,
		.wanted = wanted,
		.known = known,
		.is_refused = calloc(wanted->count + 1, sizeof(bool)),
		.addition = {
			.context = context,
			.plan = &restoration.plan,
			.look = look_for_missing,
			.data = &restoration,
			.error = error,
		},
	};
	int code;

	if (!restoration.is_refused)
		return error_memory(error);
	while ((code = addition_commit(&restoration.addition)) == -EEXIST)
		refuse_blamed(&restoration);
	if (code)
		return fail_commit(&restoration, code);
	settle_connections(&restoration);
	*ret_count = restoration.plan.mappings.count;
	return 0;
}

/* ------------------------------------------------------------- what has moved
 */

static bool leads_there(const struct pubport_mapping *there,
			const struct pubport_mapping *wanted)
{
	return !pubport_addr_compare(&there->target_addr, &wanted->target_addr);
}

/* takes @there over */
static int plan_move(struct restoration *restoration, size_t index,
		     const struct pubport_mapping *there)
{
	struct pubport_mappings *removed = &restoration->addition.removed;
	const struct pubport_mapping *wanted =
		&restoration->wanted->items[index];
	struct pubport_mapping moved = *there;

	removed->items[removed->count++] = *there;
	moved.target_addr = wanted->target_addr;
	return plan_mapping(restoration, index, &moved);
}

/* plans the move of a mapping that is still there, to the same target */
static int look_at(struct restoration *restoration, size_t index)
{
	const struct pubport_mapping *wanted =
		&restoration->wanted->items[index];
	struct netlink *nft = &restoration->context->nft;
	struct pubport_mapping there;
	int code = table_find(nft, &wanted->key, &there);

	if (code)
		return code == -ENOENT ? 0 : code;
	code = limit_read(nft, &there);
	if (!code && !strcmp(there.target, wanted->target) &&
	    !leads_there(&there, wanted))
		return plan_move(restoration, index, &there);
	free(there.from);
	return code;
}

/* an addition_look_fn */
static int look_for_moved(struct addition *addition)
{
	struct restoration *restoration = addition->data;
	size_t count = restoration->wanted->count;
	int code = 0;

	begin_look(restoration);
	addition->removed.items =
		calloc(count + 1, sizeof(*addition->removed.items));
	if (!addition->removed.items)
		code = -ENOMEM;
	for (size_t i = 0; !code && i < count; i++)
		code = look_at(restoration, i);
	return code ? fail_look(restoration, code) : plan_needs(restoration);
}

/**
 * restore_moved() - have mappings follow their targets
 * @context: where; told what can't be had
 * @wanted: mappings that should lead to the addresses that they have here; what
 *	else they are is as it is in the table
 * @ret_moved: those that were moved; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * What is not there any more, or leads to another target by now, is let alone.
 *
 * Return: as restore_missing().
 */
int restore_moved(struct pubport *context,
		  const struct pubport_mappings *wanted,
		  struct pubport_mappings *ret_moved,
		  struct pubport_error *error)
{
	struct restoration restoration CLEANUP(restoration) = {
		.context = context,
		.wanted = wanted,
		.addition = {
			.context = context,
			.plan = &restoration.plan,
			.look = look_for_moved,
			.data = &restoration,
			.error = error,
		},
	};
	int code = addition_commit(&restoration.addition);

	if (code == -EEXIST)
		code = error_set(error, PUBPORT_FAILED, -ESTALE,
				 "%s: it is not as pubport makes it",
				 TABLE_TEXT);
	if (code)
		return fail_commit(&restoration, code);
	settle_connections(&restoration);
	*ret_moved = restoration.plan.mappings;
	memset(&restoration.plan.mappings, 0,
	       sizeof(restoration.plan.mappings));
	return 0;
}
