/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements that mappings are made of.
 *
 * Each mapping has one in the map of mapping_set(), which carries its record.
 * Besides,
 *
 *  - a range that shifts its numbers has one for each port in shift_..., and so
 *    has what leads to the host itself in redirect_...;
 *  - what --no-loopback is for stands in no_loopback, if it is for all
 *    addresses: others don't have loopback anyway;
 *  - what is not for everyone stands in limited..., and once for each network
 *    in allowed....
 *
 * What ends by itself stands in ending... besides, which the kernel leaves
 * alone; and what was removed in settling... for a moment.
 *
 * To remove a mapping its networks must be known.  They are listed in the
 * userdata of its element in limited..., as many as fit; those that follow, in
 * the userdata of the element that the first of the networks before has in
 * allowed..., and so on.
 */
#include "table/emit.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "nft/userdata.h"

#include <string.h>

/**
 * struct emitter - who takes the elements that mappings have in a set
 * @set: which set
 * @now: seconds since the epoch, from which on mappings last
 * @take: called for each element
 * @data: handed to @take
 */
struct emitter {
	enum set_id set;
	int64_t now;
	element_emit_fn take;
	void *data;
};

/* all elements of a mapping end together */
static void begin_element(const struct emitter *emitter,
			  const struct pubport_mapping *mapping,
			  struct element *element)
{
	element_init(element);
	element->timeout_ms = mapping_lifetime_ms(mapping, emitter->now);
}

/* one that is about all ports of the mapping */
static void begin_whole(const struct emitter *emitter,
			const struct pubport_mapping *mapping,
			struct element *element)
{
	begin_element(emitter, mapping, element);
	mapping_write_key(emitter->set, &mapping->key, element->key,
			  element->key_end);
}

/* the element that is the mapping */
static void emit_mapping(const struct emitter *emitter,
			 const struct pubport_mapping *mapping, size_t index)
{
	struct element element;

	begin_whole(emitter, mapping, &element);
	mapping_write_data(emitter->set, mapping, mapping->target_ports.first,
			   element.data);
	userdata_write(mapping, &element);
	emitter->take(emitter->data, emitter->set, &element, index);
}

/* an element for each port */
static void emit_ports(const struct emitter *emitter,
		       const struct pubport_mapping *mapping, size_t index)
{
	struct element_fields fields = mapping_key_fields(&mapping->key);
	struct element element;
	uint16_t distance;

	begin_element(emitter, mapping, &element);
	for (uint32_t port = mapping->key.ports.first;
	     port <= mapping->key.ports.last; port++) {
		distance = (uint16_t)(port - mapping->key.ports.first);
		fields.port = (uint16_t)port;
		element_write_key(set_get(emitter->set), &fields, element.key);
		mapping_write_data(emitter->set, mapping,
				   mapping->target_ports.first + distance,
				   element.data);
		emitter->take(emitter->data, emitter->set, &element, index);
	}
}

/* an element that says something of the whole mapping */
static void emit_mark(const struct emitter *emitter,
		      const struct pubport_mapping *mapping, size_t index)
{
	struct element element;

	begin_whole(emitter, mapping, &element);
	emitter->take(emitter->data, emitter->set, &element, index);
}

/* --------------------------------------------------------------- networks */

/* lists the networks from @first on, as many as fit */
static void list_networks(const struct pubport_mapping *mapping, size_t first,
			  struct element *element)
{
	size_t most = userdata_networks_max(mapping->key.host.family);
	size_t count;

	if (first >= mapping->from_count)
		return;
	count = mapping->from_count - first;
	userdata_write_networks(element, mapping->from + first,
				count < most ? count : most);
}

static void emit_limited(const struct emitter *emitter,
			 const struct pubport_mapping *mapping, size_t index)
{
	struct element element;

	begin_whole(emitter, mapping, &element);
	list_networks(mapping, 0, &element);
	emitter->take(emitter->data, emitter->set, &element, index);
}

static void emit_allowed(const struct emitter *emitter,
			 const struct pubport_mapping *mapping, size_t index)
{
	size_t most = userdata_networks_max(mapping->key.host.family);
	struct element element;

	for (size_t i = 0; i < mapping->from_count; i++) {
		begin_element(emitter, mapping, &element);
		mapping_write_allowed_key(emitter->set, &mapping->key,
					  &mapping->from[i], &element);
		if (i % most == 0)
			list_networks(mapping, i + most, &element);
		emitter->take(emitter->data, emitter->set, &element, index);
	}
}

/* -------------------------------------------------------------- which sets */

/**
 * mapping_no_loopback_set() - find the set that says that loopback is left out
 * @mapping: of which
 *
 * Return: SET_NO_LOOPBACK or SET_NO_LOOPBACK_RANGE.
 */
enum set_id mapping_no_loopback_set(const struct pubport_mapping *mapping)
{
	return mapping_is_range(mapping) ? SET_NO_LOOPBACK_RANGE
					 : SET_NO_LOOPBACK;
}

/**
 * mapping_limited_set() - find the set that says that a mapping is limited
 * @key: of the mapping
 *
 * Return: SET_LIMITED4 to SET_LIMITED_RANGE6; what is SET_ALLOWED_DISTANCE
 * behind has its networks.
 */
enum set_id mapping_limited_set(const struct pubport_key *key)
{
	int id = SET_LIMITED4;

	if (key->ports.first != key->ports.last)
		id = SET_LIMITED_RANGE4;
	if (key->host.family == PUBPORT_IPV6)
		id += SET_LIMITED6 - SET_LIMITED4;
	return (enum set_id)id;
}

/**
 * mapping_write_allowed_key() - make the key that a network has in a set
 * @set: one of SET_ALLOWED4 to SET_ALLOWED_RANGE6
 * @key: of the mapping
 * @network: one of its networks
 * @element: its key is set, and the last key of its interval
 */
