/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses: what they are, and how they are read and written. */
#include "mapping/addr.h"
#include "util/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/**
 * addr_af() - the address family as the system calls it
 * @addr: address
 *
 * The only place where families become AF_ numbers.
 *
 * Return: AF_INET or AF_INET6.
 */
int addr_af(const struct pubport_addr *addr)
{
	return addr->family == PUBPORT_IPV4 ? AF_INET : AF_INET6;
}

/**
 * addr_length() - how many bytes of an address count
 * @addr: address
 *
 * Return: 4 or 16.
 */
size_t addr_length(const struct pubport_addr *addr)
{
	return addr->family == PUBPORT_IPV4 ? 4 : 16;
}

/**
 * addr_is_valid() - whether there is such an address
 * @addr: what a caller of the library filled in
 *
 * Return: false when its family is none, or bytes are set that don't count.
 */
bool addr_is_valid(const struct pubport_addr *addr)
{
	if (addr->family != PUBPORT_IPV4 && addr->family != PUBPORT_IPV6)
		return false;
	for (size_t i = addr_length(addr); i < sizeof(addr->bytes); i++)
		if (addr->bytes[i])
			return false;
	return true;
}

/**
 * pubport_addr_parse() - read an address
 * @text: dotted quad without leading zeros, or IPv6, bare or in brackets
 * @ret_addr: the address
 *
 * Return: 0, or -EINVAL when @text is anything else.
 */
PUBPORT_EXPORT int pubport_addr_parse(const char *text,
				      struct pubport_addr *ret_addr)
{
	struct pubport_addr addr = {
		.family = strchr(text, ':') ? PUBPORT_IPV6 : PUBPORT_IPV4,
	};
	char bare[PUBPORT_ADDR_TEXT_SIZE];
	size_t length = strlen(text);

	if (addr.family == PUBPORT_IPV6 && text[0] == '[') {
		if (text[length - 1] != ']')
			return -EINVAL;
		text++;
		length -= 2;
	}
	if (length >= sizeof(bare))
		return -EINVAL;
	memcpy(bare, text, length);
	bare[length] = '\0';
	if (inet_pton(addr_af(&addr), bare, addr.bytes) != 1)
		return -EINVAL;
	*ret_addr = addr;
	return 0;
}

/**
 * pubport_addr_format() - write an address, IPv6 without brackets
 * @addr: address
 * @buffer: receives the text; "" when it does not fit
 * @size: size of @buffer; PUBPORT_ADDR_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
PUBPORT_EXPORT const char *pubport_addr_format(const struct pubport_addr *addr,
					       char *buffer, size_t size)
{
	if (size &&
	    !inet_ntop(addr_af(addr), addr->bytes, buffer, (socklen_t)size))
		buffer[0] = '\0';
	return buffer;
}

/**
 * pubport_addr_is_any() - whether it stands for every address of its family
 * @addr: address
 *
 * Return: true for 0.0.0.0 and ::.
 */
PUBPORT_EXPORT bool pubport_addr_is_any(const struct pubport_addr *addr)
{
	static const uint8_t any[16];

	return !memcmp(addr->bytes, any, addr_length(addr));
}

/**
 * pubport_addr_compare() - order of two addresses
 * @a: address
 * @b: address
 *
 * IPv4 stands before IPv6; within a family the numbers decide.
 *
 * Return: less than, equal to or greater than 0, as memcmp(3).
 */
PUBPORT_EXPORT int pubport_addr_compare(const struct pubport_addr *a,
					const struct pubport_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, addr_length(a));
}

/**
 * addr_equal() - whether two addresses are the same
 * @a: address
 * @b: address
 *
 * Return: true when they are.
 */
bool addr_equal(const struct pubport_addr *a, const struct pubport_addr *b)
{
	return !pubport_addr_compare(a, b);
}

/**
 * addr_step() - the next address, or the one before
 * @addr: an address
 * @step: 1 or -1
 * @ret_addr: that address
 *
 * Return: false where there is none.
 */
bool addr_step(const struct pubport_addr *addr, int step,
	       struct pubport_addr *ret_addr)
{
	const uint8_t turns = step > 0 ? UINT8_MAX : 0;
	struct pubport_addr stepped = *addr;
	size_t i = addr_length(addr);

	while (i && stepped.bytes[i - 1] == turns)
		stepped.bytes[--i] = (uint8_t)~turns;
	if (!i)
		return false;
	stepped.bytes[i - 1] = (uint8_t)(stepped.bytes[i - 1] + step);
	*ret_addr = stepped;
	return true;
}

