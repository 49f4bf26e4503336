/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpublishes: some mappings, or everything. */
#include "mapping/mapping.h"
#include "publish/commit.h"
#include "publish/flows.h"
#include "publish/reserve.h"
#include "table/lifecycle.h"
#include "table/list.h"
#include "table/lookup.h"
#include "table/select.h"
#include "util/error.h"

#include <errno.h>

/* a change_look_fn: what is removed is read before each try */
static int find_selected(struct change *change)
{
	const struct pubport_remove_request *request = change->data;
	struct pubport *context = change->context;
	bool more;
	int code;

	pubport_mappings_done(&change->removed);
	code = select_mappings(context, request, &change->removed,
			       change->error);
	if (code)
		return code;
	change->gone = change->removed.count;
	code = table_has_more(&context->peeks, change->gone, &more);
	if (code)
		return table_error(&change->context->nft, code, change->error);
	change->is_last = !more;
	return 0;
}

static int check_request(const struct pubport_remove_request *request,
			 struct pubport_error *error)
{
	const unsigned int known = PUBPORT_REMOVE_IGNORE_MISSING |
				   PUBPORT_REMOVE_ALL | PUBPORT_REMOVE_DRAIN;
	const char *why = NULL;

	if (request->size != sizeof(*request) || request->flags & ~known)
		why = "a size or flag that this version doesn't know";
	else if (request->text_count && !request->texts)
		why = "no texts";
	for (size_t i = 0; !why && i < request->text_count; i++)
		if (!request->texts[i])
			why = "a text is NULL";
	return why ? error_set(error, PUBPORT_USAGE, -EINVAL,
			       "struct pubport_remove_request: %s", why)
		   : 0;
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
	struct pubport_remove_request copy;
	struct change change CLEANUP(change_done) = {
		.context = context,
		.only_removes = true,
		.look = find_selected,
		.data = &copy,
		.error = error,
	};
	int code;

	code = check_request(request, error);
	if (code)
		return code;
	copy = *request;
	change.drains = request->flags & PUBPORT_REMOVE_DRAIN;
	catch_up(context, false);
	code = commit_finish(&change, commit_change(&change));
	if (!code)
		*ret_removed = mappings_take(&change.removed);
	return code;
}

/* a table that can't be taken apart, or not even read */
static int delete_whole(struct pubport *context, struct pubport_error *error)
{
	struct pubport_mappings there CLEANUP(pubport_mappings_done) = { 0 };
	int code;

	(void)table_list(&context->nft, &there);
	code = lifecycle_end(context, error);
	if (code)
		return code;
	(void)flows_forget(context, FLOWS_OF_REMOVED, &there);
	release_ports(context, &there);
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
 * Return: 0, also when there is no table; -EINVAL for an unknown flag; -EPERM
 * without CAP_NET_ADMIN; or another negative errno from the kernel.
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

	if (remove_flags & ~(unsigned int)PUBPORT_REMOVE_DRAIN)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "pubport_flush: a flag that this version "
				 "doesn't know");
	if (remove_flags)
		return pubport_remove(context, &all, &removed, error);
	/* in this order: a mapping without its settings is half a mapping */
	code = pubport_remove(context, &all, &removed, NULL);
	return code ? delete_whole(context, error)
		    : lifecycle_end(context, error);
}
