/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocols, ports, keys and mappings as text. */
#include "key.h"

#include "error.h"
#include "util.h"

#include <stdarg.h>
#include <string.h>

/**
 * pubport_protocol_name() - a protocol's name
 * @protocol: protocol
 *
 * Return: "tcp", "udp", "sctp", or "unknown" for any other number.
 */
PUBPORT_EXPORT const char *pubport_protocol_name(enum pubport_protocol protocol)
{
	switch (protocol) {
	case PUBPORT_TCP:
		return "tcp";
	case PUBPORT_UDP:
		return "udp";
	case PUBPORT_SCTP:
		return "sctp";
	}
	return "unknown";
}

/**
 * protocol_is_known() - whether a number is a protocol that can be published
 * @protocol: number from elsewhere
 *
 * Return: true for those of enum pubport_protocol.
 */
bool protocol_is_known(enum pubport_protocol protocol)
{
	switch (protocol) {
	case PUBPORT_TCP:
	case PUBPORT_UDP:
	case PUBPORT_SCTP:
		return true;
	}
	return false;
}

/**
 * protocol_parse() - read a protocol's name
 * @text: name in any letter case
 * @ret_protocol: the protocol
 *
 * Return: 0, or -EINVAL when it is none that can be published.
 */
int protocol_parse(const char *text, enum pubport_protocol *ret_protocol)
{
	static const enum pubport_protocol protocols[] = {
		PUBPORT_TCP,
		PUBPORT_UDP,
		PUBPORT_SCTP,
	};

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (strcasecmp(text, pubport_protocol_name(protocols[i])) != 0)
			continue;
		*ret_protocol = protocols[i];
		return 0;
	}
	return -EINVAL;
}

static const char *print(char *buffer, size_t size, const char *format, ...)
	PRINTF(3, 4);

/* what does not fit becomes "": half an address or port is another one */
static const char *print(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buffer, size, format, args);
	va_end(args);
	if (size && (size_t)length >= size)
		buffer[0] = '\0';
	return buffer;
}

/**
 * ports_format() - write a port or a range
 * @ports: what to write
 * @buffer: receives "8080" or "8000-8010"; "" when it does not fit
 * @size: size of @buffer; PORTS_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
const char *ports_format(struct pubport_ports ports, char *buffer, size_t size)
{
	if (ports.first == ports.last)
		return print(buffer, size, "%u", ports.first);
	return print(buffer, size, "%u-%u", ports.first, ports.last);
}

/**
 * addr_ports_format() - write an address and its ports
 * @addr: address
 * @ports: port or range
 * @buffer: receives "172.17.0.2:80" or "[fd00::2]:9000-9010"; "" when it does
 *	not fit
 * @size: size of @buffer; ADDR_PORTS_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
const char *addr_ports_format(const struct pubport_addr *addr,
			      struct pubport_ports ports, char *buffer,
			      size_t size)
{
	char address[PUBPORT_ADDR_TEXT_SIZE];
	char numbers[PORTS_TEXT_SIZE];

	return print(buffer, size,
		     addr->family == PUBPORT_IPV6 ? "[%s]:%s" : "%s:%s",
		     pubport_addr_format(addr, address, sizeof(address)),
		     ports_format(ports, numbers, sizeof(numbers)));
}

/**
 * pubport_key_format() - write a key
 * @key: key
 * @buffer: receives "192.168.33.2:8080/tcp" or "[::]:8000-8010/udp"; "" when it
 *	does not fit
 * @size: size of @buffer; PUBPORT_KEY_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
PUBPORT_EXPORT const char *pubport_key_format(const struct pubport_key *key,
					      char *buffer, size_t size)
{
	char host[ADDR_PORTS_TEXT_SIZE];

	return print(buffer, size, "%s/%s",
		     addr_ports_format(&key->host, key->ports, host,
				       sizeof(host)),
		     pubport_protocol_name(key->protocol));
}

/**
 * pubport_mapping_format() - write a mapping in one line
 * @mapping: mapping
 * @buffer: receives "192.168.33.2:8080 -> 172.17.0.2:80/tcp"; "" when it does
 *	not fit
 * @size: size of @buffer; PUBPORT_MAPPING_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
PUBPORT_EXPORT const char *
pubport_mapping_format(const struct pubport_mapping *mapping, char *buffer,
		       size_t size)
{
	const struct pubport_key *key = &mapping->key;
	char host[ADDR_PORTS_TEXT_SIZE];
	char target[ADDR_PORTS_TEXT_SIZE];

	return print(
		buffer, size, "%s -> %s/%s",
		addr_ports_format(&key->host, key->ports, host, sizeof(host)),
		addr_ports_format(&mapping->target_addr, mapping->target_ports,
				  target, sizeof(target)),
		pubport_protocol_name(key->protocol));
}
