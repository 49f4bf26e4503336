/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table is made of, read from messages. */
#include "netlink/nfnetlink.h"
#include "nft/objects.h"
#include "table/pieces.h"
#include "unit.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

static size_t count(const struct pieces *pieces, enum piece_kind kind)
{
	size_t counted = 0;

	for (size_t i = 0; i < pieces->count; i++)
		counted += pieces->items[i].kind == kind;
	return counted;
}

static const struct piece *find(const struct pieces *pieces,
				enum piece_kind kind, const char *name)
{
	for (size_t i = 0; i < pieces->count; i++)
		if (pieces->items[i].kind == kind &&
		    !strcmp(pieces->items[i].name, name))
			return &pieces->items[i];
	fail_msg("no piece is called \"%s\"", name);
	return NULL;
}

static void what_is_laid_is_read(void **state)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct pieces pieces CLEANUP(pieces_done) = { NULL, 0 };
	const struct nlmsghdr *message;
	char text[PIECE_TEXT_SIZE];
	int left;

	(void)state;
	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	transaction_add_table(&tx);
	left = (int)tx.length;
	for (message = (const void *)tx.data; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		assert_int_equal(pieces_read(message, &pieces), MNL_CB_OK);
	assert_int_equal(count(&pieces, PIECE_SET), SET_BASE_COUNT);
	assert_int_equal(count(&pieces, PIECE_CHAIN), ruleset_base.chain_count);
	assert_int_equal(count(&pieces, PIECE_RULE), ruleset_base.rule_count);
	assert_int_equal(count(&pieces, PIECE_OTHER), 0);
	assert_string_equal(piece_format(find(&pieces, PIECE_SET, "any4"), text,
					 sizeof(text)),
			    "map \"any4\"");
	assert_string_equal(find(&pieces, PIECE_RULE, "publish4")->detail,
			    "@host_addresses4 verdict -3 host_address4");
	assert_string_equal(find(&pieces, PIECE_RULE, "any_address4")->detail,
			    "@any4 nat");
	assert_string_equal(find(&pieces, PIECE_CHAIN, "guard")->detail,
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
	struct pieces pieces CLEANUP(pieces_done) = { NULL, 0 };
	uint8_t buffer[1024];

	(void)state;
	pieces_read(counter(buffer, NFPROTO_INET, "other", "mine"), &pieces);
	pieces_read(counter(buffer, NFPROTO_IPV4, "pubport", "mine"), &pieces);
	assert_int_equal(pieces.count, 0);
	pieces_read(counter(buffer, NFPROTO_INET, "pubport", "mine"), &pieces);
	assert_int_equal(pieces.count, 1);
	assert_string_equal(pieces.items[0].noun, "counter");
	assert_string_equal(pieces.items[0].name, "mine");
}

static void a_long_name_is_cut(void **state)
{
	struct pieces pieces CLEANUP(pieces_done) = { NULL, 0 };
	uint8_t buffer[1024];
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	pieces_read(counter(buffer, NFPROTO_INET, "pubport", name), &pieces);
	assert_int_equal(strlen(pieces.items[0].name), PIECE_NAME_SIZE - 1);
}

/* each byte of the message is cut off once */
static void a_message_cut_short_does_no_harm(void **state)
{
	struct pieces pieces CLEANUP(pieces_done) = { NULL, 0 };
	uint8_t buffer[1024];
	struct nlmsghdr *message =
		counter(buffer, NFPROTO_INET, "pubport", "mine");
	uint32_t length = message->nlmsg_len;

	(void)state;
	for (uint32_t cut = sizeof(*message); cut < length; cut++) {
		message->nlmsg_len = cut;
		assert_int_equal(pieces_read(message, &pieces), MNL_CB_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_laid_is_read),
		cmocka_unit_test(other_tables_do_not_count),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(a_message_cut_short_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
