/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restores lost mappings, and leads others to where their targets moved.
 *
 * Each is added with all that was known of it, in one change that is bound to
 * the generation of the ruleset in which the table was read.  What somebody
 * published or removed meanwhile counts: the table is the truth, and only what
 * is not in its way is restored, only what is still there is moved.
 */
#include "publish/restore.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/mapping_hash.h"
#include "publish/commit.h"
#include "table/allow.h"
#include "table/list.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/**
 * struct restoration - mappings that are to be as they were
 * @wanted: how they are to be
 * @known: settings of the host that are on because of us, or NULL
 * @is_refused: for each of @wanted, whether something else has its place
 * @has_parts: whether parts of what is missing may be there: who takes a map
 *	leaves what other sets have of its mappings
 */
struct restoration {
	const struct pubport_mappings *wanted;
	const struct host_settings *known;
	bool *is_refused;
	bool has_parts;
};

static void cleanup_restoration(struct restoration *restoration)
{
	free(restoration->is_refused);
}

/* begins to plan, perhaps once more */
static void begin(struct change *change)
{
	plan_clear(&change->plan);
	pubport_mappings_done(&change->removed);
}

/* what can't be read now is described, or is to be read again */
static int fail(const struct change *change, int code)
{
	if (code == -ENOMEM)
		return error_memory(change->error);
	table_error(&change->context->nft, code, change->error);
	return code == -EINTR ? -ERESTART : code;
}

/* once the mappings are planned; they were published before, so nothing is
 * refused, and what can't be had was said */
static int find_needs(struct change *change)
{
	struct pubport *context = change->context;
	pubport_notice_fn notice = context->notice;
	int code;

	context->notice = NULL;
	code = plan_check(context, true, &change->plan, change->error);
	context->notice = notice;
	return code;
}

/* ----------------------------------------------------------------- missing */

static int list_there(struct change *change, struct mapping_hash *there)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	struct mapping_hash_entry *entry;
	int code = mapping_hash_init(there);

	if (!code)
		code = table_list(&change->context->nft, &mappings);
	for (size_t i = 0; !code && i < mappings.count; i++) {
		entry = mapping_hash_add(there, &mappings.items[i].key);
		if (!entry)
			return -ENOMEM;
		entry->mapping = mappings.items[i];
		mappings.items[i].from = NULL;
	}
	return code;
}

/* nft prints no records: what it loads again lost them, and a shield counts for
 * all that leads to its target then */
static bool lost_record(const struct mapping_hash_entry *entry,
			const struct pubport_mapping *wanted)
{
	struct pubport_mapping there = entry->mapping;

	there.flags &= ~(unsigned int)PUBPORT_MAPPING_SHIELD;
	there.flags |= wanted->flags & PUBPORT_MAPPING_SHIELD;
	return !there.created && wanted->created &&
	       mapping_equal(&there, wanted, MAPPING_TARGET | MAPPING_CLIENTS);
}

static int plan_if_missing(struct change *change, size_t index,
			   const struct mapping_hash *there)
{
	const struct restoration *restoration = change->data;
	const struct pubport_mapping *mapping =
		&restoration->wanted->items[index];
	struct mapping_hash_entry *entry =
		mapping_hash_find(there, &mapping->key);
	int code = 0;

	if (restoration->is_refused[index] ||
	    mapping_is_over(mapping, change->plan.now) ||
	    (entry && !lost_record(entry, mapping)))
		return 0;
	if (entry)
		code = mappings_move(&change->removed, &entry->mapping);
	else if (restoration->has_parts)
		code = mappings_copy(&change->removed, mapping);
	return code ? code : plan_copy(&change->plan, index, mapping);
}

/* what is on because of us is to be remembered again */
static int need_known(const struct host_settings *known, struct needs *needs)
{
	struct host_setting setting;
	int code;

	for (size_t i = 0; i < known->count; i++) {
		setting = known->items[i];
		if (!host_setting_locate(&setting))
			continue;
		code = host_settings_add(&needs->settings, setting.kind,
					 setting.index, setting.interface);
		if (code)
			return code;
		host_settings_find(&needs->settings, setting.kind,
				   setting.index)
			->is_known = true;
	}
	return 0;
}

