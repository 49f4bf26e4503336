/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of SPEC, KEY, target and name.
 *
 *	SPEC: [HOST:][HOSTPORTS:][TARGET:]PORTS[/PROTO]
 *	KEY:  [HOST:]PORT[-PORT][/PROTO]
 *
 * Both are cut at their colons from the right, so that a bare IPv6 HOST is
 * what is left over; a colon between brackets does not count.  In a SPEC the
 * field before PORTS decides: ports or nothing make it HOSTPORTS, anything
 * else makes it TARGET, together with a prefix such as "netns" before it.
 */
#include "spec.h"
#include "addr.h"
#include "error.h"
#include "key.h"
#include "util.h"

#include <stdarg.h>
#include <string.h>

#define TEXT_MAX 200 /* leaves room in a message to say what is wrong */

#define DIGITS "0123456789"
#define ALNUM                                                                  \
	DIGITS "abcdefghijklmnopqrstuvwxyz"                                    \
	       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* what is being read, and who wants to know what is wrong with it */
struct source {
	const char *text;
	struct pubport_error *error;
};

/* the fields of a SPEC or KEY; NULL or "" where one was not given */
struct fields {
	char copy[TEXT_MAX + 1];
	char *host;
	char *host_ports;
	char *target;
	char *ports;
	char *protocol;
};

static bool consists_of(const char *text, const char *characters)
{
	return text[strspn(text, characters)] == '\0';
}

static int wrong(const struct source *source, const char *format, ...)
	PRINTF(2, 3);

static int wrong(const struct source *source, const char *format, ...)
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

/* ------------------------------------------------------------- targets -- */

/**
 * target_is_prefix() - whether a word says how to look a target up
 * @word: its first character
 * @length: its length
 *
 * Return: true for the part before the colon of "netns:NAME" and its like.
 */
bool target_is_prefix(const char *word, size_t length)
{
	static const char *const prefixes[] = {
		"netns",   "pid", "docker", "podman",
		"machine", "lxc", "incus",  "libvirt",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strlen(prefixes[i]) == length &&
		    !memcmp(prefixes[i], word, length))
			return true;
	return false;
}

static const char *name_why_wrong(const char *prefix, const char *name)
{
	if (!*name)
		return "has no name after its colon";
	if (!strncmp(prefix, "pid:", 4) &&
	    (!consists_of(name, DIGITS) || *name == '0'))
		return "is not a process id";
	return NULL;
}

/**
 * target_why_wrong() - why no target can be written like this
 * @target: target as the user wrote it
 *
 * Only the form is judged; whether there is such a target is not known here.
 *
 * Return: words that follow the target in a sentence, or NULL when it is well
 * formed.
 */
const char *target_why_wrong(const char *target)
{
	const char *colon = strchr(target, ':');
	struct pubport_addr addr;

	if (!*target)
		return "is empty";
	if (strlen(target) >= PUBPORT_TARGET_SIZE)
		return "is too long";
	if (!pubport_addr_parse(target, &addr))
		return addr_why_not_target(&addr);
	if (colon && target_is_prefix(target, (size_t)(colon - target)))
		return name_why_wrong(target, colon + 1);
	if (consists_of(target, DIGITS "."))
		return "is not an IPv4 address";
	if (target[0] == '[')
		return "is not an IPv6 address";
	if (!strchr(ALNUM "_", target[0]) ||
	    !consists_of(target, ALNUM "_.-@+"))
		return "is not an address or a name";
	return NULL;
}

/* -------------------------------------------------------------- fields -- */

