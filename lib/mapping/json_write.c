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
#include "util/error.h"
#include "util/strbuf.h"

#include <errno.h>
#include <stdio.h>

static bool add_protocol(cJSON *object, enum pubport_protocol protocol)
{
	return json_add_string(object, "protocol",
			       pubport_protocol_name(protocol));
}

static bool add_pid(cJSON *object, int pid)
{
	if (pid > 0)
		return json_add_number(object, "pid", (uint64_t)pid);
	return cJSON_AddNullToObject(object, "pid");
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
	{                                                                      \
		items, count, sizeof(*(items)), fill                           \
	}

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
		added = json_append(array, item) &&
			list->fill(item, list_item(list, i));
	}
	return added;
}

static void cleanup_cjson(cJSON **item)
{
	cJSON_Delete(*item);
}

/* one line, or NULL; cJSON escapes control characters, but no DEL or beyond */
static char *print_object(fill_fn fill, const void *item)
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

/* one object a line: people can read it, and line tools can work on it */
static bool print_list(FILE *out, const struct list *list)
{
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

static int object_to_text(fill_fn fill, const void *item, char **ret_text)
{
	char *text = print_object(fill, item);

	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static int list_to_text(const struct list *list, char **ret_text)
{
	struct strbuf text CLEANUP(strbuf) = { .out = NULL };

	if (strbuf_open(&text) || !print_list(text.out, list) ||
	    strbuf_close(&text))
		return -ENOMEM;
	*ret_text = TAKE_PTR(text.string);
	return 0;
}

/* ------------------------------------------------------------- mappings -- */

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
	return object_to_text(json_fill_mapping, mapping, ret_text);
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
	const struct list list =
		LIST(mappings->items, mappings->count, json_fill_mapping);

	return list_to_text(&list, ret_text);
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

	return json_add_addr(object, "address", &addr->addr) &&
	       json_add_string(object, "interface", addr->interface);
}

static bool fill_listener(cJSON *object, const void *item)
{
	const struct pubport_listener *listener = item;

	return add_protocol(object, listener->protocol) &&
	       json_add_addr(object, "address", &listener->addr) &&
	       json_add_number(object, "port", listener->port);
}

static bool fill_target(cJSON *object, const void *item)
{
	const struct pubport_target *target = item;
	const struct list addrs =
		LIST(target->addrs, target->addr_count, fill_target_addr);
	const struct list listeners =
		LIST(target->listeners, target->listener_count, fill_listener);

	return json_add_string(object, "target", target->text) &&
	       json_add_string_or_null(object, "image", target->image) &&
	       json_add_string_or_null(object, "process", target->process) &&
	       add_pid(object, target->pid) &&
	       add_list(object, "addresses", &addrs) &&
	       add_list(object, "listening", &listeners);
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
	const struct list list =
		LIST(targets->items, targets->count, fill_target);

	return list_to_text(&list, ret_text);
}

/* ------------------------------------------------------------- findings -- */

static bool add_fix(cJSON *object, const struct pubport_finding *finding)
{
	char *text CLEANUP(free) = NULL;

	if (!finding->fix)
		return cJSON_AddNullToObject(object, "fix");
	return pubport_finding_fix_format(finding, &text) == 0 &&
	       json_add_string(object, "fix", text);
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

	return json_add_string_or_null(object, "key", finding->key) &&
	       json_add_string_or_null(object, "target", finding->target) &&
	       json_add_string(object, "client", clients[finding->client]) &&
	       json_add_string(object, "check", finding->check) &&
	       json_add_string(object, "status", statuses[finding->status]) &&
	       json_add_string(object, "message", finding->message) &&
	       json_add_string_or_null(object, "by", finding->by) &&
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
	const struct list list =
		LIST(findings->items, findings->count, fill_finding);

	return list_to_text(&list, ret_text);
}

/* --------------------------------------------------------------- events -- */

static bool add_mapping(cJSON *object, const char *name,
			const struct pubport_mapping *mapping)
{
	cJSON *inner;

	if (!mapping)
		return cJSON_AddNullToObject(object, name);
	inner = cJSON_AddObjectToObject(object, name);
	return inner && json_fill_mapping(inner, mapping);
}

static bool fill_event(cJSON *object, const void *item)
{
	const struct pubport_event *event = item;

	return json_add_string(object, "event",
			       pubport_change_name(event->change)) &&
	       json_add_time(object, "time", event->time) &&
	       add_mapping(object, "mapping", event->mapping) &&
	       add_mapping(object, "before", event->before) &&
	       json_add_string_or_null(object, "process", event->process) &&
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

static bool add_count(cJSON *object, const char *name, uint64_t count,
		      bool is_counted)
{
	return is_counted ? json_add_number(object, name, count)
			  : cJSON_AddNullToObject(object, name) != NULL;
}

/* a mapping with some more members */
static bool fill_stat(cJSON *object, const void *item)
{
	const struct pubport_stat *stat = item;
	bool is_counted = stat->is_counted;

	return json_add_time(object, "time", stat->time) &&
	       json_fill_mapping(object, &stat->mapping) &&
	       json_add_number(object, "connections_now",
			       stat->connections_now) &&
	       json_add_time(object, "counted_since", stat->counted_since) &&
	       add_count(object, "packets_in", stat->packets_in, is_counted) &&
	       add_count(object, "packets_out", stat->packets_out,
			 is_counted) &&
	       add_count(object, "bytes_in", stat->bytes_in, is_counted) &&
	       add_count(object, "bytes_out", stat->bytes_out, is_counted);
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
	const struct list list = LIST(stats->items, stats->count, fill_stat);

	return list_to_text(&list, ret_text);
}

/* --------------------------------------------------------------- errors -- */

static bool fill_error(cJSON *object, const void *item)
{
	const struct pubport_error *error = item;
	cJSON *inner = cJSON_AddObjectToObject(object, "error");

	return inner && json_add_number(inner, "status", error->status) &&
	       json_add_string(inner, "message", error->message) &&
	       json_add_string(inner, "hint", error->hint);
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
