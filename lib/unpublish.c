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
#include "emit.h"
#include "error.h"
#include "lifecycle.h"
#include "reap.h"
#include "select.h"
#include "shield.h"
#include "skeleton.h"
#include "table.h"

#include <errno.h>
#include <string.h>

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
	int code;

	if (removal->careful)
		delete.there = &removal->context->nft;
	code = shield_find(&removal->context->nft, &removal->context->route,
			   &change, &shields);
	if (code)
		return code;
	emit_mappings(&removal->mappings, change.now, element_list_put,
		      &delete);
	emit_endings(&removal->mappings, element_list_put, &delete);
	shield_emit(&shields.old, element_list_put, &delete);
	element_list_end(&delete);
	shield_emit(&shields.new, element_list_put, &add);
	element_list_end(&add);
	return 0;
}

static int commit(const struct removal *removal, bool whole_table)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	int code = 0;

	batch_init(&batch, removal->generation);
	if (whole_table)
		skeleton_delete(&batch);
	else
		code = fill(removal, &batch);
	return code ? code : batch_commit(&batch, &removal->context->nft, NULL);
}

/* the last ones take the table with them, at once where nothing is to undo */
static int unpublish(struct removal *removal)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	struct pubport *context = removal->context;
	bool more;
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
	return commit(removal,
		      removal->last && !removal->drains && !ours.count);
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
	if (code == -ENOENT) {
		code = -ERESTART;
		removal->careful = true;
	}
	return code ? error_kernel(removal->error, code, TABLE_TEXT) : 0;
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
	struct removal removal CLEANUP(removal) = {
		.context = context,
		.request = request,
		.error = error,
	};
	int code = -ERESTART;

	if (request->size < sizeof(*request))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_remove_request: its size is "
				 "not set");

	reap_ended(context);
	for (int i = 0; i < TABLE_TRIES; i++) {
		code = remove_once(&removal);
		if (code != -ERESTART && code != -EINTR)
			break;
	}
	if (code == -ERESTART || code == -EINTR)
		return error_set(
			error, PUBPORT_FAILED, code,
			"%s: somebody changes the ruleset all the time",
			TABLE_TEXT);
	if (code)
		return code;
	if (!(request->flags & PUBPORT_REMOVE_DRAIN))
		cut_connections(context, &removal.mappings);
	if (removal.drains)
		context_notice(context,
			       "connections are open: an empty table stays "
			       "until the next pubport rm or flush");
	else if (removal.last)
		code = lifecycle_retire(context, error);
	if (code)
		return code;
	*ret_removed = removal.mappings;
	memset(&removal.mappings, 0, sizeof(removal.mappings));
	return 0;
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
	const struct pubport_remove_request all = {
		.size = sizeof(all),
		.flags = PUBPORT_REMOVE_ALL | remove_flags,
	};
	struct pubport_mappings removed CLEANUP(pubport_mappings_done) = { 0 };
	int code;

	if (remove_flags & PUBPORT_REMOVE_DRAIN)
		return pubport_remove(context, &all, &removed, error);
	reap_ended(context);
	/* a table that can't be read is deleted all the same */
	(void)table_list(&context->nft, &removed);
	code = lifecycle_end(context, error);
	if (!code)
		cut_connections(context, &removed);
	return code;
}
