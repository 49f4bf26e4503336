/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as values: what kind one is, copies, comparison, order. */
#include "mapping/mapping.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

/**
 * mapping_is_range() - tell ranges from single ports
 * @mapping: which
 *
 * Return: whether it is more than one port.
 */
bool mapping_is_range(const struct pubport_mapping *mapping)
{
	return mapping->key.ports.first != mapping->key.ports.last;
}

/**
 * mapping_is_redirect() - tell what leads to this host itself
 * @mapping: which
 *
 * Return: whether it leads to another port of each address of the host.
 */
bool mapping_is_redirect(const struct pubport_mapping *mapping)
{
	return pubport_addr_is_any(&mapping->target_addr);
}

/**
 * mapping_is_by_port() - tell what has an element for each port
 * @mapping: which
 *
 * Return: whether its map can't hold it as one element: it is a redirect, or a
 * range whose two sides differ.
 */
bool mapping_is_by_port(const struct pubport_mapping *mapping)
{
	return mapping_is_redirect(mapping) ||
	       (mapping_is_range(mapping) &&
		mapping->key.ports.first != mapping->target_ports.first);
}

/**
 * mapping_is_by_interface() - tell what is published on an interface
 * @mapping: which
 *
 * Return: whether connections must come in by an interface, and not by an
 * address.
 */
bool mapping_is_by_interface(const struct pubport_mapping *mapping)
{
	return mapping->key.interface[0];
}

/**
 * mapping_serves_loopback() - tell what 127.0.0.1 or [::1] leads to
 * @mapping: which
 *
 * Return: whether the host reaches it through a loopback address.
 */
bool mapping_serves_loopback(const struct pubport_mapping *mapping)
{
	if (mapping_is_by_interface(mapping))
		return false;
	if (pubport_addr_is_any(&mapping->key.host))
		return !(mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK);
	return addr_is_loopback(&mapping->key.host);
}

/**
 * mapping_is_over() - tell whether a mapping's time is over
 * @mapping: which
 * @now: seconds since the epoch
 *
 * Return: whether it had one, and that is over.
 */
bool mapping_is_over(const struct pubport_mapping *mapping, int64_t now)
{
	return mapping->expires && mapping->expires <= now;
}

/**
 * mapping_lifetime_ms() - say how long the kernel is to keep a mapping
 * @mapping: one that is to be added
 * @now: seconds since the epoch
 *
 * Return: milliseconds, or 0 for ever.
 */
uint64_t mapping_lifetime_ms(const struct pubport_mapping *mapping, int64_t now)
{
	if (!mapping->expires)
		return 0;
	/* a clock that is behind gives it no more than it ever had */
	if (now < mapping->created)
		now = mapping->created;
	/* one whose time is over must not stay for ever */
	return mapping->expires > now
		       ? 1000 * (uint64_t)(mapping->expires - now)
		       : 1;
}

/**
 * mapping_ends_ms() - say when a mapping ends, whatever the clock is set to
 * @mapping: which
 *
 * Return: milliseconds of CLOCK_MONOTONIC, or 0 for never.
 */
int64_t mapping_ends_ms(const struct pubport_mapping *mapping)
{
	return mapping->expires ? time_monotonic_ms() +
					  (int64_t)mapping_lifetime_ms(
						  mapping, time_now_ms() / 1000)
				: 0;
}

/**
 * pubport_change_name() - name a kind of change
 * @change: which
 *
 * Return: such as "added" or "table lost", or "unknown" for any other number.
 */
PUBPORT_EXPORT const char *pubport_change_name(enum pubport_change change)
{
	static const char *const names[] = {
		[PUBPORT_CHANGE_ADDED] = "added",
		[PUBPORT_CHANGE_REMOVED] = "removed",
		[PUBPORT_CHANGE_EXPIRED] = "expired",
		[PUBPORT_CHANGE_REPLACED] = "replaced",
		[PUBPORT_CHANGE_TABLE_LOST] = "table lost",
		[PUBPORT_CHANGE_TABLE_RESTORED] = "table restored",
	};

	return change < ARRAY_SIZE(names) ? names[change] : "unknown";
}

/* ---------------------------------------------------- copy and compare */

