/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the table in the kernel.
 *
 * Where a set or the whole table is missing, it holds nothing: that is no
 * error.
 */
#include "table/lookup.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "netlink/kernel.h"
#include "netlink/nfnetlink.h"
#include "nft/userdata.h"
#include "util/array.h"
#include "util/error.h"
#include "util/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <time.h>

/**
 * table_cant_be_asked() - tell questions that can't be answered from errors
 * @code: what a question to the table returned
 *
 * Return: whether the right to ask is missing, or nftables is.  A dry run takes
 * it for an empty table.
 */
bool table_cant_be_asked(int code)
{
	return code == -EPERM || code == -EPROTONOSUPPORT ||
	       code == -EOPNOTSUPP || code == -EINVAL;
}

/**
 * table_lacks_module() - describe which module the kernel lacks
 * @nft: NETLINK_NETFILTER socket, or one that could not be opened
 * @error: caller's, or NULL; untouched if it lacks none
 *
 * Return: whether one is missing.
 */
bool table_lacks_module(struct netlink *nft, struct pubport_error *error)
{
	const char *module = kernel_missing_module(nft);

	if (!module)
		return false;
	error_set(error, PUBPORT_FAILED, -EOPNOTSUPP,
		  TABLE_TEXT ": this kernel lacks %s", module);
	error_hint(error, "modprobe %s", module);
	return true;
}

/**
 * table_error() - describe what the kernel refused
 * @nft: NETLINK_NETFILTER socket
 * @code: what it answered
 * @error: caller's, or NULL
 *
 * Return: @code.
 */
int table_error(struct netlink *nft, int code, struct pubport_error *error)
{
	if (!table_cant_be_asked(code) || code == -EPERM ||
	    !table_lacks_module(nft, error))
		error_kernel(error, code, TABLE_TEXT);
	return code;
}

static int read_generation(const struct nlmsghdr *message, void *data)
{
	*(uint32_t *)data = nfnl_u32(nfnl_find(message, NFTA_GEN_ID), 0);
	return MNL_CB_OK;
}

/**
 * table_generation() - ask for the generation of the ruleset
 * @nft: open NETLINK_NETFILTER socket
 * @ret_generation: a number that changes with each transaction of anyone
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_generation(struct netlink *nft, uint32_t *ret_generation)
{
	struct request request = { .header = NULL };

	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETGEN), 0, NFPROTO_INET);
	return netlink_talk(nft, &request, read_generation, ret_generation);
}

/* ---------------------------------------------------------- parts of the table
 */

_Static_assert((int)NFTA_TABLE_NAME == (int)NFTA_CHAIN_TABLE &&
		       (int)NFTA_TABLE_NAME == (int)NFTA_SET_TABLE,
	       "the table's name is the same attribute everywhere");

/**
 * table_ask() - make a question for the table or a part of it
 * @request: is added to it
 * @type: NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN or NFT_MSG_GETSET
 * @attribute: of the name: NFTA_CHAIN_NAME, NFTA_SET_NAME
 * @name: of the part, or NULL for the table
 */
void table_ask(struct request *request, uint16_t type, uint16_t attribute,
	       const char *name)
{
	nfnl_begin(request, NFNL_NFT(type), 0, NFPROTO_INET);
	mnl_attr_put_strz(request->header, NFTA_TABLE_NAME, SET_TABLE);
	if (name)
		mnl_attr_put_strz(request->header, attribute, name);
}

static int is_there(int code, bool *ret_is)
{
	if (code && code != -ENOENT)
		return code;
	*ret_is = !code;
	return 0;
}

static int has_part(struct netlink *nft, uint16_t type, uint16_t attribute,
		    const char *name, bool *ret_has)
{
	struct request request = { .header = NULL };

	table_ask(&request, type, attribute, name);
	return is_there(netlink_talk(nft, &request, NULL, NULL), ret_has);
}

