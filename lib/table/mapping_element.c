/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements that mappings are made of, and mappings read from elements.
 *
 * Each mapping has one element in the map of mapping_set(), which carries its
 * userdata.  Besides,
 *
 *  - a range that shifts its numbers has one for each port in shift_..., and so
 *    has what leads to the host itself in redirect_...;
 *  - a single port has its key in published...: nft can't ask a map whether it
 *    has a key;
 *  - what --no-loopback is for is in no_loopback, if it is for all addresses:
 *    others don't have loopback anyway;
 *  - what is not for everyone is in limited..., and once for each network in
 *    allowed....
 *  - what has options, such as --masquerade, is in option..., once for each.
 *
 * What ends by itself is in ending... besides, which the kernel leaves alone;
 * and what was removed is in settling... for a moment.
 *
 * To remove a mapping its networks must be known.  They are listed in the
 * userdata of its element in limited..., as many as fit; those that follow, in
 * the userdata of the element that the first of the networks before has in
 * allowed..., and so on.
 */
#include "table/mapping_element.h"

#include "mapping/addr.h"
#include "mapping/helper.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "nft/userdata.h"

#include <arpa/inet.h>
#include <string.h>

/* ----------------------------------------------------------- sets and keys */

/* what a key says of the host */
enum side {
	SIDE_ADDRESS,
	SIDE_INTERFACE,
	SIDE_ANY,
};

static enum side side_of(const struct pubport_key *key)
{
	if (key->interface[0])
		return SIDE_INTERFACE;
	return pubport_addr_is_any(&key->host) ? SIDE_ANY : SIDE_ADDRESS;
}

/**
 * mapping_set() - find the map for a key
 * @key: of a mapping
 *
 * Return: the map that holds the mapping's one element.
 */
enum set_id mapping_set(const struct pubport_key *key)
{
	return mapping_set_of(key, key->ports.first != key->ports.last);
}

/**
 * mapping_set_of() - find the map for a kind of ports of a key's host side
 * @key: with the host side
 * @range: whether the map of ranges is meant, or that of single ports
 *
 * Return: the map.
 */
enum set_id mapping_set_of(const struct pubport_key *key, bool range)
{
	static const enum set_id sets[][2] = {
		[SIDE_ADDRESS] = { SET_HOST4, SET_RANGE_HOST4 },
		[SIDE_INTERFACE] = { SET_INTERFACE4, SET_RANGE_INTERFACE4 },
		[SIDE_ANY] = { SET_ANY4, SET_RANGE_ANY4 },
	};

	return set_of_family(sets[side_of(key)][range], key->host.family);
}

/**
 * mapping_port_set() - find the map for the ports of a mapping
 * @mapping: one that mapping_is_by_port()
 *
 * Return: the map that has an element for each of them.
 */
enum set_id mapping_port_set(const struct pubport_mapping *mapping)
{
	static const enum set_id shift[] = {
		[SIDE_ADDRESS] = SET_SHIFT_HOST4,
		[SIDE_INTERFACE] = SET_SHIFT_INTERFACE4,
		[SIDE_ANY] = SET_SHIFT_ANY4,
	};

	if (!mapping_is_redirect(mapping))
		return set_of_family(shift[side_of(&mapping->key)],
				     mapping->key.host.family);
	if (mapping_is_by_interface(mapping))
		return mapping_is_range(mapping) ? SET_REDIRECT_RANGE_INTERFACE
						 : SET_REDIRECT_INTERFACE;
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
	struct element_fields fields = {
		.daddr = key->host,
		.family = key->host.family,
		.protocol = key->protocol,
		.port = key->ports.first,
	};

