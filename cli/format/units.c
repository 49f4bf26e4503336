/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times and sizes as docker words them: "About a minute", "12.3MB". */
#include "format/units.h"

#include <inttypes.h>
#include <stddef.h>

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/**
 * struct age_unit - how durations below @limit are worded
 * @limit: in seconds
 * @seconds: in one of the unit
 * @rounding: seconds to add first
 * @one: words for exactly one, or NULL where @limit leaves that to another
 * @many: words for more
 */
struct age_unit {
	int64_t limit;
	int64_t seconds;
	int64_t rounding;
	const char *one;
	const char *many;
};

static const struct age_unit age_units[] = {
	{ MINUTE, 1, 0, "1 second", "seconds" },
	{ HOUR, MINUTE, 0, "About a minute", "minutes" },
	{ 2 * DAY, HOUR, HOUR / 2, "About an hour", "hours" },
	{ 14 * DAY, DAY, HOUR / 2, NULL, "days" },
	{ 60 * DAY, 7 * DAY, HOUR / 2, NULL, "weeks" },
	{ 730 * DAY, 30 * DAY, HOUR / 2, NULL, "months" },
	{ INT64_MAX, 365 * DAY, 0, NULL, "years" },
};

/**
 * age_write() - print how long it is from one time to another
 * @out: where to
 * @from: in seconds
 * @to: in seconds; what lies before @from is no time away
 */
void age_write(FILE *out, int64_t from, int64_t to)
{
	const struct age_unit *unit = age_units;
	int64_t seconds, count;

	if (__builtin_sub_overflow(to, from, &seconds))
		seconds = to > from ? INT64_MAX : 0;
	if (seconds < 1) {
		fputs("Less than a second", out);
		return;
	}
	while (unit->limit != INT64_MAX &&
	       seconds >= unit->limit - unit->rounding)
		unit++;
	count = (seconds + unit->rounding) / unit->seconds;
	if (count == 1 && unit->one)
		fputs(unit->one, out);
	else
		fprintf(out, "%" PRId64 " %s", count, unit->many);
}

/**
 * size_write() - print a number of bytes, to three digits
 * @out: where to
 * @bytes: how many
 */
void size_write(FILE *out, uint64_t bytes)
{
	static const char *const suffixes[] = { "B",  "kB", "MB", "GB",
						"TB", "PB", "EB" };
	double size = (double)bytes;
	size_t unit = 0;

	/* three digits of more would be a thousand */
	while (size >= 999.5) {
		size /= 1000;
		unit++;
	}
	fprintf(out, "%.3g%s", size, suffixes[unit]);
}
