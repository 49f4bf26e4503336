/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records in userdata: as documented, and whatever else may be found there. */
#include "nft/userdata.h"
#include "unit.h"

#include <stdlib.h>

static struct pubport_mapping flask(void)
{
	struct pubport_mapping one =
		mapping("192.168.33.2", (struct pubport_ports){ 8080, 8081 },
			(struct pubport_ports){ 80, 81 }, PUBPORT_TCP);

	strcpy(one.name, "flask");
	strcpy(one.target, "pid:1");
	one.created = 1795428000;
	return one;
}

/* a text of 'x' that fills its field */
static void fill(char *text, size_t size)
{
	memset(text, 'x', size - 1);
	text[size - 1] = '\0';
}

static struct pubport_mapping read_back(const struct element *element)
{
	struct pubport_mapping read = { .created = 0 };

	userdata_read(element, &read);
	return read;
}

/* reads userdata of these bytes, beyond which stands what is not its own */
static struct pubport_mapping read_bytes(const char *bytes, size_t length)
{
	struct element element = { .userdata_length = (uint16_t)length };

	assert_in_range(length, 0, sizeof(element.userdata));
	memset(element.userdata, 'y', sizeof(element.userdata));
	memcpy(element.userdata, bytes, length);
	return read_back(&element);
}

#define READ(bytes) read_bytes(bytes, sizeof(bytes) - 1)

static void records_are_written_as_documented(void **state)
{
	struct pubport_mapping one = flask();
	struct element element = { .timeout_ms = 0 };

	(void)state;
	one.flags = PUBPORT_MAPPING_NO_LOOPBACK;
	one.key.protocol = PUBPORT_UDP;
	strcpy(one.helper, "tftp");
	strcpy(one.image, "web");
	userdata_write(&one, &element);
	check_bytes(element.userdata, element.userdata_length,
		    /* name */
		    "0006666c 61736b00 "
		    /* created, flags, target port */
		    "82080000 00006b04 0ea08304 09000001 84020050 "
		    /* target, image */
		    "80067069 643a3100 81047765 6200");
}

static void what_is_plain_is_left_out(void **state)
{
	struct pubport_mapping one = flask();
	struct element element = { .userdata_length = 99 };

	(void)state;
	one.target_ports = one.key.ports;
	userdata_write(&one, &element);
	check_bytes(element.userdata, element.userdata_length,
		    "0006666c 61736b00 82080000 00006b04 0ea08006 7069643a "
		    "3100");
}

static void the_longest_comes_back(void **state)
{
	struct pubport_mapping one = flask();
	struct element element = { .timeout_ms = 0 };
	struct pubport_mapping read;

	(void)state;
	fill(one.name, sizeof(one.name));
	fill(one.target, sizeof(one.target));
	fill(one.image, sizeof(one.image));
	one.created = INT64_MAX;
	one.flags = 0xffffff;
	strcpy(one.helper, "sip");
	userdata_write(&one, &element);
	assert_in_range(element.userdata_length, 200, ELEMENT_USERDATA_MAX);
	read = read_back(&element);
	assert_string_equal(read.name, one.name);
	assert_string_equal(read.target, one.target);
	assert_string_equal(read.image, one.image);
	assert_int_equal(read.created, INT64_MAX);
	assert_int_equal(read.flags, 0xffffff);
	assert_string_equal(read.helper, "sip");
	assert_int_equal(read.target_ports.first, 80);
}

/* what was read before the damage counts */
static void damaged_records_are_survived(void **state)
{
	(void)state;
	assert_string_equal(READ("").name, "");
	assert_string_equal(READ("\0").name, "");
	assert_string_equal(READ("\0\0").name, "");
	assert_string_equal(READ("\0\4abc").name, "");
	assert_string_equal(READ("\0\377abc").name, "");
	assert_string_equal(READ("\0\3abc\200").name, "abc");
	assert_string_equal(READ("\0\3abc\200\1").target, "");
	assert_string_equal(READ("\0\3abc\200\2x").target, "");
	assert_string_equal(READ("\0\3abc\200\1x").target, "x");
}

