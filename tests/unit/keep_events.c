/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What notifications of the kernel are told as. */
#include "keep/events.h"
#include "netlink/nfnetlink.h"
#include "nft/transaction.h"
#include "table/mapping_element.h"
#include "unit.h"
#include "util/time.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

/* --------------------------------------------------- what the kernel says */

static struct pubport_mapping web(uint16_t port)
{
	struct pubport_mapping one =
		mapping("0.0.0.0", (struct pubport_ports){ port, port },
			(struct pubport_ports){ 80, 80 }, PUBPORT_TCP);

	strcpy(one.name, "web");
	strcpy(one.target, "192.0.2.2");
	one.created = 1795428000;
	return one;
}

static void hear(struct events *events, const struct nlmsghdr *message)
{
	assert_int_equal(notification_read(&events->notification, message,
					   &events->is_whole),
			 0);
}

/* the kernel repeats the messages that it got, each with its elements */
static void hear_elements(struct events *events, struct pubport_mapping *items,
			  size_t count, enum element_verb verb)
{
	const struct pubport_mappings mappings = { items, count };
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = { .tx = &tx, .verb = verb };
	const struct nlmsghdr *message;
	int left;

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	mappings_put(&mappings, items->created, element_list_put, &list);
	element_list_end(&list);
	assert_int_equal(tx.error, 0);
	message = (const void *)tx.data;
	left = (int)tx.length;
	for (; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		hear(events, message);
}

static void hear_added(struct events *events, struct pubport_mapping item)
{
	hear_elements(events, &item, 1, ELEMENT_ADD);
}

static void hear_removed(struct events *events, struct pubport_mapping item)
{
	hear_elements(events, &item, 1, ELEMENT_DELETE);
}

static struct nlmsghdr *begin(void *buffer, uint16_t type, uint8_t family)
{
	return nfnl_message(buffer, NFNL_NFT(type), 0, family);
}

static void hear_table(struct events *events, uint16_t type, uint8_t family,
		       const char *name)
{
	uint8_t buffer[256];
	struct nlmsghdr *message = begin(buffer, type, family);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, name);
	hear(events, message);
}

/* what the library adds to the table that it deletes */
static void hear_farewell(struct events *events, const char *table,
			  const char *chain)
{
	uint8_t buffer[256];
	struct nlmsghdr *message =
		begin(buffer, NFT_MSG_NEWCHAIN, NFPROTO_INET);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain);
	hear(events, message);
}

static void hear_end(struct events *events, const char *process)
{
	uint8_t buffer[256];
	struct nlmsghdr *message = begin(buffer, NFT_MSG_NEWGEN, 0);

	mnl_attr_put_u32(message, NFTA_GEN_ID, htonl(42));
	mnl_attr_put_u32(message, NFTA_GEN_PROC_PID, htonl(4711));
	mnl_attr_put_strz(message, NFTA_GEN_PROC_NAME, process);
	hear(events, message);
	assert_true(events->is_whole);
	assert_int_equal(events->notification.generation, 42);
}

/* ------------------------------------------------------- what is expected */

static void check_event(const struct pubport_event *event,
			enum pubport_change change, uint16_t port)
{
	assert_string_equal(pubport_change_name(event->change),
			    pubport_change_name(change));
	assert_int_equal(event->mapping ? event->mapping->key.ports.first : 0,
			 port);
	assert_int_equal(event->before != NULL,
			 change == PUBPORT_CHANGE_REPLACED);
}

static void check_next(struct events *events, enum pubport_change change,
		       uint16_t port, const char *process)
{
	struct pubport_event event;

	assert_true(events_next(events, &event));
	check_event(&event, change, port);
	assert_string_equal(event.process, process);
	assert_int_equal(event.pid, *process ? 4711 : 0);
}

static void check_no_more(struct events *events)
{
	struct pubport_event event;

	assert_false(events_next(events, &event));
	assert_false(events->is_whole);
	assert_null(mapping_hash_first(&events->notification.touched));
}

static int set_up(void **state)
{
	static struct events events;

	*state = &events;
	return events_init(&events);
}

static int tear_down(void **state)
{
	events_done(*state);
	return 0;
}

static void know(struct events *events, struct pubport_mapping item)
{
	hear_added(events, item);
	hear_end(events, "pubport");
	check_next(events, PUBPORT_CHANGE_ADDED, item.key.ports.first,
		   "pubport");
	check_no_more(events);
}

