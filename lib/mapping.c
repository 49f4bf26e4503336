/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as elements of the table's maps, and back. */
#include "mapping.h"

#include "addr.h"
#include "key.h"
#include "record.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

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
 * mapping_is_shifted() - tell ranges whose two sides differ
 * @mapping: which
 *
 * Return: whether it is a range that needs an element for each port.
 */
bool mapping_is_shifted(const struct pubport_mapping *mapping)
{
	return mapping_is_range(mapping) &&
	       mapping->key.ports.first != mapping->target_ports.first;
}

/**
 * mapping_serves_loopback() - tell what 127.0.0.1 or [::1] leads to
 * @mapping: which
 *
 * Return: whether the host reaches it through a loopback address.
 */
bool mapping_serves_loopback(const struct pubport_mapping *mapping)
{
	if (pubport_addr_is_any(&mapping->key.host))
		return !(mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK);
	return addr_is_loopback(&mapping->key.host);
}

/**
 * mapping_set() - find the map for a key
 * @key: of a mapping
 *
 * Return: the map that holds the mapping's one element.
 */
enum schema_set_id mapping_set(const struct pubport_key *key)
{
	int id = SET_HOST4;

	if (key->ports.first != key->ports.last)
		id = SET_RANGE_HOST4;
	if (pubport_addr_is_any(&key->host))
		id += SET_ANY4 - SET_HOST4;
	if (key->host.family == PUBPORT_IPV6)
		id += SET_HOST6 - SET_HOST4;
	return (enum schema_set_id)id;
}

static struct element_fields key_fields(const struct pubport_key *key)
{
	return (struct element_fields){
		.daddr = key->host,
		.family = key->host.family,
		.protocol = key->protocol,
		.port = key->ports.first,
	};
}

/**
 * mapping_write_key() - make the key that a mapping has in a set
 * @set: the map of mapping_set(), or another that is keyed alike
 * @key: of the mapping
 * @ret_key: ELEMENT_KEY_MAX bytes
 * @ret_key_end: ELEMENT_KEY_MAX bytes; the last key of an interval
 */
void mapping_write_key(enum schema_set_id set, const struct pubport_key *key,
		       uint8_t *ret_key, uint8_t *ret_key_end)
{
	struct element_fields fields = key_fields(key);

	element_write_key(schema_set(set), &fields, ret_key);
	fields.port = key->ports.last;
	element_write_key(schema_set(set), &fields, ret_key_end);
}

static void write_data(const struct schema_set *map, uint8_t *to,
		       const struct pubport_addr *addr, uint16_t port)
{
	uint32_t length = schema_addr_type(map)->length;
	uint16_t port_be = htons(port);

	memcpy(to, addr->bytes, length);
	if (map->data == DATA_ADDR_PORT)
		memcpy(to + length, &port_be, sizeof(port_be));
}

/* ------------------------------------------------ elements of a mapping */

/**
 * struct emitter - who takes the elements that mappings have in a set
 * @set: which set
 * @emit: called for each element
 * @data: handed to @emit
 */
struct emitter {
	enum schema_set_id set;
	element_emit_fn emit;
	void *data;
};

/* all elements of a mapping end together */
static void begin_element(const struct pubport_mapping *mapping,
			  struct element *element)
{
	element_init(element);
	if (mapping->expires > mapping->created)
		element->timeout_ms =
			1000 * (uint64_t)(mapping->expires - mapping->created);
}

/* the element that is the mapping */
static void emit_mapping(const struct emitter *emitter,
			 const struct pubport_mapping *mapping, size_t index)
{
	const struct schema_set *map = schema_set(emitter->set);
	struct element element;

	begin_element(mapping, &element);
	mapping_write_key(emitter->set, &mapping->key, element.key,
			  element.key_end);
	write_data(map, element.data, &mapping->target_addr,
		   mapping->target_ports.first);
	record_write(mapping, &element);
	emitter->emit(emitter->data, emitter->set, &element, index);
}

/* an element for each port of a range that shifts its numbers */
static void emit_shift(const struct emitter *emitter,
		       const struct pubport_mapping *mapping, size_t index)
{
	const struct schema_set *map = schema_set(emitter->set);
	struct element_fields fields = key_fields(&mapping->key);
	struct element element;
	uint16_t distance;

	begin_element(mapping, &element);
	for (uint32_t port = mapping->key.ports.first;
	     port <= mapping->key.ports.last; port++) {
		distance = (uint16_t)(port - mapping->key.ports.first);
		fields.port = (uint16_t)port;
		element_write_key(map, &fields, element.key);
		write_data(map, element.data, &mapping->target_addr,
			   mapping->target_ports.first + distance);
		emitter->emit(emitter->data, emitter->set, &element, index);
	}
}

static void emit_no_loopback(const struct emitter *emitter,
			     const struct pubport_mapping *mapping,
			     size_t index)
{
	struct element element;

	begin_element(mapping, &element);
	mapping_write_key(emitter->set, &mapping->key, element.key,
			  element.key_end);
	emitter->emit(emitter->data, emitter->set, &element, index);
}

static enum schema_set_id no_loopback_set(const struct pubport_mapping *mapping)
{
	return mapping_is_range(mapping) ? SET_NO_LOOPBACK_RANGE
					 : SET_NO_LOOPBACK;
}

static void emit_elements(const struct emitter *emitter,
			  const struct pubport_mapping *mapping, size_t index)
{
	enum schema_set_id set = mapping_set(&mapping->key);

	if (emitter->set == set)
		emit_mapping(emitter, mapping, index);
	else if (mapping_is_shifted(mapping) &&
		 emitter->set == set + SET_SHIFT_DISTANCE)
		emit_shift(emitter, mapping, index);
	else if (mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK &&
		 emitter->set == no_loopback_set(mapping))
		emit_no_loopback(emitter, mapping, index);
}

