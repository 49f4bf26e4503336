/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mapping's record, which travels in the userdata of its element.
 *
 * Userdata is a sequence of TLVs: one byte of type, one of length, the value
 * (libnftnl's layout).  Type 0 is nft's comment, which "nft list" shows; nft
 * skips types that it doesn't know, so ours begin at 128:
 *
 *	0	name, what --name gave; with its NUL
 *	128	target as the user wrote it; with its NUL
 *	129	image; with its NUL
 *	130	when it was created, seconds since the epoch; 8 bytes
 *	131	the helper's number, enum helper, or 0; 1 byte; then enum
 *		pubport_mapping_flag; 3 bytes
 *	132	first target port of a range that shifts its numbers; 2 bytes
 *	133	networks: each its address and one byte of prefix, see allow.c
 *	134	when it ends, milliseconds of CLOCK_MONOTONIC; 8 bytes; see
 *		publish/settle.c
 *	135	of an interface, whose name is the comment: nothing; what nft
 *		loads lost it, and may stem from before the last boot
 *	136	instead of 130, if it was created since this machine booted:
 *		how many seconds after, 26 bits, and then 130's number, 38 bits;
 *		so the clock may be set
 *
 * Numbers are big-endian.
 *
 * The kernel keeps 256 bytes; a _Static_assert says that the longest record
 * fits.  Anyone with CAP_NET_ADMIN may have edited the table, so reading
 * trusts nothing, and what is missing stays empty.
 */
#include "nft/userdata.h"

#include "mapping/addr.h"
#include "mapping/helper.h"
#include "mapping/mapping.h"
#include "util/error.h"
#include "util/time.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

enum userdata_type {
	USERDATA_COMMENT = 0,
	USERDATA_TARGET = 128,
	USERDATA_IMAGE = 129,
	USERDATA_CREATED = 130,
	USERDATA_FLAGS = 131,
	USERDATA_TARGET_PORT = 132,
	USERDATA_NETWORKS = 133,
	USERDATA_ENDS = 134,
	USERDATA_INTERFACE = 135,
	USERDATA_CREATED_NOW = 136,
};

#define TLV_HEADER 2

#define HELPER_SHIFT 24
#define FLAGS_MASK ((1U << HELPER_SHIFT) - 1)

_Static_assert(6 * TLV_HEADER + PUBPORT_NAME_SIZE + PUBPORT_TARGET_SIZE +
			       PUBPORT_IMAGE_SIZE + 8 + 4 + 2 <=
		       ELEMENT_USERDATA_MAX,
	       "the longest record fits");

static void put(struct element *element, enum userdata_type type,
		const void *value, size_t length)
{
	uint8_t *to = element->userdata + element->userdata_length;

	if (element->userdata_length + TLV_HEADER + length >
	    sizeof(element->userdata))
		return;
	to[0] = (uint8_t)type;
	to[1] = (uint8_t)length;
	memcpy(to + TLV_HEADER, value, length);
	element->userdata_length += (uint16_t)(TLV_HEADER + length);
}

static void put_text(struct element *element, enum userdata_type type,
		     const char *text)
{
	put(element, type, text, strlen(text) + 1);
}

#define CREATED_BITS 38
#define CREATED_MAX (INT64_C(1) << CREATED_BITS)
#define UP_MAX (INT64_C(1) << (64 - CREATED_BITS))

static void put_created(struct element *element, int64_t created)
{
	int64_t up = created - time_boot();
	bool is_now = created >= 0 && created < CREATED_MAX && up >= 0 &&
		      up < UP_MAX && created <= time_now_ms() / 1000 + 1;
	uint64_t number_be = htobe64((uint64_t)created);

	if (is_now)
		number_be = htobe64((uint64_t)up << CREATED_BITS |
				    (uint64_t)created);
	put(element, is_now ? USERDATA_CREATED_NOW : USERDATA_CREATED,
	    &number_be, sizeof(number_be));
}

static int64_t get_created(uint64_t number)
{
	int64_t up = (int64_t)(number >> CREATED_BITS);
	int64_t created = (int64_t)(number & (CREATED_MAX - 1));

	created = time_follow_clock(created, created - up);
	return created < 0 ? 0 : created;
}

/**
 * userdata_write() - make a mapping's record
 * @mapping: what to write
 * @element: its userdata is set
 */
void userdata_write(const struct pubport_mapping *mapping,
		    struct element *element)
{
	uint32_t flags = (mapping->flags & FLAGS_MASK) |
			 (uint32_t)helper_of(mapping) << HELPER_SHIFT;
	uint32_t flags_be = htobe32(flags);
	uint16_t port_be = htobe16(mapping->target_ports.first);

	element->userdata_length = 0;
	put_text(element, USERDATA_COMMENT, mapping->name);
	put_created(element, mapping->created);
	if (flags)
		put(element, USERDATA_FLAGS, &flags_be, sizeof(flags_be));
	if (mapping->key.ports.first != mapping->key.ports.last &&
	    mapping->target_ports.first != mapping->key.ports.first)
		put(element, USERDATA_TARGET_PORT, &port_be, sizeof(port_be));
	put_text(element, USERDATA_TARGET, mapping->target);
	if (mapping->image[0])
		put_text(element, USERDATA_IMAGE, mapping->image);
}

static void get_text(char *ret_text, size_t size, const uint8_t *value,
		     size_t length)
{
	if (length > size - 1)
		length = size - 1;
	memcpy(ret_text, value, length);
	ret_text[length] = '\0';
	text_make_printable(ret_text);
}

static uint64_t get_number(const uint8_t *value, size_t length)
{
	uint64_t number = 0;

	while (length--)
		number = number << 8 | *value++;
	return number;
}

/* one that a later version knows is none */
static void read_flags(struct pubport_mapping *mapping, uint32_t flags)
{
	uint32_t helper = flags >> HELPER_SHIFT;

	mapping->flags = flags & FLAGS_MASK;
	if (helper < HELPER_COUNT)
		snprintf(mapping->helper, sizeof(mapping->helper), "%s",
			 helper_get((enum helper)helper)->name);
}

static void read_tlv(struct pubport_mapping *mapping, unsigned int type,
		     const uint8_t *value, size_t length)
{
	uint64_t number = length <= 8 ? get_number(value, length) : 0;

	switch (type) {
	case USERDATA_COMMENT:
		get_text(mapping->name, sizeof(mapping->name), value, length);
		break;
	case USERDATA_TARGET:
		get_text(mapping->target, sizeof(mapping->target), value,
			 length);
		break;
	case USERDATA_IMAGE:
		get_text(mapping->image, sizeof(mapping->image), value, length);
		break;
	case USERDATA_CREATED:
		mapping->created = (int64_t)(number & INT64_MAX);
		break;
	case USERDATA_CREATED_NOW:
		mapping->created = get_created(number);
		break;
	case USERDATA_FLAGS:
		read_flags(mapping, (uint32_t)number);
		break;
	case USERDATA_TARGET_PORT:
		mapping->target_ports.first = (uint16_t)number;
		break;
	default:
		break;
	}
}

/* the next TLV that lies within the userdata, or NULL */
static const uint8_t *next_tlv(const struct element *element,
			       const uint8_t *tlv)
{
	const uint8_t *end = element->userdata + element->userdata_length;

	tlv = tlv ? tlv + TLV_HEADER + tlv[1] : element->userdata;
	if (end - tlv < TLV_HEADER || end - tlv - TLV_HEADER < tlv[1])
		return NULL;
	return tlv;
}

/**
 * userdata_read() - read a mapping's record
 * @element: whose userdata
 * @mapping: name, target, image, created, expires, flags, helper and the first
 *	target port are set where the record has them; texts are made printable
 */
void userdata_read(const struct element *element,
		   struct pubport_mapping *mapping)
{
	const uint8_t *tlv = NULL;

	while ((tlv = next_tlv(element, tlv)))
		read_tlv(mapping, tlv[0], tlv + TLV_HEADER, tlv[1]);
}

/**
 * userdata_write_end() - note down what is to be done when a mapping ended
 * @mapping: which
 * @element: its userdata is set
 */
void userdata_write_end(const struct pubport_mapping *mapping,
			struct element *element)
{
	uint64_t ends_be = htobe64((uint64_t)mapping_ends_ms(mapping));
	uint32_t flags_be = htobe32(mapping->flags & PUBPORT_MAPPING_RESERVED);
	uint16_t port_be = htobe16(mapping->target_ports.first);

	element->userdata_length = 0;
	if (flags_be)
		put(element, USERDATA_FLAGS, &flags_be, sizeof(flags_be));
	put(element, USERDATA_ENDS, &ends_be, sizeof(ends_be));
	put(element, USERDATA_TARGET_PORT, &port_be, sizeof(port_be));
}

/**
 * userdata_read_end() - read when a mapping ends
 * @element: with userdata of userdata_write_end()
 *
 * Return: milliseconds of CLOCK_MONOTONIC, or 0 where that isn't known.
 */
int64_t userdata_read_end(const struct element *element)
{
	const uint8_t *tlv = NULL;

	while ((tlv = next_tlv(element, tlv)))
		if (tlv[0] == USERDATA_ENDS && tlv[1] == sizeof(uint64_t))
			return (int64_t)(get_number(tlv + TLV_HEADER, tlv[1]) &
					 INT64_MAX);
	return 0;
}

/**
 * userdata_write_time() - make userdata of a time alone
 * @element: its userdata is set; userdata_read() has it as created
 * @seconds: since the epoch
 */
void userdata_write_time(struct element *element, int64_t seconds)
{
	element->userdata_length = 0;
	put_created(element, seconds);
}

/**
 * userdata_write_comment() - make userdata of a comment alone
 * @element: its userdata is set
 * @comment: shown by "nft list", shorter than 128 bytes
 */
void userdata_write_comment(struct element *element, const char *comment)
{
	element->userdata_length = 0;
	put_text(element, USERDATA_COMMENT, comment);
}

/**
 * userdata_read_comment() - read the comment of an element
 * @element: whose userdata
 * @ret_comment: the comment, printable, or ""
 * @size: bytes of @ret_comment
 */
void userdata_read_comment(const struct element *element, char *ret_comment,
			   size_t size)
{
	const uint8_t *tlv = NULL;

	ret_comment[0] = '\0';
	while ((tlv = next_tlv(element, tlv)))
		if (tlv[0] == USERDATA_COMMENT)
			get_text(ret_comment, size, tlv + TLV_HEADER, tlv[1]);
}

/**
 * userdata_write_interface() - make userdata of an interface
 * @element: with its index in the key; its userdata is set
 * @name: of the interface, by now
 */
void userdata_write_interface(struct element *element, const char *name)
{
	char text[PUBPORT_IFNAME_SIZE];

	snprintf(text, sizeof(text), "%s", name);
	text_make_printable(text);
	userdata_write_comment(element, strchr(text, '"') ? "" : text);
	put(element, USERDATA_INTERFACE, "", 0);
}

/**
 * userdata_read_interface() - read the userdata of an interface
 * @element: with its index in the key
 * @ret_name: its name when that was written, printable, or ""
 *
 * Return: whether the index is that of an interface of this boot; what nft
 * loaded may stem from another one.
 */
bool userdata_read_interface(const struct element *element,
			     char ret_name[PUBPORT_IFNAME_SIZE])
{
	const uint8_t *tlv = NULL;
	bool is_fresh = false;

	userdata_read_comment(element, ret_name, PUBPORT_IFNAME_SIZE);
	while ((tlv = next_tlv(element, tlv)))
		is_fresh |= tlv[0] == USERDATA_INTERFACE;
	return is_fresh;
}

static size_t prefix_size(enum pubport_family family)
{
	const struct pubport_addr addr = { .family = family };

	return addr_length(&addr) + 1;
}

/**
 * userdata_networks_max() - say how many networks fit into one element's
 * userdata
 * @family: of their addresses
 *
 * Return: at most USERDATA_NETWORKS_MAX.
 */
size_t userdata_networks_max(enum pubport_family family)
{
	return (ELEMENT_USERDATA_MAX - TLV_HEADER) / prefix_size(family);
}

/**
 * userdata_write_networks() - make userdata of networks alone
 * @element: its userdata is set
 * @networks: of one family
 * @count: number of @networks, at most userdata_networks_max()
 */
void userdata_write_networks(struct element *element,
			     const struct pubport_network *networks,
			     size_t count)
{
	uint8_t value[ELEMENT_USERDATA_MAX];
	size_t length = 0, addr;

	for (size_t i = 0; i < count; i++) {
		addr = addr_length(&networks[i].addr);
		memcpy(value + length, networks[i].addr.bytes, addr);
		value[length + addr] = (uint8_t)networks[i].prefix;
		length += addr + 1;
	}
	element->userdata_length = 0;
	if (count)
		put(element, USERDATA_NETWORKS, value, length);
}

static size_t get_networks(const uint8_t *value, size_t length,
			   enum pubport_family family,
			   struct pubport_network *ret_networks)
{
	size_t size = prefix_size(family), count = 0;

	for (; length >= size; length -= size, value += size) {
		struct pubport_network *network = &ret_networks[count];

		memset(network, 0, sizeof(*network));
		network->addr.family = family;
		memcpy(network->addr.bytes, value, size - 1);
		network->prefix = value[size - 1];
		if (network->prefix <= 8 * (size - 1))
			count++;
	}
	return count;
}

/**
 * userdata_read_networks() - read networks from an element's userdata
 * @element: whose userdata
 * @family: of their addresses
 * @ret_networks: USERDATA_NETWORKS_MAX networks
 *
 * Return: how many there are.
 */
size_t userdata_read_networks(const struct element *element,
			      enum pubport_family family,
			      struct pubport_network *ret_networks)
{
	const uint8_t *tlv = NULL;

	while ((tlv = next_tlv(element, tlv)))
		if (tlv[0] == USERDATA_NETWORKS)
			return get_networks(tlv + TLV_HEADER, tlv[1], family,
					    ret_networks);
	return 0;
}