/* ------------------------------------------------------------------ tests */

static void what_is_added_is_told_when_the_transaction_is_whole(void **state)
{
	struct pubport_mapping both[] = { web(8080), web(8081) };
	struct events *events = *state;
	struct pubport_event event;

	hear_elements(events, both, 2, ELEMENT_ADD);
	assert_false(events_next(events, &event));
	hear_end(events, "pubport");
	check_next(events, PUBPORT_CHANGE_ADDED, 8080, "pubport");
	assert_true(events_next(events, &event));
	check_event(&event, PUBPORT_CHANGE_ADDED, 8081);
	assert_string_equal(event.mapping->name, "web");
	assert_int_equal(event.mapping->created, 1795428000);
	check_no_more(events);
	assert_int_equal(events->known.count, 2);
}

static void what_is_removed_is_told_if_it_was_known(void **state)
{
	struct events *events = *state;

	know(events, web(8080));
	hear_removed(events, web(8080));
	hear_removed(events, web(8081));
	hear_end(events, "nft");
	check_next(events, PUBPORT_CHANGE_REMOVED, 8080, "nft");
	check_no_more(events);
	assert_int_equal(events->known.count, 0);
}

static void removed_and_added_at_once_is_replaced(void **state)
{
	struct pubport_mapping other = web(8080);
	struct events *events = *state;
	struct pubport_event event;

	other.target_ports = (struct pubport_ports){ 81, 81 };
	know(events, web(8080));
	hear_removed(events, web(8080));
	hear_added(events, other);
	hear_end(events, "pubport");
	assert_true(events_next(events, &event));
	check_event(&event, PUBPORT_CHANGE_REPLACED, 8080);
	assert_int_equal(event.mapping->target_ports.first, 81);
	assert_int_equal(event.before->target_ports.first, 80);
	check_no_more(events);
	/* also by one that looks the same */
	hear_removed(events, other);
	hear_added(events, other);
	hear_end(events, "pubport");
	check_next(events, PUBPORT_CHANGE_REPLACED, 8080, "pubport");
	check_no_more(events);
}

static void what_nobody_could_see_is_not_told(void **state)
{
	struct events *events = *state;

	hear_added(events, web(8080));
	hear_removed(events, web(8080));
	hear_end(events, "nft");
	check_no_more(events);
	know(events, web(8081));
	hear_removed(events, web(8081));
	hear_added(events, web(8081));
	hear_removed(events, web(8081));
	hear_end(events, "nft");
	check_next(events, PUBPORT_CHANGE_REMOVED, 8081, "nft");
	check_no_more(events);
}

static void what_was_known_is_no_news(void **state)
{
	struct events *events = *state;

	know(events, web(8080));
	hear_added(events, web(8080));
	hear_end(events, "nft");
	check_no_more(events);
}

static void networks_come_with_their_mapping(void **state)
{
	struct pubport_network networks[120];
	struct pubport_mapping limited = web(8080);
	struct events *events = *state;
	struct pubport_event event;

	for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
		networks[i] = network("10.0.0.0/16");
		networks[i].addr.bytes[1] = (uint8_t)i;
	}
	limited.flags = PUBPORT_MAPPING_LIMITED;
	limited.from = networks;
	limited.from_count = ARRAY_SIZE(networks);
	hear_added(events, limited);
	hear_end(events, "pubport");
	assert_true(events_next(events, &event));
	check_event(&event, PUBPORT_CHANGE_ADDED, 8080);
	assert_int_equal(event.mapping->from_count, ARRAY_SIZE(networks));
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++)
		assert_int_equal(event.mapping->from[i].addr.bytes[1], i);
	check_no_more(events);
}

static void a_lost_table_is_told_with_its_mappings(void **state)
{
	struct events *events = *state;
	struct pubport_event event;

	know(events, web(8080));
	/* of the same transaction: nobody ever saw it */
	hear_added(events, web(8081));
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_INET, "pubport");
	hear_end(events, "nft");
	check_next(events, PUBPORT_CHANGE_TABLE_LOST, 0, "nft");
	assert_int_equal(events->known.count, 1);
	assert_true(events_next(events, &event));
	check_event(&event, PUBPORT_CHANGE_REMOVED, 8080);
	assert_true(event.with_table);
	check_no_more(events);
	hear_table(events, NFT_MSG_NEWTABLE, NFPROTO_INET, "pubport");
	hear_added(events, web(8080));
	hear_end(events, "pubport");
	check_next(events, PUBPORT_CHANGE_TABLE_RESTORED, 0, "pubport");
	check_next(events, PUBPORT_CHANGE_ADDED, 8080, "pubport");
	check_no_more(events);
}

