/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of sets and maps on the wire: written, read, asked for, dumped.
 *
 * This is where 50,000 mappings pass through, so the attributes are put and
 * read in place, without an object for each.
 *
 * Anyone with CAP_NET_ADMIN may have put what is in the table: an element that
 * hasn't the layout of its set is passed over.
 */
#include "nft/element.h"

#include "mapping/addr.h"
#include "netlink/nfnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

/* the list of a message is an attribute, whose length has 16 bits */
#define LIST_MAX 64000

/* ------------------------------------------------------------------ keys */

static void write_port(uint16_t port, uint8_t *to)
{
	uint16_t port_be = htons(port);

	memcpy(to, &port_be, sizeof(port_be));
}

static uint16_t read_port(const uint8_t *from)
{
	uint16_t port_be;

	memcpy(&port_be, from, sizeof(port_be));
	return ntohs(port_be);
}

static void write_interface(unsigned int index, uint8_t *to)
{
	uint32_t interface = index | SET_INTERFACE;

	memcpy(to, &interface, sizeof(interface));
}

static unsigned int read_interface(const uint8_t *from)
{
	uint32_t interface;

	memcpy(&interface, from, sizeof(interface));
	return interface & ~SET_INTERFACE;
}

static void write_field(enum set_field field,
			const struct element_fields *fields, uint8_t *to)
{
	switch (field) {
	case FIELD_SADDR:
		memcpy(to, fields->saddr.bytes, addr_length(&fields->saddr));
		break;
	case FIELD_DADDR:
		memcpy(to, fields->daddr.bytes, addr_length(&fields->daddr));
		break;
	case FIELD_PROTOCOL:
		*to = (uint8_t)fields->protocol;
		break;
	case FIELD_PORT:
		write_port(fields->port, to);
		break;
	case FIELD_SPORT:
		write_port(fields->sport, to);
		break;
	case FIELD_PREFIX:
		memcpy(to, &fields->prefix, sizeof(fields->prefix));
		break;
	case FIELD_LAST_PORT:
		write_port(fields->last_port, to);
		break;
	case FIELD_TARGET:
		memcpy(to, fields->target.bytes, addr_length(&fields->target));
		break;
	case FIELD_TARGET_PORT:
		write_port(fields->target_port, to);
		break;
	case FIELD_DIRECTION:
		*to = fields->is_reply ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
		break;
	case FIELD_OPTION:
		write_port(fields->option, to);
		break;
	case FIELD_NFPROTO:
		*to = fields->family == PUBPORT_IPV4 ? NFPROTO_IPV4
						     : NFPROTO_IPV6;
		break;
	case FIELD_IIF:
		write_interface(fields->iif, to);
		break;
	case FIELD_OIF:
		write_interface(fields->oif, to);
		break;
	case FIELD_IIFNAME:
		memcpy(to, fields->iifname, sizeof(fields->iifname));
		break;
	case FIELD_NONE:
		break;
	}
}

static void read_addr(const struct set *set, const uint8_t *from,
		      struct pubport_addr *ret_addr)
{
	memset(ret_addr, 0, sizeof(*ret_addr));
	ret_addr->family = set->family;
	memcpy(ret_addr->bytes, from, set_addr_type(set)->length);
}

