/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clocks; durations as text, "1h30m"; and points in time as text,
 * "2026-11-23T10:00:00Z", as RFC 3339 has it.
 */
#include "util/time.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

/* years have four digits in a timestamp */
#define YEAR_END 10000

static int64_t read_clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/**
 * time_now_ms() - read the clock on the wall
 *
 * Return: milliseconds since the epoch.  Whoever adds what is left of a
 * mapping's time needs them: with seconds alone, its end would seem to move.
 */
int64_t time_now_ms(void)
{
	return read_clock_ms(CLOCK_REALTIME);
}

/**
 * time_monotonic_ms() - read the clock that nobody sets
 *
 * Return: milliseconds of CLOCK_MONOTONIC: like the kernel's timeouts, it
 * stands still while the machine sleeps.
 */
int64_t time_monotonic_ms(void)
{
	return read_clock_ms(CLOCK_MONOTONIC);
}

/**
 * time_thread_ns() - read the clock of the thread's own work
 *
 * Others that keep the processor busy take none of it.
 *
 * Return: nanoseconds of processor time that the thread took so far.
 */
int64_t time_thread_ns(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* clocks are slewed, and read one after the other */
#define BOOT_SLACK 2

/**
 * time_boot() - say when this machine booted, by the clock as it is set now
 *
 * Return: seconds since the epoch; another one after the clock was set.
 */
int64_t time_boot(void)
{
	int64_t up_ms = read_clock_ms(CLOCK_BOOTTIME);

	return (time_now_ms() - up_ms + 500) / 1000;
}

/**
 * time_was_set() - look whether somebody set the clock
 * @boot_then: what time_boot() was before
 *
 * Return: whether it is another time by more than what slewing makes of it.
 */
bool time_was_set(int64_t boot_then)
{
	int64_t set_by = time_boot() - boot_then;

	return set_by < -BOOT_SLACK || set_by > BOOT_SLACK;
}

/**
 * time_follow_clock() - say when something was, after the clock was set
 * @seconds: since the epoch, by the clock as it was
 * @boot_then: what time_boot() was then
 *
 * What was before this machine booted, or will be, is by another clock.
 *
 * Return: when it was by the clock as it is set now.
 */
int64_t time_follow_clock(int64_t seconds, int64_t boot_then)
{
	int64_t up = read_clock_ms(CLOCK_BOOTTIME) / 1000;

	if (seconds < boot_then - BOOT_SLACK ||
	    seconds - boot_then > up + BOOT_SLACK || !time_was_set(boot_then))
		return seconds;
	return seconds + time_boot() - boot_then;
}

static const struct unit {
	char letter;
	uint32_t seconds;
} units[] = {
	{ 'w', 7 * 24 * 3600 },
	{ 'd', 24 * 3600 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
};

static uint32_t unit_seconds(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].letter == letter)
			return units[i].seconds;
	return 0;
}

static uint64_t read_number(const char **text)
{
	uint64_t number = 0;

	while (isdigit((unsigned char)**text)) {
		if (number <= DURATION_MAX)
			number = 10 * number + (uint64_t)(**text - '0');
		++*text;
	}
	return number;
}

/**
 * pubport_duration_parse() - read a duration
 * @text: one or more of NUMBER and a unit: w, d, h, m or s; or seconds alone
 * @ret_seconds: at least 1
 * @error: why it is none, or NULL
 *
 * Return: 0 or -EINVAL.
 */
PUBPORT_EXPORT int pubport_duration_parse(const char *text,
					  uint32_t *ret_seconds,
					  struct pubport_error *error)
{
	uint64_t sum = 0, number;
	const char *at = text;
	uint32_t unit = 1;

	while (unit && isdigit((unsigned char)*at) && sum <= DURATION_MAX) {
		number = read_number(&at);
		/* a number alone is seconds */
		if (*at || sum)
			unit = unit_seconds(*at);
		sum += number * unit;
		at += unit && *at;
	}
	if (!unit || *at || !sum)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "duration \"%.64s\": not like 90s, 10m, 1h30m "
				 "or 2d",
				 text);
	if (sum > DURATION_MAX)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "duration \"%.64s\": longer than a century",
				 text);
	*ret_seconds = (uint32_t)sum;
	return 0;
}

/**
 * timestamp_format() - write a point in time
 * @seconds: since the epoch, UTC
 * @ret_text: TIMESTAMP_SIZE bytes; "" for a year of more than four digits
 *
 * Return: @ret_text.
 */
const char *timestamp_format(int64_t seconds, char *ret_text)
{
	time_t when = (time_t)seconds;
	struct tm utc;

	ret_text[0] = '\0';
	if (gmtime_r(&when, &utc) && utc.tm_year < YEAR_END - 1900)
		strftime(ret_text, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return ret_text;
}

/**
 * timestamp_parse() - read a point in time
 * @text: exactly as timestamp_format() writes it
 * @ret_seconds: since the epoch, UTC; more than 0
 *
 * Return: 0 or -EINVAL.
 */
int timestamp_parse(const char *text, int64_t *ret_seconds)
{
	char again[TIMESTAMP_SIZE];
	struct tm utc = { .tm_year = 0 };
	time_t seconds;

	if (sscanf(text, "%9d-%2d-%2dT%2d:%2d:%2dZ", &utc.tm_year, &utc.tm_mon,
		   &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec) != 6)
		return -EINVAL;
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	seconds = timegm(&utc);
	/* no 30th of February, no blanks, signs or missing zeros */
	if (seconds <= 0 || strcmp(timestamp_format(seconds, again), text) != 0)
		return -EINVAL;
	*ret_seconds = seconds;
	return 0;
}
