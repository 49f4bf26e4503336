/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets and maps of the table: what goes with what. */
#include "nft/element.h"
#include "nft/sets.h"
#include "unit.h"

static const struct set *set_at(size_t id)
{
	return set_get((enum set_id)id);
}

static void lengths_are_padded(void **state)
{
	static const struct {
		enum set_id set;
		size_t fields;
		uint32_t key;
		uint32_t data;
	} cases[] = {
		{ SET_HOST4, 3, 12, 8 },
		{ SET_HOST6, 3, 24, 20 },
		{ SET_ANY4, 2, 8, 8 },
		{ SET_ANY6, 2, 8, 20 },
		{ SET_RANGE_HOST4, 3, 12, 4 },
		{ SET_RANGE_HOST6, 3, 24, 16 },
		{ SET_RANGE_ANY4, 2, 8, 4 },
		{ SET_RANGE_ANY6, 2, 8, 16 },
		{ SET_NO_LOOPBACK, 3, 12, 0 },
		{ SET_HOST_ADDRESSES4, 1, 4, 0 },
		{ SET_PUBLISHED6, 3, 24, 0 },
		{ SET_HAIRPIN6, 2, 32, 0 },
		{ SET_TARGETS4, 3, 12, 0 },
		{ SET_ROUTE_LOCALNET, 1, 4, 0 },
		{ SET_BRIDGES, 2, 8, 0 },
		{ SET_REDIRECT, 3, 12, 2 },
		{ SET_ALLOWED4, 5, 20, 0 },
		{ SET_ALLOWED6, 5, 44, 0 },
		{ SET_OPTION4, 5, 20, 0 },
		{ SET_OPTION_RANGE6, 4, 40, 0 },
		{ SET_COUNTER_TCP4, 5, 20, 0 },
		{ SET_COUNTER_RANGE6, 5, 44, 0 },
	};
	const struct set *set;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set = set_get(cases[i].set);
		assert_int_equal(set_field_count(set), cases[i].fields);
		assert_int_equal(set_key_length(set), cases[i].key);
		assert_int_equal(set_data_length(set), cases[i].data);
	}
}

static void elements_have_room_for_all(void **state)
{
	(void)state;
	for (size_t id = 0; id < SET_COUNT; id++) {
		assert_in_range(set_key_length(set_at(id)), 1, ELEMENT_KEY_MAX);
		assert_in_range(set_data_length(set_at(id)), 0,
				ELEMENT_DATA_MAX);
	}
}

static void names_tell_sets_apart(void **state)
{
	(void)state;
	for (size_t a = 0; a < SET_COUNT; a++)
		for (size_t b = 0; b < a; b++)
			assert_string_not_equal(set_at(a)->name,
						set_at(b)->name);
}

/* the family is what the name ends in; it decides how addresses are read */
static void names_end_in_their_family(void **state)
{
	const struct set *set;
	enum pubport_family family;
	char last;

	(void)state;
	for (size_t id = 0; id < SET_COUNT; id++) {
		set = set_at(id);
		if (!set_holds_mappings((enum set_id)id))
			continue;
		last = set->name[strlen(set->name) - 1];
		family = last == '4' ? PUBPORT_IPV4 : PUBPORT_IPV6;
		assert_int_equal(set->family, family);
		assert_int_equal(last, family == PUBPORT_IPV4 ? '4' : '6');
	}
}

static void shifts_stand_beside_their_ranges(void **state)
{
	const struct set *range, *shift;

	(void)state;
	for (size_t id = SET_RANGE_HOST4; id <= SET_RANGE_ANY6; id++) {
		range = set_at(id);
		shift = set_at(id + SET_SHIFT_HOST4 - SET_RANGE_HOST4);
		assert_true(range->interval);
		assert_false(shift->interval);
		assert_int_equal(range->family, shift->family);
		assert_int_equal(strncmp(range->name, "range_", 6), 0);
		assert_int_equal(strncmp(shift->name, "shift_", 6), 0);
		assert_string_equal(range->name + 6, shift->name + 6);
	}
}

/* the kernel walks all elements that share the first field of an interval */
static void ranges_have_their_port_first(void **state)
{
	(void)state;
	for (size_t id = 0; id < SET_COUNT; id++)
		if (set_at(id)->interval && id != SET_HAIRPIN4 &&
		    id != SET_HAIRPIN6)
			assert_int_equal(set_at(id)->key[0], FIELD_PORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_padded),
		cmocka_unit_test(elements_have_room_for_all),
		cmocka_unit_test(names_tell_sets_apart),
		cmocka_unit_test(names_end_in_their_family),
		cmocka_unit_test(shifts_stand_beside_their_ranges),
		cmocka_unit_test(ranges_have_their_port_first),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
