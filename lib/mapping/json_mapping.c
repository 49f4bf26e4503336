/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mapping as a JSON object: the table of its members, and how it is read.
 *
 * What is read comes from anyone.  cJSON is more generous than JSON: it takes
 * a member twice, and a string ends at an escaped NUL.  Both are refused here.
 * What else strings must not have in them, their members' own rules refuse.
 * The depth is bounded by cJSON.
 *
 * A new member needs a row in the table below and JSON_MAPPING_FIELDS, a member
 * of struct pubport_mapping, and docs/mapping.schema.json; if the kernel's
 * table is to keep it, a TLV in nft/userdata.c as well.
 *
 * The entries of an array are read one after another, so that only one object
 * at a time takes memory.
 */
#include "mapping/json_mapping.h"

#include "mapping/addr.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "mapping/mapping_check.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/time.h"

#include <string.h>

#define TEXT_MAX_MIB 64

/* how much of the text, or of a value or name in it, is shown in a message */
#define TEXT_SHOWN 32
#define VALUE_SHOWN 64

/* -------------------------------------------------------- what is wrong -- */

/**
 * struct entry - an entry of an array of mappings, being read
 * @text: the whole text
 * @start: where the entry begins in it
 * @index: of the entry
 * @error: why it can't be read, or NULL
 * @object: what cJSON made of it
 * @member: the member that is being read
 * @mapping: what it says so far
 */
struct entry {
	const char *text;
	const char *start;
	size_t index;
	struct pubport_error *error;
	cJSON *object;
	const cJSON *member;
	struct pubport_mapping mapping;
};

static void cleanup_entry(struct entry *entry)
{
	cJSON_Delete(entry->object);
	free(entry->mapping.from);
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

static size_t line_of(const char *text, const char *place)
{
	size_t line = 1;

	for (; text < place; text++)
		line += *text == '\n';
	return line;
}

/* what is no JSON, from a place on */
static int refuse_text(const char *text, const char *place,
		       struct pubport_error *error)
{
	int length;

	place = skip_blanks(place);
	length = (int)strcspn(place, "\r\n");
	if (!*place)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "line %zu: the text ends here, too early for "
				 "JSON",
				 line_of(text, place));
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "line %zu: not JSON from \"%.*s\" on",
			 line_of(text, place),
			 length < TEXT_SHOWN ? length : TEXT_SHOWN, place);
}

static int refuse_entry(const struct entry *entry, const char *why)
{
	error_set(entry->error, PUBPORT_USAGE, -EINVAL,
		  "line %zu, entry %zu: %s", line_of(entry->text, entry->start),
		  entry->index + 1, why);
	error_index(entry->error, entry->index);
	return -EINVAL;
}

static int refuse_field(const struct entry *entry, const char *field,
			const char *why)
{
	error_set(entry->error, PUBPORT_USAGE, -EINVAL,
		  "line %zu, entry %zu, \"%.*s\": %s",
		  line_of(entry->text, entry->start), entry->index + 1,
		  VALUE_SHOWN, field, why);
	error_index(entry->error, entry->index);
	return -EINVAL;
}

/* @value: of the member that is being read, or the part of it that is wrong */
static int refuse_value(const struct entry *entry, const cJSON *value,
			const char *why)
{
	char *text = cJSON_PrintUnformatted(value);
	char sentence[3 * VALUE_SHOWN];

	if (!text)
		return error_memory(entry->error);
	snprintf(sentence, sizeof(sentence), "%.*s%s %s", VALUE_SHOWN, text,
		 strlen(text) > VALUE_SHOWN ? "..." : "", why);
	cJSON_free(text);
	return refuse_field(entry, entry->member->string, sentence);
}

/* ----------------------------------------------------------- the fields -- */

#define AT(member) .offset = offsetof(struct pubport_mapping, member)
#define TEXT_AT(member)                                                        \
	AT(member), .detail = sizeof(((struct pubport_mapping *)NULL)->member)

/* in the order in which they are written */
const struct json_field json_mapping_fields[JSON_MAPPING_FIELDS] = {
	{ "host_ip", JSON_ADDR, AT(key.host), .is_required = true },
	{ "host_port", JSON_PORT, AT(key.ports.first), .is_required = true },
	{ "host_port_end", JSON_PORT, AT(key.ports.last) },
	{ "protocol", JSON_PROTOCOL, AT(key.protocol), .is_required = true },
	{ "target_ip", JSON_ADDR, AT(target_addr), .is_required = true },
	{ "target_port", JSON_PORT, AT(target_ports.first),
	  .is_required = true },
	{ "target_port_end", JSON_PORT, AT(target_ports.last) },
	{ "name", JSON_TEXT, TEXT_AT(name) },
	{ "target", JSON_TEXT, TEXT_AT(target) },
	{ "image", JSON_TEXT_OR_NULL, TEXT_AT(image) },
	{ "created", JSON_TIME, AT(created) },
	{ "expires", JSON_TIME, AT(expires) },
	{ "from", JSON_NETWORKS, AT(from) },
	{ "connections", JSON_COUNTER, AT(connections) },
	{ "host_interface", JSON_TEXT_OR_NULL, TEXT_AT(key.interface) },
	{ "masquerade", JSON_BOOL, AT(flags), PUBPORT_MAPPING_MASQUERADE },
	{ "helper", JSON_TEXT_OR_NULL, TEXT_AT(helper) },
	{ "no_loopback", JSON_FLAG, AT(flags), PUBPORT_MAPPING_NO_LOOPBACK },
	{ "shield", JSON_FLAG, AT(flags), PUBPORT_MAPPING_SHIELD },
	{ "symmetric", JSON_FLAG, AT(flags), PUBPORT_MAPPING_SYMMETRIC },
};

