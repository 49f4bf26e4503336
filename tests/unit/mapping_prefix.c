/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks: what is read, how it is written, and what is in them. */
#include "mapping/prefix.h"
#include "unit.h"

#include <limits.h>

static void assert_text(const struct pubport_network *one, const char *wanted)
{
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	assert_string_equal(pubport_network_format(one, text, sizeof(text)),
			    wanted);
}

static void parse_takes_networks(void **state)
{
	static const char *const cases[][2] = {
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "192.168.33.3", "192.168.33.3/32" },
		{ "192.168.33.3/32", "192.168.33.3/32" },
		{ "192.168.33.2/31", "192.168.33.2/31" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "0.0.0.0/8", "0.0.0.0/8" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "127.0.0.0/8", "127.0.0.0/8" },
		{ "223.255.255.255", "223.255.255.255/32" },
		{ "fd00::/8", "fd00::/8" },
		{ "[fd00::]/8", "fd00::/8" },
		{ "FD00:0:0::2", "fd00::2/128" },
		{ "[fd00::2]", "fd00::2/128" },
		{ "::/0", "::/0" },
		{ "[::]/0", "::/0" },
		{ "::1", "::1/128" },
		{ "fe80::/10", "fe80::/10" },
		{ "8000::/1", "8000::/1" },
		{ "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
		  "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" },
		{ "[feff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]/128",
		  "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_network one = network(cases[i][0]);

		assert_text(&one, cases[i][1]);
	}
}

#define NOT_ONE "not an address, or a network such as 10.0.0.0/8 or fd00::/8"
#define PREFIX4 "its prefix is not a number from 0 to 32"
#define PREFIX6 "its prefix is not a number from 0 to 128"
#define MAPPED "is IPv4-mapped; write the IPv4 network itself"
#define MULTICAST "is of multicast or broadcast addresses, which no client has"

static void wrong_words_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "", NOT_ONE },
		{ "/", NOT_ONE },
		{ "/8", NOT_ONE },
		{ "10/8", NOT_ONE },
		{ "10.0.0/8", NOT_ONE },
		{ "010.0.0.0/8", NOT_ONE },
		{ " 10.0.0.0/8", NOT_ONE },
		{ "10.0.0.0 /8", NOT_ONE },
		{ "[10.0.0.0]/8", NOT_ONE },
		{ "[fd00::/8]", NOT_ONE },
		{ "[fd00::/8", NOT_ONE },
		{ "fd00::%eth0/64", NOT_ONE },
		{ "localhost", NOT_ONE },
		{ "\033[31m", NOT_ONE },
		{ "10.0.0.0/", PREFIX4 },
		{ "10.0.0.0/33", PREFIX4 },
		{ "10.0.0.0/08", PREFIX4 },
		{ "10.0.0.0/00", PREFIX4 },
		{ "10.0.0.0/+8", PREFIX4 },
		{ "10.0.0.0/-8", PREFIX4 },
		{ "10.0.0.0/ 8", PREFIX4 },
		{ "10.0.0.0/8 ", PREFIX4 },
		{ "10.0.0.0/8/8", PREFIX4 },
		{ "10.0.0.0/0x8", PREFIX4 },
		{ "10.0.0.0/255.0.0.0", PREFIX4 },
		{ "10.0.0.0/4294967304", PREFIX4 },
		{ "10.0.0.0/18446744073709551624", PREFIX4 },
		{ "fd00::/129", PREFIX6 },
		{ "fd00::/008", PREFIX6 },
		{ "10.1.2.3/8", "has bits beyond its prefix; write 10.0.0.0/8, "
				"or 10.1.2.3 for that address alone" },
		{ "10.0.0.1/31", "has bits beyond its prefix; write "
				 "10.0.0.0/31, or 10.0.0.1 for that address "
				 "alone" },
		{ "1.0.0.0/0", "has bits beyond its prefix; write 0.0.0.0/0, "
			       "or 1.0.0.0 for that address alone" },
		{ "FD00::1/8", "has bits beyond its prefix; write fd00::/8, or "
			       "fd00::1 for that address alone" },
		{ "::ffff:10.0.0.0/104", MAPPED },
		{ "::ffff:10.1.2.3/104", MAPPED },
		{ "::ffff:10.0.0.1", MAPPED },
		{ "224.0.0.0/4", MULTICAST },
		{ "239.1.2.3", MULTICAST },
		{ "255.255.255.255", MULTICAST },
		{ "ff00::/8", MULTICAST },
		{ "ff02::1/8", MULTICAST },
		{ "0.0.0.0", "is no client's address; write 0.0.0.0/0 for "
			     "everyone" },
		{ "0.0.0.0/32", "is no client's address; write 0.0.0.0/0 for "
				"everyone" },
		{ "::", "is no client's address; write ::/0 for everyone" },
		{ "[::]/128",
		  "is no client's address; write ::/0 for everyone" },
	};
	const struct pubport_network before = network("192.0.2.0/24");
	struct pubport_network after = before;
	struct pubport_error error;
	char message[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *text = cases[i].text;

		if (pubport_network_parse(text, &after, &error) != -EINVAL)
			fail_msg("\"%s\" was taken", text);
		snprintf(message, sizeof(message), "\"%s%s\": %s",
			 *text == '\033' ? "?" : "", text + (*text == '\033'),
			 cases[i].why);
		assert_string_equal(error.message, message);
		assert_int_equal(error.status, PUBPORT_USAGE);
		assert_int_equal(error.code, -EINVAL);
		assert_int_equal(pubport_network_parse(text, &after, NULL),
				 -EINVAL);
		assert_memory_equal(&after, &before, sizeof(after));
	}
}

