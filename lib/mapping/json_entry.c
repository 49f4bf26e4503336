/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mapping from a JSON object, which comes from anyone.
 *
 * cJSON is more generous than JSON: it takes a member twice, and a string ends
 * at an escaped NUL.  Both are refused here.  What else strings must not have
 * in them, their members' own rules refuse.  The depth is bounded by cJSON.
 */
#include "mapping/json_entry.h"

#include "mapping/addr.h"
#include "mapping/json_scan.h"
#include "mapping/key.h"
#include "mapping/mapping_check.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/timestamp.h"

#include <cjson/cJSON.h>
#include <string.h>

/* how much of a value, or of a member's name, is shown in a message */
#define SHOWN 64

/**
 * struct reader - an entry being read
 * @entry: where it stands
 * @object: what cJSON made of it
 * @mapping: what it says so far
 */
struct reader {
	const struct json_entry *entry;
	cJSON *object;
	struct pubport_mapping mapping;
};

static void cleanup_reader(struct reader *reader)
{
	cJSON_Delete(reader->object);
	free(reader->mapping.from);
}

/* ----------------------------------------------------------- what is wrong */

static int refuse_entry(const struct json_entry *entry, const char *why)
{
	error_set(entry->error, PUBPORT_USAGE, -EINVAL,
		  "line %zu, entry %zu: %s",
		  json_line(entry->text, entry->start), entry->index + 1, why);
	error_index(entry->error, entry->index);
	return -EINVAL;
}

/* where a member stands; one that is missing, where the entry does */
static const char *place_of(const struct reader *reader, const cJSON *member)
{
	const char *at = reader->entry->start;

	if (!member)
		return at;
	at++;
	for (const cJSON *i = reader->object->child; i != member; i = i->next)
		at = json_skip_item(at) + 1;
	return json_skip_blanks(at);
}

/* @member: NULL where the field is missing */
static int refuse_field(const struct reader *reader, const cJSON *member,
			const char *field, const char *why)
{
	const struct json_entry *entry = reader->entry;

	error_set(entry->error, PUBPORT_USAGE, -EINVAL,
		  "line %zu, entry %zu, \"%.*s\": %s",
		  json_line(entry->text, place_of(reader, member)),
		  entry->index + 1, SHOWN, field, why);
	error_index(entry->error, entry->index);
	return -EINVAL;
}

/* @value: of @member, or the part of it that is wrong */
static int refuse_value(const struct reader *reader, const cJSON *member,
			const cJSON *value, const char *why)
{
	char *text = cJSON_PrintUnformatted(value);
	char sentence[2 * SHOWN + sizeof("... ")];

	if (!text)
		return error_memory(reader->entry->error);
	snprintf(sentence, sizeof(sentence), "%.*s%s %s", SHOWN, text,
		 strlen(text) > SHOWN ? "..." : "", why);
	cJSON_free(text);
	return refuse_field(reader, member, member->string, sentence);
}

/* -------------------------------------------------------------- the members */

struct field;

typedef int (*read_fn)(struct reader *reader, const struct field *field,
		       const cJSON *member);

/**
 * struct field - a member that an entry may have
 * @name: its name
 * @read: reads its value
 * @offset: where it is read to in a struct pubport_mapping
 * @detail: of a text, its size there; of a flag, which one
 * @is_required: whether it must not be left out
 */
struct field {
	const char *name;
	read_fn read;
	size_t offset;
	unsigned int detail;
	bool is_required;
};

static void *place_in(struct reader *reader, const struct field *field)
{
	return (char *)&reader->mapping + field->offset;
}

/* "" for what is no string, which nothing can be read from */
static const char *string_of(const cJSON *value)
{
	return cJSON_IsString(value) ? value->valuestring : "";
}

static int read_addr(struct reader *reader, const struct field *field,
		     const cJSON *member)
{
	if (pubport_addr_parse(string_of(member), place_in(reader, field)))
		return refuse_value(reader, member, member,
				    "is not an address");
	return 0;
}

static int read_port(struct reader *reader, const struct field *field,
		     const cJSON *member)
{
	uint16_t *port = place_in(reader, field);
	double number = cJSON_IsNumber(member) ? member->valuedouble : 0;

	if (number >= 1 && number <= UINT16_MAX)
		*port = (uint16_t)number;
	if (!*port || *port != number)
		return refuse_value(reader, member, member,
				    "is not a port from 1 to 65535");
	return 0;
}

static int read_protocol(struct reader *reader, const struct field *field,
			 const cJSON *member)
{
	if (protocol_parse(string_of(member), place_in(reader, field)))
		return refuse_value(reader, member, member,
				    "is not tcp, udp or sctp");
	return 0;
}

/* what else is wrong with it, mapping_why_wrong() finds */
static int read_text(struct reader *reader, const struct field *field,
		     const cJSON *member)
{
	const char *text = string_of(member);
	char why[64];

	if (*text && strlen(text) < field->detail) {
		memcpy(place_in(reader, field), text, strlen(text) + 1);
		return 0;
	}
	snprintf(why, sizeof(why), "is not a text of 1 to %u characters",
		 field->detail - 1);
	return refuse_value(reader, member, member, why);
}

static int read_text_or_null(struct reader *reader, const struct field *field,
			     const cJSON *member)
{
	return cJSON_IsNull(member) ? 0 : read_text(reader, field, member);
}

static int read_time(struct reader *reader, const struct field *field,
		     const cJSON *member)
{
	if (cJSON_IsNull(member) ||
	    !timestamp_parse(string_of(member), place_in(reader, field)))
		return 0;
	return refuse_value(reader, member, member,
			    "is not a time such as 2026-11-23T10:00:00Z");
}

