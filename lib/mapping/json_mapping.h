/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping as a JSON object: the members by which it is read and written. */
#ifndef MAPPING_JSON_MAPPING_H
#define MAPPING_JSON_MAPPING_H

#include "pubport.h"

#include <cjson/cJSON.h>

enum json_type {
	JSON_ADDR,
	JSON_PORT,
	JSON_PROTOCOL,
	JSON_TEXT,
	JSON_TEXT_OR_NULL,
	JSON_TIME,
	JSON_NETWORKS,
	JSON_BOOL,
	JSON_FLAG,    /* written when it is set: what most mappings are not */
	JSON_COUNTER, /* written, but not read: only the kernel knows it */
};

/**
 * struct json_field - a member that a mapping's object may have
 * @name: its name
 * @type: what its value looks like
 * @offset: where the value is in a struct pubport_mapping
 * @detail: of a text, its size there; of a flag, which one
 * @is_required: whether it must not be left out
 */
struct json_field {
	const char *name;
	enum json_type type;
	size_t offset;
	unsigned int detail;
	bool is_required;
};

#define JSON_MAPPING_FIELDS 20

extern const struct json_field json_mapping_fields[JSON_MAPPING_FIELDS];

#endif
