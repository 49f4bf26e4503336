/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mappings are shown.
 *
 * Filters are as docker has them: one key's filters are alternatives, those of
 * different keys must all match.
 */
#include "format/filter.h"

#include "format/pattern.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/**
 * mappings_keep() - drop mappings that aren't wanted
 * @mappings: changed in place, in order
 * @wanted: tells which are
 * @data: handed to @wanted
 */
void mappings_keep(struct pubport_mappings *mappings, mapping_wanted_fn wanted,
		   const void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < mappings->count; i++) {
		if (wanted(&mappings->items[i], data))
			mappings->items[kept++] = mappings->items[i];
		else
			free(mappings->items[i].from);
	}
	mappings->count = kept;
}

/**
 * struct filter_key - what can be filtered by
 * @name: before the "="
 * @value: what is wanted after it
 * @parse: reads a value, or NULL if every one will do; returns 0, -EINVAL or
 *	-ENOMEM
 * @matches: whether a mapping is what the filter asks for
 */
struct filter_key {
	const char *name;
	const char *value;
	int (*parse)(struct filter *filter);
	bool (*matches)(const struct filter *filter,
			const struct pubport_mapping *mapping);
};

/**
 * struct filter - one KEY=VALUE
 * @key: its key
 * @value: as written, after the "="
 * @why: what is wrong with it, or ""
 * @has_pattern: whether @value is a regular expression
 * @pattern: that regular expression
 * @has_addr: whether @value is an address
 * @addr: that address
 * @has_protocol: whether a port came with its protocol
 * @ports: protocol and host ports
 */
struct filter {
	const struct filter_key *key;
	const char *value;
	char why[64];
	bool has_pattern;
	regex_t pattern;
	bool has_addr;
	struct pubport_addr addr;
	bool has_protocol;
	struct pubport_key ports;
};

static int parse_name(struct filter *filter)
{
	int code = pattern_compile(filter->value, &filter->pattern, filter->why,
				   sizeof(filter->why));

	filter->has_pattern = !code;
	return code;
}

static int parse_target(struct filter *filter)
{
	filter->has_addr = pubport_addr_parse(filter->value, &filter->addr) >=
			   0;
	return 0;
}

static int parse_host(struct filter *filter)
{
	return *filter->value == '%'
		       ? 0
		       : pubport_addr_parse(filter->value, &filter->addr);
}

static int parse_ports(struct filter *filter)
{
	bool has_host;
	int code = pubport_key_parse(filter->value, &has_host, &filter->ports,
				     NULL);

	filter->has_protocol = strchr(filter->value, '/');
	return !code && has_host ? -EINVAL : code;
}

/* docker's word for them, with its default */
static int parse_publish(struct filter *filter)
{
	int code = parse_ports(filter);

	filter->has_protocol = true;
	return code;
}

static int parse_protocol(struct filter *filter)
{
	static const enum pubport_protocol protocols[] = { PUBPORT_TCP,
							   PUBPORT_UDP,
							   PUBPORT_SCTP };

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		filter->ports.protocol = protocols[i];
		if (!strcasecmp(filter->value,
				pubport_protocol_name(protocols[i])))
			return 0;
	}
	return -EINVAL;
}

static bool pattern_matches(const struct filter *filter, const char *text)
{
	return !regexec(&filter->pattern, text, 0, NULL, 0);
}

/* as docker's daemon, which has a slash before each name, and looks at both */
static bool name_matches(const struct filter *filter,
			 const struct pubport_mapping *mapping)
{
	char slashed[PUBPORT_NAME_SIZE + 1];

	snprintf(slashed, sizeof(slashed), "/%s", mapping->name);
	return !strcmp(mapping->name, filter->value) ||
	       pattern_matches(filter, mapping->name) ||
	       pattern_matches(filter, slashed);
}

static bool target_matches(const struct filter *filter,
			   const struct pubport_mapping *mapping)
{
	return !strcmp(mapping->target, filter->value) ||
	       (filter->has_addr &&
		!pubport_addr_compare(&mapping->target_addr, &filter->addr));
}

static bool image_matches(const struct filter *filter,
			  const struct pubport_mapping *mapping)
{
	return !strcmp(mapping->image, filter->value);
}

static bool host_matches(const struct filter *filter,
			 const struct pubport_mapping *mapping)
{
	const char *interface = mapping->key.interface;

	if (*filter->value == '%' || *interface)
		return *interface && !strcmp(filter->value + 1, interface);
	return !pubport_addr_compare(&mapping->key.host, &filter->addr);
}