/**
 * mapping_set_networks() - say who may connect
 * @mapping: its networks are set; there are none so far
 * @networks: of which a copy is made
 * @count: number of @networks
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_set_networks(struct pubport_mapping *mapping,
			 const struct pubport_network *networks, size_t count)
{
	if (!count)
		return 0;
	mapping->from = calloc(count, sizeof(*networks));
	if (!mapping->from)
		return -ENOMEM;
	memcpy(mapping->from, networks, count * sizeof(*networks));
	mapping->from_count = count;
	return 0;
}

/**
 * mapping_copy() - copy a mapping with its networks
 * @mapping: which
 * @ret_copy: overwritten; has no networks after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int mapping_copy(const struct pubport_mapping *mapping,
		 struct pubport_mapping *ret_copy)
{
	*ret_copy = *mapping;
	ret_copy->from = NULL;
	ret_copy->from_count = 0;
	return mapping_set_networks(ret_copy, mapping->from,
				    mapping->from_count);
}

static bool has_equal_target(const struct pubport_mapping *a,
			     const struct pubport_mapping *b)
{
	return addr_equal(&a->target_addr, &b->target_addr) &&
	       a->target_ports.first == b->target_ports.first &&
	       a->target_ports.last == b->target_ports.last;
}

static bool has_equal_clients(const struct pubport_mapping *a,
			      const struct pubport_mapping *b)
{
	const unsigned int flags =
		PUBPORT_MAPPING_NO_LOOPBACK | PUBPORT_MAPPING_LIMITED |
		PUBPORT_MAPPING_SHIELD | PUBPORT_MAPPING_MASQUERADE |
		PUBPORT_MAPPING_SYMMETRIC;
	bool equal = (a->flags & flags) == (b->flags & flags) &&
		     a->from_count == b->from_count &&
		     !strcmp(a->helper, b->helper);

	for (size_t i = 0; equal && i < a->from_count; i++)
		equal = !prefix_compare(&a->from[i], &b->from[i]);
	return equal;
}

static bool has_equal_words(const struct pubport_mapping *a,
			    const struct pubport_mapping *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->target, b->target) &&
	       !strcmp(a->image, b->image);
}

static bool has_equal_origin(const struct pubport_mapping *a,
			     const struct pubport_mapping *b)
{
	const unsigned int flag = PUBPORT_MAPPING_CHOSEN;

	return a->created == b->created &&
	       (a->flags & flag) == (b->flags & flag);
}

/**
 * mapping_equal() - tell whether two mappings of one key are alike
 * @a: one
 * @b: the other
 * @parts: what is compared: enum mapping_part, or'ed
 *
 * Return: whether all of that is equal.
 */
bool mapping_equal(const struct pubport_mapping *a,
		   const struct pubport_mapping *b, unsigned int parts)
{
	return (!(parts & MAPPING_TARGET) || has_equal_target(a, b)) &&
	       (!(parts & MAPPING_CLIENTS) || has_equal_clients(a, b)) &&
	       (!(parts & MAPPING_WORDS) || has_equal_words(a, b)) &&
	       (!(parts & MAPPING_ORIGIN) || has_equal_origin(a, b));
}

/* -------------------------------------------------------------- arrays */

/**
 * pubport_mappings_done() - free mappings
 * @mappings: filled in by this library, or all zero
 */
PUBPORT_EXPORT void pubport_mappings_done(struct pubport_mappings *mappings)
{
	for (size_t i = 0; i < mappings->count; i++)
		free(mappings->items[i].from);
	free(mappings->items);
	memset(mappings, 0, sizeof(*mappings));
}

/**
 * mappings_append() - make room for another mapping
 * @mappings: grows by one
 *
 * Return: the new one, all zero, or NULL without memory.
 */
struct pubport_mapping *mappings_append(struct pubport_mappings *mappings)
{
	struct pubport_mapping *items =
		array_grow(mappings->items, mappings->count, sizeof(*items));

	if (!items)
		return NULL;
	mappings->items = items;
	return memset(&items[mappings->count++], 0, sizeof(*items));
}

/**
 * mappings_move() - take a mapping among others
 * @mappings: grows by one
 * @mapping: goes there; its networks are not its own any more
 *
 * Return: 0 or -ENOMEM.
 */
int mappings_move(struct pubport_mappings *mappings,
		  struct pubport_mapping *mapping)
{
	struct pubport_mapping *last = mappings_append(mappings);

	if (!last)
		return -ENOMEM;
	*last = *mapping;
	mapping->from = NULL;
	mapping->from_count = 0;
	return 0;
}

/**
 * mappings_copy() - put a copy of a mapping among others
 * @mappings: grows by one
 * @mapping: which
 *
 * Return: 0; or -ENOMEM, and the copy may be there without its networks.
 */
int mappings_copy(struct pubport_mappings *mappings,
		  const struct pubport_mapping *mapping)
{
	struct pubport_mapping *copy = mappings_append(mappings);

	return copy ? mapping_copy(mapping, copy) : -ENOMEM;
}

/* --------------------------------------------------------------- order */

