/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings, targets and errors as JSON.
 *
 * A listing can have a million values.  Building a tree of them with cJSON and
 * printing that takes longer than the kernel takes to dump the table, so they
 * are written straight into the text.
 */
#include "addr.h"
#include "text.h"
#include "util.h"

#include <string.h>
#include <time.h>

/* writes one item of an array as an object */
typedef void (*add_item_fn)(struct text *text, const void *items, size_t index);

/* -------------------------------------------------------------- values -- */

static bool is_plain(char character)
{
	return character >= ' ' && character <= '~' && character != '"' &&
	       character != '\\';
}

static void add_escape(struct text *text, char character)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)character;
	char code[] = {
		'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15],
	};

	if (character == '"' || character == '\\') {
		code[1] = character;
		text_add_bytes(text, code, 2);
	} else {
		text_add_bytes(text, code, sizeof(code));
	}
}

/* the result is ASCII whatever @string is, and so always valid JSON */
static void add_string(struct text *text, const char *string)
{
	const char *end;

	text_add(text, "\"");
	for (; *string; string = end) {
		for (end = string; is_plain(*end); end++)
			;
		text_add_bytes(text, string, (size_t)(end - string));
		if (*end)
			add_escape(text, *end++);
	}
	text_add(text, "\"");
}

static void add_string_or_null(struct text *text, const char *string)
{
	if (*string)
		add_string(text, string);
	else
		text_add(text, "null");
}

static void add_number(struct text *text, uint64_t number)
{
	char digits[21];

	number_write(digits, number);
	text_add(text, digits);
}

static void add_addr(struct text *text, const struct pubport_addr *addr)
{
	char string[PUBPORT_ADDR_TEXT_SIZE];

	add_string(text, pubport_addr_format(addr, string, sizeof(string)));
}

/* RFC 3339 in UTC; null for 0 and for what no calendar knows */
static void add_time(struct text *text, int64_t seconds)
{
	time_t when = (time_t)seconds;
	char string[32] = "";
	struct tm utc;

	if (seconds && gmtime_r(&when, &utc))
		strftime(string, sizeof(string), "%Y-%m-%dT%H:%M:%SZ", &utc);
	add_string_or_null(text, string);
}

/* --------------------------------------------------------------- arrays -- */

static void add_array(struct text *text, const void *items, size_t count,
		      add_item_fn add_item)
{
	text_add(text, "[");
	for (size_t i = 0; i < count; i++) {
		text_add(text, i ? "," : "");
		add_item(text, items, i);
	}
	text_add(text, "]");
}

/* one object a line: people can read it, and line tools can work on it */
static int print_lines(const void *items, size_t count, add_item_fn add_item,
		       char **ret_text)
{
	struct text text = { .data = NULL };

	text_add(&text, "[");
	for (size_t i = 0; i < count; i++) {
		text_add(&text, i ? ",\n" : "\n");
		add_item(&text, items, i);
	}
	text_add(&text, count ? "\n]" : "]");
	return text_take(&text, ret_text);
}

/* ------------------------------------------------------------- mappings -- */

static void add_host(struct text *text, const struct pubport_key *key)
{
	text_add(text, "\"host_ip\":");
	add_addr(text, &key->host);
	text_add(text, ",\"host_port\":");
	add_number(text, key->ports.first);
	text_add(text, ",\"host_port_end\":");
	add_number(text, key->ports.last);
	text_add(text, ",\"protocol\":");
	add_string(text, pubport_protocol_name(key->protocol));
}

static void add_target_side(struct text *text,
			    const struct pubport_mapping *mapping)
{
	text_add(text, ",\"target_ip\":");
	add_addr(text, &mapping->target_addr);
	text_add(text, ",\"target_port\":");
	add_number(text, mapping->target_ports.first);
	text_add(text, ",\"target_port_end\":");
	add_number(text, mapping->target_ports.last);
}

static void add_record(struct text *text, const struct pubport_mapping *mapping)
{
	text_add(text, ",\"name\":");
	add_string(text, mapping->name);
	text_add(text, ",\"target\":");
	add_string(text, mapping->target);
	text_add(text, ",\"image\":");
	add_string_or_null(text, mapping->image);
	text_add(text, ",\"created\":");
	add_time(text, mapping->created);
	text_add(text, ",\"expires\":");
	add_time(text, mapping->expires);
	text_add(text, ",\"from\":[],\"connections\":");
	add_number(text, mapping->connections);
}

static void add_mapping(struct text *text, const void *items, size_t index)
{
	const struct pubport_mapping *mapping = items;

	mapping += index;
	text_add(text, "{");
	add_host(text, &mapping->key);
	add_target_side(text, mapping);
	add_record(text, mapping);
	text_add(text, "}");
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
	struct text text = { .data = NULL };

	add_mapping(&text, mapping, 0);
	return text_take(&text, ret_text);
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
	return print_lines(mappings->items, mappings->count, add_mapping,
			   ret_text);
}

/* -------------------------------------------------------------- targets -- */

static void add_target_addr(struct text *text, const void *items, size_t index)
{
	const struct pubport_target_addr *addr = items;

	addr += index;
	text_add(text, "{\"address\":");
	add_addr(text, &addr->addr);
	text_add(text, ",\"interface\":");
	add_string(text, addr->interface);
	text_add(text, "}");
}

static void add_listener(struct text *text, const void *items, size_t index)
{
	const struct pubport_listener *listener = items;

	listener += index;
	text_add(text, "{\"protocol\":");
	add_string(text, pubport_protocol_name(listener->protocol));
	text_add(text, ",\"address\":");
	add_addr(text, &listener->addr);
	text_add(text, ",\"port\":");
	add_number(text, listener->port);
	text_add(text, "}");
}

static void add_target(struct text *text, const void *items, size_t index)
{
	const struct pubport_target *target = items;

	target += index;
	text_add(text, "{\"target\":");
	add_string(text, target->text);
	text_add(text, ",\"image\":");
	add_string_or_null(text, target->image);
	text_add(text, ",\"process\":");
	add_string_or_null(text, target->process);
	text_add(text, ",\"pid\":");
	if (target->pid > 0)
		add_number(text, (uint64_t)target->pid);
	else
		text_add(text, "null");
	text_add(text, ",\"addresses\":");
	add_array(text, target->addrs, target->addr_count, add_target_addr);
	text_add(text, ",\"listening\":");
	add_array(text, target->listeners, target->listener_count,
		  add_listener);
	text_add(text, "}");
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
	return print_lines(targets->items, targets->count, add_target,
			   ret_text);
}

/* --------------------------------------------------------------- errors -- */

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
	struct text text = { .data = NULL };

	text_add(&text, "{\"error\":{\"status\":");
	add_number(&text, error->status);
	text_add(&text, ",\"message\":");
	add_string(&text, error->message);
	text_add(&text, ",\"hint\":");
	add_string(&text, error->hint);
	text_add(&text, "}}");
	return text_take(&text, ret_text);
}
