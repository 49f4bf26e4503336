/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and answers of nfnetlink: numbers in network byte order. */
#include "netlink/nfnetlink.h"

#include "util/time.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>

/* ------------------------------------------------------------------- time */

/**
 * nfnl_init() - begin to ask
 * @nfnl: who asks
 * @netlink: open NETLINK_NETFILTER socket
 * @time_ms: processor time that all questions and answers may take
 */
void nfnl_init(struct nfnl *nfnl, struct netlink *netlink, int time_ms)
{
	nfnl->netlink = netlink;
	nfnl->end_ns = time_thread_ns() + time_ms * INT64_C(1000000);
}

/**
 * nfnl_is_late() - look whether there is time left
 * @nfnl: who asks
 *
 * Return: whether there is none.
 */
bool nfnl_is_late(const struct nfnl *nfnl)
{
	return time_thread_ns() > nfnl->end_ns;
}

/* -------------------------------------------------------------- questions */

static void put_header(struct nfgenmsg *generic, uint8_t family)
{
	generic->nfgen_family = family;
	generic->version = NFNETLINK_V0;
}

/**
 * nfnl_message() - begin a message of nfnetlink
 * @at: as for message_begin()
 * @type: NFNL_NFT() or NFNL_CT() of the message's own type
 * @flags: NLM_F_ flags besides NLM_F_REQUEST
 * @family: NFPROTO_, or NFPROTO_UNSPEC for all
 *
 * Return: the message, for attributes.
 */
struct nlmsghdr *nfnl_message(void *at, uint16_t type, uint16_t flags,
			      uint8_t family)
{
	put_header(message_begin(at, type, flags, sizeof(struct nfgenmsg)),
		   family);
	return at;
}

/**
 * nfnl_begin() - begin a request to nfnetlink, or one more message of it
 * @request: where
 * @type: as for nfnl_message()
 * @flags: as for nfnl_message()
 * @family: as for nfnl_message()
 */
void nfnl_begin(struct request *request, uint16_t type, uint16_t flags,
		uint8_t family)
{
	put_header(request_begin(request, type, flags, sizeof(struct nfgenmsg)),
		   family);
}

struct hearing {
	const struct nfnl *nfnl;
	mnl_cb_t reply;
	void *data;
	void (*reset)(void *data);
};

static int hear(const struct nlmsghdr *message, void *data)
{
	const struct hearing *hearing = data;

	if (nfnl_is_late(hearing->nfnl))
		return MNL_CB_STOP;
	return hearing->reply(message, hearing->data);
}

static void hear_again(void *data)
{
	const struct hearing *hearing = data;

	hearing->reset(hearing->data);
}

/**
 * nfnl_ask() - ask, and read all of the answer
 * @nfnl: who asks
 * @request: the question
 * @reply: called for each message of the answer
 * @data: handed to @reply
 * @reset: empties @data; called before each start, since a dump that others
 *	disturb starts again
 *
 * Return: 0; -ETIME when there is no time left; -EINTR when it was disturbed
 * again and again; -ENOENT, -EPERM or another negative errno from the kernel;
 * or the errno of @reply.
 */
int nfnl_ask(const struct nfnl *nfnl, struct request *request, mnl_cb_t reply,
	     void *data, void (*reset)(void *data))
{
	struct hearing hearing = { nfnl, reply, data, reset };
	int code;

	if (nfnl_is_late(nfnl))
		return -ETIME;
	code = netlink_dump(nfnl->netlink, request, hear, &hearing, hear_again);
	return !code && nfnl_is_late(nfnl) ? -ETIME : code;
}

/* ------------------------------------------------------------- attributes */

/**
 * nfnl_family() - the family that a message is about
 * @message: the message
 *
 * Return: NFPROTO_, or NFPROTO_UNSPEC when the message is too short.
 */
uint8_t nfnl_family(const struct nlmsghdr *message)
{
	const struct nfgenmsg *generic = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*generic))
		return 0;
	return generic->nfgen_family;
}

/**
 * nfnl_find() - find an attribute of a message
 * @message: the message
 * @type: type of the attribute
 *
 * Return: the first of this type, or NULL.
 */
const struct nlattr *nfnl_find(const struct nlmsghdr *message, uint16_t type)
{
	struct attributes attributes;

	message_parse(message, message->nlmsg_type, sizeof(struct nfgenmsg),
		      &attributes);
	return attr_find(&attributes, type);
}

/**
 * nfnl_u32() - the number that an attribute holds
 * @attribute: the attribute, or NULL
 * @otherwise: what to take without it
 *
 * Return: the number, in host byte order.
 */
uint32_t nfnl_u32(const struct nlattr *attribute, uint32_t otherwise)
{
	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
		return otherwise;
	return ntohl(mnl_attr_get_u32(attribute));
}

/**
 * nfnl_nested_u32() - the number that an attribute in a nest holds
 * @nest: the nest, or NULL
 * @type: type of the attribute
 * @otherwise: what to take without it
 *
 * Return: the number, in host byte order.
 */
uint32_t nfnl_nested_u32(const struct nlattr *nest, uint16_t type,
			 uint32_t otherwise)
{
	return nfnl_u32(attr_find_nested(nest, type), otherwise);
}

/**
 * nfnl_u64() - the long number that an attribute holds
 * @attribute: the attribute, or NULL
 *
 * Return: the number, in host byte order; 0 without the attribute.
 */
uint64_t nfnl_u64(const struct nlattr *attribute)
{
	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_U64) < 0)
		return 0;
	return be64toh(mnl_attr_get_u64(attribute));
}

/**
 * nfnl_name() - the name that an attribute holds
 * @attribute: the attribute, or NULL
 *
 * Return: the name, shorter than NFT_NAME_MAXLEN, within the message; or "".
 */
const char *nfnl_name(const struct nlattr *attribute)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) > NFT_NAME_MAXLEN)
		return "";
	return attr_text(attribute);
}

/**
 * nfnl_bytes() - the bytes that an attribute holds
 * @attribute: the attribute, or NULL
 * @ret_length: how many there are
 *
 * Return: the bytes, within the message; NULL without the attribute.
 */
const uint8_t *nfnl_bytes(const struct nlattr *attribute, size_t *ret_length)
{
	*ret_length = attribute ? mnl_attr_get_payload_len(attribute) : 0;
	return attribute ? mnl_attr_get_payload(attribute) : NULL;
}

/**
 * nfnl_value() - the value of a register that an attribute in a nest holds
 * @nest: the nest, or NULL
 * @type: type of the attribute
 * @ret_length: how many bytes the value has
 *
 * Return: the value, within the message; NULL when there is none, or one that
 * no registers can hold.
 */
const uint8_t *nfnl_value(const struct nlattr *nest, uint16_t type,
			  size_t *ret_length)
{
	const struct nlattr *data = attr_find_nested(nest, type);
	const uint8_t *value =
		nfnl_bytes(attr_find_nested(data, NFTA_DATA_VALUE), ret_length);

	if (*ret_length <= NFT_DATA_VALUE_MAXLEN)
		return value;
	*ret_length = 0;
	return NULL;
}
