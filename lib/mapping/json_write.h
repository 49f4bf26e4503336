/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects and lists of objects, written as JSON. */
#ifndef MAPPING_JSON_WRITE_H
#define MAPPING_JSON_WRITE_H

#include "pubport.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* fills in the object of an item; false when memory ran out */
typedef bool (*json_fill_fn)(cJSON *object, const void *item);

/**
 * struct json_list - what becomes an array of objects
 * @items: the first item
 * @count: number of @items
 * @size: bytes of an item
 * @fill: fills in the object of an item
 */
struct json_list {
	const void *items;
	size_t count;
	size_t size;
	json_fill_fn fill;
};

/* prints a value; false when memory ran out */
typedef bool (*json_print_fn)(FILE *out, const void *value);

bool json_add_string(cJSON *object, const char *name, const char *string);
bool json_add_string_or_null(cJSON *object, const char *name,
			     const char *string);
bool json_add_number(cJSON *object, const char *name, uint64_t number);
bool json_add_addr(cJSON *object, const char *name,
		   const struct pubport_addr *addr);
bool json_add_protocol(cJSON *object, enum pubport_protocol protocol);
bool json_add_time(cJSON *object, const char *name, int64_t seconds);
bool json_add_flag(cJSON *object, const char *name, bool set);
bool json_add_list(cJSON *object, const char *name,
		   const struct json_list *list);
cJSON *json_append(cJSON *array, cJSON *item);
bool json_print_list(FILE *out, const void *value);
int json_object_to_text(json_fill_fn fill, const void *item, char **ret_text);
int json_print_to_text(json_print_fn print, const void *value, char **ret_text);
int json_list_to_text(const struct json_list *list, char **ret_text);

#endif