static void it_is_not_the_name_that_counts(void **state)
{
	struct events *events = *state;

	know(events, web(8080));
	hear_farewell(events, "pubport", "shield");
	hear_farewell(events, "another", SET_FAREWELL);
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_INET, "pubport");
	hear_end(events, "pubport");
	check_next(events, PUBPORT_CHANGE_TABLE_LOST, 0, "pubport");
}

static void the_library_itself_loses_no_table(void **state)
{
	struct events *events = *state;
	struct pubport_event event;

	know(events, web(8080));
	hear_farewell(events, "pubport", SET_FAREWELL);
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_INET, "pubport");
	hear_end(events, "a program");
	assert_true(events_next(events, &event));
	check_event(&event, PUBPORT_CHANGE_REMOVED, 8080);
	assert_false(event.with_table);
	check_no_more(events);
	hear_table(events, NFT_MSG_NEWTABLE, NFPROTO_INET, "pubport");
	hear_end(events, "pubport");
	check_no_more(events);
}

static void an_empty_table_is_no_loss(void **state)
{
	struct events *events = *state;

	hear_table(events, NFT_MSG_NEWTABLE, NFPROTO_INET, "pubport");
	hear_end(events, "nft");
	check_no_more(events);
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_INET, "pubport");
	hear_end(events, "nft");
	check_no_more(events);
}

static void other_tables_are_passed_over(void **state)
{
	struct events *events = *state;

	know(events, web(8080));
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_INET, "other");
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_IPV4, "pubport");
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_INET, "pubport2");
	hear_end(events, "nft");
	check_no_more(events);
	assert_int_equal(events->known.count, 1);
}

/* whatever is missing at the end of a message */
static void cut_messages_are_passed_over(void **state)
{
	struct events *events = *state;
	struct pubport_mapping item = web(8080);
	const struct pubport_mappings mappings = { &item, 1 };
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = { .tx = &tx, .verb = ELEMENT_ADD };
	uint8_t buffer[4096];
	struct nlmsghdr *message = (void *)buffer;
	uint32_t length;

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	mappings_put(&mappings, item.created, element_list_put, &list);
	element_list_end(&list);
	message = mnl_nlmsg_next((void *)tx.data, &(int){ 4096 });
	length = message->nlmsg_len;
	for (uint32_t cut = sizeof(*message); cut < length; cut += 4) {
		message->nlmsg_len = cut;
		hear(events, message);
	}
	hear_end(events, "nft");
	check_no_more(events);
}

/* knows a mapping that ends by itself after that time */
static void know_ending(struct events *events, uint16_t port, int64_t after_ms)
{
	struct pubport_mapping item = web(port);
	struct mapping_hash_entry *entry;

	item.expires = item.created + 60;
	know(events, item);
	entry = mapping_hash_find(&events->known, &item.key);
	assert_non_null(entry);
	/* the kernel says how long it is, not we */
	entry->ends_ms = time_monotonic_ms() + after_ms;
	events->end_ms = entry->ends_ms;
}

static void what_ends_by_itself_is_told_once(void **state)
{
	struct events *events = *state;
	int64_t now_ms = time_monotonic_ms();

	know(events, web(8081));
	know_ending(events, 8080, 60000);
	assert_in_range(events_next_expiry(events), now_ms + 59000,
			now_ms + 61000);
	assert_false(events_expire(events));
	hear_removed(events, web(8080));
	hear_end(events, "pubport");
	check_next(events, PUBPORT_CHANGE_REMOVED, 8080, "pubport");
	know_ending(events, 8080, -1000);
	assert_true(events_expire(events));
	check_next(events, PUBPORT_CHANGE_EXPIRED, 8080, "");
	check_no_more(events);
	assert_false(events_expire(events));
	assert_int_equal(events_next_expiry(events), INT64_MAX);
	assert_int_equal(events->known.count, 1);
}

static void what_ended_and_is_added_again_is_both(void **state)
{
	struct events *events = *state;

	know_ending(events, 8080, 0);
	hear_added(events, web(8080));
	hear_end(events, "pubport");
	check_next(events, PUBPORT_CHANGE_EXPIRED, 8080, "");
	check_next(events, PUBPORT_CHANGE_ADDED, 8080, "pubport");
	check_no_more(events);
}

