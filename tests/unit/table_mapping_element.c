/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings become elements, and elements become mappings again. */
#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "nft/userdata.h"
#include "table/mapping_element.h"
#include "unit.h"

#define NOW INT64_C(1795428000)

struct emitted {
	enum set_id set;
	size_t index;
	struct element element;
};

struct collection {
	struct emitted items[16];
	size_t count;
};

static void collect(void *data, enum set_id set, const struct element *element,
		    size_t index)
{
	struct collection *collection = data;

	assert_in_range(collection->count, 0,
			ARRAY_SIZE(collection->items) - 1);
	collection->items[collection->count++] = (struct emitted){
		.set = set,
		.index = index,
		.element = *element,
	};
}

static struct collection emit(struct pubport_mapping *items, size_t count)
{
	const struct pubport_mappings mappings = { items, count };
	struct collection collection = { .count = 0 };

	mappings_put(&mappings, items->created, collect, &collection);
	return collection;
}

/* ----------------------------------------------------------- round trips */

struct kind {
	const char *host;
	struct pubport_ports ports;
	struct pubport_ports target;
	enum pubport_protocol protocol;
	unsigned int flags;
	enum set_id set;
	size_t elements;
};

#define NO_LOOPBACK PUBPORT_MAPPING_NO_LOOPBACK

static const struct kind kinds[] = {
	/* single ports: one that is the mapping, and its key */
	{ "192.0.2.1", { 80, 80 }, { 80, 80 }, PUBPORT_TCP, 0, SET_HOST4, 2 },
	{ "192.0.2.1", { 80, 80 }, { 81, 81 }, PUBPORT_UDP, 0, SET_HOST4, 2 },
	{ "fd00::1",
	  { 1, 1 },
	  { 65535, 65535 },
	  PUBPORT_SCTP,
	  0,
	  SET_HOST6,
	  2 },
	{ "127.0.0.1", { 80, 80 }, { 80, 80 }, PUBPORT_TCP, 0, SET_HOST4, 2 },
	{ "0.0.0.0", { 65535, 65535 }, { 1, 1 }, PUBPORT_TCP, 0, SET_ANY4, 2 },
	{ "::", { 80, 80 }, { 8080, 8080 }, PUBPORT_TCP, 0, SET_ANY6, 2 },
	/* ranges */
	{ "192.0.2.1",
	  { 8000, 8010 },
	  { 8000, 8010 },
	  PUBPORT_TCP,
	  0,
	  SET_RANGE_HOST4,
	  1 },
	{ "fd00::1",
	  { 8000, 8010 },
	  { 8000, 8010 },
	  PUBPORT_UDP,
	  0,
	  SET_RANGE_HOST6,
	  1 },
	{ "0.0.0.0",
	  { 1, 65535 },
	  { 1, 65535 },
	  PUBPORT_TCP,
	  0,
	  SET_RANGE_ANY4,
	  1 },
	{ "::", { 1, 2 }, { 1, 2 }, PUBPORT_SCTP, 0, SET_RANGE_ANY6, 1 },
	/* shifted ranges: one for each port, and one that is the mapping */
	{ "192.0.2.1",
	  { 8000, 8010 },
	  { 9000, 9010 },
	  PUBPORT_TCP,
	  0,
	  SET_RANGE_HOST4,
	  12 },
	{ "fd00::1",
	  { 9000, 9001 },
	  { 8999, 9000 },
	  PUBPORT_TCP,
	  0,
	  SET_RANGE_HOST6,
	  3 },
	{ "0.0.0.0",
	  { 65530, 65535 },
	  { 1, 6 },
	  PUBPORT_TCP,
	  0,
	  SET_RANGE_ANY4,
	  7 },
	{ "::", { 1, 6 }, { 65530, 65535 }, PUBPORT_UDP, 0, SET_RANGE_ANY6, 7 },
	/* not by loopback addresses */
	{ "0.0.0.0",
	  { 80, 80 },
	  { 80, 80 },
	  PUBPORT_TCP,
	  NO_LOOPBACK,
	  SET_ANY4,
	  3 },
	{ "::",
	  { 80, 82 },
	  { 80, 82 },
	  PUBPORT_TCP,
	  NO_LOOPBACK,
	  SET_RANGE_ANY6,
	  2 },
	{ "0.0.0.0",
	  { 80, 82 },
	  { 90, 92 },
	  PUBPORT_TCP,
	  NO_LOOPBACK,
	  SET_RANGE_ANY4,
	  5 },
};

