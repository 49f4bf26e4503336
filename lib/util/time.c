/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as text: "90s", "1h30m", "2d". */
#include "util/cleanup.h"
#include "util/error.h"

#include <ctype.h>
#include <string.h>

/* longer ones are nobody's wish: a century */
#define DURATION_MAX (UINT64_C(100) * 365 * 24 * 3600)

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