static int has_set(struct netlink *nft, enum set_id set, bool *ret_has)
{
	return has_part(nft, NFT_MSG_GETSET, NFTA_SET_NAME, set_get(set)->name,
			ret_has);
}

/**
 * table_has() - look whether what is added together is there
 * @nft: open NETLINK_NETFILTER socket
 * @ruleset: which
 * @ret_has: whether it is
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_has(struct netlink *nft, const struct ruleset *ruleset, bool *ret_has)
{
	if (ruleset->chain_count)
		return has_part(nft, NFT_MSG_GETCHAIN, NFTA_CHAIN_NAME,
				ruleset->chains[0].name, ret_has);
	return has_set(nft, (enum set_id)ruleset->first_set, ret_has);
}

/**
 * table_exists() - look whether the table is there, with what we add to it
 * @nft: open NETLINK_NETFILTER socket
 * @ret_is: whether a part of that is; an empty table that somebody made doesn't
 *	count
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_exists(struct netlink *nft, bool *ret_is)
{
	int code = table_has(nft, &ruleset_base, ret_is);

	/* somebody may have taken the chains, and left the mappings */
	if (!code && !*ret_is)
		code = has_set(nft, SET_HOST4, ret_is);
	return code;
}

/**
 * struct filling - which sets have elements
 * @next: the set that the next answer is about
 * @is_told: whether the kernel tells; else a set that is there counts as filled
 */
struct filling {
	bool *next;
	bool is_told;
};

static int read_filled(const struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	struct filling *filling = data;
	int code = 0;

	if (message->nlmsg_type == NLMSG_ERROR) {
		if (mnl_nlmsg_get_payload_len(message) >= sizeof(*error))
			code = error->error;
		*filling->next++ = false;
	} else {
		filling->is_told &=
			kernel_counts_elements(message, filling->next++);
	}
	if (!code || code == -ENOENT)
		return MNL_CB_OK;
	errno = -code;
	return MNL_CB_ERROR;
}

static int note_element(const struct element *element, void *data)
{
	(void)element;
	*(bool *)data = true;
	return MNL_CB_OK;
}

/* @filled: for each set, whether it is there */
static int look_into(struct netlink *nft, enum set_id first, size_t count,
		     bool *filled)
{
	int code = 0;

	for (size_t i = 0; !code && i < count; i++) {
		if (!filled[i])
			continue;
		filled[i] = false;
		code = element_dump(nft, (enum set_id)(first + i), note_element,
				    &filled[i]);
	}
	return code;
}

/**
 * table_find_filled() - find out which sets have elements
 * @nft: open NETLINK_NETFILTER socket
 * @first: the first of them
 * @count: how many, at most 8
 * @ret_filled: for each, whether it has some; a set that isn't there has none
 *
 * Return: 0; -EINTR when a set was looked into that changed meanwhile; -EPERM;
 * or another negative errno.
 */
int table_find_filled(struct netlink *nft, enum set_id first, size_t count,
		      bool *ret_filled)
{
	struct filling filling = { ret_filled, true };
	struct request questions = { .header = NULL };
	int code;

	for (size_t i = 0; i < count; i++)
		table_ask(&questions, NFT_MSG_GETSET, NFTA_SET_NAME,
			  set_get((enum set_id)(first + i))->name);
	code = netlink_ask_all(nft, &questions, read_filled, &filling);
	if (code || filling.is_told)
		return code;
	return look_into(nft, first, count, ret_filled);
}

/* ------------------------------------------------------------ one mapping */

/**
 * table_find() - look a mapping up, in constant time
 * @nft: open NETLINK_NETFILTER socket
 * @key: of the mapping, exactly
 * @ret_mapping: what the table has
 *
 * Return: 0, -ENOENT when there is none, -EPERM, or another negative errno.
 */
