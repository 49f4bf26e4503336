/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns as wide as docker makes them. */
#include "format/columns.h"
#include "unit.h"

static void assert_columns(const char *text, const char *wanted)
{
	char *printed = NULL;
	size_t length;
	FILE *out = open_memstream(&printed, &length);

	assert_non_null(out);
	assert_int_equal(columns_print(text, strlen(text), out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(printed, wanted);
	free(printed);
}

static void a_column_is_at_least_ten_wide(void **state)
{
	(void)state;
	assert_columns("NAMES\tPORTS\nflask\t0.0.0.0:8080->80/tcp\n",
		       "NAMES     PORTS\n"
		       "flask     0.0.0.0:8080->80/tcp\n");
	assert_columns("\ta\n", "          a\n");
	assert_columns("1234567\ta\n", "1234567   a\n");
}

static void three_blanks_follow_the_longest_cell(void **state)
{
	(void)state;
	assert_columns("NAME\tA\n12345678\tB\n", "NAME       A\n"
						 "12345678   B\n");
	assert_columns("a-long-name\tb\tc\nd\ta-longer-name\te\n",
		       "a-long-name   b               c\n"
		       "d             a-longer-name   e\n");
}

static void the_last_cell_is_left_as_it_is(void **state)
{
	(void)state;
	assert_columns("a\tthe-longest-of-them\nb\tc\n",
		       "a         the-longest-of-them\n"
		       "b         c\n");
	assert_columns("a long line without any column\nb\tc\n",
		       "a long line without any column\n"
		       "b         c\n");
	assert_columns("a\t\n", "a         \n");
}

static void a_line_without_a_cell_ends_its_column(void **state)
{
	(void)state;
	assert_columns("a-long-name\t1\nbreak\nb\t2\n", "a-long-name   1\n"
							"break\n"
							"b         2\n");
	assert_columns("a\ta-long-name\t1\nb\t2\nc\td\t3\n",
		       "a         a-long-name   1\n"
		       "b         2\n"
		       "c         d         3\n");
}

static void characters_count_not_bytes(void **state)
{
	(void)state;
	assert_columns("\303\251\303\251\303\251\303\251\303\251\303\251\tx\n",
		       "\303\251\303\251\303\251\303\251\303\251\303\251    "
		       "x\n");
}

static void a_letter_takes_as_many_columns_as_on_a_terminal(void **state)
{
	(void)state;
	assert_columns("日本\tx\n", "日本      x\n");
	assert_columns("日本日本\tx\nb\ty\n", "日本日本   x\n"
					      "b          y\n");
	assert_columns("😀\tx\n", "😀        x\n");
	assert_columns("ａｱ…\tx\n", "ａｱ…      x\n");
	/* an accent that follows its letter, and a space of no width */
	assert_columns("e\xcc\x81x\tx\n", "e\xcc\x81x        x\n");
	assert_columns("a\xe2\x80\x8b\tx\n", "a\xe2\x80\x8b         x\n");
	/* no letter at all */
	assert_columns("\xff\xc3\tx\n", "\xff\xc3        x\n");
}

static void the_last_newline_may_be_missing(void **state)
{
	(void)state;
	assert_columns("", "");
	assert_columns("\n", "\n");
	assert_columns("a\tb", "a         b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_is_at_least_ten_wide),
		cmocka_unit_test(three_blanks_follow_the_longest_cell),
		cmocka_unit_test(the_last_cell_is_left_as_it_is),
		cmocka_unit_test(a_line_without_a_cell_ends_its_column),
		cmocka_unit_test(characters_count_not_bytes),
		cmocka_unit_test(
			a_letter_takes_as_many_columns_as_on_a_terminal),
		cmocka_unit_test(the_last_newline_may_be_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
