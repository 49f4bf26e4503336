/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done so that mappings are what somebody wants. */
#include "mapping/mapping_diff.h"
#include "unit.h"

#define NOW INT64_C(1795428000)

static const struct pubport_ports http = { 80, 80 };

static struct pubport_mapping at_port(uint16_t port)
{
	struct pubport_mapping one =
		mapping("0.0.0.0", (struct pubport_ports){ port, port }, http,
			PUBPORT_TCP);

	strcpy(one.name, "web");
	strcpy(one.target, "192.0.2.2");
	one.created = NOW - 100;
	return one;
}

/* networks are moved out of what is there, as from the heap */
static struct mapping_diff compare(struct pubport_mapping *wanted,
				   size_t wanted_count,
				   struct pubport_mapping *there,
				   size_t there_count)
{
	const struct pubport_mappings from = { wanted, wanted_count };
	struct pubport_mappings to = { there, there_count };
	struct mapping_diff diff;

	assert_int_equal(mapping_diff_find(&from, &to, NOW, &diff), 0);
	return diff;
}

static void nothing_to_do(void **state)
{
	struct pubport_mapping wanted[] = { at_port(2), at_port(1) };
	struct pubport_mapping there[] = { at_port(1), at_port(2) };
	struct mapping_diff diff;

	(void)state;
	/* nobody wants these to be otherwise */
	wanted[0].created = 0;
	there[0].connections = 7;
	there[1].flags = PUBPORT_MAPPING_CHOSEN;
	diff = compare(wanted, 2, there, 2);
	assert_int_equal(diff.kept, 2);
	assert_int_equal(diff.added.count, 0);
	assert_int_equal(diff.removed.count, 0);
	mapping_diff_done(&diff);
	diff = compare(NULL, 0, NULL, 0);
	assert_int_equal(diff.kept, 0);
	mapping_diff_done(&diff);
}

static void some_go_some_come_some_stay(void **state)
{
	struct pubport_mapping wanted[] = { at_port(4), at_port(3),
					    at_port(2) };
	struct pubport_mapping there[] = { at_port(3), at_port(2), at_port(1) };
	struct mapping_diff diff;

	(void)state;
	strcpy(wanted[2].name, "other");
	wanted[0].created = 0;
	diff = compare(wanted, 3, there, 3);
	assert_int_equal(diff.kept, 1);
	/* first what is gone, then what is replaced */
	assert_int_equal(diff.removed.count, 2);
	assert_int_equal(diff.gone, 1);
	assert_int_equal(diff.removed.items[0].key.ports.first, 1);
	assert_int_equal(diff.removed.items[1].key.ports.first, 2);
	/* by key, with the place where it was wanted */
	assert_int_equal(diff.added.count, 2);
	assert_int_equal(diff.added.items[0].key.ports.first, 2);
	assert_int_equal(diff.wanted[0], 2);
	assert_int_equal(diff.added.items[1].key.ports.first, 4);
	assert_int_equal(diff.wanted[1], 0);
	assert_int_equal(diff.added.items[0].created, NOW - 100);
	assert_int_equal(diff.added.items[1].created, NOW);
	mapping_diff_done(&diff);
}

/* -------------------------------------------------------------- what differs
 */

static void differ(struct pubport_mapping wanted, bool differs)
{
	struct pubport_mapping there = at_port(1);
	struct mapping_diff diff = compare(&wanted, 1, &there, 1);

	assert_int_equal(diff.kept, !differs);
	assert_int_equal(diff.added.count, differs);
	assert_int_equal(diff.removed.count, differs);
	assert_int_equal(diff.gone, 0);
	mapping_diff_done(&diff);
}