int table_find(struct netlink *nft, const struct pubport_key *key,
	       struct pubport_mapping *ret_mapping)
{
	enum set_id set = mapping_set(key);
	uint8_t first[ELEMENT_KEY_MAX], last[ELEMENT_KEY_MAX];
	struct pubport_mapping mapping;
	struct element element;
	int code;

	mapping_write_key(set, key, first, last);
	code = element_get(nft, set, first, &element);
	if (code)
		return code;
	/* an interval answers for each port in it */
	if (memcmp(element.key, first, sizeof(first)) ||
	    memcmp(element.key_end, last, sizeof(last)) ||
	    !mapping_read(set, &element, time_now_ms(), &mapping))
		return -ENOENT;
	*ret_mapping = mapping;
	return 0;
}

/* the mapping of exactly this host address and kind that has a port */
static int find_port(struct netlink *nft, const struct pubport_key *key,
		     bool range, struct pubport_mapping *ret_mapping)
{
	enum set_id set = mapping_set_of(key, range);
	uint8_t first[ELEMENT_KEY_MAX], last[ELEMENT_KEY_MAX];
	struct element element;
	int code;

	mapping_write_key(set, key, first, last);
	code = element_get(nft, set, first, &element);
	if (!code && !mapping_read(set, &element, time_now_ms(), ret_mapping))
		code = -ENOENT;
	return code;
}

/**
 * table_covers() - look whether a port is published, alone or in a range
 * @nft: open NETLINK_NETFILTER socket
 * @key: of a single port
 * @ret_covers: whether a mapping of exactly this host address has it
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_covers(struct netlink *nft, const struct pubport_key *key,
		 bool *ret_covers)
{
	struct pubport_mapping mapping;
	int code = find_port(nft, key, false, &mapping);

	if (code == -ENOENT)
		code = find_port(nft, key, true, &mapping);
	return is_there(code, ret_covers);
}

/**
 * table_refuses() - look whether a key can't be added
 * @nft: open NETLINK_NETFILTER socket
 * @key: of a mapping
 * @ret_refuses: whether the key, or the first or last port of its range, is
 *	there; a range within it isn't seen
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_refuses(struct netlink *nft, const struct pubport_key *key,
		  bool *ret_refuses)
{
	enum set_id set = mapping_set(key);
	uint8_t first[ELEMENT_KEY_MAX], last[ELEMENT_KEY_MAX];
	struct element element;
	int code;

	mapping_write_key(set, key, first, last);
	code = is_there(element_get(nft, set, first, &element), ret_refuses);
	if (!code && !*ret_refuses && memcmp(first, last, sizeof(first)))
		code = is_there(element_get(nft, set, last, &element),
				ret_refuses);
	return code;
}

/**
 * table_covering() - find the mappings that have a port
 * @nft: open NETLINK_NETFILTER socket
 * @packet: where it went: an address of the host, protocol and port; and by
 *	which interface it came in, or "" for what the host itself sends
 * @ret_mappings: TABLE_COVERING_MAX mappings, the most specific one first
 * @ret_count: how many there are
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_covering(struct netlink *nft, const struct pubport_key *packet,
		   struct pubport_mapping *ret_mappings, size_t *ret_count)
{
	struct pubport_key keys[TABLE_COVERING_MAX / 2] = { *packet, *packet,
							    *packet };
	int code;

	/* an address, an interface, all */
	keys[0].interface[0] = keys[2].interface[0] = '\0';
	keys[1].host = keys[2].host =
		(struct pubport_addr){ .family = packet->host.family };
	*ret_count = 0;
	for (int i = 0; i < TABLE_COVERING_MAX; i++) {
		if (i / 2 == 1 && !packet->interface[0])
			continue;
		code = find_port(nft, &keys[i / 2], i % 2,
				 &ret_mappings[*ret_count]);
		if (code && code != -ENOENT)
			return code;
		*ret_count += !code;
	}
	return 0;
}