static void read_field(const struct set *set, enum set_field field,
		       const uint8_t *from, struct element_fields *fields)
{
	switch (field) {
	case FIELD_SADDR:
		read_addr(set, from, &fields->saddr);
		break;
	case FIELD_DADDR:
		read_addr(set, from, &fields->daddr);
		break;
	case FIELD_PROTOCOL:
		fields->protocol = (enum pubport_protocol) * from;
		break;
	case FIELD_PORT:
		fields->port = read_port(from);
		break;
	case FIELD_SPORT:
		fields->sport = read_port(from);
		break;
	case FIELD_PREFIX:
		memcpy(&fields->prefix, from, sizeof(fields->prefix));
		break;
	case FIELD_LAST_PORT:
		fields->last_port = read_port(from);
		break;
	case FIELD_TARGET:
		read_addr(set, from, &fields->target);
		break;
	case FIELD_TARGET_PORT:
		fields->target_port = read_port(from);
		break;
	case FIELD_DIRECTION:
		fields->is_reply = *from == IP_CT_DIR_REPLY;
		break;
	case FIELD_OPTION:
		fields->option = read_port(from);
		break;
	case FIELD_NFPROTO:
		fields->family = *from == NFPROTO_IPV4 ? PUBPORT_IPV4
						       : PUBPORT_IPV6;
		break;
	case FIELD_IIF:
		fields->iif = read_interface(from);
		break;
	case FIELD_OIF:
		fields->oif = read_interface(from);
		break;
	case FIELD_IIFNAME:
		memcpy(fields->iifname, from, sizeof(fields->iifname) - 1);
		break;
	case FIELD_NONE:
		break;
	}
}

/**
 * element_write_key() - make a key of its fields
 * @set: whose key
 * @fields: values; those that the set's key has count
 * @ret_key: ELEMENT_KEY_MAX bytes
 */
void element_write_key(const struct set *set,
		       const struct element_fields *fields, uint8_t *ret_key)
{
	uint32_t offset = 0;

	memset(ret_key, 0, ELEMENT_KEY_MAX);
	for (size_t i = 0; i < set_field_count(set); i++) {
		write_field(set->key[i], fields, ret_key + offset);
		offset += set_padded(set_field_type(set, i)->length);
	}
}

/**
 * element_read_key() - take a key apart
 * @set: whose key
 * @key: ELEMENT_KEY_MAX bytes
 * @ret_fields: those that the set's key has are set, the others are zero
 */
void element_read_key(const struct set *set, const uint8_t *key,
		      struct element_fields *ret_fields)
{
	uint32_t offset = 0;

	memset(ret_fields, 0, sizeof(*ret_fields));
	for (size_t i = 0; i < set_field_count(set); i++) {
		read_field(set, set->key[i], key + offset, ret_fields);
		offset += set_padded(set_field_type(set, i)->length);
	}
}

/* --------------------------------------------------------------- written */

/* says in a message which set it is about */
static void put_set(struct nlmsghdr *message, const struct set *set)
{
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, SET_TABLE);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
}

static void list_open(struct element_list *list, enum set_id set)
{
	static const struct {
		uint16_t type;
		uint16_t flags;
	} verbs[] = {
		[ELEMENT_ADD] = { NFT_MSG_NEWSETELEM,
				  NLM_F_CREATE | NLM_F_EXCL },
		[ELEMENT_ENSURE] = { NFT_MSG_NEWSETELEM, NLM_F_CREATE },
		[ELEMENT_DELETE] = { NFT_MSG_DELSETELEM, 0 },
	};

	enum element_verb verb = list->verb;

	/* the mapping itself tells whether the key is there */
	if (verb == ELEMENT_ADD && set_repeats_mappings(set))
		verb = ELEMENT_ENSURE;
	list->set = set;
	list->message = transaction_message(list->tx, verbs[verb].type,
					    verbs[verb].flags);
	if (!list->message)
		return;
	put_set(list->message, set_get(set));
	list->nest =
		mnl_attr_nest_start(list->message, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void put_value(struct nlmsghdr *message, uint16_t type,
		      const uint8_t *value, uint32_t length)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, length, value);
	mnl_attr_nest_end(message, nest);
}

/* appends an element's key */
static void put_key(struct nlmsghdr *message, const struct set *set,
		    const struct element *element)
{
	uint32_t length = set_key_length(set);

	put_value(message, NFTA_SET_ELEM_KEY, element->key, length);
	if (set->interval)
		put_value(message, NFTA_SET_ELEM_KEY_END, element->key_end,
			  length);
}

