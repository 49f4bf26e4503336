/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets and maps of the table "inet pubport". */
#ifndef NFT_SETS_H
#define NFT_SETS_H

#include "pubport.h"

#define SET_TABLE "pubport"
#define SET_COMMENT "published ports, managed by pubport"
/* chain that is added to the table in the transaction that deletes it: nobody
 * ever sees it, but whoever is told of the transaction knows who made it */
#define SET_FAREWELL "deleted_by_pubport"
/*
 * An interface is its index: it keeps that when it is renamed.  nft would print
 * the index as the name, and refuse to load what it printed where no interface
 * has that name yet, as at boot.  With this bit it is the index of none, and
 * nft prints a number; the name is in the element's comment.
 */
#define SET_INTERFACE 0x40000000u
/* nft packs their types into 32 bits, six each */
#define SET_KEY_FIELDS 5

/* what an element's key is made of; each field is padded to 4 bytes */
enum set_field {
	FIELD_NONE,
	FIELD_SADDR,	/* source address of the set's family */
	FIELD_DADDR,	/* destination address of the set's family */
	FIELD_PROTOCOL, /* 1 byte, IPPROTO_ */
	FIELD_PORT,	/* 2 bytes, destination port */
	FIELD_SPORT,	/* 2 bytes, source port */
	FIELD_NFPROTO,	/* 1 byte, NFPROTO_ */
	FIELD_IIF,	/* 4 bytes, host byte order: index, SET_INTERFACE */
	FIELD_OIF,
	FIELD_IIFNAME, /* 16 bytes, padded with zeros */
	FIELD_PREFIX,  /* 4 bytes, host byte order: bits of the source's network
			*/
	/* not of a packet: of a mapping, or of the packet's connection */
	FIELD_LAST_PORT,   /* 2 bytes */
	FIELD_TARGET,	   /* address of the set's family */
	FIELD_TARGET_PORT, /* 2 bytes */
	FIELD_DIRECTION,   /* 1 byte, IP_CT_DIR_ */
	FIELD_OPTION,	   /* 2 bytes, see set_option() */
};

/* what is done with the connections of some mappings */
enum set_option {
	OPTION_MASQUERADE = 1,
	OPTION_SYMMETRIC = 2,
	OPTION_HELPER = 16, /* and its number, enum helper */
};

enum set_data {
	DATA_NONE,	/* a set */
	DATA_ADDR,	/* a map to an address of the map's family */
	DATA_ADDR_PORT, /* a map to such an address and a port */
	DATA_PORT,	/* a map to a port */
	DATA_MARK,	/* a map to a mark, 4 bytes, host byte order */
};

enum set_id {
	/* single ports */
	SET_HOST4,
	SET_HOST6,
	SET_ANY4,
	SET_ANY6,
	/* ranges; those that shift their numbers stand in SET_SHIFT_ too */
	SET_RANGE_HOST4,
	SET_RANGE_HOST6,
	SET_RANGE_ANY4,
	SET_RANGE_ANY6,
	/* ranges that shift their numbers, port by port */
	SET_SHIFT_HOST4,
	SET_SHIFT_HOST6,
	SET_SHIFT_ANY4,
	SET_SHIFT_ANY6,
	/* of all these, what the host's loopback addresses don't lead to */
	SET_NO_LOOPBACK,
	SET_NO_LOOPBACK_RANGE,
	/* the keys of single ports: nft can't ask a map whether it has a key */
	SET_PUBLISHED4,
	SET_PUBLISHED6,
	/* host addresses that have mappings of their own, or had */
	SET_HOST_ADDRESSES4,
	SET_HOST_ADDRESSES6,
	/* who must be masqueraded: a target, and a network on its link */
	SET_HAIRPIN4,
	SET_HAIRPIN6,
	/* ports of targets that are published, or were; 0 for any, of ranges */
	SET_TARGETS4,
	SET_TARGETS6,
	/* what was changed on the host, to undo it: interfaces */
	SET_ROUTE_LOCALNET,
	SET_LOOPBACK_ROUTE,
	SET_FORWARDING4,
	SET_FORWARDING6,
	SET_HAIRPIN_MODE,
	/* bridges among those in SET_FORWARDING, each twice */
	SET_BRIDGES,
	/* interfaces towards targets, each twice */
	SET_HAIRPIN_LINKS,
	/* families that are forwarded on all interfaces because of us */
	SET_FORWARDING_ALL,

