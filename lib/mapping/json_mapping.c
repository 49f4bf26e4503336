/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings, targets, findings, events, stats and errors as JSON. */
#include "mapping/json_write.h"

#include "util/cleanup.h"

#include <errno.h>

/* ------------------------------------------------------------- mappings -- */

static bool add_from(cJSON *object, const struct pubport_mapping *mapping)
{
	cJSON *array = cJSON_AddArrayToObject(object, "from");
	char string[PUBPORT_NETWORK_TEXT_SIZE];
	bool added = array;

	for (size_t i = 0; added && i < mapping->from_count; i++) {
		pubport_network_format(&mapping->from[i], string,
				       sizeof(string));
		added = json_append(array, cJSON_CreateString(string));
	}
	return added;
}

static bool fill_mapping(cJSON *object, const void *item)
{
	const struct pubport_mapping *mapping = item;
	const struct pubport_key *key = &mapping->key;
	const struct pubport_ports *target = &mapping->target_ports;

	return json_add_addr(object, "host_ip", &key->host) &&
	       json_add_number(object, "host_port", key->ports.first) &&
	       json_add_number(object, "host_port_end", key->ports.last) &&
	       json_add_protocol(object, key->protocol) &&
	       json_add_addr(object, "target_ip", &mapping->target_addr) &&
	       json_add_number(object, "target_port", target->first) &&
	       json_add_number(object, "target_port_end", target->last) &&
	       json_add_string(object, "name", mapping->name) &&
	       json_add_string(object, "target", mapping->target) &&
	       json_add_string_or_null(object, "image", mapping->image) &&
	       json_add_time(object, "created", mapping->created) &&
	       json_add_time(object, "expires", mapping->expires) &&
	       add_from(object, mapping) &&
	       json_add_number(object, "connections", mapping->connections) &&
	       json_add_flag(object, "no_loopback",
			     mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK) &&
	       json_add_flag(object, "shield",
			     mapping->flags & PUBPORT_MAPPING_SHIELD);
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
	return json_object_to_text(fill_mapping, mapping, ret_text);
}

static struct json_list list_mappings(const struct pubport_mappings *mappings)
{
	return (struct json_list){
		.items = mappings->items,
		.count = mappings->count,
		.size = sizeof(*mappings->items),
		.fill = fill_mapping,
	};
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
	const struct json_list list = list_mappings(mappings);

	return json_list_to_text(&list, ret_text);
}

static bool print_difference(FILE *out, const void *value)
{
	const struct pubport_difference *difference = value;
	const struct json_list removed = list_mappings(&difference->removed);
	const struct json_list added = list_mappings(&difference->added);
	bool printed;

	fputs("{\"removed\":", out);
	printed = json_print_list(out, &removed);
	fputs(",\"added\":", out);
	printed = printed && json_print_list(out, &added);
	fputs("}", out);
	return printed;
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
	return json_print_to_text(print_difference, difference, ret_text);
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

	return json_add_protocol(object, listener->protocol) &&
	       json_add_addr(object, "address", &listener->addr) &&
	       json_add_number(object, "port", listener->port);
}

static bool add_pid(cJSON *object, int pid)
{
	if (pid > 0)
		return json_add_number(object, "pid", (uint64_t)pid);
	return cJSON_AddNullToObject(object, "pid");
}

static bool fill_target(cJSON *object, const void *item)
{
	const struct pubport_target *target = item;
	const struct json_list addrs = {
		.items = target->addrs,
		.count = target->addr_count,
		.size = sizeof(*target->addrs),
		.fill = fill_target_addr,
	};
	const struct json_list listeners = {
		.items = target->listeners,
		.count = target->listener_count,
		.size = sizeof(*target->listeners),
		.fill = fill_listener,
	};

	return json_add_string(object, "target", target->text) &&
	       json_add_string_or_null(object, "image", target->image) &&
	       json_add_string_or_null(object, "process", target->process) &&
	       add_pid(object, target->pid) &&
	       json_add_list(object, "addresses", &addrs) &&
	       json_add_list(object, "listening", &listeners);
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
	const struct json_list list = {
		.items = targets->items,
		.count = targets->count,
		.size = sizeof(*targets->items),
		.fill = fill_target,
	};

	return json_list_to_text(&list, ret_text);
}

/* ------------------------------------------------------------- findings -- */

static bool add_text_or_null(cJSON *object, const char *name, const char *text)
{
	return json_add_string_or_null(object, name, text ? text : "");
}

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

	return add_text_or_null(object, "key", finding->key) &&
	       add_text_or_null(object, "target", finding->target) &&
	       json_add_string(object, "client", clients[finding->client]) &&
	       json_add_string(object, "check", finding->check) &&
	       json_add_string(object, "status", statuses[finding->status]) &&
	       json_add_string(object, "message", finding->message) &&
	       add_text_or_null(object, "by", finding->by) &&
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
	const struct json_list list = {
		.items = findings->items,
		.count = findings->count,
		.size = sizeof(*findings->items),
		.fill = fill_finding,
	};

	return json_list_to_text(&list, ret_text);
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
	return json_object_to_text(fill_event, event, ret_text);
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
	       fill_mapping(object, &stat->mapping) &&
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
	return json_object_to_text(fill_stat, stat, ret_text);
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
	const struct json_list list = {
		.items = stats->items,
		.count = stats->count,
		.size = sizeof(*stats->items),
		.fill = fill_stat,
	};

	return json_list_to_text(&list, ret_text);
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
	return json_object_to_text(fill_error, error, ret_text);
}