/**
 * table_lookup() - find the mapping that a packet would take
 * @nft: open NETLINK_NETFILTER socket
 * @packet: as for table_covering()
 * @ret_mapping: the most specific one
 *
 * Return: 0, -ENOENT when there is none, -EPERM, or another negative errno.
 */
int table_lookup(struct netlink *nft, const struct pubport_key *packet,
		 struct pubport_mapping *ret_mapping)
{
	struct pubport_mapping covering[TABLE_COVERING_MAX];
	size_t count;
	int code = table_covering(nft, packet, covering, &count);

	if (code)
		return code;
	if (!count)
		return -ENOENT;
	*ret_mapping = covering[0];
	return 0;
}

/* more host addresses than that with mappings of their own are not looked at */
#define HOSTS_MAX 64

/**
 * struct hosts - host addresses that have mappings of their own
 * @set: where they are noted
 * @items: the first of them
 * @count: number of @items
 */
struct hosts {
	enum set_id set;
	struct pubport_addr items[HOSTS_MAX];
	size_t count;
};

static int read_host(const struct element *element, void *data)
{
	struct hosts *hosts = data;
	struct element_fields fields;

	element_read_key(set_get(hosts->set), element->key, &fields);
	if (hosts->count < ARRAY_SIZE(hosts->items))
		hosts->items[hosts->count++] = fields.daddr;
	return MNL_CB_OK;
}

/**
 * table_lookup_narrower() - find a mapping that some of all packets would take
 * @nft: open NETLINK_NETFILTER socket
 * @packet: as for table_lookup(), to any address of the host
 * @ret_mapping: one of a single address
 *
 * Return: 0, -ENOENT when there is none, -EINTR when the table changed
 * meanwhile, -EPERM, or another negative errno.
 */
int table_lookup_narrower(struct netlink *nft, const struct pubport_key *packet,
			  struct pubport_mapping *ret_mapping)
{
	struct hosts hosts = {
		.set = set_of_family(SET_HOST_ADDRESSES4, packet->host.family),
	};
	struct pubport_key narrower = *packet;
	int code = element_dump(nft, hosts.set, read_host, &hosts);

	for (size_t i = 0; !code && i < hosts.count; i++) {
		narrower.host = hosts.items[i];
		code = table_lookup(nft, &narrower, ret_mapping);
		if (code != -ENOENT)
			return code;
		code = 0;
	}
	return code ? code : -ENOENT;
}

/* ------------------------------------------------------------- interfaces */

/**
 * struct interface_reading - interfaces being read
 * @set: of which map
 * @interfaces: those so far
 */
struct interface_reading {
	enum set_id set;
	struct table_interfaces *interfaces;
};

static int read_interface(const struct element *element, void *data)
{
	const struct interface_reading *reading = data;
	struct table_interfaces *interfaces = reading->interfaces;
	struct pubport_key key = mapping_read_key(reading->set, element->key);
	void *names;

	for (size_t i = 0; i < interfaces->count; i++)
		if (!strcmp(interfaces->names[i], key.interface))
			return MNL_CB_OK;
	names = array_grow(interfaces->names, interfaces->count,
			   sizeof(*interfaces->names));
	if (!names) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	interfaces->names = names;
	memcpy(interfaces->names[interfaces->count++], key.interface,
	       sizeof(key.interface));
	return MNL_CB_OK;
}

static int read_interfaces(struct netlink *nft,
			   struct table_interfaces *interfaces)
{
	struct interface_reading reading = { SET_INTERFACE4, interfaces };
	int code = 0;

	for (int set = SET_INTERFACE4; !code && set <= SET_RANGE_INTERFACE6;
	     set++) {
		reading.set = (enum set_id)set;
		code = element_dump(nft, reading.set, read_interface, &reading);
	}
	return code;
}

