/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shields around targets, which are put up and taken down with mappings.
 *
 * A target has one shield, however many mappings want it, and it lasts as long
 * as the last of them.  When one of them goes, the others are looked for in the
 * whole list: that alone is not done in constant time.
 *
 * Of a shield that is up, only its end may change.  The transaction must be
 * bound to the generation of the ruleset in which this was read.
 *
 * A shield that is not taken down because its mappings ended by themselves ends
 * at the same time, or a moment later.
 */
#include "table/shield.h"

#include "mapping/mapping.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "table/list.h"
#include "util/array.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

/* shields that end within that time of each other are the same */
#define SLACK_MS 1500

/* ------------------------------------------------- whose shields may change */

/* how long a shield lasts, in milliseconds: none, or one without an end */
#define WARD_NEVER 0
#define WARD_FOR_EVER INT64_MAX

/**
 * struct ward - a target whose shield may change
 * @target: which
 * @loses: whether a mapping goes that wants its shield
 * @left_ms: how long the mappings that want it last
 */
struct ward {
	struct pubport_addr target;
	bool loses;
	int64_t left_ms;
};

/**
 * struct wards - such targets, each once, sorted
 * @items: free with wards_done()
 * @count: number of @items
 */
struct wards {
	struct ward *items;
	size_t count;
};

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

