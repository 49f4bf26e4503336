/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets and maps of the table "inet pubport", as data. */
#include "nft/sets.h"

#include "util/cleanup.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stddef.h>

/* the host's side of a mapping is FIELD_DADDR or FIELD_IIFNAME in these */
#define KEY(...)                                                               \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define HOST_KEY(host) KEY(host, FIELD_PROTOCOL, FIELD_PORT)
#define RANGE_HOST_KEY(host) KEY(FIELD_PORT, FIELD_PROTOCOL, host)
#define ALLOWED_RANGE_KEY(host)                                                \
	KEY(FIELD_PORT, FIELD_PROTOCOL, host, FIELD_SADDR)
#define ENDING_KEY(host)                                                       \
	KEY(host, FIELD_PROTOCOL, FIELD_PORT, FIELD_LAST_PORT, FIELD_TARGET)
#define OPTION_KEY(host)                                                       \
	KEY(host, FIELD_PORT, FIELD_TARGET, FIELD_TARGET_PORT, FIELD_OPTION)
#define OPTION_RANGE_KEY(host) KEY(FIELD_PORT, host, FIELD_TARGET, FIELD_OPTION)

#define ANY_KEY KEY(FIELD_PROTOCOL, FIELD_PORT)
#define RANGE_ANY_KEY KEY(FIELD_PORT, FIELD_PROTOCOL)
#define FAMILY_KEY KEY(FIELD_NFPROTO, FIELD_PROTOCOL, FIELD_PORT)
#define REDIRECT_INTERFACE_KEY                                                 \
	KEY(FIELD_IIFNAME, FIELD_NFPROTO, FIELD_PROTOCOL, FIELD_PORT)
#define ALLOWED_KEY                                                            \
	KEY(FIELD_SADDR, FIELD_DADDR, FIELD_PROTOCOL, FIELD_PORT, FIELD_PREFIX)
#define TARGET_KEY KEY(FIELD_SADDR, FIELD_PROTOCOL, FIELD_SPORT)
#define COUNTER_KEY                                                            \
	KEY(FIELD_DIRECTION, FIELD_DADDR, FIELD_PORT, FIELD_TARGET,            \
	    FIELD_TARGET_PORT)
#define COUNTER_RANGE_KEY                                                      \
	KEY(FIELD_PORT, FIELD_DIRECTION, FIELD_PROTOCOL, FIELD_DADDR,          \
	    FIELD_TARGET)
#define IPV4 PUBPORT_IPV4
#define IPV6 PUBPORT_IPV6

#define HASH .interval = false
#define INTERVAL .interval = true
#define TO_ADDR .data = DATA_ADDR, .timeout = true
#define TO_ADDR_PORT .data = DATA_ADDR_PORT, .timeout = true
#define TO_PORT .data = DATA_PORT, .timeout = true
#define ENDS .timeout = true
#define TRACKED .timeout = true, .tracked = true
#define COUNTS TRACKED, .counter = true
#define INTERFACE .key = { FIELD_IIF }

