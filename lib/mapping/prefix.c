/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks: what is in them, and how they are read and written. */
#include "mapping/prefix.h"

#include "mapping/addr.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <ctype.h>
#include <string.h>

static unsigned int bits_of(const struct pubport_addr *addr)
{
	return (unsigned int)(8 * addr_length(addr));
}

/* ---------------------------------------------------------- what is in one */

/**
 * prefix_mask() - the bits that all addresses of a network share
 * @network: which
 *
 * Return: an address of its family in which these bits alone are set.
 */
struct pubport_addr prefix_mask(const struct pubport_network *network)
{
	struct pubport_addr mask = { .family = network->addr.family };

	memset(mask.bytes, 0xff, addr_length(&mask));
	for (unsigned int i = network->prefix; i < bits_of(&mask); i++)
		mask.bytes[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return mask;
}

/**
 * prefix_of() - find the network that an address is in
 * @addr: any address of it
 * @prefix: how many bits the addresses of the network share
 *
 * Return: the network.
 */
struct pubport_network prefix_of(const struct pubport_addr *addr,
				 unsigned int prefix)
{
	struct pubport_network network = { *addr, prefix };
	const struct pubport_addr mask = prefix_mask(&network);

	for (size_t i = 0; i < addr_length(addr); i++)
		network.addr.bytes[i] &= mask.bytes[i];
	return network;
}

/**
 * prefix_last() - find the last address of a network
 * @network: which
 *
 * Return: the address; @network's own is the first.
 */
struct pubport_addr prefix_last(const struct pubport_network *network)
{
	const struct pubport_addr mask = prefix_mask(network);
	struct pubport_addr last = network->addr;

	for (size_t i = 0; i < addr_length(&last); i++)
		last.bytes[i] |= (uint8_t)~mask.bytes[i];
	return last;
}

/**
 * prefix_is_valid() - whether there is such a network
 * @network: what a caller of the library filled in
 *
 * Return: false when its address is none, its prefix is too long, or bits
 * beyond it are set.
 */
bool prefix_is_valid(const struct pubport_network *network)
{
	struct pubport_network meant;

	meant = prefix_of(&network->addr, network->prefix);
	return addr_is_valid(&network->addr) &&
	       network->prefix <= bits_of(&network->addr) &&
	       addr_equal(&meant.addr, &network->addr);
}

/**
 * prefix_loopback() - name the network that no packet from a wire may be from
 * @family: of its addresses
 *
 * Return: 127.0.0.0/8 or ::1/128.
 */
struct pubport_network prefix_loopback(enum pubport_family family)
{
	const struct pubport_network ipv4 = { { PUBPORT_IPV4, { 127 } }, 8 };
	const struct pubport_network ipv6 = { { PUBPORT_IPV6, { [15] = 1 } },
					      128 };

	return family == PUBPORT_IPV4 ? ipv4 : ipv6;
}

/**
 * prefix_contains() - whether an address is in a network
 * @network: which; bits beyond its prefix do not matter
 * @addr: address
 *
 * Return: true when it is; never for one of the other family.
 */
bool prefix_contains(const struct pubport_network *network,
		     const struct pubport_addr *addr)
{
	const uint8_t *bits = network->addr.bytes;
	unsigned int bytes = network->prefix / 8, rest = network->prefix % 8;

	if (addr->family != network->addr.family ||
	    memcmp(addr->bytes, bits, bytes) != 0)
		return false;
	return !rest || (addr->bytes[bytes] ^ bits[bytes]) >> (8 - rest) == 0;
}

/* ---------------------------------------------------------------- several */

/**
 * prefix_compare() - order of two networks
 * @a: network
 * @b: network
 *
 * IPv4 stands before IPv6; within a family the first address decides, as a
 * number, then the prefix: a network stands before those that are in it.
 *
 * Return: less than, equal to or greater than 0, as memcmp(3).
 */
int prefix_compare(const struct pubport_network *a,
		   const struct pubport_network *b)
{
	int order = pubport_addr_compare(&a->addr, &b->addr);

	return order ? order : (int)a->prefix - (int)b->prefix;
}

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/**
 * prefixes_reduce() - sort networks, and drop those that add nothing
 * @items: networks; those that are in another one, or there twice, are dropped
 * @count: number of @items
 *
 * Networks are apart or one is in the other, so those that stay are apart.
 *
 * Return: the number of those that stay.
 */
size_t prefixes_reduce(struct pubport_network *items, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(items, count, sizeof(*items), compare);
	for (size_t i = 0; i < count; i++)
		if (!kept || !prefix_contains(&items[kept - 1], &items[i].addr))
			items[kept++] = items[i];
	return kept;
}

/* ------------------------------------------------------------------- text */

static bool read_addr(const char *text, size_t length,
		      struct pubport_addr *ret_addr)
{
	char word[PUBPORT_ADDR_TEXT_SIZE + sizeof("[]") - 1];

