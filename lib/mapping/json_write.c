/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings, targets, findings, events, stats and errors, written as JSON.
 *
 * cJSON builds and prints each object; a list is their lines between brackets,
 * so that only one object at a time takes memory.  The functions that fill in
 * an object return false when memory ran out.
 */
#include "mapping/json_mapping.h"

#include "util/cleanup.h"
#include "util/strbuf.h"
#include "util/text.h"
#include "util/time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* ------------------------------------------------------------- members -- */

static bool add_string(cJSON *object, const char *name, const char *string)
{
	return cJSON_AddStringToObject(object, name, string);
}

/* null for NULL and "" */
static bool add_string_or_null(cJSON *object, const char *name,
			       const char *string)
{
	if (string && *string)
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

static bool add_number_or_null(cJSON *object, const char *name, uint64_t number,
			       bool is_known)
{
	return is_known ? add_number(object, name, number)
			: cJSON_AddNullToObject(object, name) != NULL;
}

static bool add_pid(cJSON *object, int pid)
{
	return add_number_or_null(object, "pid", (uint64_t)pid, pid > 0);
}

static bool add_addr(cJSON *object, const char *name,
		     const struct pubport_addr *addr)
{
	char string[PUBPORT_ADDR_TEXT_SIZE];

	pubport_addr_format(addr, string, sizeof(string));
	return add_string(object, name, string);
}

/* null for 0 and for what no calendar knows */
static bool add_time(cJSON *object, const char *name, int64_t seconds)
{
	char string[TIMESTAMP_SIZE] = "";

	if (seconds)
		timestamp_format(seconds, string);
	return add_string_or_null(object, name, string);
}

static bool add_protocol(cJSON *object, enum pubport_protocol protocol)
{
	return add_string(object, "protocol", pubport_protocol_name(protocol));
}

/* takes the item over, which is NULL when memory ran out already */
static bool append(cJSON *array, cJSON *item)
{
	if (cJSON_AddItemToArray(array, item))
		return true;
	cJSON_Delete(item);
	return false;
}

/* --------------------------------------------------------------- lists -- */

/* fills in the object of an item */
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

#define LIST(items, count, fill)                                               \
	(&(const struct list){ items, count, sizeof(*(items)), fill })

static const void *list_item(const struct list *list, size_t index)
{
	return (const char *)list->items + index * list->size;
}

static bool add_list(cJSON *object, const char *name, const struct list *list)
{
	cJSON *array = cJSON_AddArrayToObject(object, name), *item;
	bool added = array;

	for (size_t i = 0; added && i < list->count; i++) {
		item = cJSON_CreateObject();
		added = append(array, item) &&
			list->fill(item, list_item(list, i));
	}
	return added;
}

static void cleanup_cjson(cJSON **item)
{
	cJSON_Delete(*item);
}

/* one line; cJSON escapes control characters, but no DEL or beyond */
static int object_to_text(fill_fn fill, const void *item, char **ret_text)
{
	cJSON *object CLEANUP(cjson) = cJSON_CreateObject();
	char *text = NULL;

	if (object && fill(object, item))
		text = cJSON_PrintUnformatted(object);
	if (!text)
		return -ENOMEM;
	text_make_printable(text);
	*ret_text = text;
	return 0;
}

/* one object a line: people can read it, and line tools can work on it */
static int list_to_text(const struct list *list, char **ret_text)
{
	struct strbuf text CLEANUP(strbuf_done) = { .out = NULL };
	char *line;

	if (strbuf_open(&text))
		return -ENOMEM;
	fputc('[', text.out);
	for (size_t i = 0; i < list->count; i++) {
		if (object_to_text(list->fill, list_item(list, i), &line))
			return -ENOMEM;
		fprintf(text.out, "%s%s", i ? ",\n" : "\n", line);
		free(line);
	}
	fputs(list->count ? "\n]" : "]", text.out);
	if (strbuf_close(&text))
		return -ENOMEM;
	*ret_text = TAKE_PTR(text.string);
	return 0;
}

/* ------------------------------------------------------------- mappings -- */

static bool add_networks(cJSON *object, const char *name,
			 const struct pubport_mapping *mapping)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);
	char text[PUBPORT_NETWORK_TEXT_SIZE];
	bool added = array;

	for (size_t i = 0; added && i < mapping->from_count; i++) {
		pubport_network_format(&mapping->from[i], text, sizeof(text));
		added = append(array, cJSON_CreateString(text));
	}
	return added;
}