static struct pubport_mapping make(const struct kind *kind)
{
	struct pubport_mapping made =
		mapping(kind->host, kind->ports, kind->target, kind->protocol);

	made.flags = kind->flags;
	made.created = NOW - 60;
	made.connections = 12;
	/* as long as they get */
	memset(made.name, 'n', sizeof(made.name) - 1);
	memset(made.target, 't', sizeof(made.target) - 1);
	memset(made.image, 'i', sizeof(made.image) - 1);
	return made;
}

static void check_same(const struct pubport_mapping *a,
		       const struct pubport_mapping *b)
{
	assert_true(addr_equal(&a->key.host, &b->key.host));
	assert_int_equal(a->key.protocol, b->key.protocol);
	assert_int_equal(a->key.ports.first, b->key.ports.first);
	assert_int_equal(a->key.ports.last, b->key.ports.last);
	assert_true(addr_equal(&a->target_addr, &b->target_addr));
	assert_int_equal(a->target_ports.first, b->target_ports.first);
	assert_int_equal(a->target_ports.last, b->target_ports.last);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->created, b->created);
	assert_int_equal(a->expires, b->expires);
	assert_int_equal(a->connections, b->connections);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->target, b->target);
	assert_string_equal(a->image, b->image);
}

static void mappings_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct pubport_mapping made = make(&kinds[i]);
		struct collection collection = emit(&made, 1);
		struct emitted *own = &collection.items[0];
		struct pubport_mapping read;

		assert_int_equal(mapping_set(&made.key), kinds[i].set);
		assert_int_equal(collection.count, kinds[i].elements);
		assert_int_equal(own->set, kinds[i].set);
		/* the kernel counts */
		own->element.packets = made.connections;
		assert_true(mapping_read(own->set, &own->element, NOW * 1000,
					 &read));
		check_same(&read, &made);
	}
}

/* ------------------------------------------------------- byte for byte */

static void check_emitted(const struct emitted *emitted, const char *key,
			  const char *key_end, const char *data)
{
	const struct set *set = set_get(emitted->set);

	check_bytes(emitted->element.key, set_key_length(set), key);
	if (key_end)
		check_bytes(emitted->element.key_end, set_key_length(set),
			    key_end);
	check_bytes(emitted->element.data, set_data_length(set), data);
}

static void singles_have_their_key_besides(void **state)
{
	struct pubport_mapping both[] = {
		mapping("::", (struct pubport_ports){ 53, 53 },
			(struct pubport_ports){ 5353, 5353 }, PUBPORT_UDP),
		mapping("192.168.33.2", (struct pubport_ports){ 8080, 8080 },
			(struct pubport_ports){ 80, 80 }, PUBPORT_TCP),
	};
	struct collection collection = emit(both, ARRAY_SIZE(both));

	(void)state;
	/* set by set */
	assert_int_equal(collection.count, 4);
	assert_int_equal(collection.items[0].set, SET_HOST4);
	assert_int_equal(collection.items[0].index, 1);
	check_emitted(&collection.items[0], "c0a82102 06000000 1f900000",
		      "c0a82102 06000000 1f900000", "c0000202 00500000");
	assert_int_equal(collection.items[1].set, SET_ANY6);
	assert_int_equal(collection.items[1].index, 0);
	check_emitted(&collection.items[1], "11000000 00350000",
		      "11000000 00350000",
		      "20010db8 00000000 00000000 00000002 14e90000");
	assert_int_equal(collection.items[2].set, SET_PUBLISHED4);
	check_emitted(&collection.items[2], "c0a82102 06000000 1f900000",
		      "c0a82102 06000000 1f900000", "");
	assert_int_equal(collection.items[3].set, SET_PUBLISHED6);
}

