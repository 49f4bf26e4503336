/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may connect to a mapping, and what else it is made of besides its own
 * element. */
#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "nft/rules.h"
#include "nft/userdata.h"
#include "publish/settle.h"
#include "table/allow.h"
#include "table/mapping_element.h"
#include "unit.h"
#include "util/time.h"

#include <arpa/inet.h>

#define MANY 130

struct emitted {
	enum set_id set;
	struct element element;
};

struct collection {
	struct emitted items[2 * MANY];
	size_t count;
};

static void collect(void *data, enum set_id set, const struct element *element,
		    size_t index)
{
	struct collection *collection = data;

	(void)index;
	assert_in_range(collection->count, 0,
			ARRAY_SIZE(collection->items) - 1);
	collection->items[collection->count++] =
		(struct emitted){ set, *element };
}

static void emit(struct pubport_mapping *mapping, struct collection *collection)
{
	const struct pubport_mappings mappings = { mapping, 1 };

	collection->count = 0;
	mappings_put(&mappings, mapping->created, collect, collection);
}

static size_t count_in(const struct collection *collection, enum set_id set)
{
	size_t count = 0;

	for (size_t i = 0; i < collection->count; i++)
		count += collection->items[i].set == set;
	return count;
}

static const struct element *find(const struct collection *collection,
				  enum set_id set, const uint8_t *key)
{
	for (size_t i = 0; i < collection->count; i++)
		if (collection->items[i].set == set &&
		    !memcmp(collection->items[i].element.key, key,
			    set_key_length(set_get(set))))
			return &collection->items[i].element;
	return NULL;
}

static struct pubport_mapping mapping_on(const char *host, const char *target)
{
	return (struct pubport_mapping){
		.key = {
			.host = addr(host),
			.protocol = PUBPORT_TCP,
			.ports = { 8080, 8080 },
		},
		.target_addr = addr(target),
		.target_ports = { 80, 80 },
		.created = 1000,
		.name = "flask",
		.target = "flask",
	};
}

static void limit(struct pubport_mapping *mapping,
		  struct pubport_network *networks, size_t count)
{
	mapping->flags |= PUBPORT_MAPPING_LIMITED;
	mapping->from = networks;
	mapping->from_count = count;
}

/* -------------------------------------------------------------- networks */

static void each_network_is_under_its_mapping(void **state)
{
	struct pubport_mapping mapping = mapping_on("0.0.0.0", "172.17.0.2");
	struct pubport_network networks[] = { network("10.0.0.0/8"),
					      network("192.168.33.3") };
	static struct collection all;
	uint8_t key[ELEMENT_KEY_MAX] = { 192, 168, 33, 3, 0, 0, 0, 0, 6 };

	(void)state;
	limit(&mapping, networks, ARRAY_SIZE(networks));
	emit(&mapping, &all);
	assert_int_equal(count_in(&all, SET_ANY4), 1);
	assert_int_equal(count_in(&all, SET_LIMITED4), 1);
	assert_int_equal(count_in(&all, SET_ALLOWED4), 2);
	assert_int_equal(all.count, 5);
	key[12] = 8080 >> 8;
	key[13] = 8080 & 0xff;
	key[16] = 32;
	assert_non_null(find(&all, SET_ALLOWED4, key));
}

static void networks_of_a_range_are_intervals(void **state)
{
	struct pubport_mapping mapping = mapping_on("fd33::2", "fd17::2");
	struct pubport_network networks[] = { network("fd00::/126") };
	static struct collection all;
	const struct set *set = set_get(SET_ALLOWED_RANGE6);
	struct element_fields first, last;

	(void)state;
	mapping.key.ports.last = 8090;
	mapping.target_ports.last = 90;
	limit(&mapping, networks, 1);
	emit(&mapping, &all);
	assert_int_equal(count_in(&all, SET_LIMITED_RANGE6), 1);
	assert_int_equal(count_in(&all, SET_ALLOWED_RANGE6), 1);
	for (size_t i = 0; i < all.count; i++) {
		if (all.items[i].set != SET_ALLOWED_RANGE6)
			continue;
		element_read_key(set, all.items[i].element.key, &first);
		element_read_key(set, all.items[i].element.key_end, &last);
	}
	assert_int_equal(first.port, 8080);
	assert_int_equal(last.port, 8090);
	assert_int_equal(first.saddr.bytes[15], 0);
	assert_int_equal(last.saddr.bytes[15], 3);
	assert_int_equal(last.daddr.bytes[15], 2);
}

