/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has mappings lead to where their targets are. */
#include "publish/restore.h"

#include "mapping/addr.h"
#include "publish/restoration.h"
#include "table/allow.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static bool leads_there(const struct pubport_mapping *there,
			const struct pubport_mapping *wanted)
{
	return !pubport_addr_compare(&there->target_addr, &wanted->target_addr);
}

/* takes @there over */
static int plan_move(struct restoration *restoration, size_t index,
		     const struct pubport_mapping *there)
{
	struct pubport_mappings *removed = &restoration->change.removed;
	const struct pubport_mapping *wanted =
		&restoration->wanted->items[index];
	struct pubport_mapping moved = *there;

	removed->items[removed->count++] = *there;
	moved.target_addr = wanted->target_addr;
	return restoration_plan(restoration, index, &moved);
}

/* plans the move of a mapping that is still there, to the same target */
static int look_at(struct restoration *restoration, size_t index)
{
	const struct pubport_mapping *wanted =
		&restoration->wanted->items[index];
	struct netlink *nft = &restoration->context->nft;
	struct pubport_mapping there;
	int code = table_find(nft, &wanted->key, &there);

	if (code)
		return code == -ENOENT ? 0 : code;
	code = allow_read(nft, &there);
	if (!code && !strcmp(there.target, wanted->target) &&
	    !leads_there(&there, wanted))
		return plan_move(restoration, index, &there);
	free(there.from);
	return code;
}

/* an change_look_fn */
static int look_for_moved(struct change *change)
{
	struct restoration *restoration = change->data;
	size_t count = restoration->wanted->count;
	int code = 0;

	restoration_begin(restoration);
	change->removed.items =
		calloc(count + 1, sizeof(*change->removed.items));
	if (!change->removed.items)
		code = -ENOMEM;
	for (size_t i = 0; !code && i < count; i++)
		code = look_at(restoration, i);
	/* nothing leads to the addresses that targets gave up */
	change->gone = change->removed.count;
	return restoration_plan_needs(restoration, code);
}

/**
 * restore_moved() - have mappings follow their targets
 * @context: where; told what can't be had
 * @wanted: mappings that should lead to the addresses that they have here; what
 *	else they are is as it is in the table
 * @ret_moved: those that were moved; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * What is not there any more, or leads to another target by now, is let alone.
 *
 * Return: as restore_missing().
 */
int restore_moved(struct pubport *context,
		  const struct pubport_mappings *wanted,
		  struct pubport_mappings *ret_moved,
		  struct pubport_error *error)
{
	struct restoration restoration CLEANUP(restoration_done) = {
		.context = context,
		.wanted = wanted,
		.change = {
			.context = context,
			.plan = &restoration.plan,
			.look = look_for_moved,
			.data = &restoration,
			.error = error,
		},
	};
	int code = change_commit(&restoration.change);

	if (code == -EEXIST)
		code = error_set(error, PUBPORT_FAILED, -ESTALE,
				 "%s: it is not as pubport makes it",
				 TABLE_TEXT);
	code = restoration_settle(&restoration, code);
	if (code)
		return code;
	*ret_moved = restoration.plan.mappings;
	memset(&restoration.plan.mappings, 0,
	       sizeof(restoration.plan.mappings));
	return 0;
}