/**
 * table_interfaces() - list the interfaces on which something is published
 * @nft: open NETLINK_NETFILTER socket
 * @ret_interfaces: free with table_interfaces_done(), also after a failure
 *
 * Names that were read before the table changed stay, and do no harm.
 *
 * Return: 0, -EINTR when the table never stood still, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int table_interfaces(struct netlink *nft,
		     struct table_interfaces *ret_interfaces)
{
	int code = -EINTR;

	*ret_interfaces = (struct table_interfaces){ .count = 0 };
	for (int i = 0; i < TABLE_TRIES && code == -EINTR; i++)
		code = read_interfaces(nft, ret_interfaces);
	return code;
}

/**
 * table_interfaces_done() - free the list of interfaces
 * @interfaces: filled, or all zero
 */
void table_interfaces_done(struct table_interfaces *interfaces)
{
	free(interfaces->names);
	*interfaces = (struct table_interfaces){ .count = 0 };
}

/* -------------------------------------- a transaction without an answer */

static int look_at_first(struct netlink *nft,
			 const struct pubport_mappings *added,
			 const struct pubport_mappings *removed)
{
	const struct pubport_mapping *first = added->count ? added->items
							   : removed->items;
	struct pubport_mapping there;
	int code = table_find(nft, &first->key, &there);

	if (code && code != -ENOENT)
		return code;
	if (added->count)
		return !code && mapping_equal(&there, first,
					      MAPPING_TARGET | MAPPING_WORDS |
						      MAPPING_ORIGIN)
			       ? 0
			       : -ERESTART;
	return code ? 0 : -ERESTART;
}

/**
 * table_find_outcome() - find out whether a transaction took place
 * @nft: open NETLINK_NETFILTER socket
 * @generation: of the ruleset to which it was bound, or
 * TRANSACTION_ANY_GENERATION
 * @added: mappings that it was to add; where there are none, it was to remove
 *	some
 * @removed: mappings that it was to remove, before it added those
 *
 * When the kernel lacks memory for its answer, the transaction may well have
 * taken place.  All of it did, or none: so one of its mappings tells.
 *
 * Return: 0 if it did, -ERESTART if it did not, or another negative errno when
 * that can't be seen.
 */
int table_find_outcome(struct netlink *nft, uint32_t generation,
		       const struct pubport_mappings *added,
		       const struct pubport_mappings *removed)
{
	uint32_t now = 0;
	int code = table_generation(nft, &now);

	if (code)
		return code;
	if (now == generation)
		return -ERESTART;
	return look_at_first(nft, added, removed);
}

/* ---------------------------------------------- networks and settings */

/* the network of a target that an address is in */
static int find_network(struct netlink *nft, const struct pubport_addr *target,
			const struct pubport_addr *client,
			struct needs_network *ret_network)
{
	enum set_id set = set_of_family(SET_HAIRPIN4, target->family);
	struct element_fields fields = { .saddr = *client, .daddr = *target };
	uint8_t key[ELEMENT_KEY_MAX];
	struct element element;
	int code;

	element_write_key(set_get(set), &fields, key);
	code = element_get(nft, set, key, &element);
	if (code)
		return code;
	element_read_key(set_get(set), element.key, &fields);
	ret_network->first = fields.saddr;
	element_read_key(set_get(set), element.key_end, &fields);
	ret_network->last = fields.saddr;
	return 0;
}

/* cuts off what a network that is there has at one end */
static int trim(struct netlink *nft, struct needs_network *network, bool last,
		bool *left)
{
	struct needs_network there;
	int code = 0;

	while (*left && !code) {
		code = find_network(nft, &network->target,
				    last ? &network->last : &network->first,
				    &there);
		if (code)
			break;
		*left = last ? addr_step(&there.first, -1, &network->last)
			     : addr_step(&there.last, 1, &network->first);
		*left = *left && pubport_addr_compare(&network->first,
						      &network->last) <= 0;
	}
	return code == -ENOENT ? 0 : code;
}

