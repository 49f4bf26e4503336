/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of a transaction whose answer was lost.
 *
 * When the kernel lacks memory for its answer, the transaction may well have
 * taken place.  All of it did, or none: so one of its mappings tells.
 */
#include "table/outcome.h"

#include "mapping/mapping.h"
#include "nft/transaction.h"
#include "table/lookup.h"

#include <errno.h>

static int look_at_first(struct netlink *nft,
			 const struct pubport_mappings *added,
			 const struct pubport_mappings *removed)
{
	const struct pubport_mapping *first = added->count ? added->items
							   : removed->items;
	struct pubport_mapping there;
	int code = table_find(nft, &first->key, &there);

	if (code && code != -ENOENT)
		return code;
	if (added->count)
		return !code && mapping_equal(&there, first,
					      MAPPING_TARGET | MAPPING_WORDS |
						      MAPPING_ORIGIN)
			       ? 0
			       : -ERESTART;
	return code ? 0 : -ERESTART;
}

/**
 * outcome_find() - find out whether a transaction took place
 * @nft: open NETLINK_NETFILTER socket
 * @generation: of the ruleset to which it was bound, or
 * TRANSACTION_ANY_GENERATION
 * @added: mappings that it was to add; where there are none, it was to remove
 *	some
 * @removed: mappings that it was to remove, before it added those
 *
 * Return: 0 if it did, -ERESTART if it did not, or another negative errno when
 * that can't be seen.
 */
int outcome_find(struct netlink *nft, uint32_t generation,
		 const struct pubport_mappings *added,
		 const struct pubport_mappings *removed)
{
	uint32_t now = 0;
	int code = table_generation(nft, &now);

	if (code)
		return code;
	if (now == generation)
		return -ERESTART;
	return look_at_first(nft, added, removed);
}