/**
 * key_compare_hosts() - order keys by host address and interface
 * @a: a key
 * @b: another one
 *
 * Return: below, at or above 0, as for qsort(3).
 */
int key_compare_hosts(const struct pubport_key *a, const struct pubport_key *b)
{
	int order = pubport_addr_compare(&a->host, &b->host);

	/* most have none, and thousands are compared */
	if (!order && (a->interface[0] || b->interface[0]))
		order = strcmp(a->interface, b->interface);
	return order;
}

/**
 * key_compare() - order keys by host address, interface, protocol and port
 * @a: a key
 * @b: another one
 *
 * Return: below, at or above 0, as for qsort(3); 0 for the same key.
 */
int key_compare(const struct pubport_key *a, const struct pubport_key *b)
{
	int order = key_compare_hosts(a, b);

	if (!order)
		order = (int)a->protocol - (int)b->protocol;
	if (!order)
		order = a->ports.first - b->ports.first;
	return order ? order : a->ports.last - b->ports.last;
}

/* of equal keys, the earlier one comes first */
static int compare(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order = key_compare(&(*x)->key, &(*y)->key);

	return order ? order : *x < *y ? -1 : *x > *y;
}

/* the same, with ranges apart from single ports: they don't collide */
static int compare_apart(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order = mapping_is_range(*x) - mapping_is_range(*y);

	return order ? order : compare(a, b);
}

/**
 * mappings_sort() - sort pointers to mappings by their keys
 * @mappings: which; not moved
 * @ranges_last: whether all single ports come first, then all ranges
 *
 * Return: @mappings->count pointers; of equal keys, the earlier one comes
 * first; free with free().  NULL without memory.
 */
struct pubport_mapping **mappings_sort(const struct pubport_mappings *mappings,
				       bool ranges_last)
{
	struct pubport_mapping **sorted =
		calloc(mappings->count + 1, sizeof(struct pubport_mapping *));

	for (size_t i = 0; sorted && i < mappings->count; i++)
		sorted[i] = &mappings->items[i];
	if (sorted)
		qsort(sorted, mappings->count, sizeof(struct pubport_mapping *),
		      ranges_last ? compare_apart : compare);
	return sorted;
}

static bool collides(const struct pubport_mapping *a,
		     const struct pubport_mapping *b)
{
	return mapping_is_range(a) == mapping_is_range(b) &&
	       a->key.protocol == b->key.protocol &&
	       !key_compare_hosts(&a->key, &b->key) &&
	       b->key.ports.first <= a->key.ports.last;
}

/**
 * mappings_find_collision() - find a mapping that can't be beside another
 * @mappings: to be added together
 * @ret_index: index of one that has the key of another, or overlaps its range
 *
 * Return: 0 when there is one, -ENOENT when there is none, -ENOMEM.
 */
int mappings_find_collision(const struct pubport_mappings *mappings,
			    size_t *ret_index)
{
	struct pubport_mapping **sorted CLEANUP(free) =
		mappings_sort(mappings, true);

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 1; i < mappings->count; i++) {
		if (!collides(sorted[i - 1], sorted[i]))
			continue;
		*ret_index = (size_t)(sorted[i] - mappings->items);
		return 0;
	}
	return -ENOENT;
}

static bool is_sorted(const struct pubport_mappings *mappings)
{
	for (size_t i = 1; i < mappings->count; i++)
		if (key_compare(&mappings->items[i - 1].key,
				&mappings->items[i].key) > 0)
			return false;
	return true;
}

/**
 * pubport_mappings_sort() - sort mappings by host address, interface, protocol
 * and port
 * @mappings: sorted in place; addresses numerically, IPv4 first
 *
 * Return: 0, or -ENOMEM with @mappings as they were.
 */
PUBPORT_EXPORT int pubport_mappings_sort(struct pubport_mappings *mappings)
{
	struct pubport_mapping **sorted CLEANUP(free) = NULL;
	struct pubport_mapping *items;

	if (is_sorted(mappings))
		return 0;
	sorted = mappings_sort(mappings, false);
	items = calloc(mappings->count + 1, sizeof(*items));
	if (!sorted || !items) {
		free(items);
		return -ENOMEM;
	}
	for (size_t i = 0; i < mappings->count; i++)
		items[i] = *sorted[i];
	free(mappings->items);
	mappings->items = items;
	return 0;
}

/**
 * mappings_have_udp() - look for mappings of UDP
 * @mappings: which
 *
 * Return: whether there is one.
 */
bool mappings_have_udp(const struct pubport_mappings *mappings)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mappings->items[i].key.protocol == PUBPORT_UDP)
			return true;
	return false;
}
