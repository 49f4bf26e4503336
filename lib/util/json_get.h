/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON that others wrote: nothing in it is taken for granted. */
#ifndef UTIL_JSON_GET_H
#define UTIL_JSON_GET_H

#include <cjson/cJSON.h>

cJSON *json_next(const char **text);
const cJSON *json_member(const cJSON *object, const char *name);
const cJSON *json_first(const cJSON *list);
const char *json_string(const cJSON *object, const char *name);
int json_integer(const cJSON *object, const char *name);

static inline void cleanup_json(cJSON **item)
{
	cJSON_Delete(*item);
}

#endif
