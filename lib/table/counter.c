/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements that count the packets and bytes of mappings.
 *
 * They are there only while ruleset_counters is; see there what their keys
 * are.  A mapping that is added meanwhile has its counters from its beginning.
 */
#include "table/counter.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/mapping_index.h"
#include "nft/userdata.h"
#include "table/lookup.h"

#include <errno.h>

/**
 * counters_exist() - look whether packets and bytes are counted
 * @nft: open NETLINK_NETFILTER socket
 * @ret_are: whether they are
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int counters_exist(struct netlink *nft, bool *ret_are)
{
	return table_has(nft, &ruleset_counters, ret_are);
}

static enum set_id counter_set(const struct pubport_mapping *mapping)
{
	enum set_id set = SET_COUNTER_SCTP4;

	if (mapping_is_range(mapping))
		set = SET_COUNTER_RANGE4;
	else if (mapping->key.protocol == PUBPORT_TCP)
		set = SET_COUNTER_TCP4;
	else if (mapping->key.protocol == PUBPORT_UDP)
		set = SET_COUNTER_UDP4;
	return set_of_family(set, mapping->key.host.family);
}

static void write_key(const struct pubport_mapping *mapping, bool is_reply,
		      struct element *element)
{
	const struct set *set = set_get(counter_set(mapping));
	struct element_fields fields = mapping_tracked_fields(mapping);

	fields.is_reply = is_reply;
	element_write_key(set, &fields, element->key);
	fields.port = mapping->key.ports.last;
	element_write_key(set, &fields, element->key_end);
}

/* whether two mappings are counted together: the kernel doesn't remember by
 * which interface a connection came in */
static bool shares_counter(const struct pubport_mapping *a,
			   const struct pubport_mapping *b)
{
	return addr_equal(&a->key.host, &b->key.host) &&
	       a->key.protocol == b->key.protocol &&
	       a->key.ports.first == b->key.ports.first &&
	       a->key.ports.last == b->key.ports.last &&
	       mapping_equal(a, b, MAPPING_TARGET);
}

static bool is_counted_before(const struct mapping_index *index,
			      const struct pubport_mapping *mapping)
{
	struct mapping_index_walk walk;
	const struct pubport_mapping *other;

	if (!index->interface_count || !pubport_addr_is_any(&mapping->key.host))
		return false;
	walk = mapping_index_walk_packet(index, &mapping->key, true);
	while ((other = mapping_index_next(&walk)))
		if (other < mapping && shares_counter(other, mapping))
			return true;
	return false;
}

/**
 * counters_put() - hand on the elements that count for mappings
 * @mappings: which
 * @now: seconds since the epoch, from which on they last, and count; of no
 *	account for those that are deleted
 * @put: gets each once, with the index of its mapping
 * @data: handed to @put
 *
 * Return: 0 or -ENOMEM.
 */
int counters_put(const struct pubport_mappings *mappings, int64_t now,
		 element_put_fn put, void *data)
{
	struct mapping_index index CLEANUP(mapping_index_done) = { 0 };
	const struct pubport_mapping *mapping = mappings->items;
	struct element element;
	int code = mapping_index_init(&index, mappings);

	for (size_t i = 0; !code && i < mappings->count; i++, mapping++) {
		if (is_counted_before(&index, mapping))
			continue;
		element_init(&element);
		element.timeout_ms = mapping_lifetime_ms(mapping, now);
		userdata_write_time(&element, now);
		write_key(mapping, false, &element);
		put(data, counter_set(mapping), &element, i);
		write_key(mapping, true, &element);
		put(data, counter_set(mapping), &element, i);
	}
	return code;
}

/**
 * counters_miss() - look whether a mapping has no counters
 * @nft: open NETLINK_NETFILTER socket
 * @mapping: which
 * @ret_miss: whether it has none
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int counters_miss(struct netlink *nft, const struct pubport_mapping *mapping,
		  bool *ret_miss)
{
	struct element element;
	int code;

	write_key(mapping, true, &element);
	code = element_get(nft, counter_set(mapping), element.key, &element);
	*ret_miss = code == -ENOENT;
	return *ret_miss ? 0 : code;
}

/* ----------------------------------------------------------------- visited */

/**
 * struct visit - counters being read
 * @set: the set that is being dumped
 * @each: called for each counter
 * @data: handed to @each
 */
struct visit {
	enum set_id set;
	counter_fn each;
	void *data;
};

static enum pubport_protocol protocol_of(enum set_id set,
					 const struct element_fields *fields)
{
	if (set >= SET_COUNTER_RANGE4)
		return fields->protocol;
	if (set >= SET_COUNTER_SCTP4)
		return PUBPORT_SCTP;
	return set >= SET_COUNTER_UDP4 ? PUBPORT_UDP : PUBPORT_TCP;
}

static int visit_element(const struct element *element, void *data)
{
	const struct visit *visit = data;
	const struct set *set = set_get(visit->set);
	struct counter counter = { .packets = element->packets,
				   .bytes = element->bytes };
	struct pubport_mapping *mapping = &counter.mapping;
	struct element_fields first, last;

	element_read_key(set, element->key, &first);
	element_read_key(set, element->key_end, &last);
	counter.is_reply = first.is_reply;
	userdata_read(element, mapping);
	mapping->key.host = first.daddr;
	mapping->key.protocol = protocol_of(visit->set, &first);
	mapping->key.ports.first = first.port;
	mapping->key.ports.last = last.port;
	mapping->target_addr = first.target;
	mapping->target_ports.first = first.target_port;
	return visit->each(&counter, visit->data);
}

/**
 * counters_visit() - look at each counter
 * @nft: open NETLINK_NETFILTER socket
 * @each: called for each; its mapping may be gone, or lead elsewhere
 * @data: handed to @each
 *
 * Return: 0, -EINTR when the table changed meanwhile, -EPERM, or another
 * negative errno.
 */
int counters_visit(struct netlink *nft, counter_fn each, void *data)
{
	struct visit visit = { SET_COUNTER_TCP4, each, data };
	int code;

	for (int set = SET_COUNTER_TCP4; set <= SET_COUNTER_RANGE6; set++) {
		visit.set = (enum set_id)set;
		code = element_dump(nft, visit.set, visit_element, &visit);
		if (code)
			return code;
	}
	return 0;
}
