/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all questions about other people's tables have in common.
 *
 * Anybody may have laid what the answers tell.  So whoever reads an attribute
 * may hand in NULL for one that isn't there; and one that has not the size or
 * the form that it should have counts as if it weren't there either.
 */
#include "netlink/nfnetlink.h"

#include "nft/question.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <time.h>

/* how often a dump that others disturb starts again */
#define DUMP_TRIES 8

/* ------------------------------------------------------------------- time */

/* the thread's own time: others that keep the processor busy take none of it */
static int64_t now_ns(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/**
 * nfnl_init() - begin to ask
 * @nfnl: who asks
 * @netlink: open NETLINK_NETFILTER socket
 * @time_ms: processor time that all questions and answers may take
 */
void nfnl_init(struct nfnl *nfnl, struct netlink *netlink, int time_ms)
{
	nfnl->netlink = netlink;
	nfnl->end_ns = now_ns() + time_ms * INT64_C(1000000);
}

/**
 * nfnl_is_late() - look whether there is time left
 * @nfnl: who asks
 *
 * Return: whether there is none.
 */
bool nfnl_is_late(const struct nfnl *nfnl)
{
	return now_ns() > nfnl->end_ns;
}

/* -------------------------------------------------------------- questions */

/**
 * nfnl_begin() - begin a question
 * @request: where
 * @type: NFT_MSG_
 * @flags: NLM_F_ flags besides NLM_F_REQUEST
 * @family: NFPROTO_ of the table, or NFPROTO_UNSPEC for all
 */
void nfnl_begin(struct nfnl_request *request, uint16_t type, uint16_t flags,
		uint8_t family)
{
	memset(request->space, 0, sizeof(request->space));
	request->header = question_begin(request->space, type, flags, family);
}

struct asking {
	const struct nfnl *nfnl;
	mnl_cb_t reply;
	void *data;
};

static int hear(const struct nlmsghdr *message, void *data)
{
	const struct asking *asking = data;

	if (nfnl_is_late(asking->nfnl))
		return MNL_CB_STOP;
	return asking->reply(message, asking->data);
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
int nfnl_ask(const struct nfnl *nfnl, struct nfnl_request *request,
	     mnl_cb_t reply, void *data, void (*reset)(void *data))
{
	struct asking asking = { nfnl, reply, data };
	int code = 0, tries = DUMP_TRIES;

	do {
		if (nfnl_is_late(nfnl))
			return -ETIME;
		reset(data);
		code = netlink_talk(nfnl->netlink, request->header, hear,
				    &asking);
	} while (code == -EINTR && --tries);
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

/* libmnl's own loop takes five calls an attribute */
static const struct nlattr *find(const uint8_t *at, size_t left, uint16_t type)
{
	const struct nlattr *attribute;
	size_t step;

	for (; left >= sizeof(*attribute); at += step, left -= step) {
		attribute = (const void *)at;
		if (attribute->nla_len < sizeof(*attribute) ||
		    attribute->nla_len > left)
			return NULL;
		if ((attribute->nla_type & NLA_TYPE_MASK) == type)
			return attribute;
		step = (attribute->nla_len + 3U) & ~3U;
		if (step > left)
			return NULL;
	}
	return NULL;
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
	const uint8_t *payload = mnl_nlmsg_get_payload(message);
	size_t length = mnl_nlmsg_get_payload_len(message);

	if (length < sizeof(struct nfgenmsg))
		return NULL;
	return find(payload + sizeof(struct nfgenmsg),
		    length - sizeof(struct nfgenmsg), type);
}

/**
 * nfnl_find_nested() - find an attribute in a nest
 * @nest: the nest, or NULL
 * @type: type of the attribute
 *
 * Return: the first of this type, or NULL.
 */
const struct nlattr *nfnl_find_nested(const struct nlattr *nest, uint16_t type)
{
	return nest ? find((const uint8_t *)(nest + 1),
			   nest->nla_len - sizeof(*nest), type)
		    : NULL;
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
	return nfnl_u32(nfnl_find_nested(nest, type), otherwise);
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
	if (!attribute ||
	    mnl_attr_get_payload_len(attribute) > NFT_NAME_MAXLEN ||
	    mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attribute);
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
	const struct nlattr *data = nfnl_find_nested(nest, type);
	const uint8_t *value =
		nfnl_bytes(nfnl_find_nested(data, NFTA_DATA_VALUE), ret_length);

	if (*ret_length <= NFT_DATA_VALUE_MAXLEN)
		return value;
	*ret_length = 0;
	return NULL;
}