static void ranges_are_intervals(void **state)
{
	struct pubport_mapping one =
		mapping("192.168.33.2", (struct pubport_ports){ 8000, 8010 },
			(struct pubport_ports){ 8000, 8010 }, PUBPORT_UDP);
	struct collection collection = emit(&one, 1);

	(void)state;
	assert_int_equal(collection.count, 1);
	check_emitted(&collection.items[0], "1f400000 11000000 c0a82102",
		      "1f4a0000 11000000 c0a82102", "c0000202");
}

static void loopback_is_one_of_all_addresses(void **state)
{
	struct pubport_mapping one =
		mapping("0.0.0.0", (struct pubport_ports){ 8000, 8010 },
			(struct pubport_ports){ 8000, 8010 }, PUBPORT_UDP);
	struct collection collection;

	(void)state;
	one.flags = PUBPORT_MAPPING_NO_LOOPBACK;
	collection = emit(&one, 1);
	assert_int_equal(collection.count, 2);
	assert_int_equal(collection.items[1].set, SET_NO_LOOPBACK_RANGE);
	check_emitted(&collection.items[1], "1f400000 11000000 02000000",
		      "1f4a0000 11000000 02000000", "");
	assert_int_equal(collection.items[1].element.userdata_length, 0);
	one.key.host = addr("192.168.33.2");
	assert_int_equal(emit(&one, 1).count, 1);
}

static void options_are_known_by_where_a_connection_went(void **state)
{
	struct pubport_mapping one =
		mapping("192.168.33.2", (struct pubport_ports){ 8080, 8080 },
			(struct pubport_ports){ 80, 80 }, PUBPORT_UDP);
	struct collection collection;

	(void)state;
	one.flags = PUBPORT_MAPPING_MASQUERADE;
	collection = emit(&one, 1);
	assert_int_equal(collection.count, 3);
	assert_int_equal(collection.items[2].set, SET_OPTION4);
	check_emitted(&collection.items[2],
		      "c0a82102 1f900000 c0000202 00500000 01110000",
		      "c0a82102 1f900000 c0000202 00500000 01110000", "");
	one.key.ports.last = 8081;
	one.target_ports.last = 81;
	collection = emit(&one, 1);
	assert_int_equal(collection.count, 4);
	assert_int_equal(collection.items[3].set, SET_OPTION_RANGE4);
	check_emitted(&collection.items[3],
		      "1f900000 c0a82102 c0000202 01110000",
		      "1f910000 c0a82102 c0000202 01110000", "");
}

static void shifts_are_port_by_port(void **state)
{
	struct pubport_mapping one =
		mapping("0.0.0.0", (struct pubport_ports){ 65534, 65535 },
			(struct pubport_ports){ 80, 81 }, PUBPORT_TCP);
	struct collection collection = emit(&one, 1);

	(void)state;
	assert_int_equal(collection.count, 3);
	check_emitted(&collection.items[0], "fffe0000 06000000",
		      "ffff0000 06000000", "c0000202");
	assert_int_equal(collection.items[1].set, SET_SHIFT_ANY4);
	check_emitted(&collection.items[1], "06000000 fffe0000", NULL,
		      "c0000202 00500000");
	assert_int_equal(collection.items[2].set, SET_SHIFT_ANY4);
	check_emitted(&collection.items[2], "06000000 ffff0000", NULL,
		      "c0000202 00510000");
}

