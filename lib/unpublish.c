/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpublishes: from a request to a transaction.
 *
 * What is removed was read before, and the transaction is bound to the
 * generation of the ruleset in which it was read: the kernel deletes by key
 * alone, and a key in a range would take the whole range.  Where others change
 * the ruleset meanwhile, we read again.
 *
 * Translation needs a nat chain to be there, also for connections that are
 * open, and answers need the settings.  So when the last mappings are to drain
 * and have connections, an empty table stays, until a later rm or flush.
 */
#include "conntrack.h"
#include "counters.h"
#include "emit.h"
#include "error.h"
#include "inspect.h"
#include "lifecycle.h"
#include "lock.h"
#include "outcome.h"
#include "reap.h"
#include "remains.h"
#include "select.h"
#include "shield.h"
#include "skeleton.h"
#include "table.h"

#include <errno.h>
#include <string.h>

#define TRIES_AT_ONCE 4

/**
 * struct removal - a transaction that removes mappings
 * @context: where
 * @request: what was asked for
 * @generation: of the ruleset in which the mappings were read
 * @mappings: what is removed
 * @last: whether nothing is left then
 * @drains: whether connections are to go on that need the table
 * @careful: whether somebody took a part of what a mapping is made of
 * @error: why it fails, or NULL
 */
struct removal {
	struct pubport *context;
	const struct pubport_remove_request *request;
	uint32_t generation;
	struct pubport_mappings mappings;
	bool last;
	bool drains;
	bool careful;
	struct pubport_error *error;
};

static void cleanup_removal(struct removal *removal)
{
	pubport_mappings_done(&removal->mappings);
}

static int fill(const struct removal *removal, struct batch *batch)
{
	struct shield_change shields CLEANUP(shield_change_done) = { 0 };
	struct element_list delete = { .batch = batch, .verb = ELEMENT_DELETE };
	struct element_list add = { .batch = batch, .verb = ELEMENT_ADD };
	const struct pubport_mappings none = { .count = 0 };
	const struct mapping_change change = { .removed = &removal->mappings,
					       .added = &none };
	bool counts = false;
	int code = counters_are_laid(&removal->context->nft, &counts);

	if (code)
		return code;
	if (removal->careful)
		delete.there = &removal->context->nft;
	code = shield_find(&removal->context->nft, &removal->context->route,
			   &change, &shields);
	if (code)
		return code;
	emit_mappings(&removal->mappings, change.now, element_list_put,
		      &delete);
	emit_endings(&removal->mappings, element_list_put, &delete);
	if (counts)
		counters_emit(&removal->mappings, change.now, element_list_put,
			      &delete);
	shield_emit(&shields.old, element_list_put, &delete);
	element_list_end(&delete);
	shield_emit(&shields.new, element_list_put, &add);
	element_list_end(&add);
	return 0;
}

static int commit(const struct removal *removal, bool whole_table)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	const struct pubport_mappings none = { .count = 0 };
	struct netlink *nft = &removal->context->nft;
	int code = 0;

	batch_init(&batch, removal->generation);
	if (whole_table)
		skeleton_delete(&batch);
	else
		code = fill(removal, &batch);
	if (!code)
		code = batch_commit(&batch, nft, NULL);
	if (code == BATCH_UNKNOWN)
		code = outcome_find(nft, removal->generation, &none,
				    &removal->mappings);
	return code;
}

/* the last ones take the table with them, at once where nothing is to undo, and
 * nothing else is in it */
static int unpublish(struct removal *removal)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	struct pubport *context = removal->context;
	char remains[REMAINS_TEXT_SIZE] = "";
	bool more, at_once;
	int code;

	code = table_has_more(&context->peeks, removal->mappings.count, &more);
	if (!code && !more)
		code = table_settings(&context->nft, &ours);
	if (code)
		return code;
	removal->last = !more;
	if (removal->last && removal->request->flags & PUBPORT_REMOVE_DRAIN)
		(void)conntrack_has_live(context, &removal->mappings,
					 &removal->drains);
	if (!removal->mappings.count)
		return 0;
	at_once = removal->last && !removal->drains && !ours.count;
	if (at_once)
		code = remains_find(&context->nft, &removal->mappings, remains);
	return code ? code : commit(removal, at_once && !remains[0]);
}

