/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to nftables, and those for a part of the table by its name. */
#include "nft/question.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

/* enum nft_set_attributes: how many elements a set has; since Linux 6.16, so
 * that older headers lack it */
#define SET_ATTRIBUTE_COUNT 20

/* at once */
#define FILLED_MAX 8

/**
 * question_begin() - begin a question to nftables
 * @at: room for all of it, zero; it begins as a struct nlmsghdr
 * @type: NFT_MSG_GET...
 * @flags: NLM_F_ flags besides NLM_F_REQUEST
 * @family: NFPROTO_ of the table, or NFPROTO_UNSPEC for all
 *
 * Return: the message, for attributes.
 */
struct nlmsghdr *question_begin(void *at, uint16_t type, uint16_t flags,
				uint8_t family)
{
	struct nlmsghdr *question = netlink_request(
		at, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags);
	struct nfgenmsg *generic =
		mnl_nlmsg_put_extra_header(question, sizeof(*generic));

	generic->nfgen_family = family;
	generic->version = NFNETLINK_V0;
	return question;
}

/**
 * question_put() - make a question
 * @at: QUESTION_SIZE bytes, all zero; it begins as a struct nlmsghdr
 * @type: NFT_MSG_GET...
 * @attribute: of the name: NFTA_CHAIN_NAME, NFTA_SET_NAME
 * @name: for what is asked, or NULL for the table
 *
 * Return: bytes of the question; another one may follow it.
 */
size_t question_put(void *at, uint16_t type, uint16_t attribute,
		    const char *name)
{
	struct nlmsghdr *request = question_begin(at, type, 0, NFPROTO_INET);

	/* the same number as that of chains and sets */
	mnl_attr_put_strz(request, NFTA_TABLE_NAME, SET_TABLE);
	if (name)
		mnl_attr_put_strz(request, attribute, name);
	return (size_t)MNL_ALIGN((int)request->nlmsg_len);
}

_Static_assert((int)NFTA_TABLE_NAME == (int)NFTA_CHAIN_TABLE &&
		       (int)NFTA_TABLE_NAME == (int)NFTA_SET_TABLE,
	       "the table's name is the same attribute everywhere");

/* ------------------------------------------------------------ filled sets */

static bool has_elements(const struct nlmsghdr *message)
{
	const struct nlattr *attribute;

	attr_for_each (attribute, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attribute) == SET_ATTRIBUTE_COUNT &&
		    mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			return mnl_attr_get_u32(attribute);
	/* an older kernel doesn't tell */
	return true;
}

/* @data: what is told of the set that the next answer is about */
static int read_filled(const struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	bool **filled = data;
	int code = 0;

	if (message->nlmsg_type == NLMSG_ERROR) {
		if (mnl_nlmsg_get_payload_len(message) >= sizeof(*error))
			code = error->error;
		*(*filled)++ = false;
	} else {
		*(*filled)++ = has_elements(message);
	}
	if (!code || code == -ENOENT)
		return MNL_CB_OK;
	errno = -code;
	return MNL_CB_ERROR;
}

/**
 * question_find_filled() - find out which sets have elements
 * @nft: open NETLINK_NETFILTER socket
 * @first: the first of them
 * @count: how many, at most 8
 * @ret_filled: for each, whether it may have some; a set that isn't there has
 *	none
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int question_find_filled(struct netlink *nft, enum set_id first, size_t count,
			 bool *ret_filled)
{
	_Alignas(struct nlmsghdr)
		uint8_t questions[QUESTION_SIZE * FILLED_MAX] = { 0 };
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += question_put(questions + length, NFT_MSG_GETSET,
				       NFTA_SET_NAME,
				       set_get((enum set_id)(first + i))->name);
	return netlink_ask_all(nft, questions, length, read_filled,
			       &ret_filled);
}
