/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A SPEC or KEY: cut into its fields, and what they mean.
 *
 *	SPEC: [HOST:][HOSTPORTS:][TARGET:]PORTS[/PROTO]
 *	KEY:  [HOST:]PORT[-PORT][/PROTO]
 *
 * or a SPEC in docker's long form, target=PORTS,published=HOSTPORTS,
 * protocol=PROTO.
 *
 * Both are cut at their colons from the right, so that a bare IPv6 HOST is
 * what is left over; a colon between brackets does not count.  In a SPEC the
 * field before PORTS decides: ports or nothing make it HOSTPORTS, anything
 * else makes it TARGET, together with a prefix such as "netns" before it.
 */
#include "mapping/addr.h"
#include "mapping/key.h"
#include "mapping/target_name.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <stdarg.h>
#include <string.h>

/**
 * struct source - what is being read
 * @text: the user's words
 * @error: receives what is wrong with them
 */
struct source {
	const char *text;
	struct pubport_error *error;
};

/**
 * struct fields - the fields of a SPEC or KEY
 * @copy: what the others point into
 * @host: what stands before all others
 * @host_ports: host port or range
 * @target: target, with its prefix
 * @ports: target ports of a SPEC, host ports of a KEY; never NULL
 * @protocol: what follows the slash
 *
 * They are NULL or "" where the user did not give them.
 */
struct fields {
	char copy[SPEC_TEXT_MAX + 1];
	char *host;
	char *host_ports;
	char *target;
	char *ports;
	char *protocol;
};

/* --------------------------------------------------------------- cut up -- */

