/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of sets and maps on the wire: written, read, asked for, dumped.
 *
 * This is where 50,000 mappings pass through, so the attributes are put and
 * read in place, without an object for each.
 */
#include "element.h"

#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

/* the list of a message is an attribute, whose length has 16 bits */
#define LIST_MAX 64000

/* ------------------------------------------------------------------ keys */

static void write_field(enum schema_field field,
			const struct element_fields *fields, uint8_t *to)
{
	uint16_t port_be = htons(fields->port);

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
		memcpy(to, &port_be, sizeof(port_be));
		break;
	case FIELD_NFPROTO:
		*to = fields->family == PUBPORT_IPV4 ? NFPROTO_IPV4
						     : NFPROTO_IPV6;
		break;
	case FIELD_IIFNAME:
		memcpy(to, fields->iifname, sizeof(fields->iifname));
		break;
	case FIELD_OIFNAME:
		memcpy(to, fields->oifname, sizeof(fields->oifname));
		break;
	case FIELD_NONE:
		break;
	}
}

static void read_addr(const struct schema_set *set, const uint8_t *from,
		      struct pubport_addr *ret_addr)
{
	memset(ret_addr, 0, sizeof(*ret_addr));
	ret_addr->family = set->family;
	memcpy(ret_addr->bytes, from, schema_addr_type(set)->length);
}

static void read_field(const struct schema_set *set, enum schema_field field,
		       const uint8_t *from, struct element_fields *fields)
{
	uint16_t port_be;

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
		memcpy(&port_be, from, sizeof(port_be));
		fields->port = ntohs(port_be);
		break;
	case FIELD_NFPROTO:
		fields->family = *from == NFPROTO_IPV4 ? PUBPORT_IPV4
						       : PUBPORT_IPV6;
		break;
	case FIELD_IIFNAME:
		memcpy(fields->iifname, from, sizeof(fields->iifname) - 1);
		break;
	case FIELD_OIFNAME:
		memcpy(fields->oifname, from, sizeof(fields->oifname) - 1);
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
void element_write_key(const struct schema_set *set,
		       const struct element_fields *fields, uint8_t *ret_key)
{
	uint32_t offset = 0;

	memset(ret_key, 0, ELEMENT_KEY_MAX);
	for (size_t i = 0; i < schema_field_count(set); i++) {
		write_field(set->key[i], fields, ret_key + offset);
		offset += schema_padded(schema_field_type(set, i)->length);
	}
}

/**
 * element_read_key() - take a key apart
 * @set: whose key
 * @key: ELEMENT_KEY_MAX bytes
 * @ret_fields: those that the set's key has are set, the others are zero
 */
void element_read_key(const struct schema_set *set, const uint8_t *key,
		      struct element_fields *ret_fields)
{
	uint32_t offset = 0;

	memset(ret_fields, 0, sizeof(*ret_fields));
	for (size_t i = 0; i < schema_field_count(set); i++) {
		read_field(set, set->key[i], key + offset, ret_fields);
		offset += schema_padded(schema_field_type(set, i)->length);
	}
}

/* --------------------------------------------------------------- written */

static void put_set_name(struct nlmsghdr *message, const struct schema_set *set)
{
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, SCHEMA_TABLE);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
}

static void list_open(struct element_list *list, enum schema_set_id set)
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

	list->set = set;
	list->message = batch_message(list->batch, verbs[list->verb].type,
				      verbs[list->verb].flags);
	if (!list->message)
		return;
	put_set_name(list->message, schema_set(set));
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

static void put_key(struct nlmsghdr *message, const struct schema_set *set,
		    const struct element *element)
{
	uint32_t length = schema_key_length(set);

	put_value(message, NFTA_SET_ELEM_KEY, element->key, length);
	if (set->interval)
		put_value(message, NFTA_SET_ELEM_KEY_END, element->key_end,
			  length);
}