/* one try; -ERESTART or -EINTR: try again */
static int remove_once(struct removal *removal)
{
	struct pubport *context = removal->context;
	int code;

	pubport_mappings_done(&removal->mappings);
	removal->last = removal->drains = false;
	code = table_generation(&context->nft, &removal->generation);
	if (code)
		return error_kernel(removal->error, code, TABLE_TEXT);
	code = select_mappings(context, removal->request, &removal->mappings,
			       removal->error);
	if (code)
		return code;
	code = unpublish(removal);
	/* somebody was faster, or had taken a part of it: look again */
	if (code == -ENOENT || (code == -EINVAL && !removal->careful)) {
		code = -ERESTART;
		removal->careful = true;
	}
	if (!code || code == -ERESTART || code == -EINTR)
		return code;
	return inspect_explain(&context->nft, code, removal->error);
}

/* where many remove something at once, each makes the others read again: after
 * some tries they do it one after another */
static int remove_by_turns(struct removal *removal)
{
	int lock CLEANUP(close) = -1;
	int code = -ERESTART;

	for (int i = 0; i < TABLE_TRIES; i++) {
		if (i == TRIES_AT_ONCE)
			lock = lock_take();
		code = remove_once(removal);
		if (code != -ERESTART && code != -EINTR)
			return code;
	}
	(void)lock;
	return error_set(removal->error, PUBPORT_FAILED, code,
			 "%s: somebody changes the ruleset all the time",
			 TABLE_TEXT);
}

/* the mappings are gone whatever becomes of their connections */
static void cut_connections(struct pubport *context,
			    const struct pubport_mappings *removed)
{
	int code = conntrack_cut(context, removed);

	if (code)
		context_notice(context, "live connections may go on: %s",
			       strerror(-code));
}

/**
 * pubport_remove() - unpublish, all or nothing
 * @context: where
 * @request: what
 * @ret_removed: what was unpublished; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * With the last mapping go the settings of the host that mappings needed, and
 * the table.  Live connections are ended, unless PUBPORT_REMOVE_DRAIN.
 *
 * Return: 0; -EINVAL for a text that is no KEY and no SPEC, or that several
 * mappings match; -ENOENT when something isn't there; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_remove(struct pubport *context,
				  const struct pubport_remove_request *request,
				  struct pubport_mappings *ret_removed,
				  struct pubport_error *error)
{
	PROGRESS_OF(context);
	struct removal removal CLEANUP(removal) = {
		.context = context,
		.request = request,
		.error = error,
	};
	int code;

	if (request->size < sizeof(*request))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_remove_request: its size is "
				 "not set");

	reap_ended(context);
	code = remove_by_turns(&removal);
	/* whoever was killed as he removed it may have left settings on */
	if (code == -ENOENT)
		(void)lifecycle_retire(context, NULL);
	if (code)
		return code;
	if (!(request->flags & PUBPORT_REMOVE_DRAIN))
		cut_connections(context, &removal.mappings);
	if (removal.drains)
		context_notice(context,
			       "connections are open: an empty table stays "
			       "until the next pubport rm or flush");
	else if (removal.last && removal.mappings.count)
		lifecycle_settle(context);
	else if (removal.last)
		code = lifecycle_retire(context, error);
	if (code)
		return code;
	*ret_removed = removal.mappings;
	memset(&removal.mappings, 0, sizeof(removal.mappings));
	return 0;
}

/* a table that can't be taken apart, or not even read */
static int delete_whole(struct pubport *context, struct pubport_error *error)
{
	struct pubport_mappings there CLEANUP(pubport_mappings_done) = { 0 };
	int code;

	(void)table_list(&context->nft, &there);
	code = lifecycle_end(context, error);
	if (!code)
		cut_connections(context, &there);
	return code;
}

/**
 * pubport_flush() - unpublish everything
 * @context: where
 * @remove_flags: PUBPORT_REMOVE_DRAIN or 0
 * @error: why it failed, or NULL
 *
 * The settings of the host that mappings needed are undone, and the table is
 * deleted, whatever is in it.  Live connections are ended; to drain them, an
 * empty table and the settings stay while there are any.
 *
 * Return: 0, also when there is no table; -EPERM without CAP_NET_ADMIN; or
 * another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_flush(struct pubport *context,
				 unsigned int remove_flags,
				 struct pubport_error *error)
{
	PROGRESS_OF(context);
	const struct pubport_remove_request all = {
		.size = sizeof(all),
		.flags = PUBPORT_REMOVE_ALL | remove_flags,
	};
	struct pubport_mappings removed CLEANUP(pubport_mappings_done) = { 0 };
	int code;

	if (remove_flags & PUBPORT_REMOVE_DRAIN)
		return pubport_remove(context, &all, &removed, error);
	/* in this order: a mapping without its settings is half a mapping */
	code = pubport_remove(context, &all, &removed, NULL);
	return code ? delete_whole(context, error)
		    : lifecycle_end(context, error);
}