/**
 * table_trim_network() - look whether all clients of a network are masqueraded
 * @nft: open NETLINK_NETFILTER socket
 * @network: a target, and a network on its link; what the table has is cut off
 *	at both ends, so that the rest can be added
 * @ret_left: whether there is a rest
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_trim_network(struct netlink *nft, struct needs_network *network,
		       bool *ret_left)
{
	int code;

	*ret_left = true;
	code = trim(nft, network, false, ret_left);
	return code ? code : trim(nft, network, true, ret_left);
}

struct remembering {
	enum host_setting_kind kind;
	struct host_settings *settings;
};

/**
 * table_write_setting() - make the key of an element that remembers a setting
 * @setting: which
 * @ret_key: ELEMENT_KEY_MAX bytes
 */
void table_write_setting(const struct host_setting *setting, uint8_t *ret_key)
{
	struct element_fields fields = {
		.iif = setting->index,
		.oif = setting->index,
		.family = PUBPORT_IPV6,
	};

	element_write_key(set_get(table_set_of(setting->kind)), &fields,
			  ret_key);
}

/* whether an element is about the interface that has its index now: what nft
 * loaded may have the indices of another boot */
static bool is_about(const struct element *element,
		     const struct host_setting *setting)
{
	char name[PUBPORT_IFNAME_SIZE];

	return userdata_read_interface(element, name) ||
	       !strcmp(name, setting->interface);
}

/**
 * table_read_setting() - read an element that remembers a setting
 * @kind: of which set
 * @element: from there
 * @ret_setting: the setting, with the name that its interface has now
 *
 * Return: whether the interface is still there.
 */
bool table_read_setting(enum host_setting_kind kind,
			const struct element *element,
			struct host_setting *ret_setting)
{
	struct element_fields fields;

	element_read_key(set_get(table_set_of(kind)), element->key, &fields);
	*ret_setting = (struct host_setting){
		.kind = kind,
		.index = fields.iif,
	};
	return host_setting_locate(ret_setting) &&
	       is_about(element, ret_setting);
}

static int remember_setting(const struct element *element, void *data)
{
	const struct remembering *remembering = data;
	struct host_setting setting;
	int code = 0;

	if (table_read_setting(remembering->kind, element, &setting))
		code = host_settings_add(remembering->settings, setting.kind,
					 setting.index, setting.interface);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

/**
 * table_settings() - list the host settings that mappings turned on
 * @nft: open NETLINK_NETFILTER socket
 * @ret_settings: those of interfaces that are there, by the names that these
 *	have now; free with host_settings_done()
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno.
 */
int table_settings(struct netlink *nft, struct host_settings *ret_settings)
{
	struct host_settings settings CLEANUP(host_settings_done) = { 0 };
	struct remembering remembering = { HOST_ROUTE_LOCALNET, &settings };
	int code;

	for (int kind = HOST_ROUTE_LOCALNET; kind <= HOST_FORWARDING_ALL;
	     kind++) {
		if (!host_setting_is_switch((enum host_setting_kind)kind))
			continue;
		remembering.kind = (enum host_setting_kind)kind;
		code = element_dump(nft, table_set_of(remembering.kind),
				    remember_setting, &remembering);
		if (code)
			return code;
	}
	*ret_settings = settings;
	settings.items = NULL;
	return 0;
}

/**
 * table_remembers() - look whether a mapping turned a setting on
 * @nft: open NETLINK_NETFILTER socket
 * @setting: which
 * @ret_remembers: whether the table has it
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int table_remembers(struct netlink *nft, const struct host_setting *setting,
		    bool *ret_remembers)
{
	uint8_t key[ELEMENT_KEY_MAX];
	struct element element;
	int code;

	table_write_setting(setting, key);
	code = is_there(element_get(nft, table_set_of(setting->kind), key,
				    &element),
			ret_remembers);
	if (!code && *ret_remembers)
		*ret_remembers = is_about(&element, setting);
	return code;
}
