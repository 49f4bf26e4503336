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
#include "host/lock.h"
#include "mapping/mapping.h"
#include "publish/catch_up.h"
#include "publish/change_elements.h"
#include "publish/flows.h"
#include "table/counter.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "table/outcome.h"
#include "table/select.h"
#include "table/verify.h"
#include "util/error.h"

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
 * @careful: whether somebody took a part of what a mapping is made of
 * @error: why it fails, or NULL
 */
struct removal {
	struct pubport *context;
	const struct pubport_remove_request *request;
	uint32_t generation;
	struct pubport_mappings mappings;
	bool last;
	bool careful;
	struct pubport_error *error;
};

static void cleanup_removal(struct removal *removal)
{
	pubport_mappings_done(&removal->mappings);
}

/* the same as when others come in their place, but that there are none */
static struct change change_of(const struct removal *removal)
{
	static const struct plan none;

	return (struct change){
		.context = removal->context,
		.plan = &none,
		.removed = removal->mappings,
		.gone = removal->mappings.count,
		.drains = removal->request->flags & PUBPORT_REMOVE_DRAIN,
		.again = removal->careful,
	};
}

static int fill(struct change *change, struct transaction *tx)
{
	const struct host_settings none = { .count = 0 };
	struct netlink *nft = &change->context->nft;
	struct optional optional = { .ruleset_count = 0 };
	int code = counters_exist(nft, &change->counts);

	if (!code)
		code = change_demand(change, true, &optional);
	if (code)
		return code;
	optional_add(&optional, tx);
	return change_fill(change, &none, tx);
}

static int commit(const struct removal *removal)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	const struct pubport_mappings none = { .count = 0 };
	struct netlink *nft = &removal->context->nft;
	struct change change = change_of(removal);
	int code;

	transaction_init(&tx, removal->generation);
	code = fill(&change, &tx);
	if (!code)
		code = transaction_commit(&tx, nft, NULL);
	if (code == TRANSACTION_UNKNOWN)
		code = outcome_find(nft, removal->generation, &none,
				    &removal->mappings);
	return code;
}

/* with the last ones the table goes, but only after their connections: it tells
 * the next one what is left to do if somebody kills us */
static int unpublish(struct removal *removal)
{
	struct pubport *context = removal->context;
	size_t count = removal->mappings.count;
	bool more;
	int code = table_has_more(&context->peeks, count, &more);

	if (code)
		return code;
	removal->last = !more;
	return count ? commit(removal) : 0;
}

/* one try; -ERESTART or -EINTR: try again */
static int remove_once(struct removal *removal)
{
	struct pubport *context = removal->context;
	int code;

	pubport_mappings_done(&removal->mappings);
	removal->last = false;
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
	return verify_explain(&context->nft, code, removal->error);
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

/* once they are unpublished, nobody can open another */
static bool has_open_connections(const struct removal *removal)
{
	bool has = false;

	return flows_have_live(removal->context, &removal->mappings, &has) ||
	       has;
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
	struct change change;
	int code;

	if (request->size < sizeof(*request))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_remove_request: its size is "
				 "not set");

	catch_up(context);
	code = remove_by_turns(&removal);
	/* whoever was killed as he removed it may have left settings on */
	if (code == -ENOENT)
		(void)lifecycle_retire(context, NULL);
	if (code)
		return code;
	change = change_of(&removal);
	change_settle(&change);
	if (removal.last && change.drains && has_open_connections(&removal))
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
		(void)flows_cut(context, &there);
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