	memcpy(fields.iifname, key->interface, sizeof(fields.iifname));
	return fields;
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
 * mapping_tracked_fields() - tell what the kernel remembers of connections
 * @mapping: which led them
 *
 * Return: the fields of its key, and of its target.
 */
struct element_fields
mapping_tracked_fields(const struct pubport_mapping *mapping)
{
	struct element_fields fields = mapping_key_fields(&mapping->key);

	fields.target = mapping->target_addr;
	fields.target_port = mapping->target_ports.first;
	return fields;
}

/**
 * mapping_has_options() - tell mappings with whose connections something is
 * done
 * @mapping: which
 *
 * Return: whether it has an element in mapping_option_set().
 */
bool mapping_has_options(const struct pubport_mapping *mapping)
{
	return mapping->flags & (PUBPORT_MAPPING_MASQUERADE |
				 PUBPORT_MAPPING_SYMMETRIC) ||
	       helper_of(mapping);
}

/**
 * mapping_option_set() - find the set that says what a mapping's options are
 * @key: of the mapping
 *
 * Return: SET_OPTION4 to SET_OPTION_RANGE_INTERFACE6.
 */
enum set_id mapping_option_set(const struct pubport_key *key)
{
	static const enum set_id sets[][2] = {
		{ SET_OPTION4, SET_OPTION_RANGE4 },
		{ SET_OPTION_INTERFACE4, SET_OPTION_RANGE_INTERFACE4 },
	};
	bool is_range = key->ports.first != key->ports.last;

	return set_of_family(sets[side_of(key) == SIDE_INTERFACE][is_range],
			     key->host.family);
}

/**
 * mapping_write_option_key() - make the key that says that a mapping has an
 * option
 * @mapping: which
 * @option: the option; of a helper, OPTION_HELPER and its number
 * @element: its key is set, and the last key of its interval
 */
void mapping_write_option_key(const struct pubport_mapping *mapping,
			      unsigned int option, struct element *element)
{
	const struct set *set = set_get(mapping_option_set(&mapping->key));
	struct element_fields fields = mapping_tracked_fields(mapping);

	fields.option = set_option(option, mapping->key.protocol);
	element_write_key(set, &fields, element->key);
	fields.port = mapping->key.ports.last;
	element_write_key(set, &fields, element->key_end);
}

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
 * Return: SET_LIMITED4 to SET_LIMITED_RANGE6, or the same of interfaces; what
 * is SET_ALLOWED_DISTANCE behind has its networks.
 */
enum set_id mapping_limited_set(const struct pubport_key *key)
{
	bool range = key->ports.first != key->ports.last;
	enum set_id set = range ? SET_LIMITED_RANGE4 : SET_LIMITED4;

	if (key->interface[0])
		set = range ? SET_LIMITED_RANGE_INTERFACE4
			    : SET_LIMITED_INTERFACE4;
	return set_of_family(set, key->host.family);
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

/**
 * mapping_read_key() - read a mapping's key from that of an element
 * @set: of the element; one whose elements belong to mappings
 * @key: ELEMENT_KEY_MAX bytes; not trusted
 *
 * Return: the key, with one port.
 */
struct pubport_key mapping_read_key(enum set_id set, const uint8_t *key)
{
	const struct set *description = set_get(set);
	struct element_fields fields;
	struct pubport_key read;