/* checks the text as a whole, and copies it to where it is cut up */
static int fields_copy(struct fields *fields, const struct source *source)
{
	const char *text = source->text;
	size_t length = strlen(text);

	if (!length)
		return wrong(source, "the port is missing");
	if (length > TEXT_MAX)
		return error_set(source->error, PUBPORT_USAGE, -EINVAL,
				 "\"%.64s...\": longer than %d characters",
				 text, TEXT_MAX);
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return wrong(source, "blanks, control and non-ASCII "
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

	return word && target_is_prefix(word, strlen(word));
}

/* signs are nobody's name; they are rejected later, as ports */
static bool is_ports(const char *field)
{
	return consists_of(field, DIGITS "+-");
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

	if (word[0] == '0' && word[1] && consists_of(word, DIGITS))
		return wrong(source, "port \"%.64s\" begins with a zero", word);
	port = consists_of(word, DIGITS) ? strtoul(word, NULL, 10) : 0;
	if (port < 1 || port > UINT16_MAX)
		return wrong(source,
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
		return wrong(source, "range \"%.64s\" lacks an end", word);
	*dash = '\0';
	code = parse_port(source, word, &ports.first);
	if (!code)
		code = parse_port(source, dash + 1, &ports.last);
	*dash = '-';
	if (code)
		return code;
	if (ports.first > ports.last)
		return wrong(source,
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
		return wrong(source, "the port is missing");
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
	if (!word || !protocol_parse(word, ret_protocol))
		return 0;
	return wrong(source, "protocol \"%.64s\" is not tcp, udp or sctp",
		     word);
}

static int host_not_address(const struct source *source, const char *word)
{
	if (strchr(word, ':'))
		return wrong(source,
			     "host \"%.64s\" is not an IP address; an IPv6 "
			     "target needs brackets",
			     word);
	wrong(source, "host \"%.64s\" is not an IP address", word);
	if (*word && strchr(ALNUM, *word) && consists_of(word, ALNUM ".-") &&
	    !consists_of(word, DIGITS "."))
		error_hint(source->error, "getent ahosts %s", word);
	return -EINVAL;
}

static int parse_host(const struct source *source, const char *word,
		      struct pubport_addr *ret_host)
{
	struct pubport_addr host;
	const char *why;

	if (pubport_addr_parse(word, &host))
		return host_not_address(source, word);
	why = addr_why_not_host(&host);
	if (why)
		return wrong(source, "host address \"%s\" %s", word, why);
	*ret_host = host;
	return 0;
}

/* ---------------------------------------------------------------- SPEC -- */

static int parse_target(const struct source *source, const char *word,
			struct pubport_spec *spec)
{
	const char *why = target_why_wrong(word);
	struct pubport_addr addr;

	if (why)
		return wrong(source, "target \"%.64s\" %s", word, why);
	if (spec->has_host && !pubport_addr_parse(word, &addr) &&
	    addr.family != spec->host.family)
		return wrong(source,
			     "target \"%s\" is IPv%d, but the host address "
			     "is IPv%d",
			     word, (int)addr.family, (int)spec->host.family);
	memcpy(spec->target, word, strlen(word) + 1);
	return 0;
}

static int parse_host_ports(const struct source *source, char *word,
			    struct pubport_spec *spec)
{
	unsigned int width, target_width;
	int code;

	if (!strcmp(word, "0"))
		return 0;
	code = parse_ports(source, word, &spec->host_ports);
	if (code)
		return code;
	width = spec->host_ports.last - spec->host_ports.first + 1U;
	target_width = spec->target_ports.last - spec->target_ports.first + 1U;
	if (width != target_width && target_width != 1)
		return wrong(source,
			     "host ports \"%s\" are %u, but target ports "
			     "\"%u-%u\" are %u",
			     word, width, spec->target_ports.first,
			     spec->target_ports.last, target_width);
	return 0;
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
	spec->has_host = fields->host && *fields->host;
	if (!code && spec->has_host)
		code = parse_host(source, fields->host, &spec->host);
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
	int code;

	code = fields_copy(&fields, &source);
	if (code)
		return code;
	cut_ports(&fields, &words);
	cut_left_side(&fields, words);
	code = parse_fields(&source, &fields, &spec);
	if (!code)
		*ret_spec = spec;
	return code;
}

/* ------------------------------------------------------- KEY and name -- */

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
	char *words = fields.copy;
	int code;

	code = fields_copy(&fields, &source);
	if (code)
		return code;
	cut_ports(&fields, &words);
	code = parse_protocol(&source, fields.protocol, &key.protocol);
	if (!code)
		code = parse_ports(&source, fields.ports, &key.ports);
	if (!code && words)
		code = parse_host(&source, words, &key.host);
	if (code)
		return code;
	*ret_has_host = words != NULL;
	*ret_key = key;
	return 0;
}

/**
 * pubport_name_check() - whether mappings can have a name
 * @name: name
 * @error: receives why not
 *
 * Return: 0, or -EINVAL (PUBPORT_USAGE) unless it is 1 to 63 letters, digits
 * and _ . - : / @ + , of which a letter or digit comes first.
 */
PUBPORT_EXPORT int pubport_name_check(const char *name,
				      struct pubport_error *error)
{
	size_t length = strlen(name);

	if (length > 0 && length < PUBPORT_NAME_SIZE &&
	    strchr(ALNUM, name[0]) && consists_of(name, ALNUM "_.-:/@+,"))
		return 0;
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "\"%.64s\": a name is 1 to %d letters, digits or "
			 "any of \"_.-:/@+,\", and begins with a letter or "
			 "digit",
			 name, PUBPORT_NAME_SIZE - 1);
}
