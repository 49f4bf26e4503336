/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as elements of the table's maps, and back. */
#include "table/mapping_element.h"

#include "mapping/addr.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "nft/userdata.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

/**
 * mapping_leads_there() - tell whether a mapping leads where a flow went
 * @mapping: one that has the flow's host port
 * @flow: which
 *
 * Return: whether the flow was translated, to that.
 */
bool mapping_leads_there(const struct pubport_mapping *mapping,
			 const struct flow *flow)
{
	const struct pubport_addr *target = mapping_is_redirect(mapping)
						    ? &flow->host
						    : &mapping->target_addr;

	if (!flow->translated || !addr_equal(target, &flow->target))
		return false;
	/* what ended may have left no record of it */
	return !mapping->target_ports.first ||
	       mapping->target_ports.first + flow->port -
			       mapping->key.ports.first ==
		       flow->target_port;
}

/**
 * mapping_set() - find the map for a key
 * @key: of a mapping
 *
 * Return: the map that holds the mapping's one element.
 */
enum set_id mapping_set(const struct pubport_key *key)
{
	int id = SET_HOST4;

	if (key->ports.first != key->ports.last)
		id = SET_RANGE_HOST4;
	if (pubport_addr_is_any(&key->host))
		id += SET_ANY4 - SET_HOST4;
	if (key->host.family == PUBPORT_IPV6)
		id += SET_HOST6 - SET_HOST4;
	return (enum set_id)id;
}

/**
 * mapping_port_set() - find the map for the ports of a mapping
 * @mapping: one that mapping_is_by_port()
 *
 * Return: the map that has an element for each of them.
 */
enum set_id mapping_port_set(const struct pubport_mapping *mapping)
{
	if (!mapping_is_redirect(mapping))
		return mapping_set(&mapping->key) + SET_SHIFT_DISTANCE;
	return mapping_is_range(mapping) ? SET_REDIRECT_RANGE : SET_REDIRECT;
}

/**
 * mapping_key_fields() - take a mapping's key apart
 * @key: which
 *
 * Return: its fields, with its first port.
 */
struct element_fields mapping_key_fields(const struct pubport_key *key)
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
void mapping_write_key(enum set_id set, const struct pubport_key *key,
		       uint8_t *ret_key, uint8_t *ret_key_end)
{
	struct element_fields fields = mapping_key_fields(key);

	element_write_key(set_get(set), &fields, ret_key);
	fields.port = key->ports.last;
	element_write_key(set_get(set), &fields, ret_key_end);
}

/**
 * mapping_write_data() - make the data that a mapping has in a map
 * @set: the map of mapping_set(), or another that leads to its target
 * @mapping: which
 * @port: target port
 * @ret_data: ELEMENT_DATA_MAX bytes; those that the map has not stay as they
 * are
 */
void mapping_write_data(enum set_id set, const struct pubport_mapping *mapping,
			uint16_t port, uint8_t *ret_data)
{
	const struct set *map = set_get(set);
	uint16_t port_be = htons(port);

	if (map->data != DATA_PORT) {
		memcpy(ret_data, mapping->target_addr.bytes,
		       set_addr_type(map)->length);
		ret_data += set_addr_type(map)->length;
	}
	if (map->data != DATA_ADDR)
		memcpy(ret_data, &port_be, sizeof(port_be));
}

/* ------------------------------------------------------------ from elements */

static void read_target_addr(const struct set *map, const uint8_t *data,
			     struct pubport_mapping *mapping)
{
	mapping->target_addr.family = map->family;
	memcpy(mapping->target_addr.bytes, data, set_addr_type(map)->length);
}

/* a range has its first target port from its record, if it makes sense */
static void read_target_ports(const struct set *map, const uint8_t *data,
			      struct pubport_mapping *mapping)
{
	struct pubport_ports *ports = &mapping->target_ports;
	int width = mapping->key.ports.last - mapping->key.ports.first;
	uint16_t port_be;

	if (map->data == DATA_ADDR_PORT) {
		memcpy(&port_be, data + set_addr_type(map)->length,
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
 * mapping_read() - make a mapping of its element
 * @set: one of the first SET_MAPPING_COUNT maps
 * @element: as the kernel has it; not trusted
 * @now_ms: milliseconds since the epoch
 * @ret_mapping: set if it is a mapping
 *
 * Return: whether it is one: ports and protocol make sense.
 */
bool mapping_read(enum set_id set, const struct element *element,
		  int64_t now_ms, struct pubport_mapping *ret_mapping)
{
	const struct set *map = set_get(set);
	struct pubport_mapping *mapping = ret_mapping;
	struct element_fields fields, end;

	element_read_key(map, element->key, &fields);
	element_read_key(map, element->key_end, &end);
	/* one address, one protocol */
	if (!protocol_is_known(fields.protocol) || !fields.port ||
	    end.port < fields.port || end.protocol != fields.protocol ||
	    !addr_equal(&end.daddr, &fields.daddr))
		return false;
	memset(mapping, 0, sizeof(*mapping));
	mapping->key.host = fields.daddr;
	mapping->key.host.family = map->family;
	mapping->key.protocol = fields.protocol;
	mapping->key.ports.first = fields.port;
	mapping->key.ports.last = end.port;
	mapping->connections = element->packets;
	read_target_addr(map, element->data, mapping);
	userdata_read(element, mapping);
	default_record(mapping);
	read_target_ports(map, element->data, mapping);
	if (!mapping->target_ports.first)
		return false;
	if (element->timeout_ms)
		mapping->expires = (now_ms + (int64_t)element->left_ms) / 1000;
	return true;
}
