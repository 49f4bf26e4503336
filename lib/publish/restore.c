/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transaction that has mappings be as they were, there again or elsewhere.
 *
 * Each is added with all that was known of it, in one transaction that is bound
 * to the generation of the ruleset in which the table was read.  What somebody
 * published or removed meanwhile counts: the table is the truth, and only what
 * is not in its way is restored, only what is still there is moved.
 */
#include "mapping/mapping.h"
#include "publish/restoration.h"

#include "publish/plan_given.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>
#include <time.h>

/**
 * restoration_done() - free a restoration
 * @restoration: made by hand
 */
void restoration_done(struct restoration *restoration)
{
	cleanup_change_done(&restoration->change);
	plan_done(&restoration->plan);
	free(restoration->is_refused);
}

/**
 * restoration_begin() - begin to plan, perhaps once more
 * @restoration: what was planned is forgotten
 */
void restoration_begin(struct restoration *restoration)
{
	plan_done(&restoration->plan);
	restoration->plan.now = time(NULL);
	pubport_mappings_done(&restoration->change.removed);
}

/**
 * restoration_plan() - plan to add a mapping
 * @restoration: where
 * @index: of the one that is wanted
 * @mapping: as it is to be; copied
 *
 * Return: 0 or -ENOMEM.
 */
int restoration_plan(struct restoration *restoration, size_t index,
		     const struct pubport_mapping *mapping)
{
	struct pubport_mapping *planned =
		plan_append(&restoration->plan, index);

	return planned ? mapping_copy(mapping, planned) : -ENOMEM;
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
	struct pubport_error *error = restoration->change.error;
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
		return error_memory(restoration->change.error);
	error_kernel(restoration->change.error, code, TABLE_TEXT);
	return code == -EINTR ? -ERESTART : code;
}

/**
 * restoration_plan_needs() - end to plan
 * @restoration: its mappings are planned
 * @code: what came of that
 *
 * Return: 0; -ERESTART when the table is to be read again; or @code or another
 * negative errno, described.
 */
int restoration_plan_needs(struct restoration *restoration, int code)
{
	return code ? fail_look(restoration, code) : plan_needs(restoration);
}

/**
 * restoration_settle() - see to what depends on the transaction
 * @restoration: it was committed, or that failed
 * @code: what came of that
 *
 * Where it failed, settings may be on for nothing; the first error counts.
 *
 * Return: @code.
 */
int restoration_settle(struct restoration *restoration, int code)
{
	if (!code)
		change_settle(&restoration->change);
	else if (code != -ESTALE)
		(void)lifecycle_retire(restoration->context, NULL);
	return code;
}
