/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of other people's sets that packets may find. */
#include "firewall/hits.h"

#include "util/array.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* of a set that has more elements for these packets, it stays unknown which */
#define HITS_MAX 16384

/**
 * hits_add() - add an element
 * @hits: where
 * @hit: what is known of it, but for its verdict
 * @element: its attributes, or NULL
 *
 * Return: 0, -E2BIG when there are too many, or -ENOMEM.
 */
int hits_add(struct hits *hits, const struct hit *hit,
	     const struct nlattr *element)
{
	const struct nlattr *verdict =
		attr_find_nested(attr_find_nested(element, NFTA_SET_ELEM_DATA),
				 NFTA_DATA_VERDICT);
	const char *chain =
		nfnl_name(attr_find_nested(verdict, NFTA_VERDICT_CHAIN));
	struct hit *items;

	if (hits->count == HITS_MAX)
		return -E2BIG;
	items = array_grow(hits->items, hits->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	hits->items = items;
	items += hits->count;
	*items = *hit;
	items->verdict = (int32_t)nfnl_nested_u32(verdict, NFTA_VERDICT_CODE,
						  (uint32_t)NFT_CONTINUE);
	if (*chain) {
		items->chain = strdup(chain);
		if (!items->chain)
			return -ENOMEM;
	}
	hits->count++;
	return 0;
}

/* ends come before what begins at the same port */
static int compare(const void *left, const void *right)
{
	const struct hit *a = left, *b = right;

	if (a->otherwise != b->otherwise)
		return (int)a->otherwise - (int)b->otherwise;
	if (a->ports.first != b->ports.first)
		return a->ports.first < b->ports.first ? -1 : 1;
	return (int)b->ends - (int)a->ends;
}

static bool has_ends(const struct hits *hits)
{
	for (size_t i = 0; i < hits->count; i++)
		if (hits->items[i].ends)
			return true;
	return false;
}

/**
 * hits_sort() - sort elements, those for who finds no other last
 * @hits: all elements that there are
 *
 * Intervals of ports alone are told by where they begin and where they have
 * ended; here they become ranges.
 */
void hits_sort(struct hits *hits)
{
	struct hit *hit = hits->items, *end;

	if (!hits->count)
		return;
	end = hit + hits->count;
	qsort(hits->items, hits->count, sizeof(*hit), compare);
	if (!has_ends(hits))
		return;
	for (; hit < end && !hit->otherwise; hit++)
		hit->ports.last = hit + 1 < end && !hit[1].otherwise
					  ? (uint16_t)(hit[1].ports.first - 1)
					  : UINT16_MAX;
}

/**
 * hits_done() - free elements
 * @hits: filled by hits_add(), or all zero
 */
void hits_done(struct hits *hits)
{
	for (size_t i = 0; i < hits->count; i++)
		free(hits->items[i].chain);
	free(hits->items);
	memset(hits, 0, sizeof(*hits));
}