	element_read_key(description, key, &fields);
	read = (struct pubport_key){
		.host = fields.daddr,
		.protocol = fields.protocol,
		.ports = { fields.port, fields.port },
	};
	read.host.family = description->family ? description->family
					       : fields.family;
	memcpy(read.interface, fields.iifname, sizeof(read.interface));
	return read;
}

/* -------------------------------------------------------------- to elements */

/**
 * struct writer - who gets the elements that mappings have in a set
 * @set: which set
 * @now: seconds since the epoch, from which on mappings last
 * @put: called for each element
 * @data: handed to @put
 */
struct writer {
	enum set_id set;
	int64_t now;
	element_put_fn put;
	void *data;
};

static void write_data(enum set_id set, const struct pubport_mapping *mapping,
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

/* all elements of a mapping end together */
static void begin_element(const struct writer *writer,
			  const struct pubport_mapping *mapping,
			  struct element *element)
{
	element_init(element);
	element->timeout_ms = mapping_lifetime_ms(mapping, writer->now);
}

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

/* the element for all ports of the mapping: with its data, where the set is a
 * map; else its networks are listed, if it is limited */
static void put_whole(const struct writer *writer,
		      const struct pubport_mapping *mapping, size_t index)
{
	struct element element;

	begin_element(writer, mapping, &element);
	mapping_write_key(writer->set, &mapping->key, element.key,
			  element.key_end);
	if (set_holds_mappings(writer->set)) {
		write_data(writer->set, mapping, mapping->target_ports.first,
			   element.data);
		userdata_write(mapping, &element);
	} else if (writer->set == mapping_limited_set(&mapping->key)) {
		list_networks(mapping, 0, &element);
	}
	writer->put(writer->data, writer->set, &element, index);
}

/* an element for each port */
static void put_ports(const struct writer *writer,
		      const struct pubport_mapping *mapping, size_t index)
{
	struct element_fields fields = mapping_key_fields(&mapping->key);
	struct element element;
	uint16_t distance;

	begin_element(writer, mapping, &element);
	for (uint32_t port = mapping->key.ports.first;
	     port <= mapping->key.ports.last; port++) {
		distance = (uint16_t)(port - mapping->key.ports.first);
		fields.port = (uint16_t)port;
		element_write_key(set_get(writer->set), &fields, element.key);
		write_data(writer->set, mapping,
			   mapping->target_ports.first + distance,
			   element.data);
		writer->put(writer->data, writer->set, &element, index);
	}
}

/* an element for each network */
static void put_networks(const struct writer *writer,
			 const struct pubport_mapping *mapping, size_t index)
{
	size_t most = userdata_networks_max(mapping->key.host.family);
	struct element element;

	for (size_t i = 0; i < mapping->from_count; i++) {
		begin_element(writer, mapping, &element);
		mapping_write_allowed_key(writer->set, &mapping->key,
					  &mapping->from[i], &element);
		if (i % most == 0)
			list_networks(mapping, i + most, &element);
		writer->put(writer->data, writer->set, &element, index);
	}
}

/* the comment is for who looks at the table by nft */
static void put_option(const struct writer *writer,
		       const struct pubport_mapping *mapping,
		       unsigned int option, const char *comment, size_t index)
{
	struct element element;

	begin_element(writer, mapping, &element);
	mapping_write_option_key(mapping, option, &element);
	userdata_write_comment(&element, comment);
	writer->put(writer->data, writer->set, &element, index);
}

/* an element for each option */
static void put_options(const struct writer *writer,
			const struct pubport_mapping *mapping, size_t index)
{
	enum helper helper = helper_of(mapping);

	if (mapping->flags & PUBPORT_MAPPING_MASQUERADE)
		put_option(writer, mapping, OPTION_MASQUERADE, "masquerade",
			   index);
	if (mapping->flags & PUBPORT_MAPPING_SYMMETRIC)
		put_option(writer, mapping, OPTION_SYMMETRIC, "symmetric",
			   index);
	if (helper)
		put_option(writer, mapping, OPTION_HELPER + helper,
			   helper_get(helper)->object, index);
}

/**
 * struct set_list - the sets in which a mapping has elements
 * @items: each once
 * @count: number of @items
 */
struct set_list {
	enum set_id items[7];
	size_t count;
};

static enum set_id published_set(const struct pubport_key *key)
{
	enum set_id set4 = side_of(key) == SIDE_INTERFACE
				   ? SET_PUBLISHED_INTERFACE4
				   : SET_PUBLISHED4;

	return set_of_family(set4, key->host.family);
}

static struct set_list sets_of(const struct pubport_mapping *mapping)
{
	enum set_id limited = mapping_limited_set(&mapping->key);
	struct set_list sets = { { mapping_set(&mapping->key) }, 1 };

	if (!mapping_is_range(mapping))
		sets.items[sets.count++] = published_set(&mapping->key);
	if (mapping_is_by_port(mapping))
		sets.items[sets.count++] = mapping_port_set(mapping);
	if (mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK &&
	    side_of(&mapping->key) == SIDE_ANY)
		sets.items[sets.count++] = mapping_no_loopback_set(mapping);
	if (mapping->flags & PUBPORT_MAPPING_LIMITED) {
		sets.items[sets.count++] = limited;
		sets.items[sets.count++] = limited + SET_ALLOWED_DISTANCE;
	}
	if (mapping_has_options(mapping))
		sets.items[sets.count++] = mapping_option_set(&mapping->key);
	return sets;
}

static bool has_elements_in(const struct pubport_mapping *mapping,
			    enum set_id set)
{
	const struct set_list sets = sets_of(mapping);

	for (size_t i = 0; i < sets.count; i++)
		if (sets.items[i] == set)
			return true;
	return false;
}

static void put_mapping(const struct writer *writer,
			const struct pubport_mapping *mapping, size_t index)
{
	if (mapping_is_by_port(mapping) &&
	    writer->set == mapping_port_set(mapping))
		put_ports(writer, mapping, index);
	else if (writer->set ==
		 mapping_limited_set(&mapping->key) + SET_ALLOWED_DISTANCE)
		put_networks(writer, mapping, index);
	else if (writer->set == mapping_option_set(&mapping->key))
		put_options(writer, mapping, index);
	else
		put_whole(writer, mapping, index);
}

/**
 * mappings_put() - hand on the elements that mappings are made of
 * @mappings: which
 * @now: seconds since the epoch, from which on they last; of no account for
 *	those that are deleted
 * @put: gets each, those of one set one after another, with the index of its
 *	mapping
 * @data: handed to @put
 */
void mappings_put(const struct pubport_mappings *mappings, int64_t now,
		  element_put_fn put, void *data)
{
	struct writer writer = { SET_HOST4, now, put, data };
	bool used[SET_COUNT] = { false };
	struct set_list sets;

	for (size_t i = 0; i < mappings->count; i++) {
		sets = sets_of(&mappings->items[i]);
		for (size_t j = 0; j < sets.count; j++)
			used[sets.items[j]] = true;
	}
	for (int set = 0; set < SET_COUNT; set++) {
		writer.set = (enum set_id)set;
		for (size_t i = 0; used[set] && i < mappings->count; i++)
			if (has_elements_in(&mappings->items[i], writer.set))
				put_mapping(&writer, &mappings->items[i], i);
	}
}

/**
 * mappings_put_hosts() - hand on the host addresses that mappings have
 * @mappings: which
 * @put: gets each; one that several mappings have may come several times
 * @data: handed to @put
 *
 * They may be in the table already, and stay there when mappings go.
 */
void mappings_put_hosts(const struct pubport_mappings *mappings,
			element_put_fn put, void *data)
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
		put(data, set, &element, i);
		last = host;
	}
}

/**
 * mappings_put_targets() - hand on the ports of targets that are published
 * @mappings: which
 * @put: gets each; one that several mappings lead to may come several times
 * @data: handed to @put
 *
 * They may be in the table already, and stay there when mappings go.  Ports of
 * this host are none.
 */
void mappings_put_targets(const struct pubport_mappings *mappings,
			  element_put_fn put, void *data)
{
	const struct pubport_mapping *mapping = mappings->items;
	struct element element = { .timeout_ms = 0 }, last = element;
	struct element_fields fields;
	enum set_id set;

	for (size_t i = 0; i < mappings->count; i++, mapping++) {
		if (mapping_is_redirect(mapping))
			continue;
		set = set_of_family(SET_TARGETS4, mapping->target_addr.family);
		fields = (struct element_fields){
			.saddr = mapping->target_addr,
			.protocol = mapping->key.protocol,
			.sport = mapping_is_range(mapping)
					 ? 0
					 : mapping->target_ports.first,
		};
		element_write_key(set_get(set), &fields, element.key);
		if (memcmp(element.key, last.key, sizeof(last.key)))
			put(data, set, &element, i);
		last = element;
	}
}

/**
 * mapping_note_set() - find the set that remembers a mapping
 * @kind: NOTE_ENDING or NOTE_SETTLING
 * @key: of the mapping
 *
 * Return: the set.
 */
enum set_id mapping_note_set(enum note_kind kind, const struct pubport_key *key)
{
	static const enum set_id sets[][2] = {
		[NOTE_ENDING] = { SET_ENDING4, SET_ENDING_INTERFACE4 },
		[NOTE_SETTLING] = { SET_SETTLING4, SET_SETTLING_INTERFACE4 },
	};

