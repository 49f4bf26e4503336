/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of many mappings have a port of an address. */
#include "mapping/mapping_index.h"
#include "unit.h"

#include <stdlib.h>

static struct pubport_mapping at(const char *host, uint16_t first,
				 uint16_t last, enum pubport_protocol protocol)
{
	const struct pubport_ports ports = { first, last };

	return mapping(host, ports, ports, protocol);
}

static void found_by_address_protocol_and_port(void **state)
{
	struct pubport_mapping items[] = {
		at("0.0.0.0", 1, 65535, PUBPORT_TCP),
		at("192.0.2.1", 80, 80, PUBPORT_TCP),
		at("192.0.2.1", 80, 80, PUBPORT_UDP),
		at("192.0.2.1", 70, 90, PUBPORT_TCP),
		at("192.0.2.3", 80, 80, PUBPORT_TCP),
		at("::", 80, 80, PUBPORT_TCP),
	};
	const struct pubport_mappings mappings = { items, ARRAY_SIZE(items) };
	struct mapping_index_walk walk;
	struct mapping_index cover;

	(void)state;
	assert_int_equal(mapping_index_init(&cover, &mappings), 0);
	walk = mapping_index_walk(&cover, &items[1].key);
	/* the single port first */
	assert_ptr_equal(mapping_index_next(&walk), &items[1]);
	assert_ptr_equal(mapping_index_next(&walk), &items[3]);
	assert_null(mapping_index_next(&walk));
	assert_null(mapping_index_next(&walk));
	mapping_index_done(&cover);
}

static void ranges_alone_are_found(void **state)
{
	struct pubport_mapping items[] = {
		at("::", 8000, 8010, PUBPORT_UDP),
		at("::", 8020, 8030, PUBPORT_UDP),
	};
	const struct pubport_mapping all = at("::", 1, 65535, PUBPORT_UDP);
	const struct pubport_mappings mappings = { items, ARRAY_SIZE(items) };
	struct mapping_index_walk walk;
	struct mapping_index cover;

	(void)state;
	assert_int_equal(mapping_index_init(&cover, &mappings), 0);
	walk = mapping_index_walk(&cover, &all.key);
	assert_ptr_equal(mapping_index_next(&walk), &items[1]);
	assert_ptr_equal(mapping_index_next(&walk), &items[0]);
	assert_null(mapping_index_next(&walk));
	mapping_index_done(&cover);
}

static void nothing_covers_nothing(void **state)
{
	const struct pubport_mappings none = { 0 };
	const struct pubport_mapping one = at("::1", 80, 80, PUBPORT_SCTP);
	struct mapping_index_walk walk;
	struct mapping_index cover;

	(void)state;
	assert_int_equal(mapping_index_init(&cover, &none), 0);
	walk = mapping_index_walk(&cover, &one.key);
	assert_null(mapping_index_next(&walk));
	mapping_index_done(&cover);
}

static struct pubport_mapping any_mapping(void)
{
	static const char *const hosts[] = { "0.0.0.0", "192.0.2.1", "::" };
	uint16_t first = (uint16_t)(1 + random() % 40);
	uint16_t last = (uint16_t)(first + random() % 2 * (random() % 12));

	return at(hosts[random() % 3], first, last,
		  random() % 2 ? PUBPORT_TCP : PUBPORT_UDP);
}

static size_t count_one_by_one(const struct pubport_mappings *mappings,
			       const struct pubport_key *key)
{
	const struct pubport_key *there;
	size_t count = 0;

	for (size_t i = 0; i < mappings->count; i++) {
		there = &mappings->items[i].key;
		count += there->protocol == key->protocol &&
			 !pubport_addr_compare(&there->host, &key->host) &&
			 there->ports.first <= key->ports.last &&
			 key->ports.first <= there->ports.last;
	}
	return count;
}

static size_t count_covering(const struct mapping_index *cover,
			     const struct pubport_key *key)
{
	struct mapping_index_walk walk = mapping_index_walk(cover, key);
	const struct pubport_mapping *found, *before = NULL;
	size_t count = 0;

	while ((found = mapping_index_next(&walk))) {
		assert_ptr_not_equal(found, before);
		assert_true(found->key.ports.first <= key->ports.last &&
			    key->ports.first <= found->key.ports.last);
		before = found;
		count++;
	}
	return count;
}

/* also where ranges overlap, and one key is there twice */
static void finds_what_a_search_one_by_one_finds(void **state)
{
	struct pubport_mapping items[24], wanted;
	const struct pubport_mappings mappings = { items, ARRAY_SIZE(items) };
	struct mapping_index cover;

	(void)state;
	srandom(1);
	for (int round = 0; round < 500; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(items); i++)
			items[i] = any_mapping();
		assert_int_equal(mapping_index_init(&cover, &mappings), 0);
		for (int i = 0; i < 20; i++) {
			wanted = any_mapping();
			assert_int_equal(count_covering(&cover, &wanted.key),
					 count_one_by_one(&mappings,
							  &wanted.key));
		}
		mapping_index_done(&cover);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_address_protocol_and_port),
		cmocka_unit_test(ranges_alone_are_found),
		cmocka_unit_test(nothing_covers_nothing),
		cmocka_unit_test(finds_what_a_search_one_by_one_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
