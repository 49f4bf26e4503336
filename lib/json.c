/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings, targets and errors as JSON.
 *
 * cJSON builds and prints each object; a list is their lines between brackets,
 * so that only one object at a time takes memory.
 */
#include "error.h"
#include "util.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <time.h>

/* fills in the object of an item; false when memory ran out */
typedef bool (*fill_fn)(cJSON *object, const void *item);

/**
 * struct list - what becomes an array of objects
 * @items: the first item
 * @count: number of @items
 * @size: bytes of an item
 * @fill: fills in the object of an item
 */
struct list {
	const void *items;
	size_t count;
	size_t size;
	fill_fn fill;
};

static void cleanup_cjson(cJSON **item)
{
	cJSON_Delete(*item);
}

static const void *list_item(const struct list *list, size_t index)
{
	return (const char *)list->items + index * list->size;
}

/* ------------------------------------------------------------- members -- */

static bool add_string(cJSON *object, const char *name, const char *string)
{
	return cJSON_AddStringToObject(object, name, string);
}

static bool add_string_or_null(cJSON *object, const char *name,
			       const char *string)
{
	if (*string)
		return add_string(object, name, string);
	return cJSON_AddNullToObject(object, name);
}

/* cJSON's own numbers are doubles, which hold 53 bits */
static bool add_number(cJSON *object, const char *name, uint64_t number)
{
	char digits[21];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	return cJSON_AddRawToObject(object, name, digits);
}

static bool add_addr(cJSON *object, const char *name,
		     const struct pubport_addr *addr)
{
	char string[PUBPORT_ADDR_TEXT_SIZE];

	return add_string(object, name,
			  pubport_addr_format(addr, string, sizeof(string)));
}

static bool add_protocol(cJSON *object, enum pubport_protocol protocol)
{
	return add_string(object, "protocol", pubport_protocol_name(protocol));
}

/* RFC 3339 in UTC; null for 0 and for what no calendar knows */
static bool add_time(cJSON *object, const char *name, int64_t seconds)
{
	time_t when = (time_t)seconds;
	char string[32] = "";
	struct tm utc;

	if (seconds && gmtime_r(&when, &utc))
		strftime(string, sizeof(string), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return add_string_or_null(object, name, string);
}

static bool add_object(cJSON *array, const struct list *list, size_t index)
{
	cJSON *object = cJSON_CreateObject();

	if (!cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return false;
	}
	return list->fill(object, list_item(list, index));
}

static bool add_list(cJSON *object, const char *name, const struct list *list)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);
	bool added = array;

	for (size_t i = 0; added && i < list->count; i++)
		added = add_object(array, list, i);
	return added;
}

/* ------------------------------------------------------------ printing -- */

/* on one line; cJSON escapes control characters, but not those past ASCII */
static bool print_object(FILE *out, fill_fn fill, const void *item)
{
	cJSON *object CLEANUP(cjson) = cJSON_CreateObject();
	char *text;

	if (!object || !fill(object, item))
		return false;
	text = cJSON_PrintUnformatted(object);
	if (!text)
		return false;
	text_make_printable(text);
	fputs(text, out);
	cJSON_free(text);
	return true;
}

/* people can read it, and line tools can work on it */
static bool print_list(FILE *out, const struct list *list)
{
	fputc('[', out);
	for (size_t i = 0; i < list->count; i++) {
		fputs(i ? ",\n" : "\n", out);
		if (!print_object(out, list->fill, list_item(list, i)))
			return false;
	}
	fputs(list->count ? "\n]" : "]", out);
	return true;
}
