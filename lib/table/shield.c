/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shields around targets, which are put up and taken down with mappings.
 *
 * A shield has an element for each address of its target.  The comment of these
 * is the same, its label: the target as the first mapping wrote it.  A mapping
 * that leads to one of the addresses belongs to that shield, whatever it calls
 * the target.  So a target has one shield, however many mappings want it, and
 * it lasts as long as the last of them.  When one of them goes, the others are
 * looked for in the whole list: that alone is not done in constant time.
 *
 * Of an element that is there, only its end may change.  The transaction must
 * be bound to the generation of the ruleset in which this was read.
 *
 * A shield that is not taken down because its mappings ended by themselves ends
 * at the same time, or a moment later.
 */
#include "table/shield.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "nft/userdata.h"
#include "table/list.h"
#include "util/array.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

/* shields that end within that time of each other are the same */
#define SLACK_MS 1500

/* how long a shield lasts, in milliseconds: none, or one without an end */
#define SHIELD_NEVER 0
#define SHIELD_FOR_EVER INT64_MAX

/**
 * struct shielded - an address that is shielded, or may be
 * @addr: the address
 * @label: of its shield
 * @is_there: whether it is shielded
 * @was_ms: for how long, if it is
 * @is_wanted: whether mappings that come want it to be
 * @left_ms: for how long at least
 */
struct shielded {
	struct pubport_addr addr;
	char label[PUBPORT_TARGET_SIZE];
	bool is_there;
	int64_t was_ms;
	bool is_wanted;
	int64_t left_ms;
};

/**
 * struct shield - a shield that may change
 * @label: its label
 * @loses: whether a mapping goes that wants it
 * @is_whole: whether all addresses of its target are known
 * @left_ms: how long the mappings that want it last
 */
struct shield {
	char label[PUBPORT_TARGET_SIZE];
	bool loses;
	bool is_whole;
	int64_t left_ms;
};

/**
 * struct survey - what is found out about shields
 * @change: what changes
 * @addrs: addresses; first those that are sorted, each once
 * @addr_count: number of @addrs
 * @sorted_count: how many of @addrs are sorted
 * @shields: that may change
 * @shield_count: number of @shields
 * @set: of the elements that are being dumped
 */
struct survey {
	const struct mapping_change *change;
	struct shielded *addrs;
	size_t addr_count;
	size_t sorted_count;
	struct shield *shields;
	size_t shield_count;
	enum set_id set;
};

static void cleanup_survey(struct survey *survey)
{
	free(survey->addrs);
	free(survey->shields);
}

static bool wants_shield(const struct pubport_mapping *mapping)
{
	return mapping->flags & PUBPORT_MAPPING_SHIELD;
}

static void extend(int64_t *left_ms, int64_t by_ms)
{
	if (by_ms > *left_ms)
		*left_ms = by_ms;
}

/* --------------------------------------------------------------- addresses */

static int compare(const void *a, const void *b)
{
	const struct shielded *x = a, *y = b;

	return pubport_addr_compare(&x->addr, &y->addr);
}