static void put_element(struct nlmsghdr *message, const struct set *set,
			const struct element *element, bool whole)
{
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	put_key(message, set, element);
	if (whole && set->data != DATA_NONE)
		put_value(message, NFTA_SET_ELEM_DATA, element->data,
			  set_data_length(set));
	if (whole && element->timeout_ms)
		mnl_attr_put_u64(message, NFTA_SET_ELEM_TIMEOUT,
				 htobe64(element->timeout_ms));
	if (whole && element->userdata_length)
		mnl_attr_put(message, NFTA_SET_ELEM_USERDATA,
			     element->userdata_length, element->userdata);
	mnl_attr_nest_end(message, nest);
}

/**
 * element_list_put() - add an element to a batch
 * @list: a struct element_list; end with element_list_end()
 * @set: set of the element; those of one set are best put one after another
 * @element: what; to delete it only its key counts
 * @index: input that it stems from, for transaction_commit()
 */
void element_list_put(void *list, enum set_id set,
		      const struct element *element, size_t index)
{
	struct element_list *to = list;
	struct element found;

	if (to->there &&
	    element_get(to->there, set, element->key, &found) == -ENOENT)
		return;
	if (to->message &&
	    (to->set != set || to->message->nlmsg_len > LIST_MAX))
		element_list_end(to);
	if (!to->message)
		list_open(to, set);
	if (!to->message)
		return;
	transaction_mark(to->tx, to->message, index);
	put_element(to->message, set_get(set), element,
		    to->verb != ELEMENT_DELETE);
}

/**
 * element_list_end() - finish the elements that were put
 * @list: filled by element_list_put(), or fresh
 */
void element_list_end(struct element_list *list)
{
	if (!list->message)
		return;
	mnl_attr_nest_end(list->message, list->nest);
	transaction_message_end(list->tx, list->message);
	list->message = NULL;
}

/* ------------------------------------------------------------------- read */

/* a value of exactly this length: all else is no element of ours */
static bool read_value(const struct nlattr *nest, uint8_t *to, uint32_t length)
{
	return attr_bytes(attr_find_nested(nest, NFTA_DATA_VALUE), length, to);
}

static bool read_userdata(const struct nlattr *attribute,
			  struct element *element)
{
	size_t length;
	const uint8_t *bytes = nfnl_bytes(attribute, &length);

	if (length > sizeof(element->userdata))
		return false;
	if (length)
		memcpy(element->userdata, bytes, length);
	element->userdata_length = (uint16_t)length;
	return true;
}

/* { NFTA_EXPR_NAME "counter", NFTA_EXPR_DATA { NFTA_COUNTER_PACKETS, ... } } */
static void read_counter(const struct nlattr *expression,
			 struct element *element)
{
	const struct nlattr *data =
		attr_find_nested(expression, NFTA_EXPR_DATA);

	if (strcmp(nfnl_name(attr_find_nested(expression, NFTA_EXPR_NAME)),
		   "counter") != 0)
		return;
	element->packets =
		nfnl_u64(attr_find_nested(data, NFTA_COUNTER_PACKETS));
	element->bytes = nfnl_u64(attr_find_nested(data, NFTA_COUNTER_BYTES));
}

static bool read_element(const struct set *set, const struct nlattr *nest,
			 struct element *element)
{
	const struct nlattr *end =
		attr_find_nested(nest, NFTA_SET_ELEM_KEY_END);
	const struct nlattr *data = attr_find_nested(nest, NFTA_SET_ELEM_DATA);

	element_init(element);
	if (!read_value(attr_find_nested(nest, NFTA_SET_ELEM_KEY), element->key,
			set_key_length(set)))
		return false;
	memcpy(element->key_end, element->key, sizeof(element->key));
	element->timeout_ms =
		nfnl_u64(attr_find_nested(nest, NFTA_SET_ELEM_TIMEOUT));
	element->left_ms =
		nfnl_u64(attr_find_nested(nest, NFTA_SET_ELEM_EXPIRATION));
	read_counter(attr_find_nested(nest, NFTA_SET_ELEM_EXPR), element);
	return (!end ||
		read_value(end, element->key_end, set_key_length(set))) &&
	       (!data ||
		read_value(data, element->data, set_data_length(set))) &&
	       read_userdata(attr_find_nested(nest, NFTA_SET_ELEM_USERDATA),
			     element);
}

