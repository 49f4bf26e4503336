/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as text, and clocks that are set. */
#include "unit.h"
#include "util/time.h"

static const struct {
	const char *text;
	uint32_t seconds;
} good[] = {
	{ "1", 1 },	   { "90", 90 },
	{ "90s", 90 },	   { "10m", 600 },
	{ "1h30m", 5400 }, { "2d", 172800 },
	{ "1w", 604800 },  { "1h0m", 3600 },
	{ "007s", 7 },	   { "36500d", 3153600000 },
};

static const char *const bad[] = {
	"",	      "0",  "0s",     "-5",
	"+5",	      " 5", "5 ",     "x",
	"5x",	      "s",  "1h30",   "5m3",
	"1.5h",	      "1H", "36501d", "99999999999999999999999999999s",
	"5s\033[31m",
};

static void durations_are_read(void **state)
{
	uint32_t seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(pubport_duration_parse(good[i].text, &seconds,
							NULL),
				 0);
		assert_int_equal(seconds, good[i].seconds);
	}
}

static void other_words_are_refused(void **state)
{
	struct pubport_error error;
	uint32_t seconds = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(pubport_duration_parse(bad[i], &seconds,
							&error),
				 -EINVAL);
		assert_int_equal(error.status, PUBPORT_USAGE);
		assert_non_null(strstr(error.message, "duration \""));
		assert_null(strchr(error.message, '\033'));
		assert_int_equal(seconds, 42);
	}
}

/* the reason is not cut off by the word */
static void long_words_are_cut(void **state)
{
	struct pubport_error error;
	uint32_t seconds;
	char word[1000];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	pubport_duration_parse(word, &seconds, &error);
	assert_non_null(strstr(error.message, "x\": not like"));
	memset(word, '9', sizeof(word) - 1);
	pubport_duration_parse(word, &seconds, &error);
	assert_non_null(strstr(error.message, "9\": longer than"));
}

/* of this boot: as many seconds ago as before */
static void times_follow_the_clock(void **state)
{
	int64_t boot = time_boot();

	(void)state;
	assert_false(time_was_set(boot));
	assert_true(time_was_set(boot - 86400));
	assert_int_equal(time_follow_clock(boot + 5, boot), boot + 5);
	assert_in_range(time_follow_clock(boot - 86395, boot - 86400), boot + 4,
			boot + 6);
	assert_in_range(time_follow_clock(boot + 86405, boot + 86400), boot + 4,
			boot + 6);
	/* by another clock: before it booted, and to come */
	assert_int_equal(time_follow_clock(1000, boot - 86400), 1000);
	assert_int_equal(time_follow_clock(boot + 86400 * 400, boot - 86400),
			 boot + 86400 * 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(times_follow_the_clock),
	};

	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
