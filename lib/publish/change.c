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
#include "publish/change.h"

#include "mapping/mapping.h"
#include "nft/objects.h"
#include "publish/change_elements.h"
#include "table/counter.h"
#include "table/glance.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "table/outcome.h"
#include "table/repair.h"
#include "table/settings.h"
#include "table/verify.h"
#include "util/error.h"

#include <errno.h>

/* the table comes or goes more seldom: by then it is not as we lay it */
#define AGAIN_TRIES 16

#define WRONG_TABLE "it is not as pubport makes it"

static int commit(struct change *change, const struct host_settings *ours,
		  bool laid)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct netlink *nft = &change->context->nft;
	bool forwards = settings_forward(ours), has_forward = true;
	struct optional optional;
	int code = 0;

	change->counts = false;
	if (laid)
		code = counters_exist(nft, &change->counts);
	/* laid with the settings, unless these are on from before */
	if (!code && forwards)
		code = table_has(nft, &ruleset_forward, &has_forward);
	if (!code)
		code = change_demand(change, laid, &optional);
	if (code)
		return code;
	transaction_init(&tx, change->generation);
	if (!laid)
		transaction_add_table(&tx);
	if (!has_forward)
		transaction_add_ruleset(&tx, &ruleset_forward);
	optional_add(&optional, &tx);
	code = change_fill(change, ours, &tx);
	if (!code)
		code = transaction_commit(&tx, nft, &change->blamed);
	if (code == TRANSACTION_UNKNOWN)
		code = outcome_find(nft, change->generation,
				    &change->plan->mappings, &change->removed);
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
static bool depends_on_table(const struct change *change)
{
	const struct pubport_mappings *planned = &change->plan->mappings;

	return change->look || change->replace || has_range(planned) ||
	       (planned->count &&
		planned->items[0].flags & PUBPORT_MAPPING_SHIELD);
}

static int find_refused(struct change *change)
{
	const struct pubport_mappings *planned = &change->plan->mappings;
	bool refuses = false;
	int code = 0;

	for (size_t i = 0; !code && i < planned->count; i++) {
		change->blamed = i;
		code = table_refuses(&change->context->nft,
				     &planned->items[i].key, &refuses);
		if (!code && refuses)
			code = -EEXIST;
	}
	return code;
}

/**
 * change_look_ahead() - find a conflict before anything is changed
 * @change: what; @blamed is set to the mapping that is in conflict
 *
 * The kernel finds the same key as well, and more surely, but settings would be
 * on by then; and of two ranges, one of which encloses the other, it takes
 * both.
 *
 * Return: 0, -EEXIST, -EPERM, -ENOMEM, or another negative errno.
 */
int change_look_ahead(struct change *change)
{
	const struct pubport_mappings *planned = &change->plan->mappings;
	struct netlink *nft = &change->context->nft;
	int code = mappings_find_collision(planned, &change->blamed);
	bool laid;

	if (code != -ENOENT)
		return code ? code : -EEXIST;
	code = table_exists(nft, &laid);
	if (code || !laid)
		return code;
	if (has_range(planned))
		code = table_find_overlap(nft, planned, change->replace,
					  &change->blamed);
	if (!code && !change->replace)
		code = find_refused(change);
	return code;
}

/* what is read from now on must still be so when the transaction is made */
static int look_first(struct change *change)
{
	int code = 0;

	change->generation = TRANSACTION_ANY_GENERATION;
	if (depends_on_table(change))
		code = table_generation(&change->context->nft,
					&change->generation);
	if (code)
		return error_kernel(change->error, code, TABLE_TEXT);
	return change->look ? change->look(change) : 0;
}

static bool is_empty(const struct change *change)
{
	return !change->plan->mappings.count && !change->removed.count;
}

static int refuse(struct change *change, const char *why)
{
	error_set(change->error, PUBPORT_FAILED, -ESTALE, "%s: %s", TABLE_TEXT,
		  why);
	error_hint(change->error, "pubport flush");
	return -ESTALE;
}

