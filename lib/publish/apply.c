/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the mappings equal to those that somebody wants.
 *
 * The whole table is read, and only what differs is removed and added, in one
 * transaction that is bound to the generation of the ruleset in which it was
 * read.  Where others change the ruleset meanwhile, we read again.
 */
#include "firewall/notice.h"
#include "mapping/mapping.h"
#include "mapping/mapping_check.h"
#include "mapping/mapping_diff.h"
#include "publish/commit.h"
#include "table/list.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static int check_request(const struct pubport_apply_request *request,
			 struct pubport_error *error)
{
	const unsigned int known = PUBPORT_APPLY_FORCE | PUBPORT_APPLY_DRY_RUN;
	const struct pubport_mappings *mappings = request->mappings;
	char key[PUBPORT_KEY_TEXT_SIZE];
	size_t index;
	int code;

	if (request->size != sizeof(*request) || request->flags & ~known)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_apply_request: a size or "
				 "flag that this version doesn't know");
	code = mappings_check(mappings, error);
	if (code)
		return code;
	code = mappings_find_collision(mappings, &index);
	if (code)
		return code == -ENOENT ? 0 : error_memory(error);
	error_set(error, PUBPORT_CONFLICT, -EEXIST,
		  "entry %zu: %s is there twice, or overlaps another",
		  index + 1,
		  pubport_key_format(&mappings->items[index].key, key,
				     sizeof(key)));
	error_index(error, index);
	return -EEXIST;
}

/* what was said once needs not be said again */
static int check_plan(struct change *change, bool force, bool is_first)
{
	struct pubport *context = change->context;
	pubport_notice_fn notice = context->notice;
	int code;

	if (!is_first)
		context->notice = NULL;
	code = plan_check(context, force, &change->plan, change->error);
	context->notice = notice;
	return code;
}

/**
 * struct application - what is wanted
 * @request: by whom
 * @looks: how often the table was read
 */
struct application {
	const struct pubport_apply_request *request;
	int looks;
};

/* a change_look_fn */
static int find_difference(struct change *change)
{
	struct application *application = change->data;
	const struct pubport_apply_request *request = application->request;
	struct pubport_mappings there CLEANUP(pubport_mappings_done) = { 0 };
	struct mapping_diff diff;
	int code = table_list(&change->context->nft, &there);

	plan_clear(&change->plan);
	pubport_mappings_done(&change->removed);
	if (code) {
		table_error(&change->context->nft, code, change->error);
		return code == -EINTR ? -ERESTART : code;
	}
	if (mapping_diff_find(request->mappings, &there, change->plan.now,
			      &diff))
		return error_memory(change->error);
	change->plan.mappings = diff.added;
	change->plan.inputs = diff.wanted;
	change->removed = diff.removed;
	change->gone = diff.gone;
	change->is_last = !diff.kept && !diff.added.count;
	return check_plan(change, request->flags & PUBPORT_APPLY_FORCE,
			  !application->looks++);
}

/**
 * pubport_apply() - make the mappings equal to those that are wanted
 * @context: where
 * @request: what is wanted
 * @ret_difference: what was removed and added; end with
 *	pubport_difference_done()
 * @error: why it failed, or NULL
 *
 * What is as it should be is not touched: it keeps its counters, its time and
 * its connections.  A mapping that differs in any way, but for the moment when
 * it was created and for seconds in when it ends, is removed and added again.
 * Connections of removed mappings are ended, unless another one takes their
 * place; then it is as with PUBPORT_ADD_REPLACE.
 *
 * Return: 0; -EINVAL for a mapping that is none; -EADDRNOTAVAIL for a host
 * address that the host hasn't; -EADDRINUSE when a local process listens on a
 * port; -EEXIST for a key that is wanted twice; -EPERM without CAP_NET_ADMIN;
 * -ENOMEM; or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_apply(struct pubport *context,
				 const struct pubport_apply_request *request,
				 struct pubport_difference *ret_difference,
				 struct pubport_error *error)
{
	PROGRESS_OF(context);
	struct application application = { .request = request };
	struct change change CLEANUP(change_done) = {
		.context = context,
		.look = find_difference,
		.data = &application,
		.error = error,
	};
	int code = check_request(request, error);

	if (code)
		return code;
	catch_up(context, true);
	if (request->flags & PUBPORT_APPLY_DRY_RUN) {
		code = find_difference(&change);
	} else {
		code = commit_change(&change);
		if (code == -EEXIST)
			plan_refuse(&change.plan, change.blamed, code,
				    "something else has its place in the table",
				    error);
		code = commit_finish(&change, code);
	}
	if (code)
		return code;
	if (change.plan.mappings.count)
		notice_other_tables(context, &change.plan.mappings);
	ret_difference->removed = mappings_take(&change.removed);
	ret_difference->added = mappings_take(&change.plan.mappings);
	return 0;
}

/**
 * pubport_difference_done() - free a difference
 * @difference: filled in by this library, or all zero
 */
PUBPORT_EXPORT void
pubport_difference_done(struct pubport_difference *difference)
{
	pubport_mappings_done(&difference->removed);
	pubport_mappings_done(&difference->added);
}
