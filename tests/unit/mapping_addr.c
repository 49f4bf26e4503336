/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses: what is read, how it is written, and what kinds there are. */
#include "mapping/addr.h"
#include "unit.h"

#include <sys/socket.h>

static void parse_takes_addresses(void **state)
{
	static const struct {
		const char *text;
		const char *written;
	} cases[] = {
		{ "192.168.33.2", "192.168.33.2" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::", "::" },
		{ "[::]", "::" },
		{ "::1", "::1" },
		{ "[::1]", "::1" },
		{ "FD00::2", "fd00::2" },
		{ "fd00:0:0:0:0:0:0:2", "fd00::2" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
		{ "::ffff:1.2.3.4", "::ffff:1.2.3.4" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	char buffer[PUBPORT_ADDR_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_addr parsed = addr(cases[i].text);

		assert_string_equal(pubport_addr_format(&parsed, buffer,
							sizeof(buffer)),
				    cases[i].written);
	}
}

static void parse_refuses_all_else(void **state)
{
	static const char *const texts[] = {
		"",
		"1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"01.2.3.4",
		"1.2.3.04",
		"0x1.2.3.4",
		" 1.2.3.4",
		"1.2.3.4 ",
		"+1.2.3.4",
		"1.2.3.-4",
		"[1.2.3.4]",
		":",
		":::",
		"[",
		"[:",
		"]",
		"[]",
		"[:]",
		"[::1",
		"::1]",
		"[[::1]]",
		"::1%lo",
		"fe80::1%eth0",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"::12345",
		"g::1",
		"localhost",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
	};
	const struct pubport_addr before = addr("192.0.2.1");
	struct pubport_addr after = before;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (pubport_addr_parse(texts[i], &after) != -EINVAL)
			fail_msg("\"%s\" was taken", texts[i]);
		assert_memory_equal(&after, &before, sizeof(after));
	}
}

/* every pattern of zero and other groups */
static void what_is_written_can_be_read(void **state)
{
	static const uint8_t others[][2] = { { 0, 1 }, { 0xab, 0xcd } };

	(void)state;
	for (unsigned int pattern = 0; pattern < 512; pattern++) {
		struct pubport_addr one = { .family = PUBPORT_IPV6 };
		struct pubport_addr again;
		char text[PUBPORT_ADDR_TEXT_SIZE];

		for (size_t i = 0; i < 8; i++)
			if (pattern >> i & 1)
				memcpy(&one.bytes[2 * i], others[pattern >> 8],
				       2);
		again = addr(pubport_addr_format(&one, text, sizeof(text)));
		assert_memory_equal(&again, &one, sizeof(one));
	}
}

static void format_never_overflows(void **state)
{
	const struct pubport_addr one = addr("192.168.33.2");
	char buffer[14] = "untouched";

	(void)state;
	pubport_addr_format(&one, buffer, 0);
	assert_string_equal(buffer, "untouched");
	pubport_addr_format(&one, buffer, 12);
	assert_string_equal(buffer, "");
	pubport_addr_format(&one, buffer, 13);
	assert_string_equal(buffer, "192.168.33.2");
}

static void compare_is_numeric(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0",  "1.2.3.4",	 "9.9.9.9",
		"10.0.0.1", "192.0.2.1", "255.255.255.255",
		"::",	    "::1",	 "9::",
		"10::",	    "fd00::2",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			struct pubport_addr a = addr(sorted[i]);
			struct pubport_addr b = addr(sorted[k]);
			int order = pubport_addr_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0),
					 (i > k) - (i < k));
			assert_int_equal(addr_equal(&a, &b), i == k);
		}
	}
}

static void kinds_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		bool any, loopback, multicast, linklocal6, v4mapped;
	} cases[] = {
		{ .text = "0.0.0.0", .any = true },
		{ .text = "::", .any = true },
		{ .text = "127.0.0.1", .loopback = true },
		{ .text = "127.255.255.254", .loopback = true },
		{ .text = "::1", .loopback = true },
		{ .text = "224.0.0.1", .multicast = true },
		{ .text = "239.255.255.255", .multicast = true },
		{ .text = "255.255.255.255", .multicast = true },
		{ .text = "ff02::1", .multicast = true },
		{ .text = "fe80::1", .linklocal6 = true },
		{ .text = "febf::1", .linklocal6 = true },
		{ .text = "::ffff:127.0.0.1", .v4mapped = true },
		{ .text = "169.254.0.1" },
		{ .text = "128.0.0.1" },
		{ .text = "223.255.255.255" },
		{ .text = "240.0.0.1" },
		{ .text = "::2" },
		{ .text = "fec0::1" },
		{ .text = "fe40::1" },
		{ .text = "fd00::2" },
		{ .text = "::fffe:1.2.3.4" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pubport_addr one = addr(cases[i].text);

		assert_int_equal(pubport_addr_is_any(&one), cases[i].any);
		assert_int_equal(addr_is_loopback(&one), cases[i].loopback);
		assert_int_equal(addr_is_multicast(&one), cases[i].multicast);
		assert_int_equal(addr_is_linklocal6(&one), cases[i].linklocal6);
		assert_int_equal(addr_is_v4mapped(&one), cases[i].v4mapped);
	}
}

static void families_have_numbers(void **state)
{
	struct pubport_addr four = addr("1.2.3.4");
	struct pubport_addr six = addr("::1");

	(void)state;
	assert_int_equal(addr_af(&four), AF_INET);
	assert_int_equal(addr_af(&six), AF_INET6);
	assert_int_equal(addr_length(&four), 4);
	assert_int_equal(addr_length(&six), 16);
}

static void one_comes_after_another(void **state)
{
	static const struct {
		const char *before;
		const char *after;
	} cases[] = {
		{ "1.2.3.4", "1.2.3.5" },
		{ "1.2.255.255", "1.3.0.0" },
		{ "fd00::ffff", "fd00::1:0" },
	};
	struct pubport_addr before, after, first, last, found;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		before = addr(cases[i].before);
		after = addr(cases[i].after);
		assert_true(addr_step(&before, 1, &found));
		assert_true(addr_equal(&found, &after));
		assert_true(addr_step(&after, -1, &found));
		assert_true(addr_equal(&found, &before));
	}
	first = addr("0.0.0.0");
	last = addr("255.255.255.255");
	assert_false(addr_step(&first, -1, &found));
	assert_false(addr_step(&last, 1, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_takes_addresses),
		cmocka_unit_test(parse_refuses_all_else),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(format_never_overflows),
		cmocka_unit_test(compare_is_numeric),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(families_have_numbers),
		cmocka_unit_test(one_comes_after_another),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