/* ----------------------------------------------------------------- read -- */

/* "" for what is no string, which nothing can be read from */
static const char *string_of(const cJSON *value)
{
	return cJSON_IsString(value) ? value->valuestring : "";
}

static int refuse_unless(const struct entry *entry, bool is_fine,
			 const char *why)
{
	return is_fine ? 0 : refuse_value(entry, entry->member, why);
}

static bool read_port(const cJSON *value, uint16_t *ret_port)
{
	double number = cJSON_IsNumber(value) ? value->valuedouble : 0;

	if (number >= 1 && number <= UINT16_MAX)
		*ret_port = (uint16_t)number;
	return *ret_port && *ret_port == number;
}

/* what else is wrong with it, mapping_why_wrong() finds */
static int read_text(const struct entry *entry, char *ret_text, size_t size)
{
	const char *text = string_of(entry->member);
	size_t length = strlen(text);
	char why[64];

	snprintf(why, sizeof(why), "is not a text of 1 to %zu characters",
		 size - 1);
	if (length && length < size)
		memcpy(ret_text, text, length + 1);
	return refuse_unless(entry, length && length < size, why);
}

static int read_networks(struct entry *entry)
{
	struct pubport_mapping *mapping = &entry->mapping;
	struct pubport_network *networks;
	const cJSON *item;

	if (!cJSON_IsArray(entry->member))
		return refuse_value(entry, entry->member,
				    "is not a list of networks");
	cJSON_ArrayForEach(item, entry->member)
	{
		networks = array_grow(mapping->from, mapping->from_count,
				      sizeof(*networks));
		if (!networks)
			return error_memory(entry->error);
		mapping->from = networks;
		if (pubport_network_parse(string_of(item),
					  &networks[mapping->from_count++],
					  NULL))
			return refuse_value(entry, item,
					    "is not a network such as "
					    "10.0.0.0/8 or fd00::/8");
	}
	return 0;
}

static int read_field(struct entry *entry, const struct json_field *field)
{
	void *value = (char *)&entry->mapping + field->offset;
	const cJSON *member = entry->member;
	const char *text = string_of(member);

	switch (field->type) {
	case JSON_ADDR:
		return refuse_unless(entry, !pubport_addr_parse(text, value),
				     "is not an address");
	case JSON_PORT:
		return refuse_unless(entry, read_port(member, value),
				     "is not a port from 1 to 65535");
	case JSON_PROTOCOL:
		return refuse_unless(entry, !protocol_parse(text, value),
				     "is not tcp, udp or sctp");
	case JSON_TEXT:
		return read_text(entry, value, field->detail);
	case JSON_TEXT_OR_NULL:
		return cJSON_IsNull(member)
			       ? 0
			       : read_text(entry, value, field->detail);
	case JSON_TIME:
		return refuse_unless(
			entry,
			cJSON_IsNull(member) || !timestamp_parse(text, value),
			"is not a time such as 2026-11-23T10:00:00Z");
	case JSON_NETWORKS:
		return read_networks(entry);
	case JSON_BOOL:
	case JSON_FLAG:
		if (cJSON_IsTrue(member))
			entry->mapping.flags |= field->detail;
		return refuse_unless(entry, cJSON_IsBool(member),
				     "is not true or false");
	case JSON_COUNTER:
		break;
	}
	return 0;
}

static int read_member(struct entry *entry, bool *seen)
{
	const char *name = entry->member->string;

	for (size_t i = 0; i < JSON_MAPPING_FIELDS; i++) {
		if (strcmp(json_mapping_fields[i].name, name) != 0)
			continue;
		if (seen[i])
			return refuse_field(entry, name, "it is there twice");
		seen[i] = true;
		return read_field(entry, &json_mapping_fields[i]);
	}
	return refuse_field(entry, name, "unknown field");
}

static int read_members(struct entry *entry)
{
	bool seen[JSON_MAPPING_FIELDS] = { false };
	int code = 0;

	cJSON_ArrayForEach(entry->member, entry->object)
	{
		code = read_member(entry, seen);
		if (code)
			return code;
	}
	for (size_t i = 0; !code && i < JSON_MAPPING_FIELDS; i++)
		if (json_mapping_fields[i].is_required && !seen[i])
			code = refuse_field(entry, json_mapping_fields[i].name,
					    "it is missing");
	return code;
}