static bool add_field(cJSON *object, const struct json_field *field,
		      const struct pubport_mapping *mapping)
{
	const void *value = (const char *)mapping + field->offset;
	const char *name = field->name;

	switch (field->type) {
	case JSON_ADDR:
		return add_addr(object, name, value);
	case JSON_PORT:
		return add_number(object, name, *(const uint16_t *)value);
	case JSON_PROTOCOL:
		return add_protocol(object, mapping->key.protocol);
	case JSON_TEXT:
		return add_string(object, name, value);
	case JSON_TEXT_OR_NULL:
		return add_string_or_null(object, name, value);
	case JSON_TIME:
		return add_time(object, name, *(const int64_t *)value);
	case JSON_NETWORKS:
		return add_networks(object, name, mapping);
	case JSON_BOOL:
		return cJSON_AddBoolToObject(
			object, name, (mapping->flags & field->detail) != 0);
	case JSON_FLAG:
		return !(mapping->flags & field->detail) ||
		       cJSON_AddTrueToObject(object, name);
	case JSON_COUNTER:
		return add_number(object, name, *(const uint64_t *)value);
	}
	return true;
}

static bool fill_mapping(cJSON *object, const void *item)
{
	bool added = true;

	for (size_t i = 0; added && i < JSON_MAPPING_FIELDS; i++)
		added = add_field(object, &json_mapping_fields[i], item);
	return added;
}

/**
 * pubport_mapping_to_json() - write a mapping as JSON
 * @mapping: mapping
 * @ret_text: an object on one line, without a newline; free with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_mapping_to_json(const struct pubport_mapping *mapping, char **ret_text)
{
	return object_to_text(fill_mapping, mapping, ret_text);
}

/**
 * pubport_mappings_to_json() - write mappings as JSON
 * @mappings: mappings
 * @ret_text: an array, one object a line, without a newline at its end; free
 *	with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_mappings_to_json(const struct pubport_mappings *mappings,
			 char **ret_text)
{
	return list_to_text(
		LIST(mappings->items, mappings->count, fill_mapping), ret_text);
}

/**
 * pubport_difference_to_json() - write what goes and what comes as JSON
 * @difference: which
 * @ret_text: {"removed":[...],"added":[...]}, each a list as of
 *	pubport_mappings_to_json(), without a newline at its end; free with
 *	free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_difference_to_json(const struct pubport_difference *difference,
			   char **ret_text)
{
	char *removed CLEANUP(free) = NULL, *added CLEANUP(free) = NULL;
	char *text;

	if (pubport_mappings_to_json(&difference->removed, &removed) ||
	    pubport_mappings_to_json(&difference->added, &added) ||
	    asprintf(&text, "{\"removed\":%s,\"added\":%s}", removed, added) <
		    0)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

/* -------------------------------------------------------------- targets -- */

static bool fill_target_addr(cJSON *object, const void *item)
{
	const struct pubport_target_addr *addr = item;

	return add_addr(object, "address", &addr->addr) &&
	       add_string(object, "interface", addr->interface);
}

static bool fill_listener(cJSON *object, const void *item)
{
	const struct pubport_listener *listener = item;

	return add_protocol(object, listener->protocol) &&
	       add_addr(object, "address", &listener->addr) &&
	       add_number(object, "port", listener->port);
}

static bool fill_target(cJSON *object, const void *item)
{
	const struct pubport_target *target = item;

	return add_string(object, "target", target->text) &&
	       add_string_or_null(object, "image", target->image) &&
	       add_string_or_null(object, "process", target->process) &&
	       add_pid(object, target->pid) &&
	       add_list(object, "addresses",
			LIST(target->addrs, target->addr_count,
			     fill_target_addr)) &&
	       add_list(object, "listening",
			LIST(target->listeners, target->listener_count,
			     fill_listener));
}

/**
 * pubport_targets_to_json() - write targets as JSON
 * @targets: targets
 * @ret_text: an array, one object a line, without a newline at its end; free
 *	with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_targets_to_json(const struct pubport_targets *targets, char **ret_text)
{
	return list_to_text(LIST(targets->items, targets->count, fill_target),
			    ret_text);
}

/* ------------------------------------------------------------- findings -- */

static bool add_fix(cJSON *object, const struct pubport_finding *finding)
{
	char *text CLEANUP(free) = NULL;

	if (!finding->fix)
		return cJSON_AddNullToObject(object, "fix");
	return pubport_finding_fix_format(finding, &text) == 0 &&
	       add_string(object, "fix", text);
}