static void hosts_are_named(void **state)
{
	static const char *const texts[] = { "192.168.33.2", "192.168.33.2",
					     "0.0.0.0", "fd00::1", "::" };
	struct pubport_mapping items[ARRAY_SIZE(texts)];
	const struct pubport_mappings mappings = { items, ARRAY_SIZE(texts) };
	const struct pubport_ports port = { 80, 80 };
	struct collection collection = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		items[i] = mapping(texts[i], port, port, PUBPORT_TCP);
	mappings_put_hosts(&mappings, collect, &collection);
	assert_int_equal(collection.count, 2);
	assert_int_equal(collection.items[0].set, SET_HOST_ADDRESSES4);
	check_emitted(&collection.items[0], "c0a82102", NULL, "");
	assert_int_equal(collection.items[1].set, SET_HOST_ADDRESSES6);
	assert_int_equal(collection.items[1].index, 3);
	check_emitted(&collection.items[1],
		      "fd000000 00000000 00000000 00000001", NULL, "");
}

/* ------------------------------------------------------------- hostile */

static struct element element_of(struct pubport_mapping *one)
{
	struct collection collection = emit(one, 1);

	return collection.items[0].element;
}

static void hand_made_elements_have_names(void **state)
{
	struct pubport_mapping one = make(&kinds[1]);
	struct element element = element_of(&one);
	struct pubport_mapping read;

	(void)state;
	element.userdata_length = 0;
	assert_true(mapping_read(SET_HOST4, &element, NOW * 1000, &read));
	assert_string_equal(read.name, "192.0.2.2");
	assert_string_equal(read.target, "192.0.2.2");
	assert_string_equal(read.image, "");
	assert_int_equal(read.target_ports.first, 81);
	assert_int_equal(read.created, 0);
}

static void foreign_keys_are_no_mappings(void **state)
{
	struct pubport_mapping single = make(&kinds[0]);
	struct pubport_mapping range = make(&kinds[6]);
	struct element element = element_of(&single);
	struct pubport_mapping read;

	(void)state;
	/* icmp */
	element.key[4] = 1;
	assert_false(mapping_read(SET_HOST4, &element, NOW * 1000, &read));
	/* no port */
	element = element_of(&single);
	memset(element.key + 8, 0, 2);
	assert_false(mapping_read(SET_HOST4, &element, NOW * 1000, &read));
	/* reversed */
	element = element_of(&range);
	memset(element.key_end, 0, 2);
	assert_false(
		mapping_read(SET_RANGE_HOST4, &element, NOW * 1000, &read));
}

static void time_left_becomes_a_date(void **state)
{
	struct pubport_mapping one = make(&kinds[0]);
	struct element element = element_of(&one);
	struct pubport_mapping read;

	(void)state;
	element.timeout_ms = 3600000;
	element.left_ms = 61999;
	assert_true(mapping_read(SET_HOST4, &element, NOW * 1000, &read));
	assert_int_equal(read.expires, NOW + 61);
}

static void loopback_is_told(void **state)
{
	struct pubport_mapping one = make(&kinds[0]);

	(void)state;
	assert_false(mapping_serves_loopback(&one));
	one.key.host = addr("127.0.0.1");
	assert_true(mapping_serves_loopback(&one));
	one.key.host = addr("::1");
	assert_true(mapping_serves_loopback(&one));
	one.key.host = addr("::");
	assert_true(mapping_serves_loopback(&one));
	one.flags = PUBPORT_MAPPING_NO_LOOPBACK;
	assert_false(mapping_serves_loopback(&one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_come_back),
		cmocka_unit_test(singles_have_their_key_besides),
		cmocka_unit_test(ranges_are_intervals),
		cmocka_unit_test(loopback_is_one_of_all_addresses),
		cmocka_unit_test(options_are_known_by_where_a_connection_went),
		cmocka_unit_test(shifts_are_port_by_port),
		cmocka_unit_test(hosts_are_named),
		cmocka_unit_test(hand_made_elements_have_names),
		cmocka_unit_test(foreign_keys_are_no_mappings),
		cmocka_unit_test(time_left_becomes_a_date),
		cmocka_unit_test(loopback_is_told),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