	if (length >= sizeof(word))
		return false;
	memcpy(word, text, length);
	word[length] = '\0';
	return !pubport_addr_parse(word, ret_addr);
}

/* digits alone, and no zero before others */
static bool read_prefix(const char *text, unsigned int most,
			unsigned int *ret_prefix)
{
	bool padded = text[0] == '0' && text[1];
	unsigned int prefix = 0;
	const char *at = text;

	while (isdigit((unsigned char)*at) && prefix <= most)
		prefix = 10 * prefix + (unsigned int)(*at++ - '0');
	if (at == text || *at || padded || prefix > most)
		return false;
	*ret_prefix = prefix;
	return true;
}

static int refuse(const char *text, const char *why,
		  struct pubport_error *error)
{
	return error_set(error, PUBPORT_USAGE, -EINVAL, "\"%.64s\": %s", text,
			 why);
}

/* no client connects from there */
static const char *why_nobody(const struct pubport_network *network)
{
	const struct pubport_addr *addr = &network->addr;

	if (addr_is_v4mapped(addr))
		return "is IPv4-mapped; write the IPv4 network itself";
	if (addr_is_multicast(addr))
		return "is of multicast or broadcast addresses, which no "
		       "client has";
	if (!pubport_addr_is_any(addr) || network->prefix < bits_of(addr))
		return NULL;
	return addr->family == PUBPORT_IPV4
		       ? "is no client's address; write 0.0.0.0/0 for everyone"
		       : "is no client's address; write ::/0 for everyone";
}

/* nobody can tell whether the network is meant or the address */
static int refuse_ambiguous(const char *text,
			    const struct pubport_network *network,
			    struct pubport_error *error)
{
	struct pubport_network meant =
		prefix_of(&network->addr, network->prefix);
	char whole[PUBPORT_NETWORK_TEXT_SIZE];
	char alone[PUBPORT_ADDR_TEXT_SIZE];

	return error_set(
		error, PUBPORT_USAGE, -EINVAL,
		"\"%.64s\": has bits beyond its prefix; write %s, or "
		"%s for that address alone",
		text, pubport_network_format(&meant, whole, sizeof(whole)),
		pubport_addr_format(&network->addr, alone, sizeof(alone)));
}

/**
 * pubport_network_parse() - read a network
 * @text: "10.0.0.0/8" or "fd00::/8"; an address alone is a network of one
 * @ret_network: the network
 * @error: receives why it is none
 *
 * Return: 0, or -EINVAL (PUBPORT_USAGE) when @text is anything else, has bits
 * beyond its prefix, or is no network that clients are in: multicast and
 * broadcast, IPv4-mapped, or 0.0.0.0 or :: alone.
 */
PUBPORT_EXPORT int pubport_network_parse(const char *text,
					 struct pubport_network *ret_network,
					 struct pubport_error *error)
{
	const char *slash = strchrnul(text, '/');
	struct pubport_network network;
	const char *why;

	if (!read_addr(text, (size_t)(slash - text), &network.addr))
		return refuse(text,
			      "not an address, or a network such as "
			      "10.0.0.0/8 or fd00::/8",
			      error);
	network.prefix = bits_of(&network.addr);
	if (*slash && !read_prefix(slash + 1, network.prefix, &network.prefix))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%.64s\": its prefix is not a number from "
				 "0 to %u",
				 text, network.prefix);
	why = why_nobody(&network);
	if (why)
		return refuse(text, why, error);
	if (!prefix_is_valid(&network))
		return refuse_ambiguous(text, &network, error);
	*ret_network = network;
	return 0;
}

/**
 * pubport_network_format() - write a network, IPv6 without brackets
 * @network: network
 * @buffer: receives "10.0.0.0/8", with the prefix of a single address too; ""
 *	when it does not fit
 * @size: size of @buffer; PUBPORT_NETWORK_TEXT_SIZE is always enough
 *
 * Return: @buffer.
 */
PUBPORT_EXPORT const char *
pubport_network_format(const struct pubport_network *network, char *buffer,
		       size_t size)
{
	char addr[PUBPORT_ADDR_TEXT_SIZE];
	int length;

	pubport_addr_format(&network->addr, addr, sizeof(addr));
	length = snprintf(buffer, size, "%s/%u", addr, network->prefix);
	if (size && (size_t)length >= size)
		buffer[0] = '\0';
	return buffer;
}
