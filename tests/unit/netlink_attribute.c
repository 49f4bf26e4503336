/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes of messages, whole ones and such as no kernel should send. */
#include "netlink/attribute.h"
#include "netlink/nfnetlink.h"
#include "netlink/rtnetlink.h"
#include "unit.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

/* no text: it doesn't end with a zero */
#define NUMBER 0x01020304

/* a message with a number, a text, and a nest with another number */
static struct nlmsghdr *begin(struct request *request)
{
	struct nlattr *nest;

	memset(request, 0, sizeof(*request));
	request_begin(request, RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(request->header, 1, NUMBER);
	mnl_attr_put_strz(request->header, 2, "eth0");
	nest = mnl_attr_nest_start(request->header, 3);
	mnl_attr_put_u32(request->header, 1, htonl(815));
	mnl_attr_nest_end(request->header, nest);
	return request->header;
}

static const void *parse(const struct nlmsghdr *message,
			 struct attributes *ret_attributes)
{
	return message_parse(message, RTM_NEWLINK, sizeof(struct ifinfomsg),
			     ret_attributes);
}

static void found_by_type(void **state)
{
	struct attributes attributes;
	struct request request;
	uint32_t number;
	uint8_t byte;

	(void)state;
	begin(&request);
	assert_ptr_equal(parse(request.header, &attributes),
			 mnl_nlmsg_get_payload(request.header));
	assert_int_equal(rtnl_u32(attr_find(&attributes, 1), 0), NUMBER);
	assert_string_equal(attr_text(attr_find(&attributes, 2)), "eth0");
	assert_int_equal(nfnl_nested_u32(attr_find(&attributes, 3), 1, 0), 815);
	assert_null(attr_find(&attributes, 4));
	assert_null(attr_find_nested(attr_find(&attributes, 3), 2));
	assert_null(attr_find_nested(NULL, 1));
	assert_true(attr_bytes(attr_find(&attributes, 1), 4, &number));
	assert_int_equal(number, NUMBER);
	assert_false(attr_bytes(attr_find(&attributes, 1), 1, &byte));
	assert_int_equal(rtnl_u32(attr_find(&attributes, 2), 7), 7);
	assert_string_equal(attr_text(attr_find(&attributes, 1)), "");
}

static void nothing_in_other_or_short_messages(void **state)
{
	struct attributes attributes;
	struct request request;

	(void)state;
	begin(&request)->nlmsg_type = RTM_DELLINK;
	assert_null(parse(request.header, &attributes));
	assert_null(attr_find(&attributes, 1));
	begin(&request)->nlmsg_len = NLMSG_LENGTH(1);
	assert_null(parse(request.header, &attributes));
	assert_null(attr_find(&attributes, 1));
	begin(&request)->nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	assert_non_null(parse(request.header, &attributes));
	assert_null(attr_find(&attributes, 1));
}

/* cut off at each byte, and with each length that an attribute may tell */
static void never_beyond_the_end(void **state)
{
	struct attributes attributes;
	const struct nlattr *found;
	struct request request;
	uint32_t whole = begin(&request)->nlmsg_len;
	const uint8_t *end;

	(void)state;
	for (uint32_t length = NLMSG_LENGTH(sizeof(struct ifinfomsg));
	     length < whole; length++) {
		begin(&request)->nlmsg_len = length;
		parse(request.header, &attributes);
		assert_null(attr_find(&attributes, 3));
	}
	for (unsigned int length = 0; length <= UINT16_MAX; length++) {
		parse(begin(&request), &attributes);
		end = (const uint8_t *)request.header + whole;
		((struct nlattr *)(uintptr_t)attributes.at)->nla_len =
			(uint16_t)length;
		for (uint16_t type = 0; type < 5; type++) {
			found = attr_find(&attributes, type);
			if (found)
				assert_true((const uint8_t *)found +
						    found->nla_len <=
					    end);
		}
	}
}

/* several questions in one request, one after another */
static void requests_follow_each_other(void **state)
{
	struct request request = { .header = NULL };
	const struct nlmsghdr *first;

	(void)state;
	nfnl_begin(&request, NFNL_NFT(1), 0, 1);
	mnl_attr_put_strz(request.header, 1, "pubport");
	mnl_attr_put_strz(request.header, 2, "a");
	first = request.header;
	nfnl_begin(&request, NFNL_NFT(4), NLM_F_DUMP, 2);
	assert_ptr_equal(first, request.space);
	assert_ptr_equal(request.header,
			 request.space + MNL_ALIGN((int)first->nlmsg_len));
	assert_int_equal(nfnl_family(first), 1);
	assert_int_equal(nfnl_family(request.header), 2);
	assert_string_equal(nfnl_name(nfnl_find(first, 2)), "a");
	assert_int_equal(request.header->nlmsg_flags,
			 NLM_F_REQUEST | NLM_F_DUMP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_type),
		cmocka_unit_test(nothing_in_other_or_short_messages),
		cmocka_unit_test(never_beyond_the_end),
		cmocka_unit_test(requests_follow_each_other),
	};

	return cmocka_run_group_tests_name("attribute", tests, NULL, NULL);
}