void mapping_write_allowed_key(enum set_id set, const struct pubport_key *key,
			       const struct pubport_network *network,
			       struct element *element)
{
	struct element_fields fields = mapping_key_fields(key);

	fields.saddr = network->addr;
	fields.prefix = network->prefix;
	element_write_key(set_get(set), &fields, element->key);
	fields.saddr = prefix_last(network);
	fields.port = key->ports.last;
	element_write_key(set_get(set), &fields, element->key_end);
}

typedef void (*emit_fn)(const struct emitter *emitter,
			const struct pubport_mapping *mapping, size_t index);

/**
 * struct part - elements that a mapping has in one set
 * @set: which set
 * @emit: hands them on
 */
struct part {
	enum set_id set;
	emit_fn emit;
};

#define PARTS_MAX 5

/* what a mapping is made of, in the order of the sets */
static size_t parts_of(const struct pubport_mapping *mapping,
		       struct part *ret_parts)
{
	enum set_id set = mapping_set(&mapping->key);
	enum set_id limited = mapping_limited_set(&mapping->key);
	size_t count = 0;

	ret_parts[count++] = (struct part){ set, emit_mapping };
	if (mapping_is_by_port(mapping))
		ret_parts[count++] =
			(struct part){ mapping_port_set(mapping), emit_ports };
	if (mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK &&
	    pubport_addr_is_any(&mapping->key.host))
		ret_parts[count++] =
			(struct part){ mapping_no_loopback_set(mapping),
				       emit_mark };
	if (mapping->flags & PUBPORT_MAPPING_LIMITED) {
		ret_parts[count++] = (struct part){ limited, emit_limited };
		ret_parts[count++] =
			(struct part){ limited + SET_ALLOWED_DISTANCE,
				       emit_allowed };
	}
	return count;
}

/* the sets in which mappings have elements, a bit each */
static uint64_t sets_of(const struct pubport_mappings *mappings)
{
	struct part parts[PARTS_MAX];
	uint64_t sets = 0;
	size_t count;

	for (size_t i = 0; i < mappings->count; i++) {
		count = parts_of(&mappings->items[i], parts);
		while (count--)
			sets |= UINT64_C(1) << parts[count].set;
	}
	return sets;
}

static void emit_of_set(const struct emitter *emitter,
			const struct pubport_mapping *mapping, size_t index)
{
	struct part parts[PARTS_MAX];
	size_t count = parts_of(mapping, parts);

	for (size_t i = 0; i < count; i++)
		if (parts[i].set == emitter->set)
			parts[i].emit(emitter, mapping, index);
}

/**
 * mappings_put() - hand on the elements that mappings are made of
 * @mappings: which
 * @now: seconds since the epoch, from which on they last; of no account for
 *	those that are deleted
 * @take: takes each, those of one set one after another, with the index of its
 *	mapping
 * @data: handed to @take
 */
void mappings_put(const struct pubport_mappings *mappings, int64_t now,
		  element_emit_fn take, void *data)
{
	struct emitter emitter = { SET_HOST4, now, take, data };
	uint64_t sets = sets_of(mappings);

	for (int set = 0; set < SET_COUNT; set++) {
		if (!(sets >> set & 1))
			continue;
		emitter.set = (enum set_id)set;
		for (size_t i = 0; i < mappings->count; i++)
			emit_of_set(&emitter, &mappings->items[i], i);
	}
}

/**
 * mappings_put_hosts() - hand on the host addresses that mappings have
 * @mappings: which
 * @take: takes each; one that several mappings have may come several times
 * @data: handed to @take
 *
 * They may be in the table already, and stay there when mappings go.
 */
void mappings_put_hosts(const struct pubport_mappings *mappings,
			element_emit_fn take, void *data)
{
	struct element element = { .timeout_ms = 0 };
	const struct pubport_addr *host, *last = NULL;
	struct element_fields fields;
	enum set_id set;

	for (size_t i = 0; i < mappings->count; i++) {
		host = &mappings->items[i].key.host;
		if (pubport_addr_is_any(host) ||
		    (last && addr_equal(host, last)))
			continue;
		set = set_of_family(SET_HOST_ADDRESSES4, host->family);
		fields = mapping_key_fields(&mappings->items[i].key);
		element_write_key(set_get(set), &fields, element.key);
		take(data, set, &element, i);
		last = host;
	}
}

/**
 * mapping_put_note() - hand on the element that remembers a mapping
 * @set4: set of its kind, for IPv4: SET_ENDING4 or SET_SETTLING4
 * @mapping: which
 * @take: takes it
 * @data: handed to @take
 * @index: likewise
 */
void mapping_put_note(enum set_id set4, const struct pubport_mapping *mapping,
		      element_emit_fn take, void *data, size_t index)
{
	enum set_id set = set_of_family(set4, mapping->key.host.family);
	struct element_fields fields = mapping_key_fields(&mapping->key);
	struct element element;

	fields.last_port = mapping->key.ports.last;
	fields.target = mapping->target_addr;
	element_init(&element);
	element_write_key(set_get(set), &fields, element.key);
	userdata_write_end(mapping, &element);
	take(data, set, &element, index);
}

/**
 * mappings_put_endings() - hand on the elements that remember mappings which
 * end
 * @mappings: which; those that don't end by themselves have none
 * @take: takes each
 * @data: handed to @take
 *
 * They stay when the kernel ends the mapping, for settlement.c.
 */
void mappings_put_endings(const struct pubport_mappings *mappings,
			  element_emit_fn take, void *data)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mappings->items[i].expires)
			mapping_put_note(SET_ENDING4, &mappings->items[i], take,
					 data, i);
}