static bool protocol_matches(const struct filter *filter,
			     const struct pubport_mapping *mapping)
{
	return mapping->key.protocol == filter->ports.protocol;
}

static bool ports_match(const struct filter *filter,
			const struct pubport_mapping *mapping)
{
	const struct pubport_ports *wanted = &filter->ports.ports;
	const struct pubport_ports *have = &mapping->key.ports;

	return have->first <= wanted->last && wanted->first <= have->last &&
	       (!filter->has_protocol || protocol_matches(filter, mapping));
}

static const struct filter_key filter_keys[] = {
	{ "host", "ADDRESS", parse_host, host_matches },
	{ "image", "IMAGE", NULL, image_matches },
	{ "name", "REGEX", parse_name, name_matches },
	{ "port", "PORT[-PORT][/PROTO]", parse_ports, ports_match },
	{ "protocol", "tcp|udp|sctp", parse_protocol, protocol_matches },
	{ "publish", "PORT[-PORT][/PROTO]", parse_publish, ports_match },
	{ "target", "TARGET", parse_target, target_matches },
	{ .name = NULL },
};

static const struct filter_key *filter_key_find(const char *name, size_t length)
{
	const struct filter_key *key = filter_keys;

	while (key->name &&
	       (strlen(key->name) != length || memcmp(key->name, name, length)))
		key++;
	return key->name ? key : NULL;
}

static int fail_unknown(const char *text, struct pubport_error *error)
{
	int code = error_set(error, PUBPORT_USAGE, -EINVAL,
			     "--filter \"%.64s\": unknown key; known are",
			     text);

	for (const struct filter_key *key = filter_keys; key->name; key++)
		error_append(error, " %s", key->name);
	return code;
}

static int filter_parse(const char *text, struct filter *filter,
			struct pubport_error *error)
{
	const char *equals = strchrnul(text, '=');
	const struct filter_key *key =
		filter_key_find(text, (size_t)(equals - text));
	int code = -EINVAL;

	if (!key)
		return fail_unknown(text, error);
	filter->key = key;
	filter->value = *equals ? equals + 1 : equals;
	if (*filter->value)
		code = key->parse ? key->parse(filter) : 0;
	if (code == -ENOMEM)
		return error_memory(error);
	if (code && *filter->why)
		return error_set(error, PUBPORT_USAGE, code,
				 "--filter \"%.64s\": %s", text, filter->why);
	if (code)
		return error_set(error, PUBPORT_USAGE, code,
				 "--filter \"%.64s\": wants %s=%s", text,
				 key->name, key->value);
	return 0;
}

/**
 * filters_parse() - read filters
 * @words: KEY=VALUE each; borrowed by @ret_filters
 * @ret_filters: free with filters_done()
 * @error: why it failed
 *
 * Return: 0, -EINVAL for an unknown key or a wrong value, -ENOMEM.
 */
int filters_parse(const struct words *words, struct filters *ret_filters,
		  struct pubport_error *error)
{
	struct filters filters = { 0 };
	int code = 0;

	filters.items = calloc(words->count + 1, sizeof(*filters.items));
	if (!filters.items)
		return error_memory(error);
	for (; filters.count < words->count && !code; filters.count++)
		code = filter_parse(words->items[filters.count],
				    &filters.items[filters.count], error);
	if (code < 0)
		filters_done(&filters);
	else
		*ret_filters = filters;
	return code;
}

/**
 * filters_done() - free what filters_parse() stored
 * @filters: all zero afterwards
 */
void filters_done(struct filters *filters)
{
	for (size_t i = 0; i < filters->count; i++)
		if (filters->items[i].has_pattern)
			regfree(&filters->items[i].pattern);
	free(filters->items);
	*filters = (struct filters){ 0 };
}

static bool alternative_matches(const struct filters *filters,
				const struct filter *filter,
				const struct pubport_mapping *mapping)
{
	for (size_t i = 0; i < filters->count; i++)
		if (filters->items[i].key->matches == filter->key->matches &&
		    filter->key->matches(&filters->items[i], mapping))
			return true;
	return false;
}

static bool all_match(const struct pubport_mapping *mapping, const void *data)
{
	const struct filters *filters = data;

	for (size_t i = 0; i < filters->count; i++)
		if (!alternative_matches(filters, &filters->items[i], mapping))
			return false;
	return true;
}

/**
 * filters_apply() - drop mappings that don't match
 * @filters: without any, everything matches
 * @mappings: changed in place, in order
 */
void filters_apply(const struct filters *filters,
		   struct pubport_mappings *mappings)
{
	if (filters->count)
		mappings_keep(mappings, all_match, filters);
}
