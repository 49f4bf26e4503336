/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the command line's words become options and operands. */
#include "options.h"
#include "prefixes.h"
#include "unit.h"

struct values {
	bool json;
	bool quiet;
	bool replace;
	const char *name;
	struct words targets;
};

static const struct option global[] = {
	{ "json", 0, OPTION_FLAG, NULL, offsetof(struct values, json), "" },
	{ "quiet", 'q', OPTION_FLAG, NULL, offsetof(struct values, quiet), "" },
	OPTIONS_END
};

static const struct option own[] = { { "replace", 'r', OPTION_FLAG, NULL,
				       offsetof(struct values, replace), "" },
				     { "name", 'n', OPTION_TEXT, "NAME",
				       offsetof(struct values, name), "" },
				     { "to", 't', OPTION_LIST, "TARGET",
				       offsetof(struct values, targets), "" },
				     OPTIONS_END };

/* what the words of a test became */
struct parsed {
	struct values values;
	struct words operands;
	struct pubport_error error;
	int result;
};

#define PARSE(parsed, ...)                                                     \
	parse(parsed, (char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void parse(struct parsed *parsed, char *const *words)
{
	static const struct option *const tables[] = { global, own, NULL };

	memset(parsed, 0, sizeof(*parsed));
	parsed->result = options_parse(tables, words, &parsed->values,
				       &parsed->operands, &parsed->error);
}

static void done(struct parsed *parsed)
{
	words_done(&parsed->operands);
	words_done(&parsed->values.targets);
}

static void options_stand_anywhere(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "-q", "8080:80", "--name", "web", "53:53/udp", "--json");
	assert_int_equal(parsed.result, 0);
	assert_true(parsed.values.quiet && parsed.values.json);
	assert_false(parsed.values.replace);
	assert_string_equal(parsed.values.name, "web");
	assert_int_equal(parsed.operands.count, 2);
	assert_string_equal(parsed.operands.items[0], "8080:80");
	assert_string_equal(parsed.operands.items[1], "53:53/udp");
	done(&parsed);
}

static void values_stand_apart_or_attached(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--to", "a", "--to=b=c", "-t", "d", "-te", "-qrtf",
	      "--to=");
	assert_int_equal(parsed.result, 0);
	assert_true(parsed.values.quiet && parsed.values.replace);
	assert_int_equal(parsed.values.targets.count, 6);
	for (size_t i = 0; i < 6; i++) {
		static const char *const wanted[] = { "a", "b=c", "d",
						      "e", "f",	  "" };

		assert_string_equal(parsed.values.targets.items[i], wanted[i]);
	}
	done(&parsed);
}

static void a_value_may_look_like_an_option(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--name", "--json", "-t", "--");
	assert_int_equal(parsed.result, 0);
	assert_false(parsed.values.json);
	assert_string_equal(parsed.values.name, "--json");
	assert_string_equal(parsed.values.targets.items[0], "--");
	done(&parsed);
}

static void the_last_value_wins(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "-n", "a", "--name=b");
	assert_string_equal(parsed.values.name, "b");
	done(&parsed);
}

static void two_dashes_end_the_options(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "-", "--", "-q", "--json", "--");
	assert_int_equal(parsed.result, 0);
	assert_false(parsed.values.quiet || parsed.values.json);
	assert_int_equal(parsed.operands.count, 4);
	assert_string_equal(parsed.operands.items[0], "-");
	assert_string_equal(parsed.operands.items[3], "--");
	done(&parsed);
}

static void assert_fails(struct parsed *parsed, const char *message)
{
	assert_int_equal(parsed->result, -EINVAL);
	assert_int_equal(parsed->error.status, PUBPORT_USAGE);
	assert_string_equal(parsed->error.message, message);
	done(parsed);
}