	return set_of_family(sets[kind][side_of(key) == SIDE_INTERFACE],
			     key->host.family);
}

/**
 * mapping_put_note() - hand on the element that remembers a mapping
 * @kind: NOTE_ENDING or NOTE_SETTLING
 * @mapping: which
 * @put: gets it
 * @data: handed to @put
 * @index: likewise
 */
void mapping_put_note(enum note_kind kind,
		      const struct pubport_mapping *mapping, element_put_fn put,
		      void *data, size_t index)
{
	enum set_id set = mapping_note_set(kind, &mapping->key);
	struct element_fields fields = mapping_key_fields(&mapping->key);
	struct element element;

	fields.last_port = mapping->key.ports.last;
	fields.target = mapping->target_addr;
	element_init(&element);
	element_write_key(set_get(set), &fields, element.key);
	userdata_write_end(mapping, &element);
	put(data, set, &element, index);
}

/**
 * mappings_put_endings() - hand on the elements that remember mappings which
 * end
 * @mappings: which; those that don't end by themselves have none
 * @put: gets each
 * @data: handed to @put
 *
 * They stay when the kernel ends the mapping, until its connections are ended.
 */
void mappings_put_endings(const struct pubport_mappings *mappings,
			  element_put_fn put, void *data)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mappings->items[i].expires)
			mapping_put_note(NOTE_ENDING, &mappings->items[i], put,
					 data, i);
}

