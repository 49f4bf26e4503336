/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes the mappings that are there into those that are wanted.
 *
 * Both are sorted by their keys and walked side by side.  A mapping that is
 * wanted otherwise than it is goes, and comes again.
 */
#include "mapping/mapping_diff.h"

#include "mapping/mapping.h"
#include "util/array.h"
#include "util/cleanup.h"

#include <errno.h>
#include <string.h>

/* seconds: when a mapping ends is read while its time runs, and may have been
 * read with another clock */
#define EXPIRES_SLACK 60

/**
 * struct comparison - a difference in the making
 * @wanted: mappings that are wanted
 * @now: seconds since the epoch
 * @diff: so far; its @removed has those that are gone alone
 * @replaced: mappings that go and come again, as they are
 */
struct comparison {
	const struct pubport_mappings *wanted;
	int64_t now;
	struct mapping_diff diff;
	struct pubport_mappings replaced;
};

static void cleanup_comparison(struct comparison *comparison)
{
	mapping_diff_done(&comparison->diff);
	pubport_mappings_done(&comparison->replaced);
}

/**
 * mapping_diff_done() - free a difference
 * @diff: filled or all zero
 */
void mapping_diff_done(struct mapping_diff *diff)
{
	pubport_mappings_done(&diff->added);
	pubport_mappings_done(&diff->removed);
	free(diff->wanted);
	memset(diff, 0, sizeof(*diff));
}

static bool is_same(const struct pubport_mapping *a,
		    const struct pubport_mapping *b)
{
	return mapping_equal(a, b,
			     MAPPING_TARGET | MAPPING_CLIENTS |
				     MAPPING_WORDS) &&
	       !a->expires == !b->expires &&
	       llabs(a->expires - b->expires) <= EXPIRES_SLACK;
}

static int add(struct comparison *comparison,
	       const struct pubport_mapping *mapping)
{
	struct mapping_diff *diff = &comparison->diff;
	size_t *wanted = array_grow(diff->wanted, diff->added.count,
				    sizeof(*diff->wanted));
	struct pubport_mapping *added;

	if (!wanted)
		return -ENOMEM;
	diff->wanted = wanted;
	wanted[diff->added.count] =
		(size_t)(mapping - comparison->wanted->items);
	if (mappings_copy(&diff->added, mapping))
		return -ENOMEM;
	added = &diff->added.items[diff->added.count - 1];
	if (!added->created)
		added->created = comparison->now;
	return 0;
}

/* two mappings of the same key, or one of them alone */
static int compare(struct comparison *comparison,
		   const struct pubport_mapping *wanted,
		   struct pubport_mapping *there)
{
	struct mapping_diff *diff = &comparison->diff;
	bool comes = wanted && !mapping_is_over(wanted, comparison->now);
	int code = 0;

	if (wanted && there && is_same(wanted, there)) {
		diff->kept++;
		return 0;
	}
	if (there)
		code = mappings_move(
			comes ? &comparison->replaced : &diff->removed, there);
	return code || !comes ? code : add(comparison, wanted);
}

static int compare_all(struct comparison *comparison,
		       struct pubport_mappings *there)
{
	const struct pubport_mappings *wanted = comparison->wanted;
	struct pubport_mapping **a CLEANUP(free) = mappings_sort(wanted, false);
	struct pubport_mapping **b CLEANUP(free) = mappings_sort(there, false);
	size_t i = 0, j = 0;
	int code = a && b ? 0 : -ENOMEM, order;

	while (!code && (i < wanted->count || j < there->count)) {
		if (i == wanted->count)
			order = 1;
		else if (j == there->count)
			order = -1;
		else
			order = key_compare(&a[i]->key, &b[j]->key);
		code = compare(comparison, order <= 0 ? a[i++] : NULL,
			       order >= 0 ? b[j++] : NULL);
	}
	return code;
}

/**
 * mapping_diff_find() - compare mappings
 * @wanted: each with a key of its own
 * @there: as they are; those that go are moved out of it
 * @now: seconds since the epoch
 * @ret_diff: end with mapping_diff_done()
 *
 * What is wanted until a time that is over isn't wanted.  When a mapping was
 * created makes no difference.
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_diff_find(const struct pubport_mappings *wanted,
		      struct pubport_mappings *there, int64_t now,
		      struct mapping_diff *ret_diff)
{
	struct comparison comparison CLEANUP(comparison) = {
		.wanted = wanted,
		.now = now,
	};
	struct pubport_mappings *replaced = &comparison.replaced;
	struct mapping_diff *diff = &comparison.diff;
	int code = compare_all(&comparison, there);

	diff->gone = diff->removed.count;
	for (size_t i = 0; !code && i < replaced->count; i++)
		code = mappings_move(&diff->removed, &replaced->items[i]);
	if (code)
		return code;
	*ret_diff = *diff;
	memset(diff, 0, sizeof(*diff));
	return 0;
}