static void what_ended_before_its_table_was_deleted_is_not_lost(void **state)
{
	struct events *events = *state;

	know_ending(events, 8080, 0);
	hear_table(events, NFT_MSG_DELTABLE, NFPROTO_INET, "pubport");
	hear_end(events, "nft");
	check_next(events, PUBPORT_CHANGE_EXPIRED, 8080, "");
	check_no_more(events);
}

static void a_table_that_was_read_tells_the_difference(void **state)
{
	struct pubport_mappings read = { calloc(4, sizeof(*read.items)), 3 };
	struct events *events = *state;

	know(events, web(8080));
	know(events, web(8081));
	know(events, web(8082));
	assert_non_null(read.items);
	read.items[0] = web(8080);
	read.items[1] = web(8082);
	read.items[1].target_ports = (struct pubport_ports){ 81, 81 };
	read.items[2] = web(8083);
	assert_int_equal(events_compare(events, &read, true), 0);
	check_next(events, PUBPORT_CHANGE_REPLACED, 8082, "");
	check_next(events, PUBPORT_CHANGE_ADDED, 8083, "");
	check_next(events, PUBPORT_CHANGE_REMOVED, 8081, "");
	check_no_more(events);
	read.count = 0;
	assert_int_equal(events_compare(events, &read, false), 0);
	check_next(events, PUBPORT_CHANGE_TABLE_LOST, 0, "");
	check_next(events, PUBPORT_CHANGE_REMOVED, 8080, "");
	check_next(events, PUBPORT_CHANGE_REMOVED, 8082, "");
	check_next(events, PUBPORT_CHANGE_REMOVED, 8083, "");
	check_no_more(events);
	free(read.items);
}

static void names_of_processes_are_printable(void **state)
{
	struct events *events = *state;

	hear_added(events, web(8080));
	hear_end(events, "a\x1b[31m-name-that-is-too-long");
	check_next(events, PUBPORT_CHANGE_ADDED, 8080, "a?[31m-name-tha");
	check_no_more(events);
}

static void many_are_found(void **state)
{
	struct events *events = *state;
	struct pubport_mapping one = web(1);
	struct pubport_event event;

	for (unsigned int port = 1; port <= UINT16_MAX; port++) {
		struct pubport_mapping item = web((uint16_t)port);

		assert_non_null(mapping_hash_add(&events->known, &item.key));
	}
	assert_int_equal(events->known.count, UINT16_MAX);
	for (unsigned int port = 1; port <= UINT16_MAX; port += 2) {
		struct pubport_mapping item = web((uint16_t)port);

		hear_removed(events, item);
	}
	hear_end(events, "pubport");
	for (unsigned int port = 1; port <= UINT16_MAX; port += 2)
		check_next(events, PUBPORT_CHANGE_REMOVED, (uint16_t)port,
			   "pubport");
	assert_false(events_next(events, &event));
	assert_null(mapping_hash_find(&events->known, &one.key));
	one = web(2);
	assert_non_null(mapping_hash_find(&events->known, &one.key));
	assert_int_equal(events->known.count, UINT16_MAX / 2);
}

#define NEWS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NEWS_TEST(what_is_added_is_told_when_the_transaction_is_whole),
		NEWS_TEST(what_is_removed_is_told_if_it_was_known),
		NEWS_TEST(removed_and_added_at_once_is_replaced),
		NEWS_TEST(what_nobody_could_see_is_not_told),
		NEWS_TEST(what_was_known_is_no_news),
		NEWS_TEST(networks_come_with_their_mapping),
		NEWS_TEST(a_lost_table_is_told_with_its_mappings),
		NEWS_TEST(it_is_not_the_name_that_counts),
		NEWS_TEST(the_library_itself_loses_no_table),
		NEWS_TEST(an_empty_table_is_no_loss),
		NEWS_TEST(other_tables_are_passed_over),
		NEWS_TEST(cut_messages_are_passed_over),
		NEWS_TEST(what_ends_by_itself_is_told_once),
		NEWS_TEST(what_ended_and_is_added_again_is_both),
		NEWS_TEST(what_ended_before_its_table_was_deleted_is_not_lost),
		NEWS_TEST(a_table_that_was_read_tells_the_difference),
		NEWS_TEST(names_of_processes_are_printable),
		NEWS_TEST(many_are_found),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
