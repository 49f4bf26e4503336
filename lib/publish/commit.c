/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a change: the one transaction of add, rm, apply and of what keep
 * restores.
 *
 * A change that only adds never looks at the whole table.  The kernel refuses a
 * key that is there (-EEXIST), also one that overlaps a range, and tells which
 * one of the batch it was.  A table that isn't there is added in the same
 * transaction; when it comes or goes in between, we look and try again.  What
 * somebody took out of it is added again before, see table/verify.c.
 *
 * The kernel deletes by the key alone, and a key in a range would take the
 * whole range.  So what is removed was read before, and the transaction is
 * bound to the generation of the ruleset in which it was read.  Where others
 * change the ruleset meanwhile, we read again.  Where many only remove at once,
 * each makes the others read again: after some tries they do it one after
 * another, under the lock.
 *
 * Translation needs a nat chain to be there, also for connections that are
 * open, and answers need the settings.  So when the last mappings are to drain
 * and have connections, an empty table stays, until a later rm or flush.
 */
#include "publish/commit.h"

#include "host/lock.h"
#include "mapping/mapping.h"
#include "publish/flows.h"
#include "publish/reserve.h"
#include "table/lifecycle.h"
#include "table/list.h"
#include "table/lookup.h"
#include "table/settings.h"
#include "table/verify.h"
#include "util/error.h"

#include <errno.h>

/* the table comes or goes more seldom: by then it is not as we make it */
#define AGAIN_TRIES 16
/* from then on, those who only remove take turns */
#define TRIES_AT_ONCE 4

static bool adds(const struct change *change)
{
	return change->plan.mappings.count;
}

/* also where all is published just so: somebody may have turned them off */
static bool needs_settings(const struct change *change)
{
	return adds(change) || change->plan.needs.settings.count;
}

/* ---------------------------------------------------------- looking before */

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
	const struct pubport_mappings *planned = &change->plan.mappings;

	return change->look || change->replace || has_range(planned) ||
	       (planned->count &&
		planned->items[0].flags & PUBPORT_MAPPING_SHIELD);
}

static int find_refused(struct change *change)
{
	const struct pubport_mappings *planned = &change->plan.mappings;
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
 * commit_look_ahead() - find a conflict before anything is changed
 * @change: what; @blamed is set to the mapping that is in conflict
 *
 * The kernel finds the same key as well, and more surely, but settings would be
 * on by then; and of two ranges, one of which encloses the other, it takes
 * both.
 *
 * Return: 0, -EEXIST, -EPERM, -ENOMEM, or another negative errno.
 */
int commit_look_ahead(struct change *change)
{
	const struct pubport_mappings *planned = &change->plan.mappings;
	struct netlink *nft = &change->context->nft;
	int code = mappings_find_collision(planned, &change->blamed);
	bool has_table;

	if (code != -ENOENT)
		return code ? code : -EEXIST;
	code = table_exists(nft, &has_table);
	if (code || !has_table)
		return code;
	if (has_range(planned))
		code = table_find_overlap(nft, planned, change->replace,
					  &change->blamed);
	if (!code && !change->replace)
		code = find_refused(change);
	return code;
}

/* finds a conflict, as far as it can be seen, before anything is changed */
static int find_conflict(struct change *change)
{
	int code = change->look ? 0 : commit_look_ahead(change);

	return code && code != -EEXIST
		       ? table_error(&change->context->nft, code, change->error)
		       : code;
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
		return table_error(&change->context->nft, code, change->error);
	return change->look ? change->look(change) : 0;
}

/* what somebody took out of the table is added again.  Before settings are
 * turned on, or where it is seen at a glance, the whole table is verified */
static int make_whole(struct change *change, bool turns_on, bool *ret_has_table)
{
	struct netlink *nft = &change->context->nft;
	bool is_whole, repaired = false;
	int code = verify_quickly(nft, ret_has_table, &is_whole);

	if (code)
		return table_error(&change->context->nft, code, change->error);
	if (!*ret_has_table || (is_whole && !turns_on))
		return 0;
	code = find_conflict(change);
	if (!code)
		code = repair_table(nft, &repaired, change->error);
	return !code && repaired ? TABLE_AGAIN : code;
}

/* turns on what is needed, unless there is a conflict */
static int prepare(struct change *change, bool *ret_has_table)
{
	struct pubport *context = change->context;
	bool turns_on;
	int code;

	*ret_has_table = true;
	host_settings_done(&change->ours);
	if (!needs_settings(change))
		return 0;
	code = settings_survey(context, &change->plan.needs, &change->ours,
			       change->error);
	if (code)
		return code;
	turns_on = settings_any_off(&change->ours);
	if (depends_on_table(change) || turns_on)
		code = find_conflict(change);
	if (!code)
		code = make_whole(change, turns_on, ret_has_table);
	if (code || !turns_on)
		return code;
	*ret_has_table = true;
	return settings_turn_on(context, &change->ours, change->error);
}

static void tell_stray(const struct pubport *context,
		       const struct pubport_addr *target)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];

	pubport_addr_format(target, text, sizeof(text));
	context_notice(context,
		       "rules of this host keep it from %s by an address of "
		       "its own: adding \"ip rule to %s lookup main\", until "
		       "the last port goes",
		       text, text);
}

