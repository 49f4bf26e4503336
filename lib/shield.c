/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shields around targets, which go up and come down with mappings.
 *
 * A target has one shield, however many mappings want it, and it lasts as long
 * as the last of them.  When one of them goes, the others are looked for in the
 * whole list: that alone is not done in constant time.  The transaction must be
 * bound to the generation of the ruleset in which this was read.
 *
 * A shield that is not taken down because its mappings ended by themselves ends
 * at the same time, or a moment later.
 */
#include "shield.h"

#include "addr.h"
#include "array.h"
#include "mapping.h"
#include "order.h"
#include "route.h"
#include "table.h"

#include <errno.h>
#include <string.h>

/* how long a shield lasts, in milliseconds: none, or one without an end */
#define NEVER 0
#define FOR_EVER INT64_MAX

/* shields that end within that time of each other are the same */
#define SLACK_MS 1500

/**
 * struct survey - what is found out about the shield of one target
 * @nft: NETLINK_NETFILTER socket
 * @route: NETLINK_ROUTE socket
 * @target: whose shield
 * @removed: mappings that go
 * @left_ms: how long the mappings that want it last
 * @links: elements that name the interface of its own network, as they are
 */
struct survey {
	struct netlink *nft;
	struct netlink *route;
	const struct pubport_addr *target;
	const struct pubport_mappings *removed;
	int64_t left_ms;
	struct shield_elements links;
};

static void cleanup_survey(struct survey *survey)
{
	free(survey->links.items);
}

/**
 * shield_change_done() - free what shield_find() made
 * @change: filled or all zero
 */
void shield_change_done(struct shield_change *change)
{
	free(change->old.items);
	free(change->new.items);
	memset(change, 0, sizeof(*change));
}

static int append(struct shield_elements *elements, enum schema_set_id set,
		  const struct element *element)
{
	struct shield_element *items =
		array_grow(elements->items, elements->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	elements->items = items;
	items[elements->count++] = (struct shield_element){ set, *element };
	return 0;
}

/* a table that can't be asked, as in a dry run, counts as empty */
static bool is_missing(int code)
{
	return code == -ENOENT || table_cant_be_asked(code);
}

static enum schema_set_id shielded_set(const struct pubport_addr *target)
{
	return target->family == PUBPORT_IPV4 ? SET_SHIELDED4 : SET_SHIELDED6;
}

static enum schema_set_id link_set(const struct pubport_addr *target)
{
	return target->family == PUBPORT_IPV4 ? SET_OWN_LINK4 : SET_OWN_LINK6;
}

static bool wants_shield(const struct pubport_mapping *mapping,
			 const struct pubport_addr *target)
{
	return mapping->flags & PUBPORT_MAPPING_SHIELD &&
	       addr_equal(&mapping->target_addr, target);
}

static bool any_wants_shield(const struct pubport_mappings *mappings,
			     const struct pubport_addr *target)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (wants_shield(&mappings->items[i], target))
			return true;
	return false;
}

/* ---------------------------------------------------- how long it must last */

static void take_end(struct survey *survey, int64_t left_ms)
{
	if (left_ms > survey->left_ms)
		survey->left_ms = left_ms;
}

static int64_t lifetime(const struct pubport_mapping *added)
{
	return added->expires ? (added->expires - added->created) * 1000
			      : FOR_EVER;
}

/* seconds were cut off: better a moment longer */
static int64_t rest_of_life(const struct pubport_mapping *there)
{
	return there->expires ? (there->expires + 1) * 1000 - mapping_now_ms()
			      : FOR_EVER;
}

static int visit(const struct pubport_mapping *mapping, void *data)
{
	struct survey *survey = data;
	const struct pubport_mapping *removed = survey->removed->items;

	if (!wants_shield(mapping, survey->target))
		return 0;
	for (size_t i = 0; i < survey->removed->count; i++, removed++)
		if (!order_compare(&removed->key, &mapping->key))
			return 0;
	take_end(survey, rest_of_life(mapping));
	return 0;
}

/* as long as there was one, it lasted as long as any mapping wanted it */
static int find_end(struct survey *survey, const struct pubport_mappings *added,
		    const struct element *old)
{
	const struct pubport_mapping *mapping = added->items;

	survey->left_ms = NEVER;
	for (size_t i = 0; i < added->count; i++, mapping++)
		if (wants_shield(mapping, survey->target))
			take_end(survey, lifetime(mapping));
	if (any_wants_shield(survey->removed, survey->target))
		return table_visit(survey->nft, visit, survey);
	if (old)
		take_end(survey,
			 old->timeout_ms ? (int64_t)old->left_ms : FOR_EVER);
	return 0;
}

/* ---------------------------------------------------------- its own network */

