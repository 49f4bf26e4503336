/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapping from a JSON object. */
#ifndef MAPPING_JSON_ENTRY_H
#define MAPPING_JSON_ENTRY_H

#include "pubport.h"

/**
 * struct json_entry - an entry of an array of mappings
 * @text: the whole text
 * @start: where the entry begins
 * @end: behind it, as far as that can be told
 * @index: of the entry
 * @error: why it can't be read, or NULL
 */
struct json_entry {
	const char *text;
	const char *start;
	const char *end;
	size_t index;
	struct pubport_error *error;
};

int json_entry_read(const struct json_entry *entry,
		    struct pubport_mapping *ret_mapping);

#endif