/* the same for both families */
#define PAIR(id, name, ...)                                                    \
	[id##4] = { name "4", IPV4, __VA_ARGS__ },                             \
	[id##6] = { name "6", IPV6, __VA_ARGS__ }

static const struct set sets[] = {
	PAIR(SET_HOST, "host", HOST_KEY(FIELD_DADDR), TO_ADDR_PORT, HASH),
	PAIR(SET_ANY, "any", ANY_KEY, TO_ADDR_PORT, HASH),
	PAIR(SET_RANGE_HOST, "range_host", RANGE_HOST_KEY(FIELD_DADDR), TO_ADDR,
	     INTERVAL),
	PAIR(SET_RANGE_ANY, "range_any", RANGE_ANY_KEY, TO_ADDR, INTERVAL),
	PAIR(SET_SHIFT_HOST, "shift_host", HOST_KEY(FIELD_DADDR), TO_ADDR_PORT,
	     HASH),
	PAIR(SET_SHIFT_ANY, "shift_any", ANY_KEY, TO_ADDR_PORT, HASH),
	[SET_NO_LOOPBACK] = { "no_loopback", 0, FAMILY_KEY, ENDS, HASH },
	[SET_NO_LOOPBACK_RANGE] = { "no_loopback_range",
				    0,
				    { FIELD_PORT, FIELD_PROTOCOL,
				      FIELD_NFPROTO },
				    ENDS,
				    INTERVAL },
	PAIR(SET_PUBLISHED, "published", HOST_KEY(FIELD_DADDR), ENDS, HASH),
	PAIR(SET_HOST_ADDRESSES, "host_addresses", { FIELD_DADDR }, HASH),
	PAIR(SET_HAIRPIN, "hairpin", { FIELD_DADDR, FIELD_SADDR }, INTERVAL),
	PAIR(SET_TARGETS, "targets", TARGET_KEY, HASH),
	[SET_ROUTE_LOCALNET] = { "route_localnet", INTERFACE, HASH },
	[SET_LOOPBACK_ROUTE] = { "loopback_route", INTERFACE, HASH },
	[SET_FORWARDING4] = { "forwarding4", INTERFACE, HASH },
	[SET_FORWARDING6] = { "forwarding6", INTERFACE, HASH },
	[SET_HAIRPIN_MODE] = { "hairpin_mode", INTERFACE, HASH },
	[SET_BRIDGES] = { "bridges", 0, { FIELD_IIF, FIELD_OIF }, HASH },
	[SET_HAIRPIN_LINKS] = { "hairpin_links",
				0,
				{ FIELD_IIF, FIELD_OIF },
				HASH },
	[SET_FORWARDING_ALL] = { "forwarding_all", 0, { FIELD_NFPROTO }, HASH },
	PAIR(SET_ENDING, "ending", ENDING_KEY(FIELD_DADDR), HASH),
	PAIR(SET_SETTLING, "settling", ENDING_KEY(FIELD_DADDR), HASH),
	[SET_REDIRECT] = { "redirect_ports", 0, FAMILY_KEY, TO_PORT, HASH },
	[SET_REDIRECT_RANGE] = { "redirect_ranges", 0, FAMILY_KEY, TO_PORT,
				 HASH },
	PAIR(SET_INTERFACE, "interface", HOST_KEY(FIELD_IIFNAME), TO_ADDR_PORT,
	     HASH),
	PAIR(SET_RANGE_INTERFACE, "range_interface",
	     RANGE_HOST_KEY(FIELD_IIFNAME), TO_ADDR, INTERVAL),
	PAIR(SET_SHIFT_INTERFACE, "shift_interface", HOST_KEY(FIELD_IIFNAME),
	     TO_ADDR_PORT, HASH),
	[SET_REDIRECT_INTERFACE] = { "redirect_ports_interface", 0,
				     REDIRECT_INTERFACE_KEY, TO_PORT, HASH },
	[SET_REDIRECT_RANGE_INTERFACE] = { "redirect_ranges_interface", 0,
					   REDIRECT_INTERFACE_KEY, TO_PORT,
					   HASH },
	PAIR(SET_PUBLISHED_INTERFACE, "published_interface",
	     HOST_KEY(FIELD_IIFNAME), ENDS, HASH),
	PAIR(SET_ENDING_INTERFACE, "ending_interface",
	     ENDING_KEY(FIELD_IIFNAME), HASH),
	PAIR(SET_SETTLING_INTERFACE, "settling_interface",
	     ENDING_KEY(FIELD_IIFNAME), HASH),
	PAIR(SET_LIMITED_INTERFACE, "limited_interface",
	     HOST_KEY(FIELD_IIFNAME), ENDS, HASH),
	PAIR(SET_LIMITED_RANGE_INTERFACE, "limited_range_interface",
	     RANGE_HOST_KEY(FIELD_IIFNAME), ENDS, INTERVAL),
	PAIR(SET_ALLOWED_INTERFACE, "allowed_interface",
	     ALLOWED_RANGE_KEY(FIELD_IIFNAME), ENDS, INTERVAL),
	PAIR(SET_ALLOWED_RANGE_INTERFACE, "allowed_range_interface",
	     ALLOWED_RANGE_KEY(FIELD_IIFNAME), ENDS, INTERVAL),
	PAIR(SET_LIMITED, "limited", HOST_KEY(FIELD_DADDR), ENDS, HASH),
	PAIR(SET_LIMITED_RANGE, "limited_range", RANGE_HOST_KEY(FIELD_DADDR),
	     ENDS, INTERVAL),
	PAIR(SET_ALLOWED, "allowed", ALLOWED_KEY, ENDS, HASH),
	PAIR(SET_ALLOWED_RANGE, "allowed_range", ALLOWED_RANGE_KEY(FIELD_DADDR),
	     ENDS, INTERVAL),
	PAIR(SET_MASKS, "masks", { FIELD_SADDR }, HASH),
	PAIR(SET_SHIELDED, "shielded", { FIELD_DADDR }, ENDS, HASH),
	PAIR(SET_OPTION, "option", OPTION_KEY(FIELD_DADDR), TRACKED, HASH),
	PAIR(SET_OPTION_RANGE, "option_range", OPTION_RANGE_KEY(FIELD_DADDR),
	     TRACKED, INTERVAL),
	PAIR(SET_OPTION_INTERFACE, "option_interface",
	     OPTION_KEY(FIELD_IIFNAME), TRACKED, HASH),
	PAIR(SET_OPTION_RANGE_INTERFACE, "option_range_interface",
	     OPTION_RANGE_KEY(FIELD_IIFNAME), TRACKED, INTERVAL),
	[SET_UPLINKS] = { "uplinks", INTERFACE, .data = DATA_MARK, HASH },
	PAIR(SET_COUNTER_TCP, "counter_tcp", COUNTER_KEY, COUNTS, HASH),
	PAIR(SET_COUNTER_UDP, "counter_udp", COUNTER_KEY, COUNTS, HASH),
	PAIR(SET_COUNTER_SCTP, "counter_sctp", COUNTER_KEY, COUNTS, HASH),
	PAIR(SET_COUNTER_RANGE, "counter_range", COUNTER_RANGE_KEY, COUNTS,
	     INTERVAL),
};

_Static_assert(ARRAY_SIZE(sets) == SET_COUNT, "each set is described");

/* numbers are nft's: enum datatypes and enum byteorder of its sources */
static const struct set_type type_nfproto = { 1, 2, "nf_proto", 1 };
static const struct set_type type_ipv4 = { 4, 7, "ipv4_addr", 2 };
static const struct set_type type_ipv6 = { 16, 8, "ipv6_addr", 2 };
static const struct set_type type_protocol = { 1, 12, "inet_proto", 2 };
static const struct set_type type_port = { 2, 13, "inet_service", 2 };
static const struct set_type type_mark = { 4, 19, "mark", 1 };
static const struct set_type type_interface = { 4, 20, "iface_index", 1 };
static const struct set_type type_ifname = { 16, 41, "ifname", 1 };
static const struct set_type type_direction = { 1, 27, "ct_dir", 1 };

/**
 * set_get() - describe a set or map
 * @id: which
 *
 * Return: its description, constant.
 */
const struct set *set_get(enum set_id id)
{
	return &sets[id];
}

/**
 * set_addr_type() - describe the addresses of a set
 * @set: which; has a family
 *
 * Return: its type, constant.
 */
const struct set_type *set_addr_type(const struct set *set)
{
	return set->family == PUBPORT_IPV4 ? &type_ipv4 : &type_ipv6;
}

/**
 * set_port_type() - describe a port
 *
 * Return: its type, constant.
 */
const struct set_type *set_port_type(void)
{
	return &type_port;
}

/**
 * set_mark_type() - describe a mark
 *
 * Return: its type, constant.
 */
const struct set_type *set_mark_type(void)
{
	return &type_mark;
}

/**
 * set_field_type() - describe a field of a set's key
 * @set: which set
 * @field: which field, below set_field_count()
 *
 * Return: its type, constant, or NULL beyond the last field.
 */
const struct set_type *set_field_type(const struct set *set, size_t field)
{
	switch (set->key[field]) {
	case FIELD_SADDR:
	case FIELD_DADDR:
	case FIELD_TARGET:
		return set_addr_type(set);
	case FIELD_PROTOCOL:
		return &type_protocol;
	case FIELD_PORT:
	case FIELD_SPORT:
	case FIELD_LAST_PORT:
	case FIELD_TARGET_PORT:
	case FIELD_OPTION:
		return set_port_type();
	case FIELD_DIRECTION:
		return &type_direction;
	case FIELD_NFPROTO:
		return &type_nfproto;
	case FIELD_IIF:
	case FIELD_OIF:
		return &type_interface;
	case FIELD_IIFNAME:
		return &type_ifname;
	case FIELD_PREFIX:
		return &type_mark;
	case FIELD_NONE:
		break;
	}
	return NULL;
}

/**
 * set_field_count() - count the fields of a set's key
 * @set: which set
 *
 * Return: 1 to SET_KEY_FIELDS.
 */
size_t set_field_count(const struct set *set)
{
	size_t count = 0;

	while (count < SET_KEY_FIELDS && set->key[count] != FIELD_NONE)
		count++;
	return count;
}

/**
 * set_key_length() - measure a set's key
 * @set: which set
 *
 * Return: bytes, with the padding of each field, where there are several.
 */
uint32_t set_key_length(const struct set *set)
{
	const struct set_type *type;
	uint32_t length = 0;

	for (size_t i = 0; i < SET_KEY_FIELDS; i++) {
		type = set_field_type(set, i);
		if (type && set_field_count(set) == 1)
			return type->length;
		if (type)
			length += set_padded(type->length);
	}
	return length;
}

/**
 * set_data_length() - measure a map's data
 * @set: which map
 *
 * Return: bytes, with the padding of each field; 0 for a set.
 */
uint32_t set_data_length(const struct set *set)
{
	switch (set->data) {
	case DATA_ADDR:
		return set_addr_type(set)->length;
	case DATA_ADDR_PORT:
		return set_addr_type(set)->length +
		       set_padded(set_port_type()->length);
	case DATA_PORT:
		return set_port_type()->length;
	case DATA_MARK:
		return set_mark_type()->length;
	case DATA_NONE:
		break;
	}
	return 0;
}

/**
 * set_flags() - tell what kind of set it is
 * @set: which set
 *
 * Return: NFT_SET_, or'ed.
 */
uint32_t set_flags(const struct set *set)
{
	uint32_t flags = 0;

	if (set->interval)
		flags |= NFT_SET_INTERVAL;
	if (set->interval && set_field_count(set) > 1)
		flags |= NFT_SET_CONCAT;
	if (set->data != DATA_NONE)
		flags |= NFT_SET_MAP;
	if (set->timeout)
		flags |= NFT_SET_TIMEOUT;
	return flags;
}

/**
 * set_holds_mappings() - tell the maps that hold one element a mapping
 * @id: of a set or map
 *
 * Return: whether it is one of them; the elements of others are in addition.
 */
bool set_holds_mappings(enum set_id id)
{
	return id <= SET_RANGE_ANY6 ||
	       (id >= SET_INTERFACE4 && id <= SET_RANGE_INTERFACE6);
}

/**
 * set_repeats_mappings() - tell the sets that have keys of mappings once more
 * @id: which set
 *
 * Whoever takes a mapping away by hand leaves its key there.
 *
 * Return: whether it is one of them.
 */
bool set_repeats_mappings(enum set_id id)
{
	return id == SET_PUBLISHED4 || id == SET_PUBLISHED6 ||
	       id == SET_PUBLISHED_INTERFACE4 || id == SET_PUBLISHED_INTERFACE6;
}

/**
 * set_is_by_interface() - tell the sets of mappings of an interface
 * @id: of a set or map
 *
 * Return: whether it is one of them.
 */
bool set_is_by_interface(enum set_id id)
{
	return id >= SET_ENDING_INTERFACE4 &&
	       id <= SET_ALLOWED_RANGE_INTERFACE6;
}

/**
 * set_counts() - tell whether the elements of a set count packets
 * @set: which set
 *
 * Those of a map that leads somewhere count what they lead: the first packets
 * of connections.
 *
 * Return: whether they do.
 */
bool set_counts(const struct set *set)
{
	return set->counter ||
	       (set->data != DATA_NONE && set->data != DATA_MARK);
}