/* the reason is not cut off by the word */
static void long_words_are_cut(void **state)
{
	struct pubport_network one;
	struct pubport_error error;
	char word[1000];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(pubport_network_parse(word, &one, &error), -EINVAL);
	assert_non_null(strstr(error.message, "x\": " NOT_ONE));
	memset(word, '1', sizeof(word) - 1);
	memcpy(word, "10.0.0.0/", 9);
	assert_int_equal(pubport_network_parse(word, &one, &error), -EINVAL);
	assert_non_null(strstr(error.message, "1\": " PREFIX4));
}

static void what_is_written_can_be_read(void **state)
{
	const struct pubport_addr ends[] = { addr("191.255.255.255"),
					     addr("fe7f:ffff:ffff:ffff:ffff:"
						  "ffff:ffff:ffff") };
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		unsigned int bits = ends[i].family == PUBPORT_IPV4 ? 32 : 128;

		for (unsigned int prefix = 0; prefix <= bits; prefix++) {
			struct pubport_network one =
				prefix_of(&ends[i], prefix);
			struct pubport_network again;

			again = network(pubport_network_format(&one, text,
							       sizeof(text)));
			assert_memory_equal(&again, &one, sizeof(one));
		}
	}
}

static void format_never_overflows(void **state)
{
	const struct pubport_network one = network("192.168.33.0/24");
	char buffer[17] = "untouched";

	(void)state;
	pubport_network_format(&one, buffer, 0);
	assert_string_equal(buffer, "untouched");
	pubport_network_format(&one, buffer, 15);
	assert_string_equal(buffer, "");
	pubport_network_format(&one, buffer, 16);
	assert_string_equal(buffer, "192.168.33.0/24");
}

static void assert_addr(const struct pubport_addr *one, const char *wanted)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];

	assert_string_equal(pubport_addr_format(one, text, sizeof(text)),
			    wanted);
}

static void networks_have_ends(void **state)
{
	static const struct {
		const char *addr;
		unsigned int prefix;
		const char *first, *last, *mask;
	} cases[] = {
		{ "10.1.2.3", 8, "10.0.0.0", "10.255.255.255", "255.0.0.0" },
		{ "10.1.2.3", 32, "10.1.2.3", "10.1.2.3", "255.255.255.255" },
		{ "10.1.2.3", 31, "10.1.2.2", "10.1.2.3", "255.255.255.254" },
		{ "172.31.2.3", 12, "172.16.0.0", "172.31.255.255",
		  "255.240.0.0" },
		{ "10.1.2.3", 0, "0.0.0.0", "255.255.255.255", "0.0.0.0" },
		{ "fd17::2", 64, "fd17::", "fd17::ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff::" },
		{ "fd17::2", 9, "fd00::",
		  "fd7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff80::" },
		{ "fd17::2", 128, "fd17::2", "fd17::2",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "fd17::2", 0, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "::" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_addr from = addr(cases[i].addr);
		struct pubport_network one = prefix_of(&from, cases[i].prefix);
		struct pubport_addr last = prefix_last(&one);
		struct pubport_addr mask = prefix_mask(&one);

		assert_int_equal(one.prefix, cases[i].prefix);
		assert_addr(&one.addr, cases[i].first);
		assert_addr(&last, cases[i].last);
		assert_addr(&mask, cases[i].mask);
		assert_true(prefix_is_valid(&one));
		assert_true(prefix_contains(&one, &from));
		assert_true(prefix_contains(&one, &one.addr));
		assert_true(prefix_contains(&one, &last));
	}
}

static void others_are_not_in_it(void **state)
{
	static const char *const cases[][2] = {
		{ "10.0.0.0/8", "9.255.255.255" },
		{ "10.0.0.0/8", "11.0.0.0" },
		{ "10.0.0.2/31", "10.0.0.1" },
		{ "10.0.0.2/31", "10.0.0.4" },
		{ "10.0.0.2", "10.0.0.3" },
		{ "0.0.0.0/0", "::" },
		{ "::/0", "10.0.0.2" },
		{ "fd00::/64", "fd00:0:0:1::" },
		{ "fd00::2", "fd00::3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_network one = network(cases[i][0]);
		struct pubport_addr other = addr(cases[i][1]);

		assert_false(prefix_contains(&one, &other));
	}
}

/* a program can fill in anything */
static void impossible_networks_are_told(void **state)
{
	struct pubport_network one = network("10.0.0.0/8");

	(void)state;
	one.prefix = 6;
	assert_false(prefix_is_valid(&one));
	one.prefix = 33;
	assert_false(prefix_is_valid(&one));
	one.prefix = UINT_MAX;
	assert_false(prefix_is_valid(&one));
	one = network("fd00::2");
	one.prefix = 127;
	assert_true(prefix_is_valid(&one));
	one.prefix = 126;
	assert_false(prefix_is_valid(&one));
	one.prefix = 129;
	assert_false(prefix_is_valid(&one));
}

static void loopback_is_a_network(void **state)
{
	const struct pubport_network four = prefix_loopback(PUBPORT_IPV4);
	const struct pubport_network six = prefix_loopback(PUBPORT_IPV6);

	(void)state;
	assert_text(&four, "127.0.0.0/8");
	assert_text(&six, "::1/128");
}

static void compare_is_numeric(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0/0",   "9.0.0.0/8",   "10.0.0.0/8", "10.0.0.0/16",
		"10.0.0.0/32", "10.0.0.1/32", "::/0",	    "::1/128",
		"9::/16",      "10::/16",     "fd00::/8",   "fd00::/64",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			struct pubport_network a = network(sorted[i]);
			struct pubport_network b = network(sorted[k]);
			int order = prefix_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0),
					 (i > k) - (i < k));
		}
	}
}

