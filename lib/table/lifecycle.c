/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table's life: what comes with the first mapping and goes with the last.
 *
 * Host settings can't be part of a transaction, and any number of processes
 * may publish and unpublish at once.  These rules keep it right, whoever is
 * killed and when:
 *
 *  1. A setting that pubport turned on is remembered in the table.  It is
 *     remembered before it is turned on, and turned off before it is forgotten,
 *     each under one lock.  So what is on and not remembered is somebody
 *     else's.
 *  2. A mapping's transaction remembers its settings once more, which does
 *     nothing where they are remembered, and whether they are on is looked up
 *     once more after it.
 *  3. Whoever deletes the table turns the settings off first, and deletes it
 *     only if nobody changed the ruleset since he looked.  If somebody did, he
 *     looks again, and turns on again what is needed.  By then the mappings are
 *     gone, so that none is left without its settings.
 *
 * Killed in between, he leaves an empty table that remembers its settings, and
 * the next rm, flush or failed add goes on from there.  When somebody else's
 * "nft flush ruleset" takes the table, it takes the memory: settings stay on.
 */
#include "table/lifecycle.h"

#include "host/lock.h"
#include "netlink/uplink.h"
#include "nft/objects.h"
#include "table/list.h"
#include "table/lookup.h"
#include "table/settings.h"
#include "table/verify.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/* how often the end is tried when it fails */
#define END_TRIES 3

/**
 * struct ending - what is found out before the table is deleted
 * @generation: of the ruleset
 * @has_table: whether there is a table of ours
 * @has_mappings: whether something is published
 * @ours: settings of the host that are on because of us
 * @leftovers: what is in it that is not pubport's, or ""
 */
struct ending {
	uint32_t generation;
	bool has_table;
	bool has_mappings;
	struct host_settings ours;
	char leftovers[OBJECT_TEXT_SIZE];
};

static void cleanup_ending(struct ending *ending)
{
	host_settings_done(&ending->ours);
}

static int look_at_table(struct pubport *context, bool whatever_is_in_it,
			 struct ending *ending)
{
	struct netlink *nft = &context->nft;
	int code = table_generation(nft, &ending->generation);

	if (!code)
		code = table_exists(nft, &ending->has_table);
	if (!code)
		code = table_settings(nft, &ending->ours);
	if (code || !ending->has_table || whatever_is_in_it)
		return code;
	code = table_has_more(&context->peeks, 0, &ending->has_mappings);
	if (!code && !ending->has_mappings)
		code = verify_find_leftovers(nft, ending->leftovers);
	return code;
}

/* the table, or where that stays what it remembers of settings */
static int delete_table(struct pubport *context, const struct ending *ending)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = {
		.tx = &tx,
		.verb = ELEMENT_DELETE,
		.there = &context->nft,
	};
	int code;

	transaction_init(&tx, ending->generation);
	if (!ending->leftovers[0])
		transaction_delete_table(&tx);
	else
		settings_put(&ending->ours, element_list_put, &list);
	element_list_end(&list);
	if (transaction_is_empty(&tx))
		return 0;
	code = transaction_commit(&tx, &context->nft, NULL);
	if (code == TRANSACTION_UNKNOWN)
		return -ERESTART;
	return code == -ENOENT ? 0 : code;
}

/* one try; -ERESTART or -EINTR: try again */
static int end_once(struct pubport *context, bool whatever_is_in_it,
		    struct pubport_error *error)
{
	struct ending ending CLEANUP(ending) = { .has_table = false };
	int lock CLEANUP(close) = lock_take();
	int code = look_at_table(context, whatever_is_in_it, &ending);

	(void)lock;
	if (code)
		return table_error(&context->nft, code, error);
	if (ending.has_mappings)
		return settings_turn_on_again(context, &ending.ours, error);
	code = settings_turn(context, &ending.ours, false, error);
	if (!code) {
		code = uplinks_undo(&context->route);
		if (code)
			return error_kernel(error, code, "ip rule");
	}
	if (code || (!ending.has_table && !whatever_is_in_it))
		return code;
	code = delete_table(context, &ending);
	if (code == -ERESTART)
		return table_error(&context->nft, code, error);
	if (code)
		return verify_explain(&context->nft, code, error);
	if (ending.leftovers[0] && error)
		context_notice(context,
			       TABLE_TEXT " stays, for somebody else's %s: "
					  "pubport flush deletes it all",
			       ending.leftovers);
	return 0;
}

static int end(struct pubport *context, bool whatever_is_in_it,
	       struct pubport_error *error)
{
	int code = -ERESTART, failures = 0;

	/* half of it may be done when it fails: that is no place to give up */
	for (int i = 0; code && i < TABLE_TRIES && failures < END_TRIES; i++) {
		code = end_once(context, whatever_is_in_it, error);
		failures += code != -ERESTART && code != -EINTR;
	}
	return code;
}

/**
 * lifecycle_retire() - undo the settings and delete the table, once it is empty
 * @context: whose table; told if it stays, unless @error is NULL
 * @error: why it failed, or NULL
 *
 * It stays for what somebody else put there; then it forgets the settings.
 *
 * Return: 0, -EPERM, -ERESTART when others changed the ruleset all the time,
 * or another negative errno from the kernel.
 */
int lifecycle_retire(struct pubport *context, struct pubport_error *error)
{
	return end(context, false, error);
}

/**
 * lifecycle_settle() - the same, after the last mappings were unpublished
 * @context: whose table; told what can't be undone now
 *
 * What is gone is gone: what fails is left to the next command.
 */
void lifecycle_settle(struct pubport *context)
{
	struct pubport_error error;

	if (lifecycle_retire(context, &error))
		context_notice(context,
			       "until the next pubport rm or flush: %s",
			       error.message);
}

/**
 * lifecycle_end() - undo the settings and delete the table, whatever is in it
 * @context: whose table
 * @error: why it failed, or NULL
 *
 * Return: as lifecycle_retire().
 */
int lifecycle_end(struct pubport *context, struct pubport_error *error)
{
	return end(context, true, error);
}