static void wrong_options_are_named(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--nam");
	assert_fails(&parsed,
		     "\"--nam\": unknown option; is \"--name\" meant?");
	PARSE(&parsed, "--names=x");
	assert_fails(&parsed,
		     "\"--names\": unknown option; is \"--name\" meant?");
	PARSE(&parsed, "-qx");
	assert_fails(&parsed, "\"-x\": unknown option");
	PARSE(&parsed, "--json=yes");
	assert_fails(&parsed, "\"--json=yes\": takes no value");
	PARSE(&parsed, "x", "--name");
	assert_fails(&parsed, "\"--name\": its value is missing");
	PARSE(&parsed, "-qn");
	assert_fails(&parsed, "\"-n\": its value is missing");
	PARSE(&parsed, "--\033[31m");
	assert_fails(&parsed, "\"--?[31m\": unknown option");
}

static void the_first_error_wins_but_all_is_read(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--wrong", "--json=1", "-x", "--json");
	assert_true(parsed.values.json);
	assert_fails(&parsed, "\"--wrong\": unknown option");
}

static size_t leading(char *const *words)
{
	return options_leading(global, words);
}

static void leading_options_are_counted(void **state)
{
	(void)state;
	assert_int_equal(leading((char *const[]){ NULL }), 0);
	assert_int_equal(leading((char *const[]){ "add", "-q", NULL }), 0);
	assert_int_equal(
		leading((char *const[]){ "-q", "--json", "add", "-q", NULL }),
		2);
	assert_int_equal(leading((char *const[]){ "-qq", "-qr", NULL }), 1);
	assert_int_equal(leading((char *const[]){ "--name=x", NULL }), 0);
	assert_int_equal(leading((char *const[]){ "-", NULL }), 0);
	assert_int_equal(leading((char *const[]){ "--", NULL }), 0);
}

static int read_from(struct networks *networks, struct pubport_error *error,
		     const char *first, const char *second)
{
	const char *items[] = { first, second };
	const struct words words = { items, second ? 2 : 1 };

	return networks_parse(&words, networks, error);
}

static void networks_are_lists(void **state)
{
	static const char *const wanted[] = { "10.0.0.0/8", "fd00::/8",
					      "192.0.2.7/32", "10.0.0.0/8" };
	struct networks networks = { 0 };
	const struct words none = { 0 };
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	(void)state;
	assert_int_equal(networks_parse(&none, &networks, NULL), 0);
	assert_int_equal(networks.count, 0);
	assert_int_equal(read_from(&networks, NULL,
				   "10.0.0.0/8,fd00::/8,192.0.2.7",
				   "10.0.0.0/8"),
			 0);
	assert_int_equal(networks.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < networks.count; i++)
		assert_string_equal(pubport_network_format(&networks.items[i],
							   text, sizeof(text)),
				    wanted[i]);
	networks_done(&networks);
}

/* "--from ''" must not mean everyone */
static void wrong_networks_are_named(void **state)
{
	static const char *const wrong[] = {
		"", ",", "10.0.0.0/8,", ",10.0.0.0/8", "fd00::/8,,::/0", ",,",
	};
	struct networks networks = { NULL, 42 };
	struct pubport_error error;
	char message[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(message, sizeof(message),
			 "--from \"%s\": a network is missing", wrong[i]);
		assert_int_equal(read_from(&networks, &error, "10.0.0.0/8",
					   wrong[i]),
				 -EINVAL);
		assert_int_equal(error.status, PUBPORT_USAGE);
		assert_string_equal(error.message, message);
	}
	assert_int_equal(read_from(&networks, &error, "10.0.0.0/8, fd00::/8",
				   NULL),
			 -EINVAL);
	assert_int_equal(strncmp(error.message, "\" fd00::/8\": ", 13), 0);
	assert_int_equal(networks.count, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(values_stand_apart_or_attached),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(the_last_value_wins),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(wrong_options_are_named),
		cmocka_unit_test(the_first_error_wins_but_all_is_read),
		cmocka_unit_test(leading_options_are_counted),
		cmocka_unit_test(networks_are_lists),
		cmocka_unit_test(wrong_networks_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
