/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of sets and maps that are asked for and read.
 *
 * Anyone with CAP_NET_ADMIN may have put what is in the table: an element that
 * hasn't the layout of its set is passed over.
 */
#include "nft/element.h"

#include "netlink/nfnetlink.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

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

static bool read_count(const struct nlattr *value, struct element *element)
{
	switch (mnl_attr_get_type(value)) {
	case NFTA_COUNTER_PACKETS:
		return read_u64(value, &element->packets);
	case NFTA_COUNTER_BYTES:
		return read_u64(value, &element->bytes);
	default:
		return true;
	}
}

/* { NFTA_EXPR_NAME "counter", NFTA_EXPR_DATA { NFTA_COUNTER_PACKETS, ... } } */
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
			if (!read_count(value, element))
				return false;
	}
	return true;
}

static bool read_attribute(const struct set *set,
			   const struct nlattr *attribute,
			   struct element *element)
{
	switch (mnl_attr_get_type(attribute)) {
	case NFTA_SET_ELEM_KEY_END:
		return read_value(attribute, element->key_end,
				  set_key_length(set));
	case NFTA_SET_ELEM_DATA:
		return read_value(attribute, element->data,
				  set_data_length(set));
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

static bool read_element(const struct set *set, const struct nlattr *nest,
			 struct element *element)
{
	const struct nlattr *attribute;
	bool has_key = false;

	element_init(element);
	attr_for_each_nested (attribute, nest) {
		if (mnl_attr_get_type(attribute) == NFTA_SET_ELEM_KEY) {
			has_key = read_value(attribute, element->key,
					     set_key_length(set));
			memcpy(element->key_end, element->key,
			       sizeof(element->key));
		} else if (!read_attribute(set, attribute, element)) {
			return false;
		}
	}
	return has_key;
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
	element_put_set(request->header, set);
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
	element_put_key(request.header, description, &element);
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
 * Return: 0, -ENOENT when there is no such set or table, -EINTR when the set
 * changed meanwhile (start again), -EPERM, or another negative errno.
 */
int element_dump(struct netlink *netlink, enum set_id set, element_fn each,
		 void *data)
{
	struct reading reading = { set_get(set), each, data };
	struct request request = { .header = NULL };

	begin_get(&request, NLM_F_DUMP, reading.set);
	return netlink_talk(netlink, &request, read_list, &reading);
}
