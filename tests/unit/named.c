/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets as a request names them: one spelling, and a name that is taken. */
#include "named.h"
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
	struct pubport context = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		struct named named = { 0 };

		assert_int_equal(
			named_add(&context, &named, "172.17.0.2", NULL), 0);
		assert_int_equal(
			named_add(&context, &named, spellings[i], NULL), 0);
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
		struct named named = { 0 };

		strcpy(named.text, cases[i].target);
		named_set_name(&named, NULL);
		assert_string_equal(named.name, cases[i].name);
		assert_int_equal(pubport_name_check(named.name, NULL), 0);
		named_set_name(&named, "flask");
		assert_string_equal(named.name, "flask");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_one_spelling),
		cmocka_unit_test(names_follow_from_targets),
	};

	return cmocka_run_group_tests_name("named", tests, NULL, NULL);
}
