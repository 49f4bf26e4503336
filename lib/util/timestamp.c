/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as text: "2026-11-23T10:00:00Z", as RFC 3339 has it. */
#include "util/timestamp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* years have four digits there */
#define YEAR_END 10000

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
	/* no day like the 30th of February, no blanks, signs or missing zeros
	 */
	if (seconds <= 0 || strcmp(timestamp_format(seconds, again), text) != 0)
		return -EINVAL;
	*ret_seconds = seconds;
	return 0;
}