/**
 * addr_loopback() - the address by which a host speaks to itself
 * @family: which one
 *
 * Return: 127.0.0.1 or ::1.
 */
struct pubport_addr addr_loopback(enum pubport_family family)
{
	const struct pubport_addr ipv4 = { PUBPORT_IPV4, { 127, [3] = 1 } };
	const struct pubport_addr ipv6 = { PUBPORT_IPV6, { [15] = 1 } };

	return family == PUBPORT_IPV4 ? ipv4 : ipv6;
}

/**
 * addr_anywhere() - an address that nobody has, such as a client far away
 * @family: of the address
 *
 * Return: the dummy address of RFC 7600, or one to be discarded by RFC 6666;
 * constant.
 */
const struct pubport_addr *addr_anywhere(enum pubport_family family)
{
	static const struct pubport_addr ipv4 = { PUBPORT_IPV4,
						  { 192, 0, 0, 8 } };
	static const struct pubport_addr ipv6 = { PUBPORT_IPV6,
						  { 0x01, [15] = 1 } };

	return family == PUBPORT_IPV4 ? &ipv4 : &ipv6;
}

/**
 * addr_is_loopback() - whether it never leaves the host
 * @addr: address
 *
 * Return: true for 127.0.0.0/8 and ::1.
 */
bool addr_is_loopback(const struct pubport_addr *addr)
{
	const struct pubport_addr loopback = addr_loopback(addr->family);

	if (addr->family == PUBPORT_IPV4)
		return addr->bytes[0] == loopback.bytes[0];
	return addr_equal(addr, &loopback);
}

/**
 * addr_is_multicast() - whether it names many receivers
 * @addr: address
 *
 * Return: true for 224.0.0.0/4, 255.255.255.255 and ff00::/8.
 */
bool addr_is_multicast(const struct pubport_addr *addr)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (addr->family == PUBPORT_IPV6)
		return addr->bytes[0] == 0xff;
	return addr->bytes[0] >> 4 == 0xe ||
	       !memcmp(addr->bytes, broadcast, sizeof(broadcast));
}

/**
 * addr_is_linklocal6() - whether it means nothing without an interface
 * @addr: address
 *
 * Return: true for fe80::/10.
 */
bool addr_is_linklocal6(const struct pubport_addr *addr)
{
	return addr->family == PUBPORT_IPV6 && addr->bytes[0] == 0xfe &&
	       addr->bytes[1] >> 6 == 2;
}

/**
 * addr_is_v4mapped() - whether it is IPv4 in IPv6's clothes
 * @addr: address
 *
 * Return: true for ::ffff:0:0/96.
 */
bool addr_is_v4mapped(const struct pubport_addr *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return addr->family == PUBPORT_IPV6 &&
	       !memcmp(addr->bytes, mapped, sizeof(mapped));
}

/**
 * addr_unmap() - take off IPv6's clothes
 * @addr: address; one of ::ffff:0:0/96 becomes the IPv4 address that it is
 */
void addr_unmap(struct pubport_addr *addr)
{
	struct pubport_addr bare = { .family = PUBPORT_IPV4 };

	if (!addr_is_v4mapped(addr))
		return;
	memcpy(bare.bytes, addr->bytes + 12, 4);
	*addr = bare;
}

/**
 * addr_why_not_host() - why nothing can be published on an address
 * @addr: address
 *
 * Return: words that follow the address in a sentence, or NULL when it can be
 * a host address.
 */
const char *addr_why_not_host(const struct pubport_addr *addr)
{
	if (addr_is_multicast(addr))
		return "is a multicast or broadcast address";
	if (addr_is_linklocal6(addr))
		return "is link-local, which can't be translated";
	if (addr_is_v4mapped(addr))
		return "is IPv4-mapped; write the IPv4 address itself";
	return NULL;
}

/**
 * addr_why_not_target() - why no mapping can lead to an address
 * @addr: address
 *
 * Return: words that follow the address in a sentence, or NULL when it can be
 * a target.
 */
const char *addr_why_not_target(const struct pubport_addr *addr)
{
	if (pubport_addr_is_any(addr))
		return "stands for every address; a target is one";
	if (addr_is_loopback(addr))
		return "is a loopback address, which packets from elsewhere "
		       "can't be led to";
	return addr_why_not_host(addr);
}