struct reading {
	const struct set *set;
	element_fn each;
	void *data;
};

static int read_list(const struct nlmsghdr *message, void *data)
{
	const struct reading *reading = data;
	const struct nlattr *nest,
		*list = nfnl_find(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	struct element element;
	int go_on = MNL_CB_OK;

	if (!list)
		return MNL_CB_OK;
	attr_for_each_nested (nest, list) {
		if (read_element(reading->set, nest, &element))
			go_on = reading->each(&element, reading->data);
		if (go_on <= MNL_CB_STOP)
			break;
	}
	return go_on;
}

/**
 * element_message_read() - look at each element in a message
 * @message: a notification
 * @set: of which set they are
 * @each: called for each element that has the set's layout
 * @data: handed to @each
 *
 * Return: MNL_CB_OK, or what @each returned to end it.
 */
int element_message_read(const struct nlmsghdr *message, enum set_id set,
			 element_fn each, void *data)
{
	struct reading reading = { set_get(set), each, data };

	return read_list(message, &reading);
}

/* ------------------------------------------------------------- asked for */

static void begin_get(struct request *request, uint16_t flags,
		      const struct set *set)
{
	nfnl_begin(request, NFNL_NFT(NFT_MSG_GETSETELEM), flags, NFPROTO_INET);
	put_set(request->header, set);
}

static int take_element(const struct element *element, void *data)
{
	*(struct element *)data = *element;
	return MNL_CB_OK;
}

/**
 * element_get() - look one element up
 * @netlink: open NETLINK_NETFILTER socket
 * @set: of which set
 * @key: its key; in a set of intervals, a key in the interval
 * @ret_element: what the kernel has
 *
 * Return: 0, -ENOENT when there is no such element, table, or set of this kind,
 * -EPERM, or another negative errno.
 */
int element_get(struct netlink *netlink, enum set_id set, const uint8_t *key,
		struct element *ret_element)
{
	const struct set *description = set_get(set);
	struct element element = { .timeout_ms = 0 };
	struct reading reading = { description, take_element, &element };
	struct request request = { .header = NULL };
	struct nlattr *list, *nest;
	int code;

	begin_get(&request, 0, description);
	memcpy(element.key, key, sizeof(element.key));
	memcpy(element.key_end, key, sizeof(element.key_end));
	list = mnl_attr_nest_start(request.header, NFTA_SET_ELEM_LIST_ELEMENTS);
	nest = mnl_attr_nest_start(request.header, NFTA_LIST_ELEM);
	put_key(request.header, description, &element);
	mnl_attr_nest_end(request.header, nest);
	mnl_attr_nest_end(request.header, list);
	code = netlink_talk(netlink, &request, read_list, &reading);
	if (!code)
		*ret_element = element;
	/* somebody laid a set with other keys: it has none of ours */
	return code == -EINVAL ? -ENOENT : code;
}

/**
 * element_dump() - look at each element of a set
 * @netlink: open NETLINK_NETFILTER socket; if @each stops early, answers are
 *	left in it, and it must be closed
 * @set: which set
 * @each: called for each element that has the set's layout
 * @data: handed to @each
 *
 * Return: 0, also when there is no such set or table; -EINTR when the set
 * changed meanwhile (start again); -EPERM; or another negative errno.
 */
int element_dump(struct netlink *netlink, enum set_id set, element_fn each,
		 void *data)
{
	struct reading reading = { set_get(set), each, data };
	struct request request = { .header = NULL };
	int code;

	begin_get(&request, NLM_F_DUMP, reading.set);
	code = netlink_talk(netlink, &request, read_list, &reading);
	return code == -ENOENT ? 0 : code;
}