static int read_networks(struct reader *reader, const struct field *field,
			 const cJSON *member)
{
	struct pubport_mapping *mapping = &reader->mapping;
	struct pubport_network *networks;
	const cJSON *item;

	(void)field;
	if (!cJSON_IsArray(member))
		return refuse_value(reader, member, member,
				    "is not a list of networks");
	cJSON_ArrayForEach(item, member)
	{
		networks = array_grow(mapping->from, mapping->from_count,
				      sizeof(*networks));
		if (!networks)
			return error_memory(reader->entry->error);
		mapping->from = networks;
		if (pubport_network_parse(string_of(item),
					  &networks[mapping->from_count++],
					  NULL))
			return refuse_value(reader, member, item,
					    "is not a network such as "
					    "10.0.0.0/8 or fd00::/8");
	}
	return 0;
}

static int read_flag(struct reader *reader, const struct field *field,
		     const cJSON *member)
{
	unsigned int *flags = place_in(reader, field);

	if (!cJSON_IsBool(member))
		return refuse_value(reader, member, member,
				    "is not true or false");
	if (cJSON_IsTrue(member))
		*flags |= field->detail;
	return 0;
}

/* only the kernel knows it */
static int ignore(struct reader *reader, const struct field *field,
		  const cJSON *member)
{
	(void)reader;
	(void)field;
	(void)member;
	return 0;
}

#define AT(member) .offset = offsetof(struct pubport_mapping, member)
#define TEXT(member)                                                           \
	AT(member), .detail = sizeof(((struct pubport_mapping *)NULL)->member)

static const struct field fields[] = {
	{ "host_ip", read_addr, AT(key.host), .is_required = true },
	{ "host_port", read_port, AT(key.ports.first), .is_required = true },
	{ "host_port_end", read_port, AT(key.ports.last) },
	{ "protocol", read_protocol, AT(key.protocol), .is_required = true },
	{ "target_ip", read_addr, AT(target_addr), .is_required = true },
	{ "target_port", read_port, AT(target_ports.first),
	  .is_required = true },
	{ "target_port_end", read_port, AT(target_ports.last) },
	{ "name", read_text, TEXT(name) },
	{ "target", read_text, TEXT(target) },
	{ "image", read_text_or_null, TEXT(image) },
	{ "created", read_time, AT(created) },
	{ "expires", read_time, AT(expires) },
	{ "from", read_networks, AT(from) },
	{ "connections", ignore, AT(connections) },
	{ "no_loopback", read_flag, AT(flags),
	  .detail = PUBPORT_MAPPING_NO_LOOPBACK },
	{ "shield", read_flag, AT(flags), .detail = PUBPORT_MAPPING_SHIELD },
};

/* -------------------------------------------------------------- the object */

static int read_member(struct reader *reader, const cJSON *member, bool *seen)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(fields[i].name, member->string) != 0)
			continue;
		if (seen[i])
			return refuse_field(reader, member, member->string,
					    "it is there twice");
		seen[i] = true;
		return fields[i].read(reader, &fields[i], member);
	}
	return refuse_field(reader, member, member->string, "unknown field");
}

static int read_members(struct reader *reader)
{
	bool seen[ARRAY_SIZE(fields)] = { false };
	const cJSON *member = reader->object->child;
	int code = 0;

	for (; !code && member; member = member->next)
		code = read_member(reader, member, seen);
	for (size_t i = 0; !code && i < ARRAY_SIZE(fields); i++)
		if (fields[i].is_required && !seen[i])
			code = refuse_field(reader, NULL, fields[i].name,
					    "it is missing");
	return code;
}

static int check(const struct reader *reader)
{
	const char *field, *why = mapping_why_wrong(&reader->mapping, &field);
	const cJSON *member;

	if (!why)
		return 0;
	member = cJSON_GetObjectItemCaseSensitive(reader->object, field);
	return member ? refuse_value(reader, member, member, why)
		      : refuse_field(reader, NULL, field, why);
}

/* cJSON says of memory that ran out that it is no JSON, but for errno */
static int parse(const struct json_entry *entry, cJSON **ret_object)
{
	const char *stop = entry->end;

	errno = 0;
	*ret_object = cJSON_ParseWithLengthOpts(
		entry->start, (size_t)(entry->end - entry->start), &stop,
		false);
	if (!*ret_object && errno == ENOMEM)
		return error_memory(entry->error);
	/* it stops at the last character where there should be more */
	if (!*ret_object && stop < entry->end && !*json_skip_blanks(stop + 1))
		stop = json_skip_blanks(stop + 1);
	if (!*ret_object || json_skip_blanks(stop) != entry->end)
		return json_refuse(entry->text, stop, entry->error);
	/* control characters are blanks to it, and a byte order mark */
	if (cJSON_IsObject(*ret_object) && *entry->start != '{')
		return json_refuse(entry->text, entry->start, entry->error);
	if (json_find_nul(entry->start, entry->end))
		return refuse_entry(entry, "it has a NUL in it");
	return 0;
}

/**
 * json_entry_read() - read a mapping
 * @entry: where it stands
 * @ret_mapping: what it says, and for what it leaves out what "add" would set;
 *	@from belongs to the caller
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int json_entry_read(const struct json_entry *entry,
		    struct pubport_mapping *ret_mapping)
{
	struct reader reader CLEANUP(reader) = { .entry = entry };
	int code = parse(entry, &reader.object);

	if (code)
		return code;
	if (!cJSON_IsObject(reader.object))
		return refuse_entry(entry, "it is not an object");
	code = read_members(&reader);
	if (code)
		return code;
	mapping_complete(&reader.mapping);
	code = check(&reader);
	if (code)
		return code;
	*ret_mapping = reader.mapping;
	reader.mapping.from = NULL;
	return 0;
}
