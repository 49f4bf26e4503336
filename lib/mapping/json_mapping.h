/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping as a JSON object, and members that others have, too. */
#ifndef MAPPING_JSON_MAPPING_H
#define MAPPING_JSON_MAPPING_H

#include "pubport.h"

#include <cjson/cJSON.h>

bool json_add_string(cJSON *object, const char *name, const char *string);
bool json_add_string_or_null(cJSON *object, const char *name,
			     const char *string);
bool json_add_number(cJSON *object, const char *name, uint64_t number);
bool json_add_addr(cJSON *object, const char *name,
		   const struct pubport_addr *addr);
bool json_add_time(cJSON *object, const char *name, int64_t seconds);
bool json_append(cJSON *array, cJSON *item);
bool json_fill_mapping(cJSON *object, const void *mapping);

#endif
