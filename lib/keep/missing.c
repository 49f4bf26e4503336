/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings that should be there, and have not been seen there.
 *
 * They are restored in one transaction, and stay missing until they are seen:
 * whoever asks for the mappings meanwhile gets them, too.  Where they can't be
 * restored, that is told once, and tried again.
 */
#include "keep/missing.h"

#include "keep/notification.h"
#include "mapping/mapping.h"
#include "publish/restore.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

#define TRY_AGAIN_MS 1000

/**
 * missing_init() - begin with nothing missing
 * @missing: end with missing_done(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int missing_init(struct missing *missing)
{
	memset(missing, 0, sizeof(*missing));
	missing->due_ms = INT64_MAX;
	return mapping_hash_init(&missing->mappings);
}

/**
 * missing_done() - free what is missing
 * @missing: made by missing_init(), or all zero
 */
void missing_done(struct missing *missing)
{
	mapping_hash_done(&missing->mappings);
}

/**
 * missing_add() - miss a mapping
 * @missing: where
 * @mapping: is copied
 *
 * Return: 0 or -ENOMEM.
 */
int missing_add(struct missing *missing, const struct pubport_mapping *mapping)
{
	struct mapping_hash_entry *entry =
		mapping_hash_add(&missing->mappings, &mapping->key);

	if (!entry)
		return -ENOMEM;
	free(entry->mapping.from);
	return mapping_copy(mapping, &entry->mapping);
}

/**
 * missing_add_known() - miss all mappings
 * @missing: where
 * @known: the mappings that there were
 *
 * Return: 0 or -ENOMEM.
 */
int missing_add_known(struct missing *missing, const struct mapping_hash *known)
{
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	int code = 0;

	for (; !code && entry; entry = mapping_hash_next(entry))
		code = missing_add(missing, &entry->mapping);
	return code;
}

/**
 * missing_remove() - miss a mapping no more
 * @missing: where
 * @key: of the mapping, which may be none of them
 */
void missing_remove(struct missing *missing, const struct pubport_key *key)
{
	struct mapping_hash_entry *entry =
		mapping_hash_find(&missing->mappings, key);

	if (!entry)
		return;
	mapping_hash_take(&missing->mappings, entry);
	mapping_hash_entry_free(entry);
}

/**
 * missing_blame() - remember why mappings are missing, as of now
 * @missing: which
 * @cause: such as "table lost"
 */
void missing_blame(struct missing *missing, const char *cause)
{
	snprintf(missing->cause, sizeof(missing->cause), "%s", cause);
	missing->since_ms = time_monotonic_ms();
}

/* ----------------------------------------------------------------- restored */

/* the networks stay those of the catalog */
static void cleanup_borrowed(struct pubport_mappings *borrowed)
{
	free(borrowed->items);
}

static int borrow(const struct missing *missing,
		  struct pubport_mappings *ret_mappings)
{
	const struct mapping_hash_entry *entry =
		mapping_hash_first(&missing->mappings);
	struct pubport_mapping *items =
		calloc(missing->mappings.count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	*ret_mappings = (struct pubport_mappings){ .items = items };
	for (; entry; entry = mapping_hash_next(entry))
		items[ret_mappings->count++] = entry->mapping;
	return 0;
}

/* "1 mapping", "12,345 mappings" */
static const char *count_format(size_t count, char *text, size_t size)
{
	const char *noun = count == 1 ? "mapping" : "mappings";

	if (count < 1000)
		snprintf(text, size, "%zu %s", count, noun);
	else
		snprintf(text, size, "%zu,%03zu %s", count / 1000, count % 1000,
			 noun);
	return text;
}

static void tell_restored(const struct missing *missing,
			  struct pubport *context, size_t count)
{
	char text[64];

	if (!count)
		return;
	context_notice(context, "%s: %s restored in %lld ms", missing->cause,
		       count_format(count, text, sizeof(text)),
		       (long long)(time_monotonic_ms() - missing->since_ms));
}

static void tell_failed(const struct missing *missing, struct pubport *context,
			const struct pubport_error *error)
{
	char text[64];

	context_notice(
		context, "%s: %s can't be restored yet: %s", missing->cause,
		count_format(missing->mappings.count, text, sizeof(text)),
		error->message);
}

/**
 * missing_restore() - publish what is missing
 * @missing: which; those that are there already are no harm
 * @context: where; told what became of it
 * @known: settings of the host that are on because of pubport
 *
 * What fails is tried again.
 *
 * Return: 0 or -ENOMEM.
 */
int missing_restore(struct missing *missing, struct pubport *context,
		    const struct host_settings *known)
{
	struct pubport_mappings borrowed CLEANUP(borrowed) = { 0 };
	struct pubport_error why = { .code = 0 };
	bool again = missing->due_ms != INT64_MAX;
	size_t count = 0;
	int code = borrow(missing, &borrowed);

	if (code)
		return code;
	code = restore_missing(context, &borrowed, known, &count, &why);
	missing->due_ms = code ? time_monotonic_ms() + TRY_AGAIN_MS : INT64_MAX;
	if (!code)
		tell_restored(missing, context, count);
	else if (!again)
		tell_failed(missing, context, &why);
	return 0;
}

/**
 * missing_settle() - all that happened was seen: do what there is to do
 * @missing: which; what was restored, and not seen, is gone again
 * @context: as for missing_restore()
 * @known: as for missing_restore()
 *
 * Return: 0 or -ENOMEM.
 */
int missing_settle(struct missing *missing, struct pubport *context,
		   const struct host_settings *known)
{
	if (missing->due_ms == INT64_MAX)
		mapping_hash_clear(&missing->mappings);
	else if (missing->due_ms <= time_monotonic_ms())
		return missing_restore(missing, context, known);
	return 0;
}
