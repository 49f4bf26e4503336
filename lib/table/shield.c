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
#include "nft/userdata.h"
#include "table/list.h"
#include "util/array.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

/* shields that end within that time of each other are the same */
#define SLACK_MS 1500

/* ------------------------------------------------- whose shields may change */

/* how long a shield lasts, in milliseconds: none, or one without an end */
#define SHIELD_NEVER 0
#define SHIELD_FOR_EVER INT64_MAX

/**
 * struct shielded - a target whose shield may change
 * @target: which
 * @loses: whether a mapping goes that wants its shield
 * @left_ms: how long the mappings that want it last
 */
struct shielded {
	struct pubport_addr target;
	bool loses;
	int64_t left_ms;
};

/**
 * struct shielded_targets - such targets, each once, sorted
 * @items: free with wards_done()
 * @count: number of @items
 */
struct shielded_targets {
	struct shielded *items;
	size_t count;
};

/**
 * struct search - the search for mappings that want a shield and stay
 * @targets: targets whose shields may change
 * @removed: mappings that go, sorted by their keys
 * @removed_count: number of @removed
 */
struct search {
	struct shielded_targets *targets;
	struct pubport_mapping **removed;
	size_t removed_count;
};

static void cleanup_shielded_targets(struct shielded_targets *targets)
{
	free(targets->items);
	*targets = (struct shielded_targets){ NULL, 0 };
}

static bool wants_shield(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_SHIELD;
}

static int compare(const void *a, const void *b)
{
	const struct shielded *x = a, *y = b;

	return pubport_addr_compare(&x->target, &y->target);
}

static struct shielded *shielded_find(const struct shielded_targets *targets,
				      const struct pubport_addr *target)
{
	const struct shielded wanted = { .target = *target };

	if (!targets->count)
		return NULL;
	return bsearch(&wanted, targets->items, targets->count, sizeof(wanted),
		       compare);
}

static void extend(struct shielded *shielded, int64_t left_ms)
{
	if (left_ms > shielded->left_ms)
		shielded->left_ms = left_ms;
}

/* ------------------------------------------------- what goes and what comes */