/* walks from list to list as allow_read() does */
static size_t follow_lists(const struct collection *all,
			   const struct pubport_mapping *mapping,
			   struct pubport_network *ret_networks)
{
	enum set_id set = mapping_limited_set(&mapping->key);
	enum pubport_family family = mapping->key.host.family;
	struct pubport_network part[USERDATA_NETWORKS_MAX];
	const struct element *element;
	struct element at;
	size_t taken, count = 0;

	mapping_write_key(set, &mapping->key, at.key, at.key_end);
	do {
		element = find(all, set, at.key);
		assert_non_null(element);
		taken = userdata_read_networks(element, family, part);
		memcpy(ret_networks + count, part, taken * sizeof(*part));
		count += taken;
		set = mapping_limited_set(&mapping->key) + SET_ALLOWED_DISTANCE;
		mapping_write_allowed_key(set, &mapping->key, &part[0], &at);
	} while (taken == userdata_networks_max(family));
	return count;
}

static void check_lists(struct pubport_mapping *mapping, size_t count)
{
	struct pubport_network networks[MANY] = { 0 }, found[MANY];
	static struct collection all;
	size_t last = addr_length(&mapping->key.host) - 1;

	for (size_t i = 0; i < count; i++) {
		networks[i].addr = mapping->key.host;
		networks[i].addr.bytes[0] = 10;
		networks[i].addr.bytes[last] = (uint8_t)i;
		networks[i].prefix = (unsigned int)(8 * (last + 1));
	}
	limit(mapping, networks, count);
	emit(mapping, &all);
	assert_int_equal(follow_lists(&all, mapping, found), count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(prefix_compare(&found[i], &networks[i]), 0);
}

static void any_number_of_networks_is_found_again(void **state)
{
	static const size_t counts[] = { 1, 13, 14, 15, 49, 50, 51, 100, MANY };
	struct pubport_mapping mapping;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		mapping = mapping_on("0.0.0.0", "172.17.0.2");
		check_lists(&mapping, counts[i]);
		mapping = mapping_on("fd33::2", "fd17::2");
		check_lists(&mapping, counts[i]);
		mapping.key.ports.last = 8081;
		mapping.target_ports.last = 81;
		check_lists(&mapping, counts[i]);
	}
}

static void only_who_is_in_a_network_may(void **state)
{
	struct pubport_mapping mapping = mapping_on("0.0.0.0", "172.17.0.2");
	struct pubport_network networks[] = { network("10.0.0.0/8"),
					      network("192.168.33.3") };
	struct pubport_addr in = addr("10.1.2.3"), out = addr("11.0.0.0");

	(void)state;
	assert_true(allow_permits(&mapping, &out));
	limit(&mapping, networks, ARRAY_SIZE(networks));
	assert_true(allow_permits(&mapping, &in));
	assert_false(allow_permits(&mapping, &out));
}

static void assert_rule_text(const struct ruleset_rule *rule, const char *text)
{
	char printed[256] = "";
	FILE *out = fmemopen(printed, sizeof(printed), "w");

	assert_non_null(out);
	rule_print(rule, out);
	fclose(out);
	assert_string_equal(printed, text);
}

static void masks_are_rules(void **state)
{
	static const struct {
		const char *network;
		const char *one;
		const char *all;
	} cases[] = {
		{ "10.0.0.0/8",
		  "ip saddr & 255.0.0.0 . ip daddr . meta l4proto . th dport . "
		  "meta mark & 0x00000008 | 0x00000008 @allowed4 return",
		  "ip saddr & 255.0.0.0 . ip daddr & 0.0.0.0 . meta l4proto . "
		  "th dport . meta mark & 0x00000008 | 0x00000008 @allowed4 "
		  "return" },
		{ "0.0.0.0/0",
		  "ip saddr & 0.0.0.0 . ip daddr . meta l4proto . th dport . "
		  "meta mark & 0x00000000 | 0x00000000 @allowed4 return",
		  "ip saddr & 0.0.0.0 . ip daddr & 0.0.0.0 . meta l4proto . "
		  "th dport . meta mark & 0x00000000 | 0x00000000 @allowed4 "
		  "return" },
		{ "fd00::1",
		  "ip6 saddr . ip6 daddr . meta l4proto . th dport . "
		  "meta mark & 0x00000080 | 0x00000080 @allowed6 return",
		  "ip6 saddr . ip6 daddr & :: . meta l4proto . th dport . "
		  "meta mark & 0x00000080 | 0x00000080 @allowed6 return" },
	};
	struct pubport_network of;
	struct ruleset_mask mask;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		of = network(cases[i].network);
		ruleset_mask(&of, &mask);
		assert_rule_text(&mask.rules[0], cases[i].one);
		assert_rule_text(&mask.rules[1], cases[i].all);
		assert_true(mask.rules[0].first && mask.rules[1].first);
	}
}