static int take_link(const struct element *element, void *data)
{
	struct survey *survey = data;
	enum schema_set_id set = link_set(survey->target);
	struct element_fields fields;
	int code = 0;

	element_read_key(schema_set(set), element->key, &fields);
	if (addr_equal(&fields.daddr, survey->target))
		code = append(&survey->links, set, element);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

/* a target without a route has no network yet: it is shielded from all */
static int find_interface(struct survey *survey, char *ret_interface)
{
	struct route_link link = { .index = 0 };
	struct route route;
	int code = route_lookup(survey->route, survey->target, &route);

	if (!code)
		code = route_link(survey->route, route.interface, &link);
	if (code && code != -ENETUNREACH && code != -ENODEV)
		return code;
	memcpy(ret_interface, link.name, PUBPORT_IFNAME_SIZE);
	return 0;
}

/* ------------------------------------------------------------- what changes */

static bool is_as_it_should_be(const struct survey *survey,
			       const struct element *old, const char *interface)
{
	struct element_fields fields;
	int64_t differs;

	if (!old || survey->links.count != 1)
		return false;
	element_read_key(schema_set(link_set(survey->target)),
			 survey->links.items[0].element.key, &fields);
	if (strcmp(fields.iifname, interface) != 0)
		return false;
	if (!old->timeout_ms || survey->left_ms == FOR_EVER)
		return !old->timeout_ms && survey->left_ms == FOR_EVER;
	differs = survey->left_ms - (int64_t)old->left_ms;
	return -SLACK_MS < differs && differs < SLACK_MS;
}

static int take_down(const struct survey *survey, const struct element *old,
		     struct shield_elements *elements)
{
	int code = 0;

	if (old)
		code = append(elements, shielded_set(survey->target), old);
	for (size_t i = 0; !code && i < survey->links.count; i++)
		code = append(elements, survey->links.items[i].set,
			      &survey->links.items[i].element);
	return code;
}

static int put_up(const struct survey *survey, const char *interface,
		  struct shield_elements *elements)
{
	enum schema_set_id set = shielded_set(survey->target);
	struct element_fields fields = { .daddr = *survey->target };
	struct element element;
	int code;

	element_init(&element);
	if (survey->left_ms != FOR_EVER)
		element.timeout_ms = (uint64_t)survey->left_ms;
	memcpy(fields.iifname, interface, sizeof(fields.iifname));
	element_write_key(schema_set(set), &fields, element.key);
	code = append(elements, set, &element);
	if (code || !interface[0])
		return code;
	set = link_set(survey->target);
	element_write_key(schema_set(set), &fields, element.key);
	return append(elements, set, &element);
}

static int look_up(struct survey *survey, struct element *ret_element,
		   const struct element **ret_old)
{
	enum schema_set_id set = shielded_set(survey->target);
	struct element_fields fields = { .daddr = *survey->target };
	uint8_t key[ELEMENT_KEY_MAX];
	int code;

	element_write_key(schema_set(set), &fields, key);
	code = element_get(survey->nft, set, key, ret_element);
	*ret_old = code ? NULL : ret_element;
	return is_missing(code) ? 0 : code;
}

static int find_change(struct survey *survey,
		       const struct pubport_mappings *added,
		       struct shield_change *change)
{
	char interface[PUBPORT_IFNAME_SIZE] = "";
	const struct element *old;
	struct element element;
	int code = look_up(survey, &element, &old);

	if (!code)
		code = find_end(survey, added, old);
	if (!code)
		code = element_dump(survey->nft, link_set(survey->target),
				    take_link, survey);
	if (is_missing(code))
		code = 0;
	if (!code && survey->left_ms > NEVER)
		code = find_interface(survey, interface);
	if (code || (survey->left_ms > NEVER &&
		     is_as_it_should_be(survey, old, interface)))
		return code;
	code = take_down(survey, old, &change->old);
	if (!code && survey->left_ms > NEVER)
		code = put_up(survey, interface, &change->new);
	return code;
}

/* whether an earlier one is shielded, too, and leads to the same target */
static bool was_seen(const struct pubport_mappings *mappings, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (wants_shield(&mappings->items[i],
				 &mappings->items[index].target_addr))
			return true;
	return false;
}

/**
 * shield_find() - find out what becomes of shields when mappings change
 * @nft: open NETLINK_NETFILTER socket
 * @route: open NETLINK_ROUTE socket
 * @removed: mappings that go
 * @added: mappings that come
 * @ret_change: end with shield_change_done(), also after a failure
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int shield_find(struct netlink *nft, struct netlink *route,
		const struct pubport_mappings *removed,
		const struct pubport_mappings *added,
		struct shield_change *ret_change)
{
	const struct pubport_mappings *both[] = { removed, added };
	int code = 0;

	for (size_t k = 0; k < ARRAY_SIZE(both); k++) {
		const struct pubport_mapping *mapping = both[k]->items;

		for (size_t i = 0; !code && i < both[k]->count;
		     i++, mapping++) {
			struct survey survey CLEANUP(survey) = {
				.nft = nft,
				.route = route,
				.target = &mapping->target_addr,
				.removed = removed,
			};

			if (!(mapping->flags & PUBPORT_MAPPING_SHIELD) ||
			    was_seen(both[k], i) ||
			    (k && any_wants_shield(removed, survey.target)))
				continue;
			code = find_change(&survey, added, ret_change);
		}
	}
	return code;
}

/**
 * shield_emit() - hand on the elements of shields
 * @elements: which
 * @take: takes each
 * @data: handed to @take
 */
void shield_emit(const struct shield_elements *elements, element_emit_fn take,
		 void *data)
{
	for (size_t i = 0; i < elements->count; i++)
		take(data, elements->items[i].set, &elements->items[i].element,
		     BATCH_NO_INDEX);
}
