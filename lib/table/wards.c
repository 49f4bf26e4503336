/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets whose shields may change when mappings go and come.
 *
 * A target has one shield, however many mappings want it, and it lasts as long
 * as the last of them.  When one of them goes, the others are looked for in the
 * whole list: that alone is not done in constant time.
 */
#include "table/wards.h"

#include "mapping/mapping.h"
#include "table/lookup.h"
#include "util/array.h"
#include "util/time.h"

#include <errno.h>

/**
 * struct search - the search for mappings that want a shield and stay
 * @wards: targets whose shields may change
 * @removed: mappings that go, sorted by their keys
 * @removed_count: number of @removed
 */
struct search {
	struct wards *wards;
	struct pubport_mapping **removed;
	size_t removed_count;
};

/**
 * wards_done() - free such targets
 * @wards: filled or all zero
 */
void wards_done(struct wards *wards)
{
	free(wards->items);
	*wards = (struct wards){ NULL, 0 };
}

static void cleanup_wards_done(struct wards *wards)
{
	wards_done(wards);
}

static bool wants_shield(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_SHIELD;
}

static int compare(const void *a, const void *b)
{
	const struct ward *x = a, *y = b;

	return pubport_addr_compare(&x->target, &y->target);
}

/**
 * wards_of() - find a target
 * @wards: where
 * @target: which
 *
 * Return: the target, or NULL.
 */
struct ward *wards_of(const struct wards *wards,
		      const struct pubport_addr *target)
{
	const struct ward wanted = { .target = *target };

	if (!wards->count)
		return NULL;
	return bsearch(&wanted, wards->items, wards->count, sizeof(wanted),
		       compare);
}

/**
 * wards_take_end() - say that something wants the shield for some time
 * @ward: whose shield
 * @left_ms: how long; the longest counts
 */
void wards_take_end(struct ward *ward, int64_t left_ms)
{
	if (left_ms > ward->left_ms)
		ward->left_ms = left_ms;
}

/* ------------------------------------------------- what goes and what comes */

static int append(struct wards *wards, const struct ward *ward)
{
	struct ward *items =
		array_grow(wards->items, wards->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	wards->items = items;
	items[wards->count++] = *ward;
	return 0;
}

static int64_t lifetime(const struct pubport_mapping *added, int64_t now)
{
	return added->expires ? (int64_t)mapping_lifetime_ms(added, now)
			      : WARD_FOR_EVER;
}

static int collect(const struct mapping_change *change, struct wards *wards)
{
	struct ward ward;
	int code = 0;

	for (size_t i = 0; !code && i < change->removed->count; i++) {
		ward = (struct ward){ change->removed->items[i].target_addr,
				      true, WARD_NEVER };
		if (wants_shield(&change->removed->items[i]))
			code = append(wards, &ward);
	}
	for (size_t i = 0; !code && i < change->added->count; i++) {
		ward = (struct ward){
			change->added->items[i].target_addr, false,
			lifetime(&change->added->items[i], change->now)
		};
		if (wants_shield(&change->added->items[i]))
			code = append(wards, &ward);
	}
	return code;
}

/* each target once */
static void unite(struct wards *wards)
{
	struct ward *items = wards->items;
	size_t count = 0;

	if (wards->count)
		qsort(items, wards->count, sizeof(*items), compare);
	for (size_t i = 0; i < wards->count; i++) {
		if (!count || compare(&items[count - 1], &items[i])) {
			items[count++] = items[i];
			continue;
		}
		items[count - 1].loses |= items[i].loses;
		wards_take_end(&items[count - 1], items[i].left_ms);
	}
	wards->count = count;
}

/* ------------------------------------------------------------- what stays */

static int compare_keys(const void *key, const void *removed)
{
	const struct pubport_mapping *const *mapping = removed;

	return key_compare(key, &(*mapping)->key);
}

/* seconds were cut off: better a moment longer */
static int64_t rest_of_life(const struct pubport_mapping *there)
{
	return there->expires ? (there->expires + 1) * 1000 - time_now_ms()
			      : WARD_FOR_EVER;
}

static int visit(const struct pubport_mapping *mapping, void *data)
{
	const struct search *search = data;
	struct ward *ward = NULL;

	if (wants_shield(mapping))
		ward = wards_of(search->wards, &mapping->target_addr);
	if (ward && ward->loses &&
	    !bsearch(&mapping->key, search->removed, search->removed_count,
		     sizeof(*search->removed), compare_keys))
		wards_take_end(ward, rest_of_life(mapping));
	return 0;
}

static bool any_loses(const struct wards *wards)
{
	for (size_t i = 0; i < wards->count; i++)
		if (wards->items[i].loses)
			return true;
	return false;
}

static int look_at_others(struct netlink *nft,
			  const struct pubport_mappings *removed,
			  struct wards *wards)
{
	struct pubport_mapping **sorted CLEANUP(free) = NULL;
	struct search search = { wards, NULL, removed->count };

	if (!any_loses(wards))
		return 0;
	sorted = mappings_sort(removed, false);
	if (!sorted)
		return -ENOMEM;
	search.removed = sorted;
	return table_visit(nft, visit, &search);
}

/**
 * wards_find() - find the targets whose shields may change
 * @nft: open NETLINK_NETFILTER socket
 * @change: mappings that go and come
 * @ret_wards: with how long those that come want their shields, and where one
 *	goes, those that stay; free with wards_done()
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int wards_find(struct netlink *nft, const struct mapping_change *change,
	       struct wards *ret_wards)
{
	struct wards wards CLEANUP(wards_done) = { NULL, 0 };
	int code = collect(change, &wards);

	if (code)
		return code;
	unite(&wards);
	code = look_at_others(nft, change->removed, &wards);
	if (code)
		return code;
	*ret_wards = wards;
	wards.items = NULL;
	return 0;
}