static int check(struct entry *entry)
{
	const char *field, *why = mapping_why_wrong(&entry->mapping, &field);

	if (!why)
		return 0;
	entry->member = cJSON_GetObjectItemCaseSensitive(entry->object, field);
	return entry->member ? refuse_value(entry, entry->member, why)
			     : refuse_field(entry, field, why);
}

/* whether an escape between two places of valid JSON stands for a NUL */
static bool has_nul(const char *at, const char *end)
{
	while ((at = memchr(at, '\\', (size_t)(end - at)))) {
		if (!strncmp(at, "\\u0000", strlen("\\u0000")))
			return true;
		at += strlen("\\\\");
	}
	return false;
}

/* cJSON says of memory that ran out that it is no JSON, but for errno */
static int parse(struct entry *entry, const char *end, const char **ret_end)
{
	/* it is told of the NUL, and stops there when there should be more */
	size_t length = (size_t)(end - entry->start) + 1;
	const char *stop = entry->start;

	errno = 0;
	entry->object =
		cJSON_ParseWithLengthOpts(entry->start, length, &stop, false);
	if (!entry->object && errno == ENOMEM)
		return error_memory(entry->error);
	/* where a name should be it stops behind the first character */
	if (!entry->object && *stop && stop > entry->start &&
	    !strchr(" \t\r\n,:[{\"", stop[-1]))
		stop--;
	if (!entry->object)
		return refuse_text(entry->text, stop, entry->error);
	/* control characters are blanks to it, and a byte order mark */
	if (cJSON_IsObject(entry->object) && *entry->start != '{')
		return refuse_text(entry->text, entry->start, entry->error);
	if (has_nul(entry->start, stop))
		return refuse_entry(entry, "it has a NUL in it");
	if (!cJSON_IsObject(entry->object))
		return refuse_entry(entry, "it is not an object");
	*ret_end = stop;
	return 0;
}

/* ------------------------------------------------------------- an array -- */

/**
 * struct array - an array of mappings, being read
 * @text: the whole text
 * @end: the NUL behind it
 * @at: how far it was read
 * @mappings: so far
 * @error: why it can't be read, or NULL
 */
struct array {
	const char *text;
	const char *end;
	const char *at;
	struct pubport_mappings mappings;
	struct pubport_error *error;
};

static void cleanup_array(struct array *array)
{
	pubport_mappings_done(&array->mappings);
}

static int read_entry(struct array *array)
{
	struct entry entry CLEANUP(entry) = {
		.text = array->text,
		.start = skip_blanks(array->at),
		.index = array->mappings.count,
		.error = array->error,
	};
	int code = parse(&entry, array->end, &array->at);

	if (!code)
		code = read_members(&entry);
	if (code)
		return code;
	mapping_complete(&entry.mapping);
	code = check(&entry);
	if (!code && mappings_move(&array->mappings, &entry.mapping))
		code = error_memory(array->error);
	array->at = skip_blanks(array->at);
	return code;
}

static int read_array(struct array *array)
{
	int code = 0;

	array->at = skip_blanks(array->text);
	if (*array->at != '[')
		return error_set(array->error, PUBPORT_USAGE, -EINVAL,
				 "line %zu: not an array of mappings",
				 line_of(array->text, array->at));
	array->at = skip_blanks(array->at + 1);
	if (*array->at != ']')
		code = read_entry(array);
	while (!code && *array->at == ',') {
		array->at++;
		code = read_entry(array);
	}
	if (code)
		return code;
	if (*array->at != ']')
		return refuse_text(array->text, array->at, array->error);
	array->at = skip_blanks(array->at + 1);
	return *array->at ? refuse_text(array->text, array->at, array->error)
			  : 0;
}

/* what can't be published together can't have been saved together */
static int find_collision(const struct pubport_mappings *mappings,
			  struct pubport_error *error)
{
	char key[PUBPORT_KEY_TEXT_SIZE];
	size_t index;
	int code = mappings_find_collision(mappings, &index);

	if (code)
		return code == -ENOENT ? 0 : error_memory(error);
	pubport_key_format(&mappings->items[index].key, key, sizeof(key));
	error_set(error, PUBPORT_CONFLICT, -EEXIST,
		  "entry %zu: %s is there twice, or overlaps another",
		  index + 1, key);
	error_index(error, index);
	return -EEXIST;
}

/**
 * pubport_mappings_from_json() - read mappings as JSON
 * @text: as pubport_mappings_to_json() writes it; members that have a default
 *	may be left out, and connections don't count
 * @ret_mappings: in the same order; free with pubport_mappings_done()
 * @error: why it failed, by the line where an entry begins, entry and member;
 *	its index is the entry's; or NULL
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
	size_t length = strnlen(text, most + 1);
	struct array array CLEANUP(array) = {
		.text = text,
		.end = text + length,
		.error = error,
	};
	int code;

	if (length > most)
		return error_set(error, PUBPORT_USAGE, -EFBIG,
				 "JSON: more than %d MiB", TEXT_MAX_MIB);
	code = read_array(&array);
	if (!code)
		code = find_collision(&array.mappings, error);
	if (code)
		return code;
	*ret_mappings = array.mappings;
	memset(&array.mappings, 0, sizeof(array.mappings));
	return 0;
}
