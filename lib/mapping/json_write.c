/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects and lists of objects, written as JSON.
 *
 * cJSON builds and prints each object; a list is their lines between brackets,
 * so that only one object at a time takes memory.
 */
#include "mapping/json_write.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/strbuf.h"
#include "util/timestamp.h"

#include <errno.h>
#include <inttypes.h>

static void cleanup_cjson(cJSON **item)
{
	cJSON_Delete(*item);
}

static const void *list_item(const struct json_list *list, size_t index)
{
	return (const char *)list->items + index * list->size;
}

/* ------------------------------------------------------------- members -- */

/**
 * json_add_string() - add a member that is a string
 * @object: where
 * @name: of the member
 * @string: its value
 *
 * Return: false when memory ran out.
 */
bool json_add_string(cJSON *object, const char *name, const char *string)
{
	return cJSON_AddStringToObject(object, name, string);
}

/**
 * json_add_string_or_null() - add a member that is a string, or null for ""
 * @object: where
 * @name: of the member
 * @string: its value
 *
 * Return: false when memory ran out.
 */
bool json_add_string_or_null(cJSON *object, const char *name,
			     const char *string)
{
	if (*string)
		return json_add_string(object, name, string);
	return cJSON_AddNullToObject(object, name);
}

/**
 * json_add_number() - add a member that is a number
 * @object: where
 * @name: of the member
 * @number: its value; cJSON's own numbers are doubles, which hold 53 bits
 *
 * Return: false when memory ran out.
 */
bool json_add_number(cJSON *object, const char *name, uint64_t number)
{
	char digits[21];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	return cJSON_AddRawToObject(object, name, digits);
}

/**
 * json_add_addr() - add a member that is an address
 * @object: where
 * @name: of the member
 * @addr: its value
 *
 * Return: false when memory ran out.
 */
bool json_add_addr(cJSON *object, const char *name,
		   const struct pubport_addr *addr)
{
	char string[PUBPORT_ADDR_TEXT_SIZE];

	return json_add_string(object, name,
			       pubport_addr_format(addr, string,
						   sizeof(string)));
}

/**
 * json_add_protocol() - add the member "protocol"
 * @object: where
 * @protocol: its value
 *
 * Return: false when memory ran out.
 */
bool json_add_protocol(cJSON *object, enum pubport_protocol protocol)
{
	return json_add_string(object, "protocol",
			       pubport_protocol_name(protocol));
}

/**
 * json_add_time() - add a member that is a time
 * @object: where
 * @name: of the member
 * @seconds: since the epoch; null for 0 and for what no calendar knows
 *
 * Return: false when memory ran out.
 */
bool json_add_time(cJSON *object, const char *name, int64_t seconds)
{
	char string[TIMESTAMP_SIZE] = "";

	if (seconds)
		timestamp_format(seconds, string);
	return json_add_string_or_null(object, name, string);
}

/**
 * json_add_flag() - add a member that is true, unless it isn't
 * @object: where
 * @name: of the member
 * @set: whether it is so; what most mappings are not is left out
 *
 * Return: false when memory ran out.
 */
bool json_add_flag(cJSON *object, const char *name, bool set)
{
	return !set || cJSON_AddTrueToObject(object, name);
}

/**
 * json_append() - add an item to an array
 * @array: where
 * @item: is taken over
 *
 * Return: the item, or NULL when memory ran out.
 */
cJSON *json_append(cJSON *array, cJSON *item)
{
	if (cJSON_AddItemToArray(array, item))
		return item;
	cJSON_Delete(item);
	return NULL;
}

static bool add_object(cJSON *array, const struct json_list *list, size_t index)
{
	cJSON *object = json_append(array, cJSON_CreateObject());

	return object && list->fill(object, list_item(list, index));
}

/**
 * json_add_list() - add a member that is an array of objects
 * @object: where
 * @name: of the member
 * @list: the objects
 *
 * Return: false when memory ran out.
 */
bool json_add_list(cJSON *object, const char *name,
		   const struct json_list *list)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);
	bool added = array;

	for (size_t i = 0; added && i < list->count; i++)
		added = add_object(array, list, i);
	return added;
}

/* ------------------------------------------------------------ printing -- */

/* one line, or NULL; cJSON escapes control characters, but no DEL or beyond */
static char *print_object(json_fill_fn fill, const void *item)
{
	cJSON *object CLEANUP(cjson) = cJSON_CreateObject();
	char *text;

	if (!object || !fill(object, item))
		return NULL;
	text = cJSON_PrintUnformatted(object);
	if (text)
		text_make_printable(text);
	return text;
}

/**
 * json_print_list() - print a list, one object a line
 * @out: where
 * @value: a struct json_list: people can read it, and line tools can work on
 *	it
 *
 * Return: false when memory ran out.
 */
bool json_print_list(FILE *out, const void *value)
{
	const struct json_list *list = value;
	char *text;

	fputc('[', out);
	for (size_t i = 0; i < list->count; i++) {
		text = print_object(list->fill, list_item(list, i));
		if (!text)
			return false;
		fprintf(out, "%s%s", i ? ",\n" : "\n", text);
		cJSON_free(text);
	}
	fputs(list->count ? "\n]" : "]", out);
	return true;
}

/**
 * json_object_to_text() - print an object into a string
 * @fill: fills in the object
 * @item: handed to @fill
 * @ret_text: one line; free with free()
 *
 * Return: 0 or -ENOMEM.
 */
int json_object_to_text(json_fill_fn fill, const void *item, char **ret_text)
{
	char *text = print_object(fill, item);

	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

/**
 * json_print_to_text() - print a value into a string
 * @print: prints it
 * @value: handed to @print
 * @ret_text: free with free()
 *
 * Return: 0 or -ENOMEM.
 */
int json_print_to_text(json_print_fn print, const void *value, char **ret_text)
{
	struct text text CLEANUP(text_done) = { .out = NULL };

	if (text_open(&text) || !print(text.out, value) || text_close(&text))
		return -ENOMEM;
	*ret_text = TAKE_PTR(text.string);
	return 0;
}

/**
 * json_list_to_text() - print a list into a string
 * @list: which
 * @ret_text: one object a line; free with free()
 *
 * Return: 0 or -ENOMEM.
 */
int json_list_to_text(const struct json_list *list, char **ret_text)
{
	return json_print_to_text(json_print_list, list, ret_text);
}
