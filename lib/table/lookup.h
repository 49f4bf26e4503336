/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the table in the kernel. */
#ifndef TABLE_LOOKUP_H
#define TABLE_LOOKUP_H

#include "host/needs.h"
#include "nft/rules.h"
#include "table/mapping_element.h"

/* what messages call it */
#define TABLE_TEXT "table inet pubport"

/* how often we try again when others change the ruleset: any nft user moves its
 * generation, and each time one of us gets ahead */
#define TABLE_TRIES 1000

/* the table came or went while we looked: look again */
#define TABLE_AGAIN (-EAGAIN)

bool table_cant_be_asked(int code);
int table_error(struct netlink *nft, int code, struct pubport_error *error);
bool table_lacks_module(struct netlink *nft, struct pubport_error *error);
int table_generation(struct netlink *nft, uint32_t *ret_generation);
int table_exists(struct netlink *nft, bool *ret_is);
int table_has(struct netlink *nft, const struct ruleset *ruleset,
	      bool *ret_has);
void table_ask(struct request *request, uint16_t type, uint16_t attribute,
	       const char *name);
int table_find_filled(struct netlink *nft, enum set_id first, size_t count,
		      bool *ret_filled);

int table_find(struct netlink *nft, const struct pubport_key *key,
	       struct pubport_mapping *ret_mapping);
int table_covers(struct netlink *nft, const struct pubport_key *key,
		 bool *ret_covers);
int table_refuses(struct netlink *nft, const struct pubport_key *key,
		  bool *ret_refuses);
/* a port can be published alone and in a range, each on an address, on an
 * interface and on all addresses */
#define TABLE_COVERING_MAX 6

int table_covering(struct netlink *nft, const struct pubport_key *packet,
		   struct pubport_mapping *ret_mappings, size_t *ret_count);
int table_lookup(struct netlink *nft, const struct pubport_key *packet,
		 struct pubport_mapping *ret_mapping);
int table_lookup_narrower(struct netlink *nft, const struct pubport_key *packet,
			  struct pubport_mapping *ret_mapping);

/**
 * struct table_interfaces - the interfaces on which something is published
 * @names: each once; free with table_interfaces_done()
 * @count: number of @names
 */
struct table_interfaces {
	char (*names)[PUBPORT_IFNAME_SIZE];
	size_t count;
};

int table_interfaces(struct netlink *nft,
		     struct table_interfaces *ret_interfaces);
void table_interfaces_done(struct table_interfaces *interfaces);

DEFINE_CLEANUP(table_interfaces_done, struct table_interfaces)

int table_find_outcome(struct netlink *nft, uint32_t generation,
		       const struct pubport_mappings *added,
		       const struct pubport_mappings *removed);

int table_trim_network(struct netlink *nft, struct needs_network *network,
		       bool *ret_left);

/* the set that remembers settings of a kind */
static inline enum set_id table_set_of(enum host_setting_kind kind)
{
	return (enum set_id)(SET_ROUTE_LOCALNET + (int)kind);
}

_Static_assert(SET_FORWARDING_ALL - SET_ROUTE_LOCALNET == HOST_FORWARDING_ALL,
	       "sets and kinds of settings are in the same order");

void table_write_setting(const struct host_setting *setting, uint8_t *ret_key);
bool table_read_setting(enum host_setting_kind kind,
			const struct element *element,
			struct host_setting *ret_setting);
int table_settings(struct netlink *nft, struct host_settings *ret_settings);
int table_remembers(struct netlink *nft, const struct host_setting *setting,
		    bool *ret_remembers);

#endif