/**
 * commit_lay_rules() - lay the routing rules that a plan needs
 * @context: whose host
 * @plan: what is published
 *
 * Return: 0, also where it needs none; -EPERM; or another negative errno from
 * the kernel.
 */
int commit_lay_rules(struct pubport *context, const struct plan *plan)
{
	const struct needs *needs = &plan->needs;
	int lock CLEANUP(close) = -1;
	int code = 0;

	if (!plan->is_symmetric && !needs->stray_count)
		return 0;
	lock = lock_take();
	(void)lock;
	if (plan->is_symmetric)
		code = uplinks_lay(&context->route, &plan->uplinks);
	for (size_t i = 0; !code && i < needs->stray_count; i++)
		code = uplinks_lead_to(&context->route, &needs->strays[i]);
	return code;
}

/* before, so that there is no mapping without; and after, since whoever removed
 * the last mapping meanwhile took them */
static int lay_rules(const struct change *change, bool again)
{
	const struct needs *needs = &change->plan.needs;
	int code = commit_lay_rules(change->context, &change->plan);

	for (size_t i = 0; !code && !again && i < needs->stray_count; i++)
		tell_stray(change->context, &needs->strays[i]);
	return code ? error_kernel(change->error, code, "ip rule") : 0;
}

/* --------------------------------------------------------- the transaction */

static int fill_and_commit(struct change *change, bool has_table)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct netlink *nft = &change->context->nft;
	int code;

	transaction_init(&tx, change->generation);
	code = change_fill(change, has_table, &tx);
	if (!code)
		code = transaction_commit(&tx, nft, &change->blamed);
	if (code == TRANSACTION_UNKNOWN)
		code = table_find_outcome(nft, change->generation,
					  &change->plan.mappings,
					  &change->removed);
	return code;
}

/* whether others added, took or deleted something of the table meanwhile */
static bool is_overtaken(const struct change *change, int code)
{
	switch (-code) {
	case ENOENT:
		return true;
	case EOPNOTSUPP:
		return !change->is_plain;
	case EEXIST:
		return change->blamed == TRANSACTION_NO_INDEX;
	/* a part of a mapping that was to be deleted is not there */
	case EINVAL:
		return change->removed.count && !change->again;
	default:
		return false;
	}
}

static int refuse(struct change *change)
{
	error_set(change->error, PUBPORT_FAILED, -ESTALE,
		  TABLE_TEXT ": it is not as pubport makes it");
	error_hint(change->error, "pubport flush");
	return -ESTALE;
}

