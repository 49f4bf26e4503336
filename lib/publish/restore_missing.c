/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Publishes again what is not published any more. */
#include "mapping/mapping.h"
#include "publish/restore.h"

#include "mapping/mapping_hash.h"
#include "publish/restoration.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static int list_there(struct restoration *restoration,
		      struct mapping_hash *there)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	struct mapping_hash_entry *entry;
	int code = mapping_hash_init(there);

	if (!code)
		code = table_list(&restoration->context->nft, &mappings);
	for (size_t i = 0; !code && i < mappings.count; i++) {
		entry = mapping_hash_add(there, &mappings.items[i].key);
		if (!entry)
			return -ENOMEM;
		entry->mapping = mappings.items[i];
		mappings.items[i].from = NULL;
	}
	return code;
}

/* takes the mapping of @entry over */
static int plan_removal(struct restoration *restoration,
			struct mapping_hash_entry *entry)
{
	return mappings_move(&restoration->change.removed, &entry->mapping);
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

static int plan_if_missing(struct restoration *restoration, size_t index,
			   const struct mapping_hash *there)
{
	const struct pubport_mapping *mapping =
		&restoration->wanted->items[index];
	struct mapping_hash_entry *entry =
		mapping_hash_find(there, &mapping->key);
	int code = 0;

	if (restoration->is_refused[index] ||
	    mapping_is_over(mapping, restoration->plan.now) ||
	    (entry && !lost_record(entry, mapping)))
		return 0;
	if (entry)
		code = plan_removal(restoration, entry);
	return code ? code : restoration_plan(restoration, index, mapping);
}

static int plan_missing(struct restoration *restoration,
			const struct mapping_hash *there)
{
	int code = 0;

	for (size_t i = 0; !code && i < restoration->wanted->count; i++)
		code = plan_if_missing(restoration, i, there);
	return code;
}

/* an change_look_fn */
static int look_for_missing(struct change *change)
{
	struct mapping_hash there CLEANUP(mapping_hash_done) = { .buckets =
									 NULL };
	struct restoration *restoration = change->data;
	int code;

	restoration_begin(restoration);
	code = list_there(restoration, &there);
	if (!code)
		code = plan_missing(restoration, &there);
	if (!code)
		code = table_find_overlap(&change->context->nft,
					  &restoration->plan.mappings, true,
					  &change->blamed);
	if (code == -EEXIST)
		return code;
	return restoration_plan_needs(restoration, code);
}

/* a range that overlaps another, or a table that was edited by hand */
static void refuse_blamed(struct restoration *restoration)
{
	size_t blamed = restoration->change.blamed;
	const struct pubport_mapping *mapping =
		&restoration->plan.mappings.items[blamed];
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	restoration->is_refused[restoration->plan.specs[blamed]] = true;
	context_notice(restoration->context,
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
	struct restoration restoration CLEANUP(restoration_done) = {
		.context = context,
		.wanted = wanted,
		.known = known,
		.is_refused = calloc(wanted->count + 1, sizeof(bool)),
		.change = {
			.context = context,
			.plan = &restoration.plan,
			.look = look_for_missing,
			.data = &restoration,
			.error = error,
		},
	};
	int code;

	if (!restoration.is_refused)
		return error_memory(error);
	while ((code = change_commit(&restoration.change)) == -EEXIST)
		refuse_blamed(&restoration);
	code = restoration_settle(&restoration, code);
	if (!code)
		*ret_count = restoration.plan.mappings.count;
	return code;
}