static int append_shielded(struct shielded_targets *targets,
			   const struct shielded *shielded)
{
	struct shielded *items =
		array_grow(targets->items, targets->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	targets->items = items;
	items[targets->count++] = *shielded;
	return 0;
}

static int64_t lifetime(const struct pubport_mapping *added, int64_t now)
{
	return added->expires ? (int64_t)mapping_lifetime_ms(added, now)
			      : SHIELD_FOR_EVER;
}

static int collect(const struct mapping_change *change,
		   struct shielded_targets *targets)
{
	struct shielded shielded;
	int code = 0;

	for (size_t i = 0; !code && i < change->removed->count; i++) {
		shielded = (struct shielded){
			change->removed->items[i].target_addr, true,
			SHIELD_NEVER
		};
		if (wants_shield(&change->removed->items[i]))
			code = append_shielded(targets, &shielded);
	}
	for (size_t i = 0; !code && i < change->added->count; i++) {
		shielded = (struct shielded){
			change->added->items[i].target_addr, false,
			lifetime(&change->added->items[i], change->now)
		};
		if (wants_shield(&change->added->items[i]))
			code = append_shielded(targets, &shielded);
	}
	return code;
}

/* each target once */
static void unite(struct shielded_targets *targets)
{
	struct shielded *items = targets->items;
	size_t count = 0;

	if (targets->count)
		qsort(items, targets->count, sizeof(*items), compare);
	for (size_t i = 0; i < targets->count; i++) {
		if (!count || compare(&items[count - 1], &items[i])) {
			items[count++] = items[i];
			continue;
		}
		items[count - 1].loses |= items[i].loses;
		extend(&items[count - 1], items[i].left_ms);
	}
	targets->count = count;
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
			      : SHIELD_FOR_EVER;
}

static int visit(const struct pubport_mapping *mapping, void *data)
{
	const struct search *search = data;
	struct shielded *shielded = NULL;

	if (wants_shield(mapping))
		shielded =
			shielded_find(search->targets, &mapping->target_addr);
	if (shielded && shielded->loses &&
	    !bsearch(&mapping->key, search->removed, search->removed_count,
		     sizeof(*search->removed), compare_keys))
		extend(shielded, rest_of_life(mapping));
	return 0;
}

static bool any_loses(const struct shielded_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		if (targets->items[i].loses)
			return true;
	return false;
}

static int look_at_others(struct netlink *nft,
			  const struct pubport_mappings *removed,
			  struct shielded_targets *targets)
{
	struct pubport_mapping **sorted CLEANUP(free) = NULL;
	struct search search = { targets, NULL, removed->count };

	if (!any_loses(targets))
		return 0;
	sorted = mappings_sort(removed, false);
	if (!sorted)
		return -ENOMEM;
	search.removed = sorted;
	return table_visit(nft, visit, &search);
}

/* with how long those that come want their shields, and where one goes, those
 * that stay */
static int find_shielded(struct netlink *nft,
			 const struct mapping_change *change,
			 struct shielded_targets *ret_wards)
{
	struct shielded_targets targets CLEANUP(shielded_targets) = { NULL, 0 };
	int code = collect(change, &targets);

	if (code)
		return code;
	unite(&targets);
	code = look_at_others(nft, change->removed, &targets);
	if (code)
		return code;
	*ret_wards = targets;
	targets.items = NULL;
	return 0;
}

/* -------------------------------------------------------------- what is there
 */

/**
 * struct survey - what is found out about shields
 * @nft: NETLINK_NETFILTER socket
 * @route: NETLINK_ROUTE socket
 * @targets: targets whose shields may change
 * @links: for each of them, elements that name the interface of its own
 *	network, as they are
 * @set: of the elements that are being dumped
 */
struct survey {
	struct netlink *nft;
	struct netlink *route;
	struct shielded_targets targets;
	struct shield_elements *links;
	enum set_id set;
};

static void cleanup_survey(struct survey *survey)
{
	for (size_t i = 0; survey->links && i < survey->targets.count; i++)
		free(survey->links[i].items);
	free(survey->links);
	cleanup_shielded_targets(&survey->targets);
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
	const struct shielded *shielded;
	int code = 0;

	element_read_key(set_get(survey->set), element->key, &fields);
	shielded = shielded_find(&survey->targets, &fields.daddr);
	if (shielded)
		code = append_element(
			&survey->links[shielded - survey->targets.items],
			survey->set, element);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

static int find_links(struct survey *survey)
{
	static const enum set_id sets[] = { SET_OWN_LINK4, SET_OWN_LINK6 };
	int code = 0;

	survey->links = calloc(survey->targets.count, sizeof(*survey->links));
	if (!survey->links)
		return -ENOMEM;
	for (size_t i = 0; survey->nft && !code && i < ARRAY_SIZE(sets); i++) {
		survey->set = sets[i];
		code = element_dump(survey->nft, sets[i], read_link, survey);
	}
	return code;
}

/* a target without a route has no network yet: it is shielded from all */
static int find_interface(const struct survey *survey,
			  const struct shielded *shielded,
			  struct link_info *ret_link)
{
	struct link_info link = { .index = 0 };
	struct route route;
	int code = route_lookup(survey->route, &shielded->target, &route);

	/* behind a gateway there is no network of its own that could be told */
	if (!code && route_is_on_link(&route))
		code = link_get(survey->route, route.interface, &link);
	if (code && code != -ENETUNREACH && code != -ENODEV)
		return code;
	*ret_link = link;
	return 0;
}

/* ------------------------------------------------------------- what changes */

static bool is_as_it_should_be(const struct shielded *shielded,
			       const struct shield_elements *links,
			       const struct element *old,
			       unsigned int interface)
{
	struct element_fields fields;
	int64_t differs;

	if (!old || links->count != (interface ? 1 : 0))
		return false;
	if (interface) {
		element_read_key(set_get(link_set(&shielded->target)),
				 links->items[0].element.key, &fields);
		if (fields.iif != interface)
			return false;
	}
	if (!old->timeout_ms || shielded->left_ms == SHIELD_FOR_EVER)
		return !old->timeout_ms && shielded->left_ms == SHIELD_FOR_EVER;
	differs = shielded->left_ms - (int64_t)old->left_ms;
	return -SLACK_MS < differs && differs < SLACK_MS;
}

static int take_down(const struct shielded *shielded,
		     const struct shield_elements *links,
		     const struct element *old,
		     struct shield_elements *elements)
{
	int code = 0;

	if (old)
		code = append_element(elements, shielded_set(&shielded->target),
				      old);
	for (size_t i = 0; !code && i < links->count; i++)
		code = append_element(elements, links->items[i].set,
				      &links->items[i].element);
	return code;
}

static int put_up(const struct shielded *shielded, const struct link_info *link,
		  struct shield_elements *elements)
{
	enum set_id set = shielded_set(&shielded->target);
	struct element_fields fields = { .daddr = shielded->target };
	struct element element;
	int code;

	element_init(&element);
	if (shielded->left_ms != SHIELD_FOR_EVER)
		element.timeout_ms = (uint64_t)shielded->left_ms;
	fields.iif = link->index;
	element_write_key(set_get(set), &fields, element.key);
	code = append_element(elements, set, &element);
	if (code || !link->index)
		return code;
	set = link_set(&shielded->target);
	element_write_key(set_get(set), &fields, element.key);
	userdata_write_interface(&element, link->name);
	return append_element(elements, set, &element);
}

static int look_up(const struct survey *survey, const struct shielded *shielded,
		   struct element *ret_element, const struct element **ret_old)
{
	enum set_id set = shielded_set(&shielded->target);
	struct element_fields fields = { .daddr = shielded->target };
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
	struct shielded *shielded = &survey->targets.items[index];
	struct link_info link = { .index = 0 };
	const struct element *old;
	struct element element;
	int code = look_up(survey, shielded, &element, &old);

	if (code)
		return code;
	/* as long as there was one, it lasted as long as any mapping wanted */
	if (old && !shielded->loses)
		extend(shielded, old->timeout_ms ? (int64_t)old->left_ms
						 : SHIELD_FOR_EVER);
	if (shielded->left_ms > SHIELD_NEVER) {
		code = find_interface(survey, shielded, &link);
		if (code ||
		    is_as_it_should_be(shielded, links, old, link.index))
			return code;
	}
	code = take_down(shielded, links, old, &ret_change->old);
	if (!code && shielded->left_ms > SHIELD_NEVER)
		code = put_up(shielded, &link, &ret_change->new);
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
	int code = find_shielded(nft, change, &survey.targets);

	if (code || !survey.targets.count)
		return code;
	code = find_links(&survey);
	for (size_t i = 0; !code && i < survey.targets.count; i++)
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