static bool fill_finding(cJSON *object, const void *item)
{
	static const char *const statuses[] = {
		[PUBPORT_FINDING_OK] = "ok",
		[PUBPORT_FINDING_NOTE] = "note",
		[PUBPORT_FINDING_WRONG] = "wrong",
	};
	static const char *const clients[] = {
		[PUBPORT_CLIENT_ANY] = "any",
		[PUBPORT_CLIENT_REMOTE] = "remote",
		[PUBPORT_CLIENT_LOOPBACK] = "loopback",
		[PUBPORT_CLIENT_NEIGHBOUR] = "neighbour",
	};
	const struct pubport_finding *finding = item;

	return add_string_or_null(object, "key", finding->key) &&
	       add_string_or_null(object, "target", finding->target) &&
	       add_string(object, "client", clients[finding->client]) &&
	       add_string(object, "check", finding->check) &&
	       add_string(object, "status", statuses[finding->status]) &&
	       add_string(object, "message", finding->message) &&
	       add_string_or_null(object, "by", finding->by) &&
	       add_fix(object, finding) &&
	       cJSON_AddBoolToObject(object, "ask_first", finding->ask_first);
}

/**
 * pubport_findings_to_json() - write findings as JSON
 * @findings: findings
 * @ret_text: an array, one object a line, without a newline at its end; free
 *	with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_findings_to_json(const struct pubport_findings *findings,
			 char **ret_text)
{
	return list_to_text(
		LIST(findings->items, findings->count, fill_finding), ret_text);
}

/* --------------------------------------------------------------- events -- */

static bool add_mapping(cJSON *object, const char *name,
			const struct pubport_mapping *mapping)
{
	cJSON *inner;

	if (!mapping)
		return cJSON_AddNullToObject(object, name);
	inner = cJSON_AddObjectToObject(object, name);
	return inner && fill_mapping(inner, mapping);
}

static bool fill_event(cJSON *object, const void *item)
{
	const struct pubport_event *event = item;

	return add_string(object, "event",
			  pubport_change_name(event->change)) &&
	       add_time(object, "time", event->time) &&
	       add_mapping(object, "mapping", event->mapping) &&
	       add_mapping(object, "before", event->before) &&
	       add_string_or_null(object, "process", event->process) &&
	       add_pid(object, event->pid);
}

/**
 * pubport_event_to_json() - write an event as JSON
 * @event: as pubport_watch_next() told it
 * @ret_text: an object on one line, without a newline; free with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int pubport_event_to_json(const struct pubport_event *event,
					 char **ret_text)
{
	return object_to_text(fill_event, event, ret_text);
}

/* ---------------------------------------------------------------- stats -- */

/* a mapping with some more members */
static bool fill_stat(cJSON *object, const void *item)
{
	const struct pubport_stat *stat = item;
	bool is_counted = stat->is_counted;

	return add_time(object, "time", stat->time) &&
	       fill_mapping(object, &stat->mapping) &&
	       add_number(object, "connections_now", stat->connections_now) &&
	       add_time(object, "counted_since", stat->counted_since) &&
	       add_number_or_null(object, "packets_in", stat->packets_in,
				  is_counted) &&
	       add_number_or_null(object, "packets_out", stat->packets_out,
				  is_counted) &&
	       add_number_or_null(object, "bytes_in", stat->bytes_in,
				  is_counted) &&
	       add_number_or_null(object, "bytes_out", stat->bytes_out,
				  is_counted);
}

/**
 * pubport_stat_to_json() - write what a mapping's connections do as JSON
 * @stat: of the mapping
 * @ret_text: an object on one line, without a newline; free with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int pubport_stat_to_json(const struct pubport_stat *stat,
					char **ret_text)
{
	return object_to_text(fill_stat, stat, ret_text);
}

/**
 * pubport_stats_to_json() - write what mappings' connections do as JSON
 * @stats: of the mappings
 * @ret_text: an array, one object a line, without a newline at its end; free
 *	with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int pubport_stats_to_json(const struct pubport_stats *stats,
					 char **ret_text)
{
	return list_to_text(LIST(stats->items, stats->count, fill_stat),
			    ret_text);
}

/* --------------------------------------------------------------- errors -- */

static bool fill_error(cJSON *object, const void *item)
{
	const struct pubport_error *error = item;
	cJSON *inner = cJSON_AddObjectToObject(object, "error");

	return inner && add_number(inner, "status", error->status) &&
	       add_string(inner, "message", error->message) &&
	       add_string(inner, "hint", error->hint);
}

/**
 * pubport_error_to_json() - write an error as JSON
 * @error: a failure that was described
 * @ret_text: {"error":{"status":3,"message":"...","hint":"..."}} on one line,
 *	without a newline; the hint is "" where there is none; free with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int pubport_error_to_json(const struct pubport_error *error,
					 char **ret_text)
{
	return object_to_text(fill_error, error, ret_text);
}