static void each_member_counts(void **state)
{
	struct pubport_network from = network("10.0.0.0/8");
	struct pubport_mapping wanted = at_port(1);

	(void)state;
	differ(wanted, false);
	wanted.target_addr = addr("192.0.2.3");
	differ(wanted, true);
	wanted = at_port(1);
	wanted.target_ports = (struct pubport_ports){ 81, 81 };
	differ(wanted, true);
	wanted = at_port(1);
	strcpy(wanted.target, "netns:web");
	differ(wanted, true);
	wanted = at_port(1);
	strcpy(wanted.image, "webapp:noexpose");
	differ(wanted, true);
	wanted = at_port(1);
	wanted.flags = PUBPORT_MAPPING_NO_LOOPBACK;
	differ(wanted, true);
	wanted.flags = PUBPORT_MAPPING_SHIELD;
	differ(wanted, true);
	wanted.flags = PUBPORT_MAPPING_MASQUERADE;
	differ(wanted, true);
	wanted.flags = PUBPORT_MAPPING_SYMMETRIC;
	differ(wanted, true);
	wanted = at_port(1);
	strcpy(wanted.helper, "ftp");
	differ(wanted, true);
	wanted.flags = PUBPORT_MAPPING_LIMITED;
	wanted.from = &from;
	wanted.from_count = 1;
	differ(wanted, true);
	wanted = at_port(1);
	wanted.expires = NOW + 100;
	differ(wanted, true);
}

static void networks_count(void **state)
{
	struct pubport_network one = network("10.0.0.0/8");
	struct pubport_network other = network("10.0.0.0/16");
	struct pubport_mapping wanted = at_port(1), there = at_port(1);
	struct mapping_diff diff;

	(void)state;
	wanted.flags = there.flags = PUBPORT_MAPPING_LIMITED;
	wanted.from_count = there.from_count = 1;
	wanted.from = there.from = &one;
	diff = compare(&wanted, 1, &there, 1);
	assert_int_equal(diff.kept, 1);
	mapping_diff_done(&diff);
	there.from = memcpy(malloc(sizeof(other)), &other, sizeof(other));
	diff = compare(&wanted, 1, &there, 1);
	assert_int_equal(diff.kept, 0);
	assert_null(there.from);
	assert_int_equal(diff.added.items[0].from[0].prefix, 8);
	assert_ptr_not_equal(diff.added.items[0].from, &one);
	assert_int_equal(diff.removed.items[0].from[0].prefix, 16);
	mapping_diff_done(&diff);
}

/* ----------------------------------------------------------------- the clock
 */

static void seconds_make_no_difference(void **state)
{
	struct pubport_mapping wanted = at_port(1), there = at_port(1);
	struct mapping_diff diff;

	(void)state;
	there.expires = NOW + 1000;
	for (int64_t away = 0; away <= 100; away += 50) {
		wanted.expires = there.expires - away;
		diff = compare(&wanted, 1, &there, 1);
		assert_int_equal(diff.kept, away < 60);
		mapping_diff_done(&diff);
	}
}

static void what_is_over_does_not_come(void **state)
{
	struct pubport_mapping wanted = at_port(1), there = at_port(1);
	struct mapping_diff diff;

	(void)state;
	wanted.expires = NOW;
	diff = compare(&wanted, 1, NULL, 0);
	assert_int_equal(diff.added.count, 0);
	mapping_diff_done(&diff);
	/* nothing takes its place */
	diff = compare(&wanted, 1, &there, 1);
	assert_int_equal(diff.added.count, 0);
	assert_int_equal(diff.gone, 1);
	mapping_diff_done(&diff);
	/* in its last second it is still there */
	there.expires = NOW;
	diff = compare(&wanted, 1, &there, 1);
	assert_int_equal(diff.kept, 1);
	mapping_diff_done(&diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(some_go_some_come_some_stay),
		cmocka_unit_test(each_member_counts),
		cmocka_unit_test(networks_count),
		cmocka_unit_test(seconds_make_no_difference),
		cmocka_unit_test(what_is_over_does_not_come),
	};

	return cmocka_run_group_tests_name("difference", tests, NULL, NULL);
}