/* ------------------------------------------------------------ from elements */

static void read_target_addr(const struct set *map, const uint8_t *data,
			     struct pubport_mapping *mapping)
{
	mapping->target_addr.family = map->family;
	memcpy(mapping->target_addr.bytes, data, set_addr_type(map)->length);
}

/* a range has its first target port from its userdata, if it makes sense */
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

/* what a hand-made element has no userdata for */
static void default_names(struct pubport_mapping *mapping)
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
 * @set: one that set_holds_mappings()
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
	struct pubport_key first = mapping_read_key(set, element->key);
	struct pubport_key last = mapping_read_key(set, element->key_end);

	/* one address or interface, one protocol */
	if (!protocol_is_known(first.protocol) || !first.ports.first ||
	    last.ports.first < first.ports.first ||
	    last.protocol != first.protocol || key_compare_hosts(&first, &last))
		return false;
	if (set_is_by_interface(set) && interface_why_wrong(first.interface))
		return false;
	memset(mapping, 0, sizeof(*mapping));
	mapping->key = first;
	mapping->key.ports.last = last.ports.first;
	mapping->connections = element->packets;
	read_target_addr(map, element->data, mapping);
	userdata_read(element, mapping);
	default_names(mapping);
	read_target_ports(map, element->data, mapping);
	if (!mapping->target_ports.first)
		return false;
	if (element->timeout_ms)
		mapping->expires = (now_ms + (int64_t)element->left_ms) / 1000;
	return true;
}

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
	/* what ended may have left no userdata that says so */
	return !mapping->target_ports.first ||
	       mapping->target_ports.first + flow->port -
			       mapping->key.ports.first ==
		       flow->target_port;
}
