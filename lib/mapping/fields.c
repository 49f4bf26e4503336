/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SPEC or KEY cut into its fields.
 *
 *	SPEC: [HOST:][HOSTPORTS:][TARGET:]PORTS[/PROTO]
 *	KEY:  [HOST:]PORT[-PORT][/PROTO]
 *
 * Both are cut at their colons from the right, so that a bare IPv6 HOST is
 * what is left over; a colon between brackets does not count.  In a SPEC the
 * field before PORTS decides: ports or nothing make it HOSTPORTS, anything
 * else makes it TARGET, together with a prefix such as "netns" before it.
 */
#include "mapping/fields.h"

#include "mapping/target_name.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/**
 * source_wrong() - describe what is wrong with a text
 * @source: the text
 * @format: which part is wrong and why
 *
 * Return: -EINVAL.
 */
int source_wrong(const struct source *source, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	error_set(source->error, PUBPORT_USAGE, -EINVAL, "\"%s\": %s",
		  source->text, why);
	return -EINVAL;
}

/* checks the text as a whole, and copies it to where it is cut up */
static int copy_text(struct fields *fields, const struct source *source)
{
	const char *text = source->text;
	size_t length = strlen(text);

	if (!length)
		return source_wrong(source, "the port is missing");
	if (length > FIELDS_TEXT_MAX)
		return error_set(source->error, PUBPORT_USAGE, -EINVAL,
				 "\"%.64s...\": longer than %d characters",
				 text, FIELDS_TEXT_MAX);
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return source_wrong(source,
					    "blanks, control and non-ASCII "
					    "characters have no place here");
	memcpy(fields->copy, text, length + 1);
	return 0;
}

static char *last_colon(char *words)
{
	size_t length = strlen(words);
	char *bracket = NULL;

	if (length && words[length - 1] == ']')
		bracket = strrchr(words, '[');
	if (bracket)
		return memrchr(words, ':', (size_t)(bracket - words));
	return strrchr(words, ':');
}

/* takes the last field off; @words becomes NULL with the only one */
static char *cut_last(char **words)
{
	char *whole = *words;
	char *colon = whole ? last_colon(whole) : NULL;

	if (!colon) {
		*words = NULL;
		return whole;
	}
	*colon = '\0';
	return colon + 1;
}

/* undoes a cut between two neighbours */
static char *join(char *left, char *right)
{
	if (!left)
		return right;
	left[strlen(left)] = ':';
	return left;
}

static bool ends_in_prefix(char *words)
{
	const char *colon = words ? last_colon(words) : NULL;
	const char *word = colon ? colon + 1 : words;

	return word && target_name_is_prefix(word, strlen(word));
}

/* signs are nobody's name; they are rejected later, as ports */
static bool is_ports(const char *field)
{
	return word_consists_of(field, DIGITS "+-");
}

static void cut_ports(struct fields *fields, char **words)
{
	char *slash;

	fields->ports = cut_last(words);
	slash = strchr(fields->ports, '/');
	if (slash) {
		*slash = '\0';
		fields->protocol = slash + 1;
	}
}

/* cuts up what stands before PORTS */
static void cut_left_side(struct fields *fields, char *words)
{
	char *field = cut_last(&words);

	if (ends_in_prefix(words)) {
		fields->target = join(cut_last(&words), field);
		field = cut_last(&words);
	} else if (field && !is_ports(field)) {
		fields->target = field;
		field = cut_last(&words);
	}
	if (field && is_ports(field)) {
		fields->host_ports = field;
		fields->host = words;
	} else {
		fields->host = join(words, field);
	}
}

/**
 * fields_cut_spec() - cut a SPEC into its fields
 * @source: the SPEC
 * @ret_fields: all zero; receives the fields, none of them checked yet
 *
 * Return: 0, or -EINVAL when it is empty, too long or not printable.
 */
int fields_cut_spec(const struct source *source, struct fields *ret_fields)
{
	char *words = ret_fields->copy;
	int code;

	code = copy_text(ret_fields, source);
	if (code)
		return code;
	cut_ports(ret_fields, &words);
	cut_left_side(ret_fields, words);
	return 0;
}

/**
 * fields_cut_key() - cut a KEY into its fields
 * @source: the KEY
 * @ret_fields: all zero; receives host, ports and protocol, none of them
 *	checked yet
 *
 * Return: 0, or -EINVAL when it is empty, too long or not printable.
 */
int fields_cut_key(const struct source *source, struct fields *ret_fields)
{
	int code;

	code = copy_text(ret_fields, source);
	if (code)
		return code;
	ret_fields->host = ret_fields->copy;
	cut_ports(ret_fields, &ret_fields->host);
	return 0;
}
