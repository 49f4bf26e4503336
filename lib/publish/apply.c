/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the mappings equal to those that somebody wants.
 *
 * The whole table is read, and only what differs is removed and added, in one
 * transaction that is bound to the generation of the ruleset in which it was
 * read.  Where others change the ruleset meanwhile, we read again.
 */
#include "firewall/others.h"
#include "mapping/mapping.h"
#include "mapping/mapping_check.h"
#include "mapping/mapping_diff.h"
#include "publish/catch_up.h"
#include "publish/change.h"
#include "publish/plan_given.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/**
 * struct application - mappings that are to be what somebody wants
 * @context: where
 * @request: what is wanted
 * @plan: what is to come
 * @kept: how many mappings stay as they are
 * @change: how, and what is to go
 * @looks: how often the table was read
 */
struct application {
	struct pubport *context;
	const struct pubport_apply_request *request;
	struct plan plan;
	size_t kept;
	struct change change;
	int looks;
};

static void cleanup_application(struct application *application)
{
	plan_done(&application->plan);
	cleanup_change_done(&application->change);
}

/* ----------------------------------------------------------- what is wanted */

static int check_mapping(const struct pubport_mappings *mappings, size_t index,
			 struct pubport_error *error)
{
	const char *field;
	const char *why = mapping_why_wrong(&mappings->items[index], &field);

	if (!why)
		return 0;
	error_set(error, PUBPORT_USAGE, -EINVAL, "entry %zu, \"%s\": it %s",
		  index + 1, field, why);
	error_index(error, index);
	return -EINVAL;
}

static int check_request(const struct pubport_apply_request *request,
			 struct pubport_error *error)
{
	const unsigned int known = PUBPORT_APPLY_FORCE | PUBPORT_APPLY_DRY_RUN;
	const struct pubport_mappings *mappings = request->mappings;
	char key[PUBPORT_KEY_TEXT_SIZE];
	size_t index;
	int code = 0;

	if (request->size < sizeof(*request) || request->flags & ~known)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_apply_request: its size is "
				 "not set, or a flag is unknown");
	for (size_t i = 0; !code && i < mappings->count; i++)
		code = check_mapping(mappings, i, error);
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

/* ------------------------------------------------------- what is to be done */

/* what was said once needs not be said again */
static int plan(struct application *application)
{
	struct pubport *context = application->context;
	pubport_notice_fn notice = context->notice;
	int code;

	if (application->looks++)
		context->notice = NULL;
	code = plan_given(context,
			  application->request->flags & PUBPORT_APPLY_FORCE,
			  &application->plan, application->change.error);
	context->notice = notice;
	return code;
}

/* takes over what is to be done */
static void take(struct application *application,
		 const struct mapping_diff *diff)
{
	application->plan.mappings = diff->added;
	application->plan.specs = diff->wanted;
	application->kept = diff->kept;
	application->change.removed = diff->removed;
	application->change.gone = diff->gone;
}

/* a change_look_fn */
static int look(struct change *change)
{
	struct application *application = change->data;
	struct pubport_mappings there CLEANUP(pubport_mappings_done) = { 0 };
	struct mapping_diff diff;
	int code = table_list(&application->context->nft, &there);

	plan_done(&application->plan);
	pubport_mappings_done(&change->removed);
	if (code) {
		error_kernel(change->error, code, TABLE_TEXT);
		return code == -EINTR ? -ERESTART : code;
	}
	application->plan.now = time(NULL);
	if (mapping_diff_find(application->request->mappings, &there,
			      application->plan.now, &diff))
		return error_memory(change->error);
	take(application, &diff);
	return plan(application);
}

static int commit(struct application *application)
{
	const struct plan *plan = &application->plan;
	struct change *change = &application->change;
	int code = change_commit(change);

	if (!code) {
		change_settle(change);
		if (!application->kept && !plan->mappings.count)
			lifecycle_settle(application->context);
		return 0;
	}
	if (code == -EEXIST)
		plan_given_refuse(plan, change->blamed, code,
				  "something else has its place in the table",
				  change->error);
	/* settings may be on for nothing now; the first error counts */
	if (code != -ESTALE)
		(void)lifecycle_retire(application->context, NULL);
	return code;
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
	struct application application CLEANUP(application) = {
		.context = context,
		.request = request,
		.change = {
			.context = context,
			.plan = &application.plan,
			.look = look,
			.data = &application,
			.error = error,
		},
	};
	struct pubport_mappings *added = &application.plan.mappings;
	struct pubport_mappings *removed = &application.change.removed;
	int code = check_request(request, error);

	if (code)
		return code;
	catch_up(context);
	code = request->flags & PUBPORT_APPLY_DRY_RUN
		       ? look(&application.change)
		       : commit(&application);
	if (code)
		return code;
	if (added->count) {
		others_tell(context, added);
	}
	*ret_difference = (struct pubport_difference){ *removed, *added };
	memset(removed, 0, sizeof(*removed));
	memset(added, 0, sizeof(*added));
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
