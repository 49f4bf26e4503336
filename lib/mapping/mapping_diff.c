/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes the mappings that are there into those that are wanted.
 *
 * Both are sorted by their keys and walked side by side.  A mapping that is
 * wanted otherwise than it is goes, and comes again.
 */
#include "mapping/mapping_diff.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "table/mapping_element.h"

#include <errno.h>
#include <string.h>

/* seconds: when a mapping ends is read while its time runs, and may have been
 * read with another clock */
#define EXPIRES_SLACK 60

/**
 * mapping_diff_done() - free a difference
 * @difference: filled or all zero
 */
void mapping_diff_done(struct mapping_diff *difference)
{
	plan_done(&difference->plan);
	pubport_mappings_done(&difference->removed);
	memset(difference, 0, sizeof(*difference));
}

/* --------------------------------------------------------- one and the other
 */

static bool leads_alike(const struct pubport_mapping *a,
			const struct pubport_mapping *b)
{
	return addr_equal(&a->target_addr, &b->target_addr) &&
	       a->target_ports.first == b->target_ports.first &&
	       a->target_ports.last == b->target_ports.last;
}

static bool is_called_alike(const struct pubport_mapping *a,
			    const struct pubport_mapping *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->target, b->target) &&
	       !strcmp(a->image, b->image);
}

static bool is_for_the_same(const struct pubport_mapping *a,
			    const struct pubport_mapping *b)
{
	const unsigned int flags = PUBPORT_MAPPING_NO_LOOPBACK |
				   PUBPORT_MAPPING_LIMITED |
				   PUBPORT_MAPPING_SHIELD;
	bool same = (a->flags & flags) == (b->flags & flags) &&
		    a->from_count == b->from_count;

	for (size_t i = 0; same && i < a->from_count; i++)
		same = !prefix_compare(&a->from[i], &b->from[i]);
	return same;
}

/**
 * mapping_diff_act_alike() - look whether two mappings do the same
 * @a: one
 * @b: the other, of the same key
 *
 * Return: whether they do, whatever they are called and when they end.
 */
bool mapping_diff_act_alike(const struct pubport_mapping *a,
			    const struct pubport_mapping *b)
{
	return leads_alike(a, b) && is_for_the_same(a, b);
}

static bool ends_alike(const struct pubport_mapping *a,
		       const struct pubport_mapping *b)
{
	return !a->expires == !b->expires &&
	       llabs(a->expires - b->expires) <= EXPIRES_SLACK;
}

static bool is_same(const struct pubport_mapping *a,
		    const struct pubport_mapping *b)
{
	return mapping_diff_act_alike(a, b) && is_called_alike(a, b) &&
	       ends_alike(a, b);
}

/* ----------------------------------------------------------- what is to be
 * done */

/**
 * struct comparison - a difference in the making
 * @wanted: mappings that are wanted
 * @difference: so far; @removed has those that are gone alone
 * @replaced: mappings that go and come again, as they are
 */
struct comparison {
	const struct pubport_mappings *wanted;
	struct mapping_diff difference;
	struct pubport_mappings replaced;
};

static void cleanup_comparison(struct comparison *comparison)
{
	mapping_diff_done(&comparison->difference);
	pubport_mappings_done(&comparison->replaced);
}

static int plan(const struct pubport_mapping *wanted, size_t index,
		struct plan *plan)
{
	struct pubport_mapping *mapping = plan_append(plan, index);

	if (!mapping)
		return -ENOMEM;
	*mapping = *wanted;
	mapping->from = NULL;
	mapping->from_count = 0;
	if (!mapping->created)
		mapping->created = plan->now;
	return mapping_set_networks(mapping, wanted->from, wanted->from_count);
}

static bool is_over(const struct pubport_mapping *mapping, int64_t now)
{
	return mapping->expires && mapping->expires <= now;
}

/* two mappings of the same key, or one of them alone */
static int compare(struct comparison *comparison,
		   const struct pubport_mapping *wanted,
		   struct pubport_mapping *there)
{
	struct mapping_diff *difference = &comparison->difference;
	bool comes = wanted && !is_over(wanted, difference->plan.now);
	int code = 0;

	if (wanted && there && is_same(wanted, there)) {
		difference->kept++;
		return 0;
	}
	if (there)
		code = mappings_move(comes ? &comparison->replaced
					   : &difference->removed,
				     there);
	if (!code && comes)
		code = plan(wanted,
			    (size_t)(wanted - comparison->wanted->items),
			    &difference->plan);
	return code;
}

static int compare_all(struct comparison *comparison,
		       struct pubport_mappings *there)
{
	const struct pubport_mappings *wanted = comparison->wanted;
	struct pubport_mapping **a CLEANUP(free) = NULL,
				   **b CLEANUP(free) = NULL;
	size_t i = 0, j = 0;
	int code, order;

	code = mappings_sort(wanted, &a);
	if (!code)
		code = mappings_sort(there, &b);
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

/* those that are replaced come after those that are gone */
static int join(struct comparison *comparison)
{
	struct pubport_mappings *removed = &comparison->difference.removed;
	struct pubport_mappings *replaced = &comparison->replaced;
	struct pubport_mapping *items;

	comparison->difference.gone = removed->count;
	if (!replaced->count)
		return 0;
	items = reallocarray(removed->items, removed->count + replaced->count,
			     sizeof(*items));
	if (!items)
		return -ENOMEM;
	memcpy(items + removed->count, replaced->items,
	       replaced->count * sizeof(*items));
	removed->items = items;
	removed->count += replaced->count;
	replaced->count = 0;
	return 0;
}

/**
 * mapping_diff_find() - compare mappings
 * @wanted: each with a key of its own
 * @there: as they are; those that go are moved out of it
 * @now: seconds since the epoch
 * @ret_difference: without what the plan needs; end with mapping_diff_done()
 *
 * What is wanted until a time that is over isn't wanted.  When a mapping was
 * created makes no difference.
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_diff_find(const struct pubport_mappings *wanted,
		      struct pubport_mappings *there, int64_t now,
		      struct mapping_diff *ret_difference)
{
	struct comparison comparison CLEANUP(comparison) = {
		.wanted = wanted,
		.difference.plan.now = now,
	};
	int code = compare_all(&comparison, there);

	if (!code)
		code = join(&comparison);
	if (code)
		return code;
	*ret_difference = comparison.difference;
	memset(&comparison.difference, 0, sizeof(comparison.difference));
	return 0;
}
