/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all requests to rtnetlink have in common.
 *
 * Whatever the kernel answers is checked before it is used: an attribute that
 * is missing, or has not the size that it should have, leaves its field as it
 * was.
 */
#include "netlink/rtnetlink.h"

#include "mapping/addr.h"
#include "util/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* how often a dump that others disturb starts again */
#define DUMP_TRIES 32

/* -------------------------------------------------------------- requests */

/**
 * rtnl_begin() - begin a request
 * @request: where
 * @type: RTM_
 * @flags: NLM_F_ flags besides NLM_F_REQUEST
 * @header_size: size of the fixed header of this type
 *
 * Return: the fixed header, all zero.
 */
void *rtnl_begin(struct rtnl_request *request, uint16_t type, uint16_t flags,
		 size_t header_size)
{
	memset(request->space, 0, sizeof(request->space));
	request->header = netlink_request(request->space, type, flags);
	return mnl_nlmsg_put_extra_header(request->header, header_size);
}

/**
 * rtnl_put_addr() - add an address to a request
 * @request: as begun by rtnl_begin()
 * @type: type of the attribute
 * @addr: the address
 */
void rtnl_put_addr(struct rtnl_request *request, uint16_t type,
		   const struct pubport_addr *addr)
{
	mnl_attr_put(request->header, type, addr_length(addr), addr->bytes);
}

/**
 * rtnl_dump() - read a whole table
 * @netlink: open NETLINK_ROUTE socket
 * @request: asks for it
 * @reply: called for each message
 * @data: handed to @reply
 * @reset: empties @data; called before each start, since a dump that others
 *	disturb starts again
 *
 * Return: 0; -EINTR when it was disturbed again and again; or a negative errno
 * from the kernel or from @reply.
 */
int rtnl_dump(struct netlink *netlink, struct rtnl_request *request,
	      mnl_cb_t reply, void *data, void (*reset)(void *data))
{
	int code, tries = DUMP_TRIES;

	do {
		reset(data);
		code = netlink_talk(netlink, request->header, reply, data);
	} while (code == -EINTR && --tries);
	return code;
}

/* ------------------------------------------------------------ attributes */

static int keep_attribute(const struct nlattr *attribute, void *data)
{
	struct rtnl_attributes *attributes = data;
	uint16_t type = mnl_attr_get_type(attribute);

	if (type < ARRAY_SIZE(attributes->of))
		attributes->of[type] = attribute;
	return MNL_CB_OK;
}

/**
 * rtnl_parse() - take an answer apart
 * @message: the answer
 * @header_size: size of the fixed header of its type
 * @ret_attributes: what follows the fixed header
 *
 * Return: the fixed header, or NULL when the message is too short for it.
 */
const void *rtnl_parse(const struct nlmsghdr *message, size_t header_size,
		       struct rtnl_attributes *ret_attributes)
{
	memset(ret_attributes, 0, sizeof(*ret_attributes));
	if (mnl_nlmsg_get_payload_len(message) < header_size)
		return NULL;
	mnl_attr_parse(message, (unsigned int)header_size, keep_attribute,
		       ret_attributes);
	return mnl_nlmsg_get_payload(message);
}

/**
 * rtnl_parse_payload() - take attributes apart that stand somewhere
 * @payload: where they begin
 * @length: how many bytes there are
 * @ret_attributes: the attributes
 */
void rtnl_parse_payload(const void *payload, size_t length,
			struct rtnl_attributes *ret_attributes)
{
	memset(ret_attributes, 0, sizeof(*ret_attributes));
	mnl_attr_parse_payload(payload, length, keep_attribute, ret_attributes);
}

/**
 * rtnl_parse_nested() - take a nest of attributes apart
 * @nest: the nest, or NULL
 * @ret_attributes: what is in it
 */
void rtnl_parse_nested(const struct nlattr *nest,
		       struct rtnl_attributes *ret_attributes)
{
	memset(ret_attributes, 0, sizeof(*ret_attributes));
	if (nest && mnl_attr_validate(nest, MNL_TYPE_NESTED) == 0)
		mnl_attr_parse_nested(nest, keep_attribute, ret_attributes);
}

/**
 * rtnl_u32() - the number that an attribute holds
 * @attribute: the attribute, or NULL
 * @otherwise: what to take without it
 *
 * Return: the number.
 */
uint32_t rtnl_u32(const struct nlattr *attribute, uint32_t otherwise)
{
	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
		return otherwise;
	return mnl_attr_get_u32(attribute);
}

/**
 * rtnl_bytes() - the bytes that an attribute holds
 * @attribute: the attribute, or NULL
 * @length: how many they must be
 * @ret_bytes: the bytes
 *
 * Return: whether it holds that many.
 */
bool rtnl_bytes(const struct nlattr *attribute, size_t length,
		uint8_t *ret_bytes)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != length)
		return false;
	memcpy(ret_bytes, mnl_attr_get_payload(attribute), length);
	return true;
}

/**
 * rtnl_addr() - the address that an attribute holds
 * @attribute: the attribute, or NULL
 * @af: AF_INET or AF_INET6; of others no address is read
 * @ret_addr: the address
 *
 * Return: whether it holds one.
 */
bool rtnl_addr(const struct nlattr *attribute, int af,
	       struct pubport_addr *ret_addr)
{
	struct pubport_addr addr = {
		.family = af == AF_INET ? PUBPORT_IPV4 : PUBPORT_IPV6,
	};

	if ((af != AF_INET && af != AF_INET6) ||
	    !rtnl_bytes(attribute, addr_length(&addr), addr.bytes))
		return false;
	*ret_addr = addr;
	return true;
}

/**
 * rtnl_text() - the text that an attribute holds
 * @attribute: the attribute, or NULL
 * @ret_text: the text, cut to fit
 * @size: size of @ret_text
 */
void rtnl_text(const struct nlattr *attribute, char *ret_text, size_t size)
{
	if (attribute && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
		snprintf(ret_text, size, "%s", mnl_attr_get_str(attribute));
}