/* finds a conflict, as far as it can be seen, before anything is changed */
static int look_for_conflict(struct change *change)
{
	int code = change->look ? 0 : change_look_ahead(change);

	return code && code != -EEXIST
		       ? error_kernel(change->error, code, TABLE_TEXT)
		       : code;
}

/* what somebody took out of the table is laid again.  Before settings are
 * turned on, or where it is seen at a glance, the whole table is inspected */
static int make_whole(struct change *change, bool changes, bool *ret_laid)
{
	struct netlink *nft = &change->context->nft;
	bool whole, mended = false;
	int code = verify_quickly(nft, ret_laid, &whole);

	if (code)
		return error_kernel(change->error, code, TABLE_TEXT);
	whole &= !changes;
	if (!*ret_laid || whole)
		return 0;
	code = look_for_conflict(change);
	if (!code)
		code = repair_table(nft, &mended, change->error);
	return !code && mended ? TABLE_AGAIN : code;
}

/* turns on what is needed, unless there is a conflict */
static int prepare(struct change *change, struct host_settings *ours,
		   bool *ret_laid)
{
	struct pubport *context = change->context;
	bool changes;
	int code;

	code = settings_survey(context, &change->plan->needs, ours,
			       change->error);
	if (code)
		return code;
	changes = settings_any_off(ours);
	if (depends_on_table(change) || changes)
		code = look_for_conflict(change);
	if (!code)
		code = make_whole(change, changes, ret_laid);
	if (code || !changes)
		return code;
	*ret_laid = true;
	return settings_turn_on(context, ours, change->error);
}

/* one try; TABLE_AGAIN or -ERESTART: try again */
static int add_once(struct change *change)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	struct netlink *nft = &change->context->nft;
	int code = look_first(change);
	bool laid;

	if (code || is_empty(change))
		return code;
	code = prepare(change, &ours, &laid);
	if (code)
		return code;
	code = commit(change, &ours, laid);
	if (!code)
		settings_confirm(change->context, &ours);
	if (code == -ENOENT ||
	    (code == -EEXIST && change->blamed == TRANSACTION_NO_INDEX))
		return TABLE_AGAIN;
	if (!code || code == -EEXIST || code == -ERESTART)
		return code;
	code = verify_explain(nft, code, change->error);
	return code == -EINVAL ? refuse(change, WRONG_TABLE) : code;
}

/* others laid or deleted the table meanwhile; if they didn't, it is not as we
 * lay it */
static int look_closer(struct change *change)
{
	bool mended;
	int code = 0;

	if (change->again++)
		code = repair_table(&change->context->nft, &mended,
				    change->error);
	return code == -ESTALE ? code : 0;
}

/**
 * change_commit() - add the mappings, all or nothing
 * @change: what; @removed, @blamed and @error are set
 *
 * Return: 0; -EEXIST with @blamed set when a key is there already or is planned
 * twice, for the caller to describe; or, described, -ESTALE for a table that
 * somebody changed by hand, or another negative errno.
 */
int change_commit(struct change *change)
{
	int code = TABLE_AGAIN;

	for (int i = 0; i < TABLE_TRIES && change->again < AGAIN_TRIES; i++) {
		code = add_once(change);
		if (code == TABLE_AGAIN && look_closer(change))
			return -ESTALE;
		if (code != TABLE_AGAIN && code != -ERESTART && code != -EINTR)
			return code;
	}
	return refuse(change,
		      code == TABLE_AGAIN
			      ? WRONG_TABLE
			      : "somebody changes the ruleset all the time");
}

/**
 * change_settle() - have connections go the new ways, after the transaction
 * @change: that was committed
 */
void change_settle(const struct change *change)
{
	const struct settlement settlement = change_settlement(change);

	settlement_make(change->context, &settlement);
}