/* names the part that is wrong, and why */
__attribute__((format(printf, 2, 3))) static int
refuse(const struct source *source, const char *format, ...)
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
		return refuse(source, "the port is missing");
	if (length > SPEC_TEXT_MAX)
		return error_set(source->error, PUBPORT_USAGE, -EINVAL,
				 "\"%.64s...\": longer than %d characters",
				 text, SPEC_TEXT_MAX);
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return refuse(source, "blanks, control and non-ASCII "
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

static bool is_long_form(const char *words)
{
	return words[strspn(words, "abcdefghijklmnopqrstuvwxyz_")] == '=';
}

static int cut_long_form(struct fields *fields, const struct source *source)
{
	char *rest = fields->copy, *word, *value;

	fields->ports = rest + strlen(rest);
	while ((word = strsep(&rest, ","))) {
		value = strchr(word, '=');
		if (!value)
			return refuse(source, "\"%.64s\" is no KEY=VALUE",
				      word);
		*value++ = '\0';
		if (!strcmp(word, "published"))
			fields->host_ports = value;
		else if (!strcmp(word, "target"))
			fields->ports = value;
		else if (!strcmp(word, "protocol"))
			fields->protocol = value;
		else
			return refuse(source,
				      "\"%.64s\" is not target, published or "
				      "protocol",
				      word);
	}
	return 0;
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

/* -------------------------------------------------------------- values -- */

static int parse_port(const struct source *source, const char *word,
		      uint16_t *ret_port)
{
	unsigned long port;

	port = word_consists_of(word, DIGITS) ? strtoul(word, NULL, 10) : 0;
	if (port < 1 || port > UINT16_MAX)
		return refuse(source,
			      "port \"%.64s\" is not a number from 1 to 65535",
			      word);
	*ret_port = (uint16_t)port;
	return 0;
}

static int parse_range(const struct source *source, char *word, char *dash,
		       struct pubport_ports *ret_ports)
{
	struct pubport_ports ports = { 0, 0 };
	int code;

	if (dash == word || !dash[1])
		return refuse(source, "range \"%.64s\" lacks an end", word);
	*dash = '\0';
	code = parse_port(source, word, &ports.first);
	if (!code)
		code = parse_port(source, dash + 1, &ports.last);
	*dash = '-';
	if (code)
		return code;
	if (ports.first > ports.last)
		return refuse(source,
			      "range \"%s\" is reversed; write \"%u-%u\"", word,
			      ports.last, ports.first);
	*ret_ports = ports;
	return 0;
}

static int parse_ports(const struct source *source, char *word,
		       struct pubport_ports *ret_ports)
{
	char *dash = strchr(word, '-');
	uint16_t port = 0;
	int code;

	if (!*word)
		return refuse(source, "the port is missing");
	if (dash)
		return parse_range(source, word, dash, ret_ports);
	code = parse_port(source, word, &port);
	if (code)
		return code;
	*ret_ports = (struct pubport_ports){ port, port };
	return 0;
}

static int parse_protocol(const struct source *source, const char *word,
			  enum pubport_protocol *ret_protocol)
{
	*ret_protocol = PUBPORT_TCP;
	if (!word || !*word || !protocol_parse(word, ret_protocol))
		return 0;
	return refuse(source, "protocol \"%.64s\" is not tcp, udp or sctp",
		      word);
}

static int host_not_address(const struct source *source, const char *word)
{
	if (strchr(word, '%') && strchr(word, ':'))
		return refuse(source,
			      "host \"%.64s\" is not an IP address; link-local "
			      "addresses can't be published",
			      word);
	if (strchr(word, ':') && !strpbrk(word, "[]"))
		return refuse(source,
			      "host \"%.64s\" is not an IP address; an IPv6 "
			      "target needs brackets",
			      word);
	refuse(source, "host \"%.64s\" is not an IP address", word);
	if (*word && strchr(ALNUM, *word) &&
	    word_consists_of(word, ALNUM ".-") &&
	    !word_consists_of(word, DIGITS "."))
		error_hint(source->error, "getent ahosts %s", word);
	return -EINVAL;
}

/* only IPv6 needs brackets, but docker and ssh take them around all else */
static char *without_brackets(char *word)
{
	size_t length = strlen(word);

	if (length < 3 || word[0] != '[' || word[length - 1] != ']' ||
	    strchr(word, ':'))
		return word;
	word[length - 1] = '\0';
	return word + 1;
}

/* "%eth1"; or "0.0.0.0%eth1", as ss writes it, for one family */
static int parse_interface(const struct source *source, char *word,
			   struct pubport_key *key)
{
	char *name = strchr(word, '%') + 1;
	const char *why = interface_why_wrong(name);

	if (why)
		return refuse(source, "interface \"%.64s\" %s", name, why);
	name[-1] = '\0';
	if (*word && (pubport_addr_parse(word, &key->host) ||
		      !pubport_addr_is_any(&key->host)))
		return refuse(source,
			      "host \"%.64s%%%s\" is no address; \"%%%.*s\" "
			      "is what comes in by that interface",
			      word, name, (int)strcspn(name, "]"), name);
	memcpy(key->interface, name, strlen(name) + 1);
	return 0;
}

/* @ret_has_host: whether it is of one family */
static int parse_host(const struct source *source, char *word,
		      struct pubport_key *key, bool *ret_has_host)
{
	struct pubport_addr host;
	const char *why;

	*ret_has_host = *word != '%';
	if (strchr(word, '%') && strncasecmp(word, "fe80", 4) != 0 &&
	    strncasecmp(word, "[fe80", 5) != 0)
		return parse_interface(source, word, key);
	word = without_brackets(word);
	if (pubport_addr_parse(word, &host))
		return host_not_address(source, word);
	addr_unmap(&host);
	why = addr_why_not_host(&host);
	if (why)
		return refuse(source, "host address \"%s\" %s", word, why);
	key->host = host;
	return 0;
}

/* ---------------------------------------------------------------- SPEC -- */

static int parse_target(const struct source *source, char *word,
			struct pubport_spec *spec)
{
	const char *why;

	if (*word == '%')
		return refuse(source,
			      "interface \"%.64s\" lacks its ports; write "
			      "\"%.64s::PORT\" for a free one",
			      word, word);
	word = without_brackets(word);
	why = target_name_why_wrong(word);
	if (why)
		return refuse(source, "target \"%.64s\" %s", word, why);
	memcpy(spec->target, word, strlen(word) + 1);
	return 0;
}

/* 0, and for docker 0-0 as well: any free port */
static bool is_any_port(const char *word)
{
	return *word == '0' && word_consists_of(word, "0-") &&
	       word[strlen(word) - 1] == '0' &&
	       strchr(word, '-') == strrchr(word, '-');
}

static int parse_host_ports(const struct source *source, char *word,
			    struct pubport_spec *spec)
{
	unsigned int width, target_width;
	int code;

	if (is_any_port(word))
		return 0;
	code = parse_ports(source, word, &spec->host_ports);
	if (code)
		return code;
	width = ports_width(&spec->host_ports);
	target_width = ports_width(&spec->target_ports);
	if (width != target_width && target_width != 1)
		return refuse(source,
			      "host ports \"%s\" are %u, but target ports "
			      "\"%u-%u\" are %u",
			      word, width, spec->target_ports.first,
			      spec->target_ports.last, target_width);
	return 0;
}

/* before a TARGET it may be a word, as for ssh */
static int parse_spec_host(const struct source *source,
			   const struct fields *fields,
			   struct pubport_spec *spec)
{
	struct pubport_key key = { .ports = { 0, 0 } };
	char *word = fields->host;
	int code;

	if (!word || !*word || (fields->target && !strcmp(word, "*")))
		return 0;
	spec->on_loopback = fields->target && !strcmp(word, "localhost");
	if (spec->on_loopback)
		return 0;
	code = parse_host(source, word, &key, &spec->has_host);
	spec->host = key.host;
	memcpy(spec->interface, key.interface, sizeof(spec->interface));
	return code;
}

static int parse_fields(const struct source *source,
			const struct fields *fields, struct pubport_spec *spec)
{
	int code;

	code = parse_protocol(source, fields->protocol, &spec->protocol);
	if (!code)
		code = parse_ports(source, fields->ports, &spec->target_ports);
	if (!code && fields->host_ports && *fields->host_ports)
		code = parse_host_ports(source, fields->host_ports, spec);
	if (!code)
		code = parse_spec_host(source, fields, spec);
	if (!code && fields->target)
		code = parse_target(source, fields->target, spec);
	return code;
}

/**
 * pubport_spec_parse() - read what to publish
 * @text: [HOST:][HOSTPORTS:][TARGET:]PORTS[/PROTO], as docker run -p and
 *	ssh -L take it; must live as long as the spec
 * @ret_spec: what it says
 * @error: receives which part is wrong and why
 *
 * Return: 0, or -EINVAL (PUBPORT_USAGE) when it is not a SPEC.
 */
PUBPORT_EXPORT int pubport_spec_parse(const char *text,
				      struct pubport_spec *ret_spec,
				      struct pubport_error *error)
{
	const struct source source = { text, error };
	struct pubport_spec spec = { .text = text };
	struct fields fields = { .host = NULL };
	char *words = fields.copy;
	int code = copy_text(&fields, &source);

	if (code)
		return code;
	if (is_long_form(words)) {
		code = cut_long_form(&fields, &source);
	} else {
		cut_ports(&fields, &words);
		cut_left_side(&fields, words);
	}
	if (!code)
		code = parse_fields(&source, &fields, &spec);
	if (!code)
		*ret_spec = spec;
	return code;
}

/**
 * spec_is_open() - tell whether a spec leaves its host ports to be chosen
 * @spec: the spec
 *
 * Return: whether it names none, or more than it needs.
 */
bool spec_is_open(const struct pubport_spec *spec)
{
	return !spec->host_ports.first ||
	       ports_width(&spec->host_ports) !=
		       ports_width(&spec->target_ports);
}

/**
 * spec_key() - make the key that a spec asks for
 * @spec: the spec
 * @family: of the target's address
 *
 * Return: the key; where the spec names a host address, with that, whatever its
 * family; its ports are 0 where they are to be chosen.
 */
struct pubport_key spec_key(const struct pubport_spec *spec,
			    enum pubport_family family)
{
	struct pubport_key key = {
		.host = { .family = family },
		.protocol = spec->protocol,
		.ports = spec->host_ports,
	};

	if (spec->has_host)
		key.host = spec->host;
	else if (spec->on_loopback)
		key.host = addr_loopback(family);
	memcpy(key.interface, spec->interface, sizeof(key.interface));
	return key;
}

/* ----------------------------------------------------------------- KEY -- */

/**
 * pubport_key_parse() - read the key of a mapping
 * @text: [HOST:]PORT[-PORT][/PROTO]
 * @ret_has_host: whether HOST was given; without it the all-addresses mapping
 *	of either family is meant
 * @ret_key: the key; without HOST its address is 0.0.0.0
 * @error: receives which part is wrong and why
 *
 * Return: 0, or -EINVAL (PUBPORT_USAGE) when it is not a KEY; it may be a SPEC.
 */
PUBPORT_EXPORT int pubport_key_parse(const char *text, bool *ret_has_host,
				     struct pubport_key *ret_key,
				     struct pubport_error *error)
{
	const struct source source = { text, error };
	struct pubport_key key = { .host = { .family = PUBPORT_IPV4 } };
	struct fields fields = { .host = NULL };
	bool has_host = false;
	int code = copy_text(&fields, &source);

	if (code)
		return code;
	fields.host = fields.copy;
	cut_ports(&fields, &fields.host);
	code = parse_protocol(&source, fields.protocol, &key.protocol);
	if (!code)
		code = parse_ports(&source, fields.ports, &key.ports);
	if (!code && fields.host)
		code = parse_host(&source, fields.host, &key, &has_host);
	if (code)
		return code;
	*ret_has_host = has_host;
	*ret_key = key;
	return 0;
}
