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