/* a change_look_fn */
static int find_missing(struct change *change)
{
	struct mapping_hash there CLEANUP(mapping_hash_done) = { 0 };
	struct restoration *restoration = change->data;
	struct plan *plan = &change->plan;
	int code;

	begin(change);
	code = list_there(change, &there);
	for (size_t i = 0; !code && i < restoration->wanted->count; i++)
		code = plan_if_missing(change, i, &there);
	if (!code)
		code = table_find_overlap(&change->context->nft,
					  &plan->mappings, true,
					  &change->blamed);
	if (code)
		return code == -EEXIST ? code : fail(change, code);
	code = find_needs(change);
	if (code || !plan->mappings.count)
		return code;
	code = need_known(restoration->known, &plan->needs);
	return code ? error_memory(change->error) : 0;
}

/* a range that overlaps another, or a table that was edited by hand */
static void refuse_blamed(const struct change *change)
{
	const struct pubport_mapping *mapping =
		&change->plan.mappings.items[change->blamed];
	struct restoration *restoration = change->data;
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	restoration->is_refused[change->plan.inputs[change->blamed]] = true;
	context_notice(change->context,
		       "%s: not restored: it overlaps what is published",
		       pubport_mapping_format(mapping, text, sizeof(text)));
}

/**
 * restore_missing() - publish again what is not published any more
 * @context: where; told what can't be had
 * @wanted: what should be there, each with a key of its own; those that would
 *	have ended by now aren't wanted
 * @known: settings of the host that are on because of pubport, though the table
 *	that remembered them may be lost
 * @ret_count: how many were missing
 * @error: why it failed, or NULL
 *
 * Where the table has a mapping of the same key, it stays as it is, but for one
 * that only lost its record.
 *
 * Return: 0; -ESTALE for a table that somebody changed by hand; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
int restore_missing(struct pubport *context,
		    const struct pubport_mappings *wanted,
		    const struct host_settings *known, size_t *ret_count,
		    struct pubport_error *error)
{
	struct restoration restoration CLEANUP(restoration) = {
		.wanted = wanted,
		.known = known,
		.is_refused = calloc(wanted->count + 1, sizeof(bool)),
	};
	struct change change CLEANUP(change_done) = {
		.context = context,
		.look = find_missing,
		.data = &restoration,
		.error = error,
	};
	int code;

	if (!restoration.is_refused)
		return error_memory(error);
	while ((code = commit_change(&change)) == -EEXIST) {
		if (restoration.has_parts)
			refuse_blamed(&change);
		restoration.has_parts = true;
		/* what is removed is asked for before */
		change.again = 1;
	}
	code = commit_finish(&change, code);
	if (!code)
		*ret_count = change.plan.mappings.count;
	return code;
}

/* ------------------------------------------------------------------- moved */

/* plans the move of a mapping that is still there, to the same target */
static int plan_if_moved(struct change *change, size_t index)
{
	const struct restoration *restoration = change->data;
	const struct pubport_mapping *wanted =
		&restoration->wanted->items[index];
	struct netlink *nft = &change->context->nft;
	struct pubport_mapping there, moved;
	int code = table_find(nft, &wanted->key, &there);

	if (code)
		return code == -ENOENT ? 0 : code;
	code = allow_read(nft, &there);
	if (!code && !strcmp(there.target, wanted->target) &&
	    !addr_equal(&there.target_addr, &wanted->target_addr)) {
		moved = there;
		moved.target_addr = wanted->target_addr;
		code = plan_copy(&change->plan, index, &moved);
		if (!code)
			code = mappings_move(&change->removed, &there);
	}
	free(there.from);
	return code;
}

/* a change_look_fn */
static int find_moved(struct change *change)
{
	const struct restoration *restoration = change->data;
	int code = 0;

	begin(change);
	for (size_t i = 0; !code && i < restoration->wanted->count; i++)
		code = plan_if_moved(change, i);
	/* nothing leads to the addresses that targets gave up */
	change->gone = change->removed.count;
	return code ? fail(change, code) : find_needs(change);
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
	struct restoration restoration = { .wanted = wanted };
	struct change change CLEANUP(change_done) = {
		.context = context,
		.look = find_moved,
		.data = &restoration,
		.error = error,
	};
	int code = commit_change(&change);

	if (code == -EEXIST)
		code = error_set(error, PUBPORT_FAILED, -ESTALE,
				 TABLE_TEXT ": it is not as pubport makes it");
	code = commit_finish(&change, code);
	if (!code)
		*ret_moved = mappings_take(&change.plan.mappings);
	return code;
}
