/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of bytes, in a few characters. */
#include "format/units.h"
#include "unit.h"

static void assert_size(uint64_t bytes, const char *wanted)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	size_write(out, bytes);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, wanted);
	free(text);
}

static void sizes_have_three_digits(void **state)
{
	(void)state;
	assert_size(0, "0B");
	assert_size(1, "1B");
	assert_size(999, "999B");
	assert_size(1000, "1kB");
	assert_size(1234, "1.23kB");
	assert_size(12345, "12.3kB");
	assert_size(123456, "123kB");
	assert_size(999499, "999kB");
	assert_size(999500, "1MB");
	assert_size(999999, "1MB");
	assert_size(1000000000000, "1TB");
	assert_size(UINT64_MAX, "18.4EB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_three_digits),
	};

	return cmocka_run_group_tests_name("size", tests, NULL, NULL);
}
