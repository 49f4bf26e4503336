/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks packets that are known in part up in other people's sets and maps.
 *
 * Where all that a key is made of is known, and there are few such keys, the
 * kernel is asked for their elements, which takes the same time however large
 * the set is.  Otherwise it is asked for all elements.
 */
#include "firewall/eval_set.h"

#include "util/array.h"
#include <endian.h>

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <string.h>

/* more keys than these are not asked for one by one */
#define KEYS_MAX 64

/* ------------------------------------------------------ elements as found */

/* of a set that has more elements for these packets, it stays unknown which */
#define HITS_MAX 16384

/* -E2BIG: too many; @element: its attributes, or NULL */
static int hits_add(struct hits *hits, const struct hit *hit,
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
static int compare_hits(const void *left, const void *right)
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

/* sorts all elements that there are, those for who finds no other last.
 * Intervals of ports alone are told by where they begin and where they have
 * ended; here they become ranges.
 */
static void hits_sort(struct hits *hits)
{
	struct hit *hit = hits->items, *end;

	if (!hits->count)
		return;
	end = hit + hits->count;
	qsort(hits->items, hits->count, sizeof(*hit), compare_hits);
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

/**
 * struct lookup - a question to a set
 * @eval: where the key was loaded
 * @set: name of the set
 * @map: whether the set leads to something
 * @parts: what the key is made of
 * @offsets: where each of @parts begins in the key
 * @count: number of @parts
 * @hit: what is known of the element of the key that is asked for
 * @hits: elements so far
 */
struct lookup {
	const struct eval *eval;
	const char *set;
	bool map;
	struct packet_part parts[EVAL_REGISTERS];
	size_t offsets[EVAL_REGISTERS];
	size_t count;
	struct hit hit;
	struct hits hits;
};

static void cleanup_lookup(struct lookup *lookup)
{
	hits_done(&lookup->hits);
}

/* -------------------------------------------------------------- questions */

typedef int (*take_fn)(struct lookup *lookup, const struct nlattr *element);

static int take_elements(const struct nlmsghdr *message, struct lookup *lookup,
			 take_fn take)
{
	const struct nlattr *list =
		nfnl_find(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	const struct nlattr *element;
	int code = 0;

	if (!list)
		return MNL_CB_OK;
	attr_for_each_nested (element, list) {
		code = take(lookup, element);
		if (code)
			break;
	}
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

static void begin(struct request *request, const struct lookup *lookup,
		  uint16_t flags)
{
	nfnl_begin(request, NFNL_NFT(NFT_MSG_GETSETELEM), flags,
		   lookup->eval->family);
	mnl_attr_put_strz(request->header, NFTA_SET_ELEM_LIST_TABLE,
			  lookup->eval->table);
	mnl_attr_put_strz(request->header, NFTA_SET_ELEM_LIST_SET, lookup->set);
}

/* ------------------------------------------------------------ single keys */

static int take_found(struct lookup *lookup, const struct nlattr *element)
{
	return hits_add(&lookup->hits, &lookup->hit, element);
}

static int read_found(const struct nlmsghdr *message, void *data)
{
	return take_elements(message, data, take_found);
}

static void keep_hits(void *data)
{
	(void)data;
}

static int ask_element(struct lookup *lookup, const uint8_t *key, size_t length)
{
	struct request request = { .header = NULL };
	struct nlattr *list, *element, *value;
	int code;

	begin(&request, lookup, 0);
	list = mnl_attr_nest_start(request.header, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = mnl_attr_nest_start(request.header, NFTA_LIST_ELEM);
	if (key) {
		value = mnl_attr_nest_start(request.header, NFTA_SET_ELEM_KEY);
		mnl_attr_put(request.header, NFTA_DATA_VALUE, length, key);
		mnl_attr_nest_end(request.header, value);
	} else {
		mnl_attr_put_u32(request.header, NFTA_SET_ELEM_FLAGS,
				 htobe32(NFT_SET_ELEM_CATCHALL));
	}
	mnl_attr_nest_end(request.header, element);
	mnl_attr_nest_end(request.header, list);
	code = nfnl_ask(lookup->eval->nfnl, &request, read_found, lookup,
			keep_hits);
	return code == -ENOENT ? 0 : code;
}

/* asks for the element of all keys that have no other */
static int ask_otherwise(struct lookup *lookup)
{
	int code;

	lookup->hit = (struct hit){ .ports = PORT_SET_ALL,
				    .certain = true,
				    .otherwise = true };
	code = ask_element(lookup, NULL, 0);
	/* older kernels have none */
	return code == -EINVAL ? 0 : code;
}

/* how many values a part may have; 0: any */
static size_t value_count(const struct lookup *lookup,
			  const struct packet_part *part)
{
	if (!part->alone)
		return 0;
	if (eval_part_is_port(part))
		return port_set_count(&lookup->eval->ports);
	return lookup->eval->packet->fields[part->field].count;
}

static uint16_t port_at(const struct port_set *ports, size_t n)
{
	struct pubport_ports run = { 0, 0 };

	while (port_set_next(ports, &run)) {
		size_t width = run.last - run.first + 1U;

		if (n < width)
			break;
		n -= width;
	}
	return (uint16_t)(run.first + n);
}

/* writes the n-th value of a part into a key */
static void put_value(struct lookup *lookup, const struct packet_part *part,
		      size_t n, uint8_t *key)
{
	const struct packet_values *values =
		&lookup->eval->packet->fields[part->field];
	uint16_t port;

	if (eval_part_is_port(part)) {
		port = port_at(&lookup->eval->ports, n);
		key[0] = (uint8_t)(port >> 8);
		key[1] = (uint8_t)port;
		lookup->hit.ports = (struct pubport_ports){ port, port };
		return;
	}
	for (size_t i = 0; i < part->length; i++)
		key[i] = values->items[n].bytes[i] & part->mask[i];
	if (values->count > 1)
		lookup->hit.certain = false;
}

/* a key of several fields has each of them padded to 4 bytes */
static size_t key_length(const struct lookup *lookup)
{
	size_t last = lookup->count - 1;
	size_t length = lookup->offsets[last] + lookup->parts[last].length;

	return lookup->count == 1 ? length : (length + 3) & ~(size_t)3;
}

/* asks for a key; @chosen: which of its values each part has in it */
static int ask_key(struct lookup *lookup, const size_t *chosen)
{
	uint8_t key[4 * EVAL_REGISTERS + PACKET_VALUE_SIZE] = { 0 };

	lookup->hit = (struct hit){ .ports = PORT_SET_ALL, .certain = true };
	for (size_t i = 0; i < lookup->count; i++)
		put_value(lookup, &lookup->parts[i], chosen[i],
			  key + lookup->offsets[i]);
	return ask_element(lookup, key, key_length(lookup));
}

/* goes on to the next key; whether there is one */
static bool choose_next(const struct lookup *lookup, size_t *chosen)
{
	for (size_t i = 0; i < lookup->count; i++) {
		if (++chosen[i] < value_count(lookup, &lookup->parts[i]))
			return true;
		chosen[i] = 0;
	}
	return false;
}

static int ask_keys(struct lookup *lookup)
{
	size_t chosen[EVAL_REGISTERS] = { 0 };
	int code;

	do
		code = ask_key(lookup, chosen);
	while (!code && choose_next(lookup, chosen));
	return !code && lookup->map ? ask_otherwise(lookup) : code;
}

/* ----------------------------------------------------------- all elements */

/* whether packets have a key in a range, and which ports they have then */
static enum answer have_key(const struct lookup *lookup,
			    const struct eval_range *keys,
			    struct pubport_ports *ret_ports)
{
	enum answer all = ANSWER_YES, one;

	*ret_ports = PORT_SET_ALL;
	for (size_t i = 0; i < lookup->count; i++) {
		const struct packet_part *part = &lookup->parts[i];
		size_t offset = lookup->offsets[i];
		struct eval_range field = { .length = part->length };

		if (offset + part->length > keys->length)
			return ANSWER_MAYBE;
		field.first = keys->first + offset;
		field.last = keys->last + offset;
		one = ANSWER_YES;
		if (eval_part_is_port(part))
			*ret_ports = eval_ports(&field);
		else
			one = packet_is_between(lookup->eval->packet, part,
						field.first, field.last,
						field.length);
		all = one < all ? one : all;
	}
	return all;
}

static int take_element(struct lookup *lookup, const struct nlattr *element)
{
	bool port_alone = lookup->count == 1 &&
			  eval_part_is_port(&lookup->parts[0]);
	uint32_t flags = nfnl_nested_u32(element, NFTA_SET_ELEM_FLAGS, 0);
	struct hit hit = {
		.ports = PORT_SET_ALL,
		.ends = flags & NFT_SET_ELEM_INTERVAL_END,
		.otherwise = flags & NFT_SET_ELEM_CATCHALL,
	};
	enum answer answer = ANSWER_YES;
	struct eval_range keys;
	size_t length;

	keys.first = nfnl_value(element, NFTA_SET_ELEM_KEY, &keys.length);
	keys.last = nfnl_value(element, NFTA_SET_ELEM_KEY_END, &length);
	if (!keys.last) {
		keys.last = keys.first;
		length = keys.length;
	}
	if (!hit.otherwise && (!keys.first || length != keys.length))
		return 0;
	if (!hit.otherwise)
		answer = have_key(lookup, &keys, &hit.ports);
	hit.certain = answer == ANSWER_YES;
	/* where intervals of ports alone end is only known from all of them */
	if (!port_alone &&
	    (answer == ANSWER_NO || hit.ends ||
	     !ports_common(hit.ports, lookup->eval->ports.hull).last))
		return 0;
	return hits_add(&lookup->hits, &hit, element);
}

static int read_elements(const struct nlmsghdr *message, void *data)
{
	return take_elements(message, data, take_element);
}

static void reset_hits(void *data)
{
	hits_done(&((struct lookup *)data)->hits);
}

static int ask_all(struct lookup *lookup)
{
	struct request request = { .header = NULL };
	int code;

	begin(&request, lookup, NLM_F_DUMP);
	code = nfnl_ask(lookup->eval->nfnl, &request, read_elements, lookup,
			reset_hits);
	if (!code)
		hits_sort(&lookup->hits);
	return code;
}

/* --------------------------------------------------------------- lookups */

static void find_parts(struct lookup *lookup, uint32_t number)
{
	const struct eval *eval = lookup->eval;
	int first = eval_register_index(number);

	lookup->parts[0] = eval_register(eval, number);
	lookup->count = 1;
	for (int i = first + 1; first >= 0 && i < EVAL_REGISTERS; i++) {
		if (!eval->loaded[i])
			continue;
		lookup->parts[lookup->count] = eval->registers[i];
		lookup->offsets[lookup->count++] = 4 * (size_t)(i - first);
	}
}

/* how many keys the packets may have; 0: any */
static size_t count_keys(const struct lookup *lookup)
{
	size_t count = 1;

	for (size_t i = 0; i < lookup->count && count <= KEYS_MAX; i++)
		count *= value_count(lookup, &lookup->parts[i]);
	return count;
}

/**
 * lookup_ask() - look up what packets find in a set
 * @eval: which packets, and where the key was loaded
 * @set: name of the set
 * @number: register with the key
 * @map: whether the set leads to something
 * @ret_hits: elements that they may find; free with hits_done()
 *
 * Return: 0; -EPROTONOSUPPORT when nobody can be asked; -EINVAL when the key
 * isn't the set's; -E2BIG when too many elements may be found; -ENOMEM; or a
 * negative errno from nfnl_ask().
 */
int lookup_ask(const struct eval *eval, const char *set, uint32_t number,
	       bool map, struct hits *ret_hits)
{
	CLEANUP(lookup)
	struct lookup lookup = { .eval = eval, .set = set, .map = map };
	const struct hit any = { .ports = PORT_SET_ALL };
	size_t key_count;
	int code;

	if (!eval->nfnl)
		return -EPROTONOSUPPORT;
	find_parts(&lookup, number);
	key_count = count_keys(&lookup);
	if (key_count && key_count <= KEYS_MAX)
		code = ask_keys(&lookup);
	else if (!key_count && !map && lookup.count == 1)
		code = hits_add(&lookup.hits, &any, NULL);
	else
		code = ask_all(&lookup);
	if (code)
		return code;
	*ret_hits = lookup.hits;
	memset(&lookup.hits, 0, sizeof(lookup.hits));
	return 0;
}