/* ------------------------------------------------- this host, and the end */

static uint16_t port_in(const struct element *element)
{
	uint16_t port_be;

	memcpy(&port_be, element->data, sizeof(port_be));
	return ntohs(port_be);
}

static void ports_of_the_host_lead_to_ports(void **state)
{
	struct pubport_mapping mapping = mapping_on("0.0.0.0", "0.0.0.0");
	static struct collection all;

	(void)state;
	emit(&mapping, &all);
	assert_int_equal(all.count, 3);
	assert_int_equal(all.items[2].set, SET_REDIRECT);
	assert_int_equal(port_in(&all.items[2].element), 80);
	mapping.key.ports.last = 8082;
	mapping.target_ports.last = 82;
	emit(&mapping, &all);
	assert_int_equal(count_in(&all, SET_RANGE_ANY4), 1);
	assert_int_equal(count_in(&all, SET_REDIRECT_RANGE), 3);
	assert_int_equal(all.count, 4);
}

static void what_ends_is_remembered(void **state)
{
	struct pubport_mapping items[] = {
		mapping_on("0.0.0.0", "172.17.0.2"),
		mapping_on("fd33::2", "fd17::2"),
	};
	const struct pubport_mappings mappings = { items, ARRAY_SIZE(items) };
	struct pubport_mapping read = { .flags = 0 };
	static struct collection all;
	struct element_fields fields;

	(void)state;
	items[1].expires = time_now_ms() / 1000 + 60;
	mappings_put_endings(&mappings, collect, &all);
	assert_int_equal(all.count, 1);
	assert_int_equal(all.items[0].set, SET_ENDING6);
	assert_int_equal(all.items[0].element.timeout_ms, 0);
	element_read_key(set_get(SET_ENDING6), all.items[0].element.key,
			 &fields);
	userdata_read(&all.items[0].element, &read);
	assert_int_equal(fields.last_port, 8080);
	assert_int_equal(fields.target.bytes[15], 2);
	assert_in_range(userdata_read_end(&all.items[0].element),
			time_monotonic_ms() + 58000,
			time_monotonic_ms() + 60000);
	assert_int_equal(read.target_ports.first, 80);
}

/* all that is gone, and of what came or was replaced UDP alone */
static void what_is_to_be_settled_is_remembered(void **state)
{
	struct pubport_mapping items[] = {
		mapping_on("0.0.0.0", "172.17.0.2"),
		mapping_on("fd33::2", "fd17::2"),
		mapping_on("fd33::2", "fd17::2"),
		mapping_on("192.168.33.2", "172.17.0.2"),
	};
	const struct pubport_mappings none = { .count = 0 };
	const struct pubport_mappings all_of = { items, ARRAY_SIZE(items) };
	struct settlement settlement = { &none, &all_of, 2 };
	static struct collection all;

	(void)state;
	items[3].key.protocol = PUBPORT_UDP;
	assert_true(settlement_is_noted(&settlement));
	settlement_put(&settlement, collect, &all);
	assert_int_equal(all.count, 3);
	assert_int_equal(all.items[0].set, SET_SETTLING4);
	assert_int_equal(all.items[1].set, SET_SETTLING6);
	assert_int_equal(all.items[2].set, SET_SETTLING4);
	settlement = (struct settlement){ &all_of, &none, 0 };
	settlement_put(&settlement, collect, &all);
	assert_int_equal(all.count, 4);
	items[3].key.protocol = PUBPORT_TCP;
	assert_false(settlement_is_noted(&settlement));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_network_is_under_its_mapping),
		cmocka_unit_test(networks_of_a_range_are_intervals),
		cmocka_unit_test(any_number_of_networks_is_found_again),
		cmocka_unit_test(only_who_is_in_a_network_may),
		cmocka_unit_test(masks_are_rules),
		cmocka_unit_test(ports_of_the_host_lead_to_ports),
		cmocka_unit_test(what_ends_is_remembered),
		cmocka_unit_test(what_is_to_be_settled_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
