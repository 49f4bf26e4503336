/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Begins and ends the counting of packets and bytes.
 *
 * Both are one transaction.  What is published while counting begins is found
 * when it is asked for once more.
 */
#include "mapping/mapping.h"
#include "netlink/context.h"
#include "nft/objects.h"
#include "table/counter.h"
#include "table/lookup.h"
#include "util/error.h"

#include <errno.h>

/* leaves those that have no counters */
static int drop_counted(struct netlink *nft, struct pubport_mappings *mappings)
{
	size_t count = mappings->count;
	bool miss = true;
	int code = 0;

	mappings->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!code)
			code = counters_miss(nft, &mappings->items[i], &miss);
		if (miss || code)
			mappings->items[mappings->count++] = mappings->items[i];
		else
			free(mappings->items[i].from);
	}
	return code;
}

static int commit(struct netlink *nft, const struct pubport_mappings *uncounted,
		  bool are_laid, uint32_t generation)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = { .tx = &tx, .verb = ELEMENT_ENSURE };

	transaction_init(&tx, generation);
	if (!are_laid)
		transaction_add_ruleset(&tx, &ruleset_counters);
	counters_put(uncounted, mapping_now_ms() / 1000, element_list_put,
		     &list);
	element_list_end(&list);
	return transaction_commit(&tx, nft, NULL);
}

/* one try; -ERESTART or -EINTR: try again */
static int begin_once(struct netlink *nft)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	bool is_laid = false, are_laid = false;
	uint32_t generation = 0;
	int code = table_generation(nft, &generation);

	if (!code)
		code = table_exists(nft, &is_laid);
	if (code || !is_laid)
		return code;
	code = counters_exist(nft, &are_laid);
	if (!code)
		code = table_list(nft, &mappings);
	if (!code && are_laid)
		code = drop_counted(nft, &mappings);
	if (code || (are_laid && !mappings.count))
		return code;
	return commit(nft, &mappings, are_laid, generation);
}

/* one try, as well */
static int end_once(struct netlink *nft)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	bool are_laid = false;
	uint32_t generation = 0;
	int code = table_generation(nft, &generation);

	if (!code)
		code = counters_exist(nft, &are_laid);
	if (code || !are_laid)
		return code;
	transaction_init(&tx, generation);
	transaction_delete_ruleset(&tx, &ruleset_counters);
	return transaction_commit(&tx, nft, NULL);
}

/**
 * pubport_stats_count() - begin or end to count packets and bytes
 * @context: where
 * @counts: whether they are to be counted, of all mappings that there are and
 *	that are added later, until the last one goes
 * @error: why it failed, or NULL
 *
 * It takes rules that each packet of a published port meets; without them, none
 * does.  What is counted already goes on.  Without a mapping, nothing is done.
 *
 * Return: 0; -ESTALE for a table that somebody changed by hand; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_stats_count(struct pubport *context, bool counts,
				       struct pubport_error *error)
{
	PROGRESS_OF(context);
	int code = -ERESTART;

	for (int i = 0; i < TABLE_TRIES; i++) {
		code = counts ? begin_once(&context->nft)
			      : end_once(&context->nft);
		/* made twice, it does no harm */
		if (code != -ERESTART && code != -EINTR &&
		    code != TRANSACTION_UNKNOWN)
			break;
	}
	if (code != -ENOENT && code != -EEXIST)
		return code ? error_kernel(error, code, TABLE_TEXT) : 0;
	error_set(error, PUBPORT_FAILED, -ESTALE,
		  "%s: it is not as pubport makes it", TABLE_TEXT);
	error_hint(error, "pubport flush");
	return -ESTALE;
}