/* @texts: separated by blanks, and so is what they are reduced to */
static void assert_reduced(const char *texts, const char *wanted)
{
	struct pubport_network items[16];
	char copy[256], text[PUBPORT_NETWORK_TEXT_SIZE], got[256] = "";
	size_t count = 0;
	char *rest;

	strcpy(copy, texts);
	for (char *word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		items[count++] = network(word);
	count = prefixes_reduce(items, count);
	for (size_t i = 0; i < count; i++)
		sprintf(got + strlen(got), "%s%s", i ? " " : "",
			pubport_network_format(&items[i], text, sizeof(text)));
	assert_string_equal(got, wanted);
}

static void networks_are_reduced(void **state)
{
	(void)state;
	assert_int_equal(prefixes_reduce(NULL, 0), 0);
	assert_reduced("10.0.0.0/8", "10.0.0.0/8");
	assert_reduced("10.0.0.0/8 10.0.0.0/8", "10.0.0.0/8");
	assert_reduced("10.1.0.0/16 10.0.0.0/8", "10.0.0.0/8");
	assert_reduced("10.0.0.0/16 10.0.0.0/8 10.0.0.0", "10.0.0.0/8");
	assert_reduced("11.0.0.0/8 10.255.255.255 10.0.0.0/8 9.0.0.0/8",
		       "9.0.0.0/8 10.0.0.0/8 11.0.0.0/8");
	/* side by side they are not joined */
	assert_reduced("10.0.0.1 10.0.0.0", "10.0.0.0/32 10.0.0.1/32");
	/* one that is in an earlier one, after one that is apart */
	assert_reduced("10.0.0.0/8 10.0.0.0/16 10.1.0.0/16 10.255.0.0/16",
		       "10.0.0.0/8");
	assert_reduced("fd00::1 0.0.0.0/0 10.0.0.0/8 fd00::/8 ::1",
		       "0.0.0.0/0 ::1/128 fd00::/8");
	assert_reduced("::/0 10.0.0.0/8", "10.0.0.0/8 ::/0");
}

static void prefixes_match(void **state)
{
	static const struct {
		const char *text;
		const char *prefix;
		unsigned int length;
		bool match;
	} cases[] = {
		{ "172.17.0.2", "172.17.0.1", 16, true },
		{ "172.18.0.2", "172.17.0.1", 16, false },
		{ "172.18.0.2", "172.17.0.1", 14, true },
		{ "10.0.0.127", "10.0.0.0", 25, true },
		{ "10.0.0.128", "10.0.0.0", 25, false },
		{ "10.0.0.1", "10.0.0.1", 32, true },
		{ "10.0.0.1", "10.0.0.0", 32, false },
		{ "1.2.3.4", "0.0.0.0", 0, true },
		{ "fd00::2", "fd00::1", 64, true },
		{ "fd00::2", "fd00::1", 127, false },
		{ "fd00::2", "fd00::2", 128, true },
		{ "fd00::2", "::", 0, true },
		{ "fd00::2", "0.0.0.0", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_addr one = addr(cases[i].text);
		const struct pubport_network prefix = { addr(cases[i].prefix),
							cases[i].length };

		assert_int_equal(prefix_contains(&prefix, &one),
				 cases[i].match);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_match),
		cmocka_unit_test(parse_takes_networks),
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(format_never_overflows),
		cmocka_unit_test(networks_have_ends),
		cmocka_unit_test(others_are_not_in_it),
		cmocka_unit_test(impossible_networks_are_told),
		cmocka_unit_test(loopback_is_a_network),
		cmocka_unit_test(compare_is_numeric),
		cmocka_unit_test(networks_are_reduced),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
