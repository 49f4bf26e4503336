/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocols, ports, keys and mappings as text. */
#include "mapping/key.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

static const struct {
	enum pubport_protocol protocol;
	const char *name;
} protocols[] = {
	{ PUBPORT_TCP, "tcp" },
	{ PUBPORT_UDP, "udp" },
	{ PUBPORT_SCTP, "sctp" },
};

/**
 * pubport_protocol_name() - a protocol's name
 * @protocol: protocol
 *
 * Return: "tcp", "udp", "sctp", or "unknown" for any other number.
 */
PUBPORT_EXPORT const char *pubport_protocol_name(enum pubport_protocol protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].protocol == protocol)
			return protocols[i].name;
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
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].protocol == protocol)
			return true;
	return false;
}

/**
 * interface_why_wrong() - why nothing can be published on an interface
 * @name: its name; it need not exist
 *
 * What nft could not read again in the table is no name here: quotes, and a
 * "*" at the end, which it takes for every interface that begins so.
 *
 * Return: words that follow the name in a sentence, or NULL.
 */
const char *interface_why_wrong(const char *name)
{
	size_t length = strnlen(name, PUBPORT_IFNAME_SIZE);
	bool is_name = length && length < PUBPORT_IFNAME_SIZE;

	for (size_t i = 0; i < length; i++)
		is_name &= name[i] > ' ' && name[i] <= '~' &&
			   !strchr("/:\\\"", name[i]);
	if (!is_name || !strcmp(name, ".") || !strcmp(name, ".."))
		return "is not the name of an interface";
	if (name[length - 1] == '*')
		return "is not the name of one interface";
	if (!strcmp(name, "lo"))
		return "is the loopback interface, by which nobody else comes "
		       "in";
	return NULL;
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
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (strcasecmp(text, protocols[i].name) != 0)
			continue;
		*ret_protocol = protocols[i].protocol;
		return 0;
	}
	return -EINVAL;
}

/*
 * Texts are put together by hand: one command may write 50,000 of them, and
 * printf() would be most of its time.  Each of these writes at a place where
 * there is room, and returns where it ends.
 */
static char *put_number(char *at, unsigned int number)
{
	if (number >= 10)
		at = put_number(at, number / 10);
	*at++ = (char)('0' + number % 10);
	*at = '\0';
	return at;
}

static char *put_ports(char *at, struct pubport_ports ports)
{
	at = put_number(at, ports.first);
	if (ports.first == ports.last)
		return at;
	return put_number(stpcpy(at, "-"), ports.last);
}

static char *put_ipv4(char *at, const uint8_t *bytes)
{
	for (int i = 0; i < 4; i++)
		at = put_number(i ? stpcpy(at, ".") : at, bytes[i]);
	return at;
}

static char *put_addr_ports(char *at, const struct pubport_addr *addr,
			    struct pubport_ports ports)
{
	if (addr->family == PUBPORT_IPV4) {
		at = put_ipv4(at, addr->bytes);
	} else {
		at = stpcpy(at, "[");
		pubport_addr_format(addr, at, PUBPORT_ADDR_TEXT_SIZE);
		at = stpcpy(at + strlen(at), "]");
	}
	return put_ports(stpcpy(at, ":"), ports);
}

/* "%eth1:8080", where the host's side is an interface */
static char *put_key_ports(char *at, const struct pubport_key *key)
{
	if (!key->interface[0])
		return put_addr_ports(at, &key->host, key->ports);
	at = stpcpy(stpcpy(at, "%"), key->interface);
	return put_ports(stpcpy(at, ":"), key->ports);
}

/* what does not fit becomes "": half an address or port is another one */
static const char *hand_out(const char *text, char *buffer, size_t size)
{
	size_t length = strlen(text) + 1;

	if (length <= size)
		memcpy(buffer, text, length);
	else if (size)
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
	char text[PORTS_TEXT_SIZE];

	put_ports(text, ports);
	return hand_out(text, buffer, size);
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
	char text[ADDR_PORTS_TEXT_SIZE];

	put_addr_ports(text, addr, ports);
	return hand_out(text, buffer, size);
}

/**
 * key_ports_format() - write a key without its protocol
 * @key: key
 * @buffer: receives "192.168.33.2:8080" or "%eth1:8000-8010"; "" when it does
 *	not fit
 * @size: size of @buffer; ADDR_PORTS_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
const char *key_ports_format(const struct pubport_key *key, char *buffer,
			     size_t size)
{
	char text[ADDR_PORTS_TEXT_SIZE];

	put_key_ports(text, key);
	return hand_out(text, buffer, size);
}

/**
 * pubport_key_format() - write a key
 * @key: key
 * @buffer: receives "192.168.33.2:8080/tcp", "[::]:8000-8010/udp", or
 *	"%eth1:8080/tcp" in either family; "" when it does not fit
 * @size: size of @buffer; PUBPORT_KEY_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
PUBPORT_EXPORT const char *pubport_key_format(const struct pubport_key *key,
					      char *buffer, size_t size)
{
	char text[PUBPORT_KEY_TEXT_SIZE], *at;

	at = put_key_ports(text, key);
	at = stpcpy(at, "/");
	stpcpy(at, pubport_protocol_name(key->protocol));
	return hand_out(text, buffer, size);
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
	char text[PUBPORT_MAPPING_TEXT_SIZE], *at;

	at = put_key_ports(text, key);
	at = stpcpy(at, " -> ");
	at = put_addr_ports(at, &mapping->target_addr, mapping->target_ports);
	at = stpcpy(at, "/");
	stpcpy(at, pubport_protocol_name(key->protocol));
	return hand_out(text, buffer, size);
}
