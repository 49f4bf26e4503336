/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings from JSON.
 *
 * The array is cut into its entries here, and one after another is read: so
 * only one object at a time takes memory, and where something is wrong, the
 * line and the entry are known.
 */
#include "mapping/json_entry.h"
#include "mapping/json_scan.h"
#include "mapping/mapping.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

#define TEXT_MAX_MIB 64

static int read_entry(const struct json_entry *entry,
		      struct pubport_mappings *mappings)
{
	struct pubport_mapping *items =
		array_grow(mappings->items, mappings->count, sizeof(*items));
	int code;

	if (!items)
		return error_memory(entry->error);
	mappings->items = items;
	code = json_entry_read(entry, &items[mappings->count]);
	mappings->count += !code;
	return code;
}

/* leaves @at at the bracket that ends the array, or where it should be */
static int read_entries(const char **at, struct json_entry *entry,
			struct pubport_mappings *mappings)
{
	int code;

	do {
		entry->start = json_skip_blanks(*at + 1);
		entry->end = json_skip_item(entry->start);
		entry->index = mappings->count;
		code = read_entry(entry, mappings);
		*at = entry->end;
	} while (!code && **at == ',');
	return code;
}

static int read_array(const char *text, struct pubport_mappings *mappings,
		      struct pubport_error *error)
{
	struct json_entry entry = { .text = text, .error = error };
	const char *at = json_skip_blanks(text), *rest;
	int code = 0;

	if (*at != '[')
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "line %zu: not an array of mappings",
				 json_line(text, at));
	rest = json_skip_blanks(at + 1);
	if (*rest == ']')
		at = rest;
	else
		code = read_entries(&at, &entry, mappings);
	if (code)
		return code;
	rest = *at == ']' ? json_skip_blanks(at + 1) : at;
	return *at == ']' && !*rest ? 0 : json_refuse(text, rest, error);
}

static const char *entry_at(const char *text, size_t index)
{
	const char *at = strchr(text, '[') + 1;

	while (index--)
		at = json_skip_item(at) + 1;
	return json_skip_blanks(at);
}

/* what can't be published together can't have been saved together */
static int find_collision(const char *text,
			  const struct pubport_mappings *mappings,
			  struct pubport_error *error)
{
	char key[PUBPORT_KEY_TEXT_SIZE];
	size_t index;
	int code = mappings_find_collision(mappings, &index);

	if (code)
		return code == -ENOENT ? 0 : error_memory(error);
	pubport_key_format(&mappings->items[index].key, key, sizeof(key));
	error_set(error, PUBPORT_CONFLICT, -EEXIST,
		  "line %zu, entry %zu: %s is there twice, or overlaps another",
		  json_line(text, entry_at(text, index)), index + 1, key);
	error_index(error, index);
	return -EEXIST;
}

/**
 * pubport_mappings_from_json() - read mappings as JSON
 * @text: as pubport_mappings_to_json() writes it; members that have a default
 *	may be left out, and connections don't count
 * @ret_mappings: in the same order; free with pubport_mappings_done()
 * @error: why it failed, by line, entry and member; its index is the entry's;
 *	or NULL
 *
 * Return: 0; -EINVAL for what is no such text; -EEXIST for a key that is there
 * twice, or overlaps another; -EFBIG for more than 64 MiB; -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_mappings_from_json(const char *text,
			   struct pubport_mappings *ret_mappings,
			   struct pubport_error *error)
{
	const size_t most = (size_t)TEXT_MAX_MIB * 1024 * 1024;
	struct pubport_mappings mappings CLEANUP(
		pubport_mappings_done) = { NULL, 0 };
	int code;

	if (strnlen(text, most + 1) > most)
		return error_set(error, PUBPORT_USAGE, -EFBIG,
				 "JSON: more than %d MiB", TEXT_MAX_MIB);
	code = read_array(text, &mappings, error);
	if (!code)
		code = find_collision(text, &mappings, error);
	if (code)
		return code;
	*ret_mappings = mappings;
	mappings = (struct pubport_mappings){ NULL, 0 };
	return 0;
}