/* the sets in which a mapping has elements, a bit each */
static uint32_t sets_of(const struct pubport_mapping *mapping)
{
	enum schema_set_id set = mapping_set(&mapping->key);
	uint32_t sets = UINT32_C(1) << set;

	if (mapping_is_shifted(mapping))
		sets |= UINT32_C(1) << (set + SET_SHIFT_DISTANCE);
	if (mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK)
		sets |= UINT32_C(1) << no_loopback_set(mapping);
	return sets;
}

/**
 * mapping_emit_hosts() - hand on the host addresses that mappings have
 * @mappings: which
 * @emit: takes each; one that several mappings have may come several times
 * @data: handed to @emit
 *
 * They may be in the table already, and stay there when mappings go.
 */
void mapping_emit_hosts(const struct pubport_mappings *mappings,
			element_emit_fn emit, void *data)
{
	struct element element = { .timeout_ms = 0 };
	const struct pubport_addr *host, *last = NULL;
	struct element_fields fields;
	enum schema_set_id set;

	for (size_t i = 0; i < mappings->count; i++) {
		host = &mappings->items[i].key.host;
		if (pubport_addr_is_any(host) ||
		    (last && addr_equal(host, last)))
			continue;
		set = host->family == PUBPORT_IPV4 ? SET_HOST_ADDRESSES4
						   : SET_HOST_ADDRESSES6;
		fields = key_fields(&mappings->items[i].key);
		element_write_key(schema_set(set), &fields, element.key);
		emit(data, set, &element, i);
		last = host;
	}
}

/**
 * mapping_emit() - hand on the elements that mappings are made of
 * @mappings: which
 * @emit: takes each, those of one set one after another, with the index of its
 *	mapping
 * @data: handed to @emit
 */
void mapping_emit(const struct pubport_mappings *mappings, element_emit_fn emit,
		  void *data)
{
	struct emitter emitter = { SET_HOST4, emit, data };
	uint32_t sets = 0;

	for (size_t i = 0; i < mappings->count; i++)
		sets |= sets_of(&mappings->items[i]);
	for (int set = 0; set <= SET_NO_LOOPBACK_RANGE; set++) {
		if (!(sets >> set & 1))
			continue;
		emitter.set = (enum schema_set_id)set;
		for (size_t i = 0; i < mappings->count; i++)
			emit_elements(&emitter, &mappings->items[i], i);
	}
}

/* ------------------------------------------------------------ from elements */

static void read_target_addr(const struct schema_set *map, const uint8_t *data,
			     struct pubport_mapping *mapping)
{
	mapping->target_addr.family = map->family;
	memcpy(mapping->target_addr.bytes, data, schema_addr_type(map)->length);
}

/* a range has its first target port from its record, if it makes sense */
static void read_target_ports(const struct schema_set *map, const uint8_t *data,
			      struct pubport_mapping *mapping)
{
	struct pubport_ports *ports = &mapping->target_ports;
	int width = mapping->key.ports.last - mapping->key.ports.first;
	uint16_t port_be;

	if (map->data == DATA_ADDR_PORT) {
		memcpy(&port_be, data + schema_addr_type(map)->length,
		       sizeof(port_be));
		ports->first = ntohs(port_be);
	} else if (!ports->first || ports->first + width > UINT16_MAX) {
		ports->first = mapping->key.ports.first;
	}
	ports->last = (uint16_t)(ports->first + width);
}

/* what a hand-made element has no record of */
static void default_record(struct pubport_mapping *mapping)
{
	if (!mapping->target[0])
		pubport_addr_format(&mapping->target_addr, mapping->target,
				    sizeof(mapping->target));
	if (!mapping->name[0])
		snprintf(mapping->name, sizeof(mapping->name), "%.*s",
			 (int)sizeof(mapping->name) - 1, mapping->target);
}

/**
 * mapping_now_ms() - tell the time for mapping_read()
 *
 * With seconds alone, the time when a mapping ends would seem to move.
 *
 * Return: milliseconds since the epoch.
 */
int64_t mapping_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/**
 * mapping_read() - make a mapping of its element
 * @set: one of the first SET_MAPPING_COUNT maps
 * @element: as the kernel has it; not trusted
 * @now_ms: milliseconds since the epoch
 * @ret_mapping: set if it is a mapping
 *
 * Return: whether it is one: ports and protocol make sense.
 */
bool mapping_read(enum schema_set_id set, const struct element *element,
		  int64_t now_ms, struct pubport_mapping *ret_mapping)
{
	const struct schema_set *map = schema_set(set);
	struct pubport_mapping *mapping = ret_mapping;
	struct element_fields fields, end;

	element_read_key(map, element->key, &fields);
	element_read_key(map, element->key_end, &end);
	if (!protocol_is_known(fields.protocol) || !fields.port ||
	    end.port < fields.port)
		return false;
	memset(mapping, 0, sizeof(*mapping));
	mapping->key.host = fields.daddr;
	mapping->key.host.family = map->family;
	mapping->key.protocol = fields.protocol;
	mapping->key.ports.first = fields.port;
	mapping->key.ports.last = end.port;
	mapping->connections = element->connections;
	read_target_addr(map, element->data, mapping);
	record_read(element, mapping);
	default_record(mapping);
	read_target_ports(map, element->data, mapping);
	if (!mapping->target_ports.first)
		return false;
	if (element->timeout_ms)
		mapping->expires = (now_ms + (int64_t)element->left_ms) / 1000;
	return true;
}