static void texts_need_no_nul(void **state)
{
	char bytes[ELEMENT_USERDATA_MAX];
	struct pubport_mapping read;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (int type = 0; type < 256; type += type ? 1 : 128) {
		bytes[0] = (char)type;
		bytes[1] = (char)(sizeof(bytes) - 2);
		read = read_bytes(bytes, sizeof(bytes));
		assert_in_range(strlen(read.name), 0, sizeof(read.name) - 1);
		assert_in_range(strlen(read.target), 0,
				sizeof(read.target) - 1);
		assert_in_range(strlen(read.image), 0, sizeof(read.image) - 1);
	}
	bytes[0] = 0;
	read = read_bytes(bytes, sizeof(bytes));
	assert_int_equal(strlen(read.name), sizeof(read.name) - 1);
}

static void texts_are_printable(void **state)
{
	(void)state;
	assert_string_equal(READ("\0\6\33[31m\n").name, "?[31m?");
	assert_string_equal(READ("\200\4a\177\377b").target, "a??b");
	assert_string_equal(READ("\201\5a\0b\0\0").image, "a");
}

static void numbers_may_have_any_length(void **state)
{
	(void)state;
	assert_int_equal(READ("\202\0").created, 0);
	assert_int_equal(READ("\202\1\7").created, 7);
	assert_int_equal(
		READ("\202\10\377\377\377\377\377\377\377\377").created,
		INT64_MAX);
	assert_int_equal(READ("\202\11\1\1\1\1\1\1\1\1\1").created, 0);
	assert_int_equal(READ("\203\1\1").flags, 1);
	assert_int_equal(READ("\203\5\1\0\0\0\2").flags, 2);
	assert_int_equal(READ("\204\3\1\0\120").target_ports.first, 80);
}

static void unknown_types_are_skipped(void **state)
{
	const struct pubport_mapping read = READ("\1\2ab\377\0\0\3abc\177\1x");

	(void)state;
	assert_string_equal(read.name, "abc");
	assert_string_equal(read.target, "");
}

static void any_bytes_are_survived(void **state)
{
	char bytes[ELEMENT_USERDATA_MAX];
	struct pubport_mapping read;

	(void)state;
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		size_t length = (size_t)random() % (sizeof(bytes) + 1);

		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)(random() % 3 ? random() % 16 + 125
						       : random());
		read = read_bytes(bytes, length);
		for (const char *c = read.name; *c; c++)
			assert_in_range(*c, ' ', '~');
		for (const char *c = read.target; *c; c++)
			assert_in_range(*c, ' ', '~');
		assert_true(read.created >= 0);
	}
}

static void comments_stand_alone(void **state)
{
	struct element element = { .userdata_length = 99 };
	char comment[8] = "before";

	(void)state;
	userdata_write_comment(&element, "eth1");
	check_bytes(element.userdata, element.userdata_length,
		    "00056574 683100");
	userdata_read_comment(&element, comment, sizeof(comment));
	assert_string_equal(comment, "eth1");
	userdata_read_comment(&element, comment, 3);
	assert_string_equal(comment, "et");
	element.userdata_length = 0;
	userdata_read_comment(&element, comment, sizeof(comment));
	assert_string_equal(comment, "");
}

static bool read_interface(const char *name, uint16_t length,
			   char ret_name[PUBPORT_IFNAME_SIZE])
{
	struct element element = { .userdata_length = 99 };

	userdata_write_interface(&element, name);
	if (length)
		element.userdata_length = length;
	return userdata_read_interface(&element, ret_name);
}

static void interfaces_are_of_this_boot(void **state)
{
	char name[PUBPORT_IFNAME_SIZE];

	(void)state;
	assert_true(read_interface("eth1", 0, name));
	assert_string_equal(name, "eth1");
	/* the comment alone, as nft loads it */
	assert_false(read_interface("eth1", 7, name));
	assert_string_equal(name, "eth1");
	assert_true(read_interface("\33[31mx", 0, name));
	assert_string_equal(name, "?[31mx");
	/* nft would not load that */
	assert_true(read_interface("a\"b", 0, name));
	assert_string_equal(name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_written_as_documented),
		cmocka_unit_test(what_is_plain_is_left_out),
		cmocka_unit_test(the_longest_comes_back),
		cmocka_unit_test(damaged_records_are_survived),
		cmocka_unit_test(texts_need_no_nul),
		cmocka_unit_test(texts_are_printable),
		cmocka_unit_test(numbers_may_have_any_length),
		cmocka_unit_test(unknown_types_are_skipped),
		cmocka_unit_test(any_bytes_are_survived),
		cmocka_unit_test(comments_stand_alone),
		cmocka_unit_test(interfaces_are_of_this_boot),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
