/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets as a request names them: one spelling, and a name that is taken. */
#include "target/resolve.h"
#include "unit.h"

#define SEVENTY                                                                \
	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg"

static void addresses_have_one_spelling(void **state)
{
	static const char *const spellings[] = {
		"fd17::2",
		"[fd17::2]",
		"FD17::2",
		"[fd17:0::0:2]",
	};
	struct pubport context = { .stop = -1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		struct resolved named = { 0 };

		assert_int_equal(
			resolved_add(&context, &named, "172.17.0.2", NULL), 0);
		assert_int_equal(
			resolved_add(&context, &named, spellings[i], NULL), 0);
		assert_string_equal(named.text, "172.17.0.2,fd17::2");
	}
}

static void names_follow_from_targets(void **state)
{
	static const struct {
		const char *target;
		const char *name;
	} cases[] = {
		{ "netns:web", "web" },
		{ "netns:/run/netns/web", "web" },
		{ "netns:/tmp/my \"web\"", "my__web_" },
		{ "netns:_web", "web" },
		{ "docker:flask", "flask" },
		{ "flask@front", "flask@front" },
		{ "netns:/tmp/__", "target" },
		{ "netns:a$(b)", "a__b_" },
		{ "pid:12", "pid:12" },
		{ "172.17.0.2,fd17::2", "172.17.0.2,fd17::2" },
		{ "::2", "2" },
		{ SEVENTY,
		  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"
		  "ggg" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resolved named = { 0 };

		strcpy(named.text, cases[i].target);
		resolved_set_name(&named, NULL);
		assert_string_equal(named.name, cases[i].name);
		assert_int_equal(pubport_name_check(named.name, NULL), 0);
		resolved_set_name(&named, "flask");
		assert_string_equal(named.name, "flask");
	}
}

static void what_a_runtime_calls_it_is_better(void **state)
{
	struct resolved named = {
		.text = "docker:0123@front,fd17::2",
		.own_name = "_flask",
	};

	(void)state;
	resolved_set_name(&named, NULL);
	assert_string_equal(named.name, "flask");
	resolved_set_name(&named, "web");
	assert_string_equal(named.name, "web");
}

static void host_is_both_families(void **state)
{
	struct pubport context = { .stop = -1 };
	struct resolved named = { 0 };

	(void)state;
	assert_int_equal(resolved_add(&context, &named, "host", NULL), 0);
	assert_int_equal(named.addrs.count, 2);
	assert_true(pubport_addr_is_any(&named.addrs.items[0]));
	assert_true(pubport_addr_is_any(&named.addrs.items[1]));
	assert_int_equal(resolved_add(&context, &named, "::2", NULL), -EINVAL);
	resolved_set_name(&named, NULL);
	assert_string_equal(named.name, "host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_one_spelling),
		cmocka_unit_test(names_follow_from_targets),
		cmocka_unit_test(what_a_runtime_calls_it_is_better),
		cmocka_unit_test(host_is_both_families),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