static int append_addr(struct survey *survey, const struct shielded *shielded)
{
	struct shielded *items =
		array_grow(survey->addrs, survey->addr_count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	survey->addrs = items;
	items[survey->addr_count++] = *shielded;
	return 0;
}

/* each once; the label is that of the element that is there */
static void unite(struct survey *survey)
{
	struct shielded *items = survey->addrs, *last;
	size_t count = 0;

	if (survey->addr_count)
		qsort(items, survey->addr_count, sizeof(*items), compare);
	for (size_t i = 0; i < survey->addr_count; i++) {
		if (!count || compare(&items[count - 1], &items[i])) {
			items[count++] = items[i];
			continue;
		}
		last = &items[count - 1];
		if (items[i].is_there)
			memcpy(last->label, items[i].label,
			       sizeof(last->label));
		last->is_there |= items[i].is_there;
		last->is_wanted |= items[i].is_wanted;
		extend(&last->was_ms, items[i].was_ms);
		extend(&last->left_ms, items[i].left_ms);
	}
	survey->addr_count = survey->sorted_count = count;
}

static struct shielded *find_addr(const struct survey *survey,
				  const struct pubport_addr *addr)
{
	const struct shielded wanted = { .addr = *addr };

	if (!survey->sorted_count)
		return NULL;
	return bsearch(&wanted, survey->addrs, survey->sorted_count,
		       sizeof(wanted), compare);
}

static int read_element(const struct element *element, void *data)
{
	struct survey *survey = data;
	struct shielded shielded = { .is_there = true };
	struct element_fields fields;
	int code;

	element_read_key(set_get(survey->set), element->key, &fields);
	shielded.addr = fields.daddr;
	shielded.was_ms = element->timeout_ms ? (int64_t)element->left_ms
					      : SHIELD_FOR_EVER;
	userdata_read_comment(element, shielded.label, sizeof(shielded.label));
	if (!shielded.label[0])
		pubport_addr_format(&shielded.addr, shielded.label,
				    sizeof(shielded.label));
	code = append_addr(survey, &shielded);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

/* neighbours mostly lead to the same target */
static int append_targets(struct survey *survey,
			  const struct pubport_mappings *mappings, bool come)
{
	const struct pubport_mapping *mapping = mappings->items, *last = NULL;
	struct shielded shielded = { .is_wanted = come };
	int code = 0;

	for (size_t i = 0; !code && i < mappings->count; i++, mapping++) {
		if (!wants_shield(mapping) ||
		    (last &&
		     addr_equal(&last->target_addr, &mapping->target_addr)))
			continue;
		last = mapping;
		shielded.addr = mapping->target_addr;
		memcpy(shielded.label, mapping->target,
		       sizeof(mapping->target));
		code = append_addr(survey, &shielded);
	}
	return code;
}

static int find_addrs(struct survey *survey, struct netlink *nft)
{
	static const enum set_id sets[] = { SET_SHIELDED4, SET_SHIELDED6 };
	int code = append_targets(survey, survey->change->added, true);

	if (!code)
		code = append_targets(survey, survey->change->removed, false);
	if (code || !survey->addr_count)
		return code;
	for (size_t i = 0; nft && !code && i < ARRAY_SIZE(sets); i++) {
		survey->set = sets[i];
		code = element_dump(nft, sets[i], read_element, survey);
	}
	unite(survey);
	return code;
}

/* ----------------------------------------------------------------- shields */

static struct shield *find_shield(const struct survey *survey,
				  const char *label)
{
	for (size_t i = survey->shield_count; i > 0; i--)
		if (!strcmp(survey->shields[i - 1].label, label))
			return &survey->shields[i - 1];
	return NULL;
}

/* of the shield to which a mapping belongs, by where it leads or else by its
 * words */
static const char *label_of(const struct survey *survey,
			    const struct pubport_mapping *mapping)
{
	const struct shielded *shielded =
		find_addr(survey, &mapping->target_addr);

	return shielded ? shielded->label : mapping->target;
}

static int need_shield(struct survey *survey,
		       const struct pubport_mapping *mapping,
		       struct shield **ret_shield)
{
	const char *label = label_of(survey, mapping);
	struct shield *items = find_shield(survey, label);

	if (!items) {
		items = array_grow(survey->shields, survey->shield_count,
				   sizeof(*items));
		if (!items)
			return -ENOMEM;
		survey->shields = items;
		items += survey->shield_count++;
		memset(items, 0, sizeof(*items));
		snprintf(items->label, sizeof(items->label), "%s", label);
	}
	*ret_shield = items;
	return 0;
}

static int64_t lifetime(const struct pubport_mapping *added, int64_t now)
{
	return added->expires ? (int64_t)mapping_lifetime_ms(added, now)
			      : SHIELD_FOR_EVER;
}

static int find_shields(struct survey *survey)
{
	const struct mapping_change *change = survey->change;
	const struct pubport_mapping *mapping = change->removed->items;
	struct shield *shield;
	int code = 0;

	for (size_t i = 0; !code && i < change->removed->count;
	     i++, mapping++) {
		if (!wants_shield(mapping))
			continue;
		code = need_shield(survey, mapping, &shield);
		if (!code)
			shield->loses = true;
	}
	mapping = change->added->items;
	for (size_t i = 0; !code && i < change->added->count; i++, mapping++) {
		if (!wants_shield(mapping))
			continue;
		code = need_shield(survey, mapping, &shield);
		if (!code)
			extend(&shield->left_ms,
			       lifetime(mapping, change->now));
	}
	return code;
}

/* ------------------------------------------------------------- what stays */

/**
 * struct search - the search for mappings that want a shield and stay
 * @survey: with shields that may change
 * @removed: mappings that go, sorted by their keys
 */
struct search {
	const struct survey *survey;
	struct pubport_mapping **removed;
};

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
	struct shield *shield = NULL;

	if (wants_shield(mapping))
		shield = find_shield(search->survey,
				     label_of(search->survey, mapping));
	if (shield && shield->loses &&
	    !bsearch(&mapping->key, search->removed,
		     search->survey->change->removed->count,
		     sizeof(*search->removed), compare_keys))
		extend(&shield->left_ms, rest_of_life(mapping));
	return 0;
}

static bool any_loses(const struct survey *survey)
{
	for (size_t i = 0; i < survey->shield_count; i++)
		if (survey->shields[i].loses)
			return true;
	return false;
}

/* as long as there was one that loses none, it lasted as long as any mapping
 * wanted */
static void count_what_was(struct survey *survey)
{
	const struct shielded *shielded = survey->addrs;
	struct shield *shield;

	for (size_t i = 0; i < survey->addr_count; i++, shielded++) {
		shield = find_shield(survey, shielded->label);
		if (shield && !shield->loses)
			extend(&shield->left_ms, shielded->was_ms);
	}
}

static int look_at_others(struct survey *survey, struct netlink *nft)
{
	struct pubport_mapping **sorted CLEANUP(free) = NULL;
	struct search search = { survey, NULL };

	count_what_was(survey);
	if (!any_loses(survey))
		return 0;
	sorted = mappings_sort(survey->change->removed, false);
	if (!sorted)
		return -ENOMEM;
	search.removed = sorted;
	return table_visit(nft, visit, &search);
}

/* --------------------------------------------------------- what is wanted */

/* all addresses of the targets of mappings that come */
static int add_wards(struct survey *survey)
{
	const struct wards *wards = survey->change->wards;
	struct shielded shielded = { .is_wanted = true };
	const struct shielded *published;
	const struct ward *ward;
	struct shield *shield;
	int code = 0;

	for (size_t i = 0; !code && i < wards->count; i++) {
		ward = &wards->items[i];
		published = find_addr(survey, &ward->of);
		shield = published ? find_shield(survey, published->label)
				   : NULL;
		if (!shield)
			continue;
		shield->is_whole |= ward->is_whole;
		shielded.addr = ward->addr;
		shielded.left_ms = shield->left_ms;
		memcpy(shielded.label, shield->label, sizeof(shield->label));
		code = append_addr(survey, &shielded);
	}
	unite(survey);
	return code;
}

/* how long an address is to be shielded from now on */
static int64_t lasting(const struct survey *survey,
		       const struct shielded *shielded)
{
	const struct shield *shield = find_shield(survey, shielded->label);
	int64_t left_ms = shielded->left_ms;

	if (!shielded->is_there && !shielded->is_wanted)
		return SHIELD_NEVER;
	if (!shield)
		extend(&left_ms, shielded->was_ms);
	else if (shielded->is_wanted || !shield->is_whole)
		extend(&left_ms, shield->left_ms);
	return left_ms;
}

/* ------------------------------------------------------------- what changes */

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

static int put_addr(const struct shielded *shielded, int64_t left_ms,
		    struct shield_elements *elements)
{
	struct shield_element *items =
		array_grow(elements->items, elements->count, sizeof(*items));
	struct element_fields fields = { .daddr = shielded->addr };

	if (!items)
		return -ENOMEM;
	elements->items = items;
	items += elements->count++;
	items->set = set_of_family(SET_SHIELDED4, shielded->addr.family);
	element_init(&items->element);
	if (left_ms != SHIELD_FOR_EVER)
		items->element.timeout_ms = (uint64_t)left_ms;
	element_write_key(set_get(items->set), &fields, items->element.key);
	userdata_write_comment(&items->element, shielded->label);
	return 0;
}

static bool is_as_it_should_be(const struct shielded *shielded, int64_t left_ms)
{
	int64_t differs;

	if (left_ms == SHIELD_NEVER)
		return !shielded->is_there;
	if (!shielded->is_there)
		return false;
	if (left_ms == SHIELD_FOR_EVER || shielded->was_ms == SHIELD_FOR_EVER)
		return left_ms == shielded->was_ms;
	differs = left_ms - shielded->was_ms;
	return -SLACK_MS < differs && differs < SLACK_MS;
}

static int find_change(const struct survey *survey,
		       const struct shielded *shielded,
		       struct shield_change *ret_change)
{
	int64_t left_ms = lasting(survey, shielded);
	int code = 0;

	if (is_as_it_should_be(shielded, left_ms))
		return 0;
	if (shielded->is_there)
		code = put_addr(shielded, shielded->was_ms, &ret_change->old);
	if (!code && left_ms > SHIELD_NEVER)
		code = put_addr(shielded, left_ms, &ret_change->new);
	return code;
}

/**
 * shield_find() - find out what becomes of shields when mappings change
 * @nft: open NETLINK_NETFILTER socket; or NULL for a table that can't be asked,
 *	as in a dry run: it counts as empty
 * @change: mappings that go and come
 * @ret_change: end with shield_change_done(), also after a failure
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int shield_find(struct netlink *nft, const struct mapping_change *change,
		struct shield_change *ret_change)
{
	struct survey survey CLEANUP(survey) = { .change = change };
	int code = find_addrs(&survey, nft);

	if (code || !survey.addr_count)
		return code;
	code = find_shields(&survey);
	if (!code)
		code = look_at_others(&survey, nft);
	if (!code)
		code = add_wards(&survey);
	for (size_t i = 0; !code && i < survey.addr_count; i++)
		code = find_change(&survey, &survey.addrs[i], ret_change);
	return code;
}

/**
 * shield_covers() - look whether an address is shielded
 * @nft: open NETLINK_NETFILTER socket
 * @addr: the address
 * @ret_covers: whether it is
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int shield_covers(struct netlink *nft, const struct pubport_addr *addr,
		  bool *ret_covers)
{
	enum set_id set = set_of_family(SET_SHIELDED4, addr->family);
	struct element_fields fields = { .daddr = *addr };
	uint8_t key[ELEMENT_KEY_MAX];
	struct element element;
	int code;

	element_write_key(set_get(set), &fields, key);
	code = element_get(nft, set, key, &element);
	*ret_covers = !code;
	return code == -ENOENT ? 0 : code;
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
