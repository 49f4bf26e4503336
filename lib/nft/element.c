/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of sets and maps on the wire: written, read, asked for, dumped.
 *
 * This is where 50,000 mappings pass through, so the attributes are put and
 * read in place, without an object for each.
 */
#include "nft/element.h"

#include "mapping/addr.h"

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
	case FIELD_ETHER_DADDR:
		memcpy(to, fields->ether_daddr, sizeof(fields->ether_daddr));
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
	case FIELD_ETHER_DADDR:
		memcpy(fields->ether_daddr, from, sizeof(fields->ether_daddr));
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

/**
 * element_put_set() - say in a message which set it is about
 * @message: with room for two names
 * @set: which set
 */
void element_put_set(struct nlmsghdr *message, const struct set *set)
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

	list->set = set;
	list->message = transaction_message(list->tx, verbs[list->verb].type,
					    verbs[list->verb].flags);
	if (!list->message)
		return;
	element_put_set(list->message, set_get(set));
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

/**
 * element_put_key() - append an element's key to a message
 * @message: with room for it
 * @set: set of the element
 * @element: whose key
 */
void element_put_key(struct nlmsghdr *message, const struct set *set,
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

	element_put_key(message, set, element);
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
