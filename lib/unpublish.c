/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpublishes: from a request to a transaction.
 *
 * What is removed was read before, and the transaction is bound to the
 * generation of the ruleset in which it was read: the kernel deletes by key
 * alone, and a key in a range would take the whole range.  Where others change
 * the ruleset meanwhile, we read again.
 */
#include "error.h"
#include "lifecycle.h"
#include "select.h"
#include "skeleton.h"
#include "table.h"

#include <errno.h>
#include <string.h>

/* others change the ruleset as well; each time one of us gets ahead */
#define TRIES 1000

#define TABLE "table inet pubport"

static void cleanup_mappings(struct pubport_mappings *mappings)
{
	pubport_mappings_done(mappings);
}

static int commit_elements(struct pubport *context, uint32_t generation,
			   const struct pubport_mappings *mappings)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	struct element_list list = { .batch = &batch, .verb = ELEMENT_DELETE };

	batch_init(&batch, generation);
	mapping_emit(mappings, element_list_put, &list);
	element_list_end(&list);
	return batch_commit(&batch, &context->nft, NULL);
}

static int commit_table(struct pubport *context, uint32_t generation)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };

	batch_init(&batch, generation);
	skeleton_delete(&batch);
	return batch_commit(&batch, &context->nft, NULL);
}

/* the last ones take the table with them, at once where nothing is to undo */
static int commit(struct pubport *context, uint32_t generation,
		  const struct pubport_mappings *mappings, bool *ret_last)
{
	struct host_settings ours CLEANUP(host_settings_done) = { 0 };
	bool more;
	int code;

	code = table_has_more(mappings->count, &more);
	if (!code && !more)
		code = table_settings(&context->nft, &ours);
	if (code)
		return code;
	*ret_last = !more;
	if (more || ours.count)
		return commit_elements(context, generation, mappings);
	return commit_table(context, generation);
}

/* one try; -ERESTART, -EINTR or -ENOENT: try again */
static int remove_once(struct pubport *context,
		       const struct pubport_remove_request *request,
		       struct pubport_mappings *removed,
		       struct pubport_error *error)
{
	struct pubport_mappings mappings CLEANUP(mappings) = { 0 };
	uint32_t generation = 0;
	bool last = false;
	int code;

	code = table_generation(&context->nft, &generation);
	if (code)
		return error_kernel(error, code, TABLE);
	code = select_mappings(context, request, &mappings, error);
	if (code)
		return code == -ENOENT ? -ESRCH : code;
	if (mappings.count) {
		code = commit(context, generation, &mappings, &last);
		if (code)
			return error_kernel(error, code, TABLE);
	}
	*removed = mappings;
	memset(&mappings, 0, sizeof(mappings));
	return last ? lifecycle_retire(context, error) : 0;
}

/**
 * pubport_remove() - unpublish, all or nothing
 * @context: where
 * @request: what
 * @ret_removed: what was unpublished; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * With the last mapping go the settings of the host that mappings needed, and
 * the table.
 *
 * Return: 0; -EINVAL for a text that is no KEY and no SPEC, or that several
 * mappings match; -ESRCH when something isn't there; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_remove(struct pubport *context,
				  const struct pubport_remove_request *request,
				  struct pubport_mappings *ret_removed,
				  struct pubport_error *error)
{
	struct pubport_mappings removed CLEANUP(mappings) = { 0 };
	int code = -ERESTART;

	for (int i = 0; i < TRIES; i++) {
		code = remove_once(context, request, &removed, error);
		if (code != -ERESTART && code != -EINTR && code != -ENOENT)
			break;
	}
	if (code)
		return code;
	*ret_removed = removed;
	memset(&removed, 0, sizeof(removed));
	return 0;
}

/**
 * pubport_flush() - unpublish everything
 * @context: where
 * @remove_flags: PUBPORT_REMOVE_DRAIN or 0
 * @error: why it failed, or NULL
 *
 * The settings of the host that mappings needed are undone, and the table is
 * deleted, whatever is in it.
 *
 * Return: 0, also when there is no table; -EPERM without CAP_NET_ADMIN; or
 * another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_flush(struct pubport *context,
				 unsigned int remove_flags,
				 struct pubport_error *error)
{
	(void)remove_flags;
	return lifecycle_end(context, error);
}