static void put_element(struct nlmsghdr *message, const struct schema_set *set,
			const struct element *element, bool whole)
{
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	put_key(message, set, element);
	if (whole && set->data != DATA_NONE)
		put_value(message, NFTA_SET_ELEM_DATA, element->data,
			  schema_data_length(set));
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
 * @index: input that it stems from, for batch_commit()
 */
void element_list_put(void *list, enum schema_set_id set,
		      const struct element *element, size_t index)
{
	struct element_list *to = list;

	if (to->message &&
	    (to->set != set || to->message->nlmsg_len > LIST_MAX))
		element_list_end(to);
	if (!to->message)
		list_open(to, set);
	if (!to->message)
		return;
	batch_mark(to->batch, to->message, index);
	put_element(to->message, schema_set(set), element,
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
	batch_message_end(list->batch, list->message);
	list->message = NULL;
}

/* ------------------------------------------------------------------ read */

/* a value of exactly this length: all else is no element of ours */
static bool read_value(const struct nlattr *nest, uint8_t *to, uint32_t length)
{
	const struct nlattr *attribute;

	attr_for_each_nested (attribute, nest) {
		if (mnl_attr_get_type(attribute) != NFTA_DATA_VALUE)
			continue;
		if (mnl_attr_get_payload_len(attribute) != length)
			return false;
		memcpy(to, mnl_attr_get_payload(attribute), length);
		return true;
	}
	return false;
}

static bool read_u64(const struct nlattr *attribute, uint64_t *ret_value)
{
	if (mnl_attr_validate(attribute, MNL_TYPE_U64) < 0)
		return false;
	*ret_value = be64toh(mnl_attr_get_u64(attribute));
	return true;
}

static bool read_userdata(const struct nlattr *attribute,
			  struct element *element)
{
	uint16_t length = mnl_attr_get_payload_len(attribute);

	if (length > sizeof(element->userdata))
		return false;
	memcpy(element->userdata, mnl_attr_get_payload(attribute), length);
	element->userdata_length = length;
	return true;
}

/* { NFTA_EXPR_NAME "counter", NFTA_EXPR_DATA { NFTA_COUNTER_PACKETS } } */
static bool read_counter(const struct nlattr *nest, struct element *element)
{
	const struct nlattr *attribute, *value;
	bool is_counter = false;

	attr_for_each_nested (attribute, nest) {
		if (mnl_attr_get_type(attribute) == NFTA_EXPR_NAME)
			is_counter = mnl_attr_get_payload_len(attribute) >= 8 &&
				     !memcmp(mnl_attr_get_payload(attribute),
					     "counter", 8);
		if (mnl_attr_get_type(attribute) != NFTA_EXPR_DATA ||
		    !is_counter)
			continue;
		attr_for_each_nested (value, attribute)
			if (mnl_attr_get_type(value) == NFTA_COUNTER_PACKETS &&
			    !read_u64(value, &element->connections))
				return false;
	}
	return true;
}

static bool read_attribute(const struct schema_set *set,
			   const struct nlattr *attribute,
			   struct element *element)
{
	switch (mnl_attr_get_type(attribute)) {
	case NFTA_SET_ELEM_KEY_END:
		return read_value(attribute, element->key_end,
				  schema_key_length(set));
	case NFTA_SET_ELEM_DATA:
		return read_value(attribute, element->data,
				  schema_data_length(set));
	case NFTA_SET_ELEM_TIMEOUT:
		return read_u64(attribute, &element->timeout_ms);
	case NFTA_SET_ELEM_EXPIRATION:
		return read_u64(attribute, &element->left_ms);
	case NFTA_SET_ELEM_USERDATA:
		return read_userdata(attribute, element);
	case NFTA_SET_ELEM_EXPR:
		return read_counter(attribute, element);
	default:
		return true;
	}
}

static bool read_element(const struct schema_set *set,
			 const struct nlattr *nest, struct element *element)
{
	const struct nlattr *attribute;
	bool has_key = false;

	memset(element, 0, offsetof(struct element, userdata));
	element->userdata_length = 0;
	element->timeout_ms = element->left_ms = element->connections = 0;
	attr_for_each_nested (attribute, nest) {
		if (mnl_attr_get_type(attribute) == NFTA_SET_ELEM_KEY) {
			has_key = read_value(attribute, element->key,
					     schema_key_length(set));
			memcpy(element->key_end, element->key,
			       sizeof(element->key));
		} else if (!read_attribute(set, attribute, element)) {
			return false;
		}
	}
	return has_key;
}

struct reading {
	const struct schema_set *set;
	element_fn each;
	void *data;
};

static int read_list(const struct nlmsghdr *message, void *data)
{
	const struct reading *reading = data;
	const struct nlattr *list, *nest;
	struct element element;
	int go_on = MNL_CB_OK;

	attr_for_each (list, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(list) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		attr_for_each_nested (nest, list) {
			if (read_element(reading->set, nest, &element))
				go_on = reading->each(&element, reading->data);
			if (go_on <= MNL_CB_STOP)
				return go_on;
		}
	}
	return MNL_CB_OK;
}

/* ------------------------------------------------------------- asked for */

static struct nlmsghdr *get_request(uint8_t *buffer, uint16_t flags,
				    const struct schema_set *set)
{
	struct nlmsghdr *request = netlink_request(
		buffer, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM, flags);
	struct nfgenmsg *generic =
		mnl_nlmsg_put_extra_header(request, sizeof(*generic));

	generic->nfgen_family = NFPROTO_INET;
	generic->version = NFNETLINK_V0;
	put_set_name(request, set);
	return request;
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
 * Return: 0, -ENOENT when there is no such element, set or table, -EPERM, or
 * another negative errno.
 */
int element_get(struct netlink *netlink, enum schema_set_id set,
		const uint8_t *key, struct element *ret_element)
{
	const struct schema_set *description = schema_set(set);
	struct element element = { .timeout_ms = 0 };
	struct reading reading = { description, take_element, &element };
	uint8_t buffer[1024];
	struct nlmsghdr *request = get_request(buffer, 0, description);
	struct nlattr *list, *nest;
	int code;

	memcpy(element.key, key, sizeof(element.key));
	memcpy(element.key_end, key, sizeof(element.key_end));
	list = mnl_attr_nest_start(request, NFTA_SET_ELEM_LIST_ELEMENTS);
	nest = mnl_attr_nest_start(request, NFTA_LIST_ELEM);
	put_key(request, description, &element);
	mnl_attr_nest_end(request, nest);
	mnl_attr_nest_end(request, list);
	code = netlink_talk(netlink, request, read_list, &reading);
	if (!code)
		*ret_element = element;
	return code;
}

/**
 * element_dump() - look at each element of a set
 * @netlink: open NETLINK_NETFILTER socket; if @each stops early, answers are
 *	left in it, and it must be closed
 * @set: which set
 * @each: called for each element that has the set's layout
 * @data: handed to @each
 *
 * Return: 0, -ENOENT when there is no such set or table, -EINTR when the set
 * changed meanwhile (start again), -EPERM, or another negative errno.
 */
int element_dump(struct netlink *netlink, enum schema_set_id set,
		 element_fn each, void *data)
{
	struct reading reading = { schema_set(set), each, data };
	uint8_t buffer[1024];

	return netlink_talk(netlink,
			    get_request(buffer, NLM_F_DUMP, reading.set),
			    read_list, &reading);
}
