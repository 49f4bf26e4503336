/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects of the table, read from messages. */
#include "netlink/nfnetlink.h"
#include "nft/objects.h"
#include "table/verify.h"
#include "unit.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

/**
 * struct reading - objects that were read
 * @items: the objects
 * @count: number of @items
 */
struct reading {
	struct object items[512];
	size_t count;
};

static bool read_one(struct reading *reading, const struct nlmsghdr *message)
{
	assert_true(reading->count < ARRAY_SIZE(reading->items));
	if (!object_read(message, &reading->items[reading->count]))
		return false;
	reading->count++;
	return true;
}

static size_t count(const struct reading *reading, enum object_kind kind)
{
	size_t counted = 0;

	for (size_t i = 0; i < reading->count; i++)
		counted += reading->items[i].kind == kind;
	return counted;
}

static struct object *find(struct reading *reading, enum object_kind kind,
			   const char *name)
{
	for (size_t i = 0; i < reading->count; i++)
		if (reading->items[i].kind == kind &&
		    !strcmp(reading->items[i].name, name))
			return &reading->items[i];
	fail_msg("no object is called \"%s\"", name);
	return NULL;
}

static void what_is_added_is_read(void **state)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct reading reading = { .count = 0 };
	struct objects one = { .count = 1 };
	const struct nlmsghdr *message;
	char text[OBJECT_TEXT_SIZE];
	int left;

	(void)state;
	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	transaction_add_table(&tx);
	left = (int)tx.length;
	for (message = (const void *)tx.data; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		read_one(&reading, message);
	assert_int_equal(count(&reading, OBJECT_SET), SET_BASE_COUNT);
	assert_int_equal(count(&reading, OBJECT_CHAIN),
			 ruleset_base.chain_count);
	assert_int_equal(count(&reading, OBJECT_RULE), ruleset_base.rule_count);
	assert_int_equal(count(&reading, OBJECT_OTHER), 0);
	one.items = find(&reading, OBJECT_SET, "any4");
	assert_string_equal(objects_format(&one, text), "map \"any4\"");
	one.count = 3;
	assert_string_equal(objects_format(&one, text),
			    "map \"any4\" and 2 more");
	assert_string_equal(find(&reading, OBJECT_RULE, "publish4")->detail,
			    "@host_addresses4 verdict -3 host_address4");
	assert_string_equal(find(&reading, OBJECT_RULE, "any_address4")->detail,
			    "@any4 nat");
	assert_string_equal(find(&reading, OBJECT_CHAIN, "guard")->detail,
			    "type filter hook 0 priority -300 policy 1");
}

/* a counter of a table, in a message of its own */
static struct nlmsghdr *counter(uint8_t *buffer, uint8_t family,
				const char *table, const char *name)
{
	struct nlmsghdr *message =
		nfnl_message(buffer, NFNL_NFT(NFT_MSG_NEWOBJ), 0, family);

	mnl_attr_put_strz(message, NFTA_OBJ_TABLE, table);
	mnl_attr_put_strz(message, NFTA_OBJ_NAME, name);
	mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return message;
}

static void other_tables_do_not_count(void **state)
{
	struct object object;
	uint8_t buffer[1024];

	(void)state;
	assert_false(object_read(counter(buffer, NFPROTO_INET, "other", "mine"),
				 &object));
	assert_false(object_read(
		counter(buffer, NFPROTO_IPV4, "pubport", "mine"), &object));
	assert_true(object_read(
		counter(buffer, NFPROTO_INET, "pubport", "mine"), &object));
	assert_string_equal(object.noun, "counter");
	assert_string_equal(object.name, "mine");
}

static void a_long_name_is_cut(void **state)
{
	struct object object;
	uint8_t buffer[1024];
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_true(object_read(counter(buffer, NFPROTO_INET, "pubport", name),
				&object));
	assert_int_equal(strlen(object.name), OBJECT_NAME_SIZE - 1);
}

/* each byte of the message is cut off once */
static void a_message_cut_short_does_no_harm(void **state)
{
	struct object object;
	uint8_t buffer[1024];
	struct nlmsghdr *message =
		counter(buffer, NFPROTO_INET, "pubport", "mine");
	uint32_t length = message->nlmsg_len;

	(void)state;
	for (uint32_t cut = sizeof(*message); cut < length; cut++) {
		message->nlmsg_len = cut;
		(void)object_read(message, &object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_is_read),
		cmocka_unit_test(other_tables_do_not_count),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(a_message_cut_short_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