/* one try; TABLE_AGAIN, -ERESTART or -EINTR: try again */
static int commit_once(struct change *change)
{
	bool has_table;
	int code = look_first(change);

	if (code || (!needs_settings(change) && !change->removed.count))
		return code;
	code = prepare(change, &has_table);
	if (!code)
		code = lay_rules(change, false);
	if (code || (!adds(change) && !change->removed.count))
		return code;
	flows_keep_own(change->context, &change->plan.mappings);
	code = fill_and_commit(change, has_table);
	if (!code) {
		(void)lay_rules(change, true);
		settings_confirm(change->context, &change->ours);
	}
	if (is_overtaken(change, code)) {
		/* the kernel says so as well where it lacks some part */
		change->is_plain = code == -ENOENT || code == -EOPNOTSUPP;
		return TABLE_AGAIN;
	}
	if (!code || code == -EEXIST || code == -ERESTART || code == -EINTR)
		return code;
	code = verify_explain(&change->context->nft, code, change->error);
	return code == -EINVAL ? refuse(change) : code;
}

/* if it was not others who changed the table, it is not as we make it, or the
 * kernel can't make it so; described, then */
static int look_closer(struct change *change)
{
	struct netlink *nft = &change->context->nft;
	bool repaired;
	int code = 0;

	if (!change->again++ || !adds(change))
		return 0;
	if (change->again == 2 && table_lacks_module(nft, change->error))
		return -EOPNOTSUPP;
	code = repair_table(nft, &repaired, change->error);
	return code == -ESTALE || code == -EOPNOTSUPP ? code : 0;
}

/**
 * commit_change() - remove and add mappings, all or nothing
 * @change: what; @removed, @blamed and @error are set
 *
 * Return: 0; -EEXIST with @blamed set when a key is there already or is planned
 * twice, for the caller to describe; or, described, -ESTALE for a table that
 * somebody changed by hand, or another negative errno.
 */
int commit_change(struct change *change)
{
	/* held until the end of the function */
	int lock CLEANUP(close) = -1;
	int code = TABLE_AGAIN, closer = 0;

	for (int i = 0; i < TABLE_TRIES && change->again < AGAIN_TRIES; i++) {
		if (i == TRIES_AT_ONCE && change->only_removes)
			lock = lock_take();
		code = commit_once(change);
		if (code == TABLE_AGAIN)
			closer = look_closer(change);
		if (closer)
			return closer;
		if (code != TABLE_AGAIN && code != -ERESTART && code != -EINTR)
			return code;
	}
	(void)lock;
	if (code == TABLE_AGAIN)
		return refuse(change);
	return error_set(change->error, PUBPORT_FAILED, -ESTALE,
			 TABLE_TEXT
			 ": somebody changes the ruleset all the time");
}

/* ------------------------------------------------------------------- after */

/* once they are unpublished, nobody can open another */
static bool must_drain(const struct change *change)
{
	bool has = false;

	return change->drains &&
	       (flows_have_live(change->context, &change->removed, &has) ||
		has);
}

/**
 * commit_finish() - see to what depends on the transaction
 * @change: that was committed, or failed
 * @code: what came of that
 *
 * Connections go the new ways.  After the last mapping the settings of the host
 * are undone and the table is deleted; so they are where the transaction
 * failed, since settings may be on for nothing, but then the first error
 * counts.
 *
 * Return: @code, or a negative errno, described, where there was nothing to
 * change, and the table could not be deleted.
 */
int commit_finish(struct change *change, int code)
{
	const struct settlement settlement = change_settlement(change);
	struct pubport *context = change->context;

	if (code == -ESTALE)
		return code;
	if (code) {
		(void)lifecycle_retire(context, NULL);
		return code;
	}
	reserve_ports(context, &change->plan.mappings);
	/* as long as it is noted what went */
	release_ports(context, &change->removed);
	settlement_make(context, &settlement);
	if (!change->is_last)
		return 0;
	if (!change->removed.count)
		return lifecycle_retire(context, change->error);
	if (must_drain(change))
		context_notice(context,
			       "connections are open: an empty table stays "
			       "until the next pubport rm or flush");
	else
		lifecycle_settle(context);
	return 0;
}