	/* laid with ruleset_ending: mappings that end by themselves, and stay
	 * here until it is seen */
	SET_ENDING4,
	SET_ENDING6,
	/* laid with ruleset_settling: mappings that are gone, and stay here
	 * until their connections are cut */
	SET_SETTLING4,
	SET_SETTLING6,
	/* laid with ruleset_interface: the same of what comes in by an
	 * interface */
	SET_ENDING_INTERFACE4,
	SET_ENDING_INTERFACE6,
	SET_SETTLING_INTERFACE4,
	SET_SETTLING_INTERFACE6,
	/* and its mappings */
	SET_INTERFACE4,
	SET_INTERFACE6,
	SET_RANGE_INTERFACE4,
	SET_RANGE_INTERFACE6,
	SET_SHIFT_INTERFACE4,
	SET_SHIFT_INTERFACE6,
	SET_REDIRECT_INTERFACE,
	SET_REDIRECT_RANGE_INTERFACE,
	SET_PUBLISHED_INTERFACE4,
	SET_PUBLISHED_INTERFACE6,
	/* laid with ruleset_limit_interface: of these, what is not for everyone
	 */
	SET_LIMITED_INTERFACE4,
	SET_LIMITED_INTERFACE6,
	SET_LIMITED_RANGE_INTERFACE4,
	SET_LIMITED_RANGE_INTERFACE6,
	SET_ALLOWED_INTERFACE4,
	SET_ALLOWED_INTERFACE6,
	SET_ALLOWED_RANGE_INTERFACE4,
	SET_ALLOWED_RANGE_INTERFACE6,
	/* laid with ruleset_redirect: ports of this host that lead to others */
	SET_REDIRECT,
	SET_REDIRECT_RANGE,
	/* laid with ruleset_limit: mappings that are not for everyone */
	SET_LIMITED4,
	SET_LIMITED6,
	SET_LIMITED_RANGE4,
	SET_LIMITED_RANGE6,
	/* and the networks of those who may, for single ports and for ranges */
	SET_ALLOWED4,
	SET_ALLOWED6,
	SET_ALLOWED_RANGE4,
	SET_ALLOWED_RANGE6,
	/* the masks of the networks that single ports have */
	SET_MASKS4,
	SET_MASKS6,
	/* laid with ruleset_shield: targets that mappings alone lead to */
	SET_SHIELDED4,
	SET_SHIELDED6,
	/* laid with ruleset_options: mappings with whose connections something
	 * is done, for single ports and for ranges */
	SET_OPTION4,
	SET_OPTION6,
	SET_OPTION_RANGE4,
	SET_OPTION_RANGE6,
	SET_OPTION_INTERFACE4,
	SET_OPTION_INTERFACE6,
	SET_OPTION_RANGE_INTERFACE4,
	SET_OPTION_RANGE_INTERFACE6,
	/* laid with ruleset_symmetric: marks of uplinks */
	SET_UPLINKS,
	/* laid with ruleset_counters: single ports, by protocol, and ranges,
	 * each once for either direction */
	SET_COUNTER_TCP4,
	SET_COUNTER_TCP6,
	SET_COUNTER_UDP4,
	SET_COUNTER_UDP6,
	SET_COUNTER_SCTP4,
	SET_COUNTER_SCTP6,
	SET_COUNTER_RANGE4,
	SET_COUNTER_RANGE6,

	SET_COUNT,
	SET_ALLOWED_DISTANCE = SET_ALLOWED4 - SET_LIMITED4,
	/* what is laid with each first mapping */
	SET_BASE_COUNT = SET_FORWARDING_ALL + 1,
};

/**
 * struct set - a set or a map of the table
 * @name: as nft shows it
 * @family: of its addresses, or 0 where it has none
 * @key: fields of the key, in order
 * @data: what a map leads to
 * @interval: whether keys are ranges
 * @timeout: whether elements may have a lifetime
 * @tracked: whether the key is that of a packet's connection, as it began and
 *	as it is answered
 * @counter: whether each element counts packets
 */
struct set {
	const char *name;
	enum pubport_family family;
	enum set_field key[SET_KEY_FIELDS];
	enum set_data data;
	bool interval;
	bool timeout;
	bool tracked;
	bool counter;
};

/**
 * struct set_type - how a field of a key or of the data is stored
 * @length: bytes, without padding
 * @number: nft's number of the datatype
 * @name: nft's name of the datatype
 * @byteorder: 1 for the host's, 2 for big-endian
 */
struct set_type {
	uint32_t length;
	uint32_t number;
	const char *name;
	uint32_t byteorder;
};

const struct set *set_get(enum set_id id);
const struct set_type *set_field_type(const struct set *set, size_t field);
const struct set_type *set_addr_type(const struct set *set);
const struct set_type *set_port_type(void);
const struct set_type *set_mark_type(void);
size_t set_field_count(const struct set *set);
uint32_t set_key_length(const struct set *set);
uint32_t set_data_length(const struct set *set);
uint32_t set_flags(const struct set *set);
bool set_counts(const struct set *set);
bool set_holds_mappings(enum set_id id);
bool set_is_by_interface(enum set_id id);
bool set_repeats_mappings(enum set_id id);

/* of two sets that stand one behind the other, that of a family */
static inline enum set_id set_of_family(enum set_id ipv4,
					enum pubport_family family)
{
	return family == PUBPORT_IPV4 ? ipv4 : (enum set_id)(ipv4 + 1);
}

/* an option is looked for together with the protocol, since a key has no room
 * for another field */
static inline uint16_t set_option(unsigned int option,
				  enum pubport_protocol protocol)
{
	return (uint16_t)(option << 8 | (unsigned int)protocol);
}

static inline uint32_t set_padded(uint32_t length)
{
	return (length + 3) & ~(uint32_t)3;
}

#endif
