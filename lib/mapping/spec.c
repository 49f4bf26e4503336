/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fields of a SPEC or KEY mean. */
#include "mapping/addr.h"
#include "mapping/fields.h"
#include "mapping/key.h"
#include "mapping/target_name.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

/* -------------------------------------------------------------- values -- */

static int parse_port(const struct source *source, const char *word,
		      uint16_t *ret_port)
{
	unsigned long port;

	if (word[0] == '0' && word[1] && word_consists_of(word, DIGITS))
		return source_wrong(source, "port \"%.64s\" begins with a zero",
				    word);
	port = word_consists_of(word, DIGITS) ? strtoul(word, NULL, 10) : 0;
	if (port < 1 || port > UINT16_MAX)
		return source_wrong(
			source,
			"port \"%.64s\" is not a number from 1 to 65535", word);
	*ret_port = (uint16_t)port;
	return 0;
}

static int parse_range(const struct source *source, char *word, char *dash,
		       struct pubport_ports *ret_ports)
{
	struct pubport_ports ports = { 0, 0 };
	int code;

	if (dash == word || !dash[1])
		return source_wrong(source, "range \"%.64s\" lacks an end",
				    word);
	*dash = '\0';
	code = parse_port(source, word, &ports.first);
	if (!code)
		code = parse_port(source, dash + 1, &ports.last);
	*dash = '-';
	if (code)
		return code;
	if (ports.first > ports.last)
		return source_wrong(source,
				    "range \"%s\" is reversed; write \"%u-%u\"",
				    word, ports.last, ports.first);
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
		return source_wrong(source, "the port is missing");
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
	return source_wrong(source,
			    "protocol \"%.64s\" is not tcp, udp or sctp", word);
}

static int host_not_address(const struct source *source, const char *word)
{
	if (strchr(word, '%') && strchr(word, ':'))
		return source_wrong(
			source,
			"host \"%.64s\" is not an IP address; link-local "
			"addresses can't be published",
			word);
	if (strchr(word, ':') && !strpbrk(word, "[]"))
		return source_wrong(
			source,
			"host \"%.64s\" is not an IP address; an IPv6 "
			"target needs brackets",
			word);
	source_wrong(source, "host \"%.64s\" is not an IP address", word);
	if (*word && strchr(ALNUM, *word) &&
	    word_consists_of(word, ALNUM ".-") &&
	    !word_consists_of(word, DIGITS "."))
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
		return source_wrong(source, "host address \"%s\" %s", word,
				    why);
	*ret_host = host;
	return 0;
}

/* ---------------------------------------------------------------- SPEC -- */

static int parse_target(const struct source *source, const char *word,
			struct pubport_spec *spec)
{
	const char *why = target_name_why_wrong(word);

	if (why)
		return source_wrong(source, "target \"%.64s\" %s", word, why);
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
		return source_wrong(
			source,
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
	int code;

	code = fields_cut_spec(&source, &fields);
	if (!code)
		code = parse_fields(&source, &fields, &spec);
	if (!code)
		*ret_spec = spec;
	return code;
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
	int code;

	code = fields_cut_key(&source, &fields);
	if (!code)
		code = parse_protocol(&source, fields.protocol, &key.protocol);
	if (!code)
		code = parse_ports(&source, fields.ports, &key.ports);
	if (!code && fields.host)
		code = parse_host(&source, fields.host, &key.host);
	if (code)
		return code;
	*ret_has_host = fields.host;
	*ret_key = key;
	return 0;
}