static void cleanup_wards(struct wards *wards)
{
	free(wards->items);
	*wards = (struct wards){ NULL, 0 };
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

static struct ward *wards_of(const struct wards *wards,
			     const struct pubport_addr *target)
{
	const struct ward wanted = { .target = *target };

	if (!wards->count)
		return NULL;
	return bsearch(&wanted, wards->items, wards->count, sizeof(wanted),
		       compare);
}

static void extend(struct ward *ward, int64_t left_ms)
{
	if (left_ms > ward->left_ms)
		ward->left_ms = left_ms;
}

/* ------------------------------------------------- what goes and what comes */

static int append_ward(struct wards *wards, const struct ward *ward)
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
			code = append_ward(wards, &ward);
	}
	for (size_t i = 0; !code && i < change->added->count; i++) {
		ward = (struct ward){
			change->added->items[i].target_addr, false,
			lifetime(&change->added->items[i], change->now)
		};
		if (wants_shield(&change->added->items[i]))
			code = append_ward(wards, &ward);
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
		extend(&items[count - 1], items[i].left_ms);
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
		extend(ward, rest_of_life(mapping));
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

/* with how long those that come want their shields, and where one goes, those
 * that stay */
static int wards_find(struct netlink *nft, const struct mapping_change *change,
		      struct wards *ret_wards)
{
	struct wards wards CLEANUP(wards) = { NULL, 0 };
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

/* -------------------------------------------------------------- what is there
 */

/**
 * struct survey - what is found out about shields
 * @nft: NETLINK_NETFILTER socket
 * @route: NETLINK_ROUTE socket
 * @wards: targets whose shields may change
 * @links: for each of them, elements that name the interface of its own
 *	network, as they are
 * @set: of the elements that are being dumped
 */
struct survey {
	struct netlink *nft;
	struct netlink *route;
	struct wards wards;
	struct shield_elements *links;
	enum set_id set;
};

static void cleanup_survey(struct survey *survey)
{
	for (size_t i = 0; survey->links && i < survey->wards.count; i++)
		free(survey->links[i].items);
	free(survey->links);
	cleanup_wards(&survey->wards);
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

static int append_element(struct shield_elements *elements, enum set_id set,
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

static enum set_id shielded_set(const struct pubport_addr *target)
{
	return set_of_family(SET_SHIELDED4, target->family);
}

static enum set_id link_set(const struct pubport_addr *target)
{
	return set_of_family(SET_OWN_LINK4, target->family);
}

/* ---------------------------------------------------------- its own network */

static int read_link(const struct element *element, void *data)
{
	const struct survey *survey = data;
	struct element_fields fields;
	const struct ward *ward;
	int code = 0;

	element_read_key(set_get(survey->set), element->key, &fields);
	ward = wards_of(&survey->wards, &fields.daddr);
	if (ward)
		code = append_element(
			&survey->links[ward - survey->wards.items], survey->set,
			element);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

static int find_links(struct survey *survey)
{
	static const enum set_id sets[] = { SET_OWN_LINK4, SET_OWN_LINK6 };
	int code = 0;

	survey->links = calloc(survey->wards.count, sizeof(*survey->links));
	if (!survey->links)
		return -ENOMEM;
	for (size_t i = 0; survey->nft && !code && i < ARRAY_SIZE(sets); i++) {
		survey->set = sets[i];
		code = element_dump(survey->nft, sets[i], read_link, survey);
	}
	return code;
}

/* a target without a route has no network yet: it is shielded from all */
static int find_interface(const struct survey *survey, const struct ward *ward,
			  char *ret_interface)
{
	struct link_info link = { .index = 0 };
	struct route route;
	int code = route_lookup(survey->route, &ward->target, &route);

	/* behind a gateway there is no network of its own that could be told */
	if (!code && route_is_on_link(&route))
		code = link_get(survey->route, route.interface, &link);
	if (code && code != -ENETUNREACH && code != -ENODEV)
		return code;
	memcpy(ret_interface, link.name, PUBPORT_IFNAME_SIZE);
	return 0;
}

/* ------------------------------------------------------------- what changes */

static bool is_as_it_should_be(const struct ward *ward,
			       const struct shield_elements *links,
			       const struct element *old, const char *interface)
{
	struct element_fields fields;
	int64_t differs;

	if (!old || links->count != (interface[0] ? 1 : 0))
		return false;
	if (interface[0]) {
		element_read_key(set_get(link_set(&ward->target)),
				 links->items[0].element.key, &fields);
		if (strcmp(fields.iifname, interface) != 0)
			return false;
	}
	if (!old->timeout_ms || ward->left_ms == WARD_FOR_EVER)
		return !old->timeout_ms && ward->left_ms == WARD_FOR_EVER;
	differs = ward->left_ms - (int64_t)old->left_ms;
	return -SLACK_MS < differs && differs < SLACK_MS;
}

static int take_down(const struct ward *ward,
		     const struct shield_elements *links,
		     const struct element *old,
		     struct shield_elements *elements)
{
	int code = 0;

	if (old)
		code = append_element(elements, shielded_set(&ward->target),
				      old);
	for (size_t i = 0; !code && i < links->count; i++)
		code = append_element(elements, links->items[i].set,
				      &links->items[i].element);
	return code;
}

static int put_up(const struct ward *ward, const char *interface,
		  struct shield_elements *elements)
{
	enum set_id set = shielded_set(&ward->target);
	struct element_fields fields = { .daddr = ward->target };
	struct element element;
	int code;

	element_init(&element);
	if (ward->left_ms != WARD_FOR_EVER)
		element.timeout_ms = (uint64_t)ward->left_ms;
	memcpy(fields.iifname, interface, sizeof(fields.iifname));
	element_write_key(set_get(set), &fields, element.key);
	code = append_element(elements, set, &element);
	if (code || !interface[0])
		return code;
	set = link_set(&ward->target);
	element_write_key(set_get(set), &fields, element.key);
	return append_element(elements, set, &element);
}

static int look_up(const struct survey *survey, const struct ward *ward,
		   struct element *ret_element, const struct element **ret_old)
{
	enum set_id set = shielded_set(&ward->target);
	struct element_fields fields = { .daddr = ward->target };
	uint8_t key[ELEMENT_KEY_MAX];
	int code = -ENOENT;

	element_write_key(set_get(set), &fields, key);
	if (survey->nft)
		code = element_get(survey->nft, set, key, ret_element);
	*ret_old = code ? NULL : ret_element;
	return code == -ENOENT ? 0 : code;
}

static int find_change(const struct survey *survey, size_t index,
		       struct shield_change *ret_change)
{
	const struct shield_elements *links = &survey->links[index];
	struct ward *ward = &survey->wards.items[index];
	char interface[PUBPORT_IFNAME_SIZE] = "";
	const struct element *old;
	struct element element;
	int code = look_up(survey, ward, &element, &old);

	if (code)
		return code;
	/* as long as there was one, it lasted as long as any mapping wanted */
	if (old && !ward->loses)
		extend(ward,
		       old->timeout_ms ? (int64_t)old->left_ms : WARD_FOR_EVER);
	if (ward->left_ms > WARD_NEVER) {
		code = find_interface(survey, ward, interface);
		if (code || is_as_it_should_be(ward, links, old, interface))
			return code;
	}
	code = take_down(ward, links, old, &ret_change->old);
	if (!code && ward->left_ms > WARD_NEVER)
		code = put_up(ward, interface, &ret_change->new);
	return code;
}

/**
 * shield_find() - find out what becomes of shields when mappings change
 * @nft: open NETLINK_NETFILTER socket; or NULL for a table that can't be asked,
 *	as in a dry run: it counts as empty
 * @route: open NETLINK_ROUTE socket
 * @change: mappings that go and come
 * @ret_change: end with shield_change_done(), also after a failure
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int shield_find(struct netlink *nft, struct netlink *route,
		const struct mapping_change *change,
		struct shield_change *ret_change)
{
	struct survey survey CLEANUP(survey) = { .nft = nft, .route = route };
	int code = wards_find(nft, change, &survey.wards);

	if (code || !survey.wards.count)
		return code;
	code = find_links(&survey);
	for (size_t i = 0; !code && i < survey.wards.count; i++)
		code = find_change(&survey, i, ret_change);
	return code;
}

/**
 * shield_put() - hand on the elements of shields
 * @elements: which
 * @put: gets each
 * @data: handed to @put
 */
void shield_put(const struct shield_elements *elements, element_put_fn put,
		void *data)
{
	for (size_t i = 0; i < elements->count; i++)
		put(data, elements->items[i].set, &elements->items[i].element,
		    TRANSACTION_NO_INDEX);
}
