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
#include "nft/create.h"
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
		code = addition_demand(addition, laid, &demand);
	if (code)
		return code;
	batch_init(&batch, addition->generation);
	if (!laid)
		skeleton_lay(&batch);
	if (!has_forward)
		skeleton_lay_ruleset(&batch, &ruleset_forward);
	demand_lay(&demand, &batch);
	code = addition_fill(addition, ours, &batch);
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
 * addition_settle() - have connections go the new ways, after the transaction
 * @addition: that was committed
 */
void addition_settle(const struct addition *addition)
{
	const struct settlement settlement = addition_settlement(addition);

	settlement_make(addition->context, &settlement);
}
