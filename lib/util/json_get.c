/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON that others wrote: nothing in it is taken for granted.
 *
 * What is missing, or is of another type than it should be, reads as empty.
 * cJSON refuses what is nested deeper than CJSON_NESTING_LIMIT; that the text
 * is not too long is up to the caller.
 */
#include "util/json_get.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/**
 * json_next() - read the next one of several values
 * @text: where it begins, perhaps after blanks; moved on behind it, and what
 *	blanks follow
 *
 * Return: the value, to be freed with cJSON_Delete(); NULL where there is none,
 * with @text at the end if it had no more, or without memory.
 */
cJSON *json_next(const char **text)
{
	const char *end;
	cJSON *value;

	*text += strspn(*text, " \t\r\n");
	value = cJSON_ParseWithOpts(*text, &end, false);
	if (value)
		*text = end + strspn(end, " \t\r\n");
	return value;
}

/**
 * json_member() - look up a member
 * @object: an object, or anything else, or NULL
 * @name: name of the member
 *
 * Return: the member, or NULL.
 */
const cJSON *json_member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/**
 * json_first() - begin to walk a list
 * @list: an array or an object, or anything else, or NULL
 *
 * Return: its first item, whose next ones hang on its "next"; or NULL.
 */
const cJSON *json_first(const cJSON *list)
{
	return list ? list->child : NULL;
}

/**
 * json_string() - look up a string
 * @object: an object, or anything else, or NULL
 * @name: name of the member
 *
 * Return: its text, as long as @object lives; "" where it is no string.
 */
const char *json_string(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(json_member(object, name));

	return text ? text : "";
}

/**
 * json_integer() - look up a number that counts something
 * @object: an object, or anything else, or NULL
 * @name: name of the member
 *
 * Return: it, or 0 where it is no number from 0 to INT_MAX.
 */
int json_integer(const cJSON *object, const char *name)
{
	const cJSON *member = json_member(object, name);

	if (!cJSON_IsNumber(member) || member->valuedouble < 0 ||
	    member->valuedouble > INT_MAX)
		return 0;
	return (int)member->valuedouble;
}
