/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for a shell, and errors that gain words. */
#include "unit.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <string.h>

static void check_quoted(const char *word, const char *expected)
{
	struct strbuf text = { .out = NULL };

	assert_int_equal(strbuf_open(&text), 0);
	shell_quote(text.out, word);
	assert_int_equal(strbuf_close(&text), 0);
	assert_string_equal(text.string, expected);
	strbuf_done(&text);
}

static void words_are_quoted_where_a_shell_needs_it(void **state)
{
	(void)state;
	check_quoted("8080:80/tcp", "8080:80/tcp");
	check_quoted("name=web", "name=web");
	check_quoted("", "''");
	check_quoted("a b", "'a b'");
	check_quoted("[::1]:80", "'[::1]:80'");
	check_quoted("it's", "'it'\\''s'");
	check_quoted("$(reboot)", "'$(reboot)'");
}

static void a_hint_is_whole_or_not_there(void **state)
{
	struct pubport_error error = { .code = 0 };
	char word[sizeof(error.hint)];

	(void)state;
	error_hint_command(&error, "sudo pubport",
			   (const char *const[]){ "rm", "a b", NULL });
	assert_string_equal(error.hint, "sudo pubport rm 'a b'");
	error.hint[0] = '\0';
	memset(word, '1', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	error_hint_command(&error, "x", (const char *const[]){ word, NULL });
	assert_string_equal(error.hint, "");
	/* the longest that fits */
	word[sizeof(word) - sizeof("x ")] = '\0';
	error_hint_command(&error, "x", (const char *const[]){ word, NULL });
	assert_int_equal(strlen(error.hint), sizeof(error.hint) - 1);
}

static void a_message_gains_words(void **state)
{
	struct pubport_error error;

	(void)state;
	error_set(&error, PUBPORT_USAGE, -EINVAL, "no %s", "field");
	error_append(&error, "; known are %s", ".Name\033");
	error_prefix(&error, "a\nb");
	assert_string_equal(error.message,
			    "\"a?b\": no field; known are .Name?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_where_a_shell_needs_it),
		cmocka_unit_test(a_hint_is_whole_or_not_there),
		cmocka_unit_test(a_message_gains_words),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
