/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things stand in a text that may be JSON.
 *
 * Nothing is checked here: whoever reads what lies between finds out whether
 * it is JSON.  No function goes beyond the NUL at the end of the text.
 */
#include "mapping/json_scan.h"

#include "util/error.h"

#include <string.h>

/* how much of the text is shown in a message */
#define SHOWN 32

/* what begins or ends an item, or a string in it */
#define MARKS "\",[]{}"

/**
 * json_skip_blanks() - skip what means nothing
 * @at: a place in the text
 *
 * Return: the first character that is no blank.
 */
const char *json_skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* @at: behind the first quote */
static const char *skip_string(const char *at)
{
	while (*at && *at != '"')
		at += *at == '\\' && at[1] ? 2 : 1;
	return *at ? at + 1 : at;
}

/**
 * json_skip_item() - skip an item of an array, or a member of an object
 * @at: where it begins
 *
 * Return: the comma or bracket that ends it, or the end of the text.
 */
const char *json_skip_item(const char *at)
{
	size_t depth = 0;

	while (*(at += strcspn(at, MARKS))) {
		if (!depth && strchr(",]}", *at))
			return at;
		depth += *at == '[' || *at == '{';
		depth -= *at == ']' || *at == '}';
		at = *at == '"' ? skip_string(at + 1) : at + 1;
	}
	return at;
}

/**
 * json_find_nul() - find an escape that stands for a NUL
 * @at: where valid JSON begins
 * @end: where it ends
 *
 * Return: the first one, or NULL.
 */
const char *json_find_nul(const char *at, const char *end)
{
	while ((at = memchr(at, '\\', (size_t)(end - at)))) {
		if (!strncmp(at, "\\u0000", strlen("\\u0000")))
			return at;
		at += strlen("\\\\");
	}
	return NULL;
}

/**
 * json_line() - tell the line of a place
 * @text: all of the text
 * @place: in it
 *
 * Return: its line, from 1.
 */
size_t json_line(const char *text, const char *place)
{
	size_t line = 1;

	for (; text < place; text++)
		line += *text == '\n';
	return line;
}

/**
 * json_refuse() - describe what is no JSON
 * @text: all of the text
 * @place: from where on
 * @error: receives it, or NULL
 *
 * Return: -EINVAL.
 */
int json_refuse(const char *text, const char *place,
		struct pubport_error *error)
{
	int length;

	place = json_skip_blanks(place);
	length = (int)strcspn(place, "\r\n");
	if (!*place)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "line %zu: the text ends here, too early for "
				 "JSON",
				 json_line(text, place));
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "line %zu: not JSON from \"%.*s\" on",
			 json_line(text, place),
			 length < SHOWN ? length : SHOWN, place);
}
