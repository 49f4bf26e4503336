/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What expressions of rules load into registers.
 *
 * Some of these expressions change the packet instead, if they name no register
 * to load: then nothing is loaded.
 */
#include "firewall/eval_expr.h"

#include "netlink/nfnetlink.h"
#include "util/cleanup.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>

/* where the headers hold what is known; @family: of the packets, or 0;
 * @of_answers: for ports, of which packets */
static const struct header_field {
	uint32_t base;
	uint8_t family;
	bool of_answers;
	uint8_t offset;
	uint8_t length;
	enum packet_field field;
} header_fields[] = {
	{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, false, 2, 2, PACKET_PORT },
	{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, true, 0, 2, PACKET_PORT },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV4, false, 16, 4,
	  PACKET_DADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV4, false, 12, 4,
	  PACKET_SADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV4, false, 9, 1,
	  PACKET_PROTOCOL },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV6, false, 24, 16,
	  PACKET_DADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV6, false, 8, 16,
	  PACKET_SADDR },
	{ NFT_PAYLOAD_NETWORK_HEADER, NFPROTO_IPV6, false, 6, 1,
	  PACKET_PROTOCOL },
};

static bool packet_has(const struct packet *packet,
		       const struct header_field *field)
{
	const struct packet_values *known = &packet->fields[PACKET_FAMILY];

	if (!field->family)
		return field->of_answers == packet->is_answer;
	return known->count == 1 && known->items[0].bytes[0] == field->family;
}

/* the first field that begins among the bytes that are loaded: nft loads
 * neighbouring fields together */
static struct packet_part find_header_part(const struct packet *packet,
					   uint32_t base, uint32_t offset,
					   uint32_t length)
{
	struct packet_part part = packet_part(PACKET_UNKNOWN, 0);

	for (size_t i = 0; i < ARRAY_SIZE(header_fields); i++) {
		const struct header_field *field = &header_fields[i];
		uint32_t skip = field->offset - offset, room;

		if (base != field->base || offset > field->offset ||
		    skip >= length || skip > UINT8_MAX ||
		    !packet_has(packet, field))
			continue;
		room = length - skip;
		part = packet_part(field->field,
				   room < field->length ? room : field->length);
		part.skip = (uint8_t)skip;
		part.alone = !skip && length <= field->length;
		break;
	}
	return part;
}

/**
 * load_payload() - load bytes of the packet
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0.
 */
int load_payload(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_PAYLOAD_DREG, 0);
	uint32_t base = nfnl_nested_u32(data, NFTA_PAYLOAD_BASE, UINT32_MAX);
	uint32_t offset =
		nfnl_nested_u32(data, NFTA_PAYLOAD_OFFSET, UINT32_MAX);
	uint32_t length = nfnl_nested_u32(data, NFTA_PAYLOAD_LEN, 0);

	eval_load(eval, to,
		  find_header_part(eval->packet, base, offset, length));
	return 0;
}

/**
 * load_meta() - load what the kernel knows of the packet
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0.
 */
int load_meta(struct eval *eval, const struct nlattr *data)
{
	static const struct {
		uint32_t key;
		enum packet_field field;
		size_t length;
	} keys[] = {
		{ NFT_META_L4PROTO, PACKET_PROTOCOL, 1 },
		{ NFT_META_NFPROTO, PACKET_FAMILY, 1 },
		{ NFT_META_PROTOCOL, PACKET_ETHERTYPE, 2 },
		{ NFT_META_IIFNAME, PACKET_IIFNAME, PACKET_VALUE_SIZE },
		{ NFT_META_OIFNAME, PACKET_OIFNAME, PACKET_VALUE_SIZE },
		{ NFT_META_IIF, PACKET_IIF, 4 },
		{ NFT_META_OIF, PACKET_OIF, 4 },
	};
	uint32_t to = nfnl_nested_u32(data, NFTA_META_DREG, 0);
	uint32_t key = nfnl_nested_u32(data, NFTA_META_KEY, UINT32_MAX);
	struct packet_part part = packet_part(PACKET_UNKNOWN, 0);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			part = packet_part(keys[i].field, keys[i].length);
	eval_load(eval, to, part);
	return 0;
}

/* what a connection is asked for; @direction: IP_CT_DIR_, where it matters */
static const struct ct_field {
	uint32_t key;
	uint8_t direction;
	uint8_t length;
	enum packet_field field;
} ct_fields[] = {
	{ NFT_CT_STATE, UINT8_MAX, 4, PACKET_CT_STATE },
	{ NFT_CT_STATUS, UINT8_MAX, 4, PACKET_CT_STATUS },
	{ NFT_CT_DIRECTION, UINT8_MAX, 1, PACKET_CT_DIRECTION },
	{ NFT_CT_DST, IP_CT_DIR_ORIGINAL, 0, PACKET_CT_HOST },
	{ NFT_CT_DST_IP, IP_CT_DIR_ORIGINAL, 4, PACKET_CT_HOST },
	{ NFT_CT_DST_IP6, IP_CT_DIR_ORIGINAL, 16, PACKET_CT_HOST },
	{ NFT_CT_PROTO_DST, IP_CT_DIR_ORIGINAL, 2, PACKET_CT_HOST_PORT },
	{ NFT_CT_SRC, IP_CT_DIR_REPLY, 0, PACKET_CT_TARGET },
	{ NFT_CT_SRC_IP, IP_CT_DIR_REPLY, 4, PACKET_CT_TARGET },
	{ NFT_CT_SRC_IP6, IP_CT_DIR_REPLY, 16, PACKET_CT_TARGET },
	{ NFT_CT_PROTO_SRC, IP_CT_DIR_REPLY, 2, PACKET_CT_TARGET_PORT },
};

static struct packet_part find_ct_part(const struct eval *eval, uint32_t key,
				       uint8_t direction)
{
	for (size_t i = 0; i < ARRAY_SIZE(ct_fields); i++) {
		const struct ct_field *field = &ct_fields[i];
		size_t length = field->length;

		if (field->key != key || (field->direction != UINT8_MAX &&
					  field->direction != direction))
			continue;
		if (!length)
			length = eval->family == NFPROTO_IPV6 ? 16 : 4;
		return eval_ct_part(eval, field->field, length);
	}
	return packet_part(PACKET_UNKNOWN, 0);
}

/**
 * load_ct() - load what connection tracking knows of it
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0.
 */
int load_ct(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_CT_DREG, 0);
	uint32_t key = nfnl_nested_u32(data, NFTA_CT_KEY, UINT32_MAX);
	size_t length;
	const uint8_t *direction =
		nfnl_bytes(attr_find_nested(data, NFTA_CT_DIRECTION), &length);

	eval_load(eval, to,
		  find_ct_part(eval, key, length ? *direction : UINT8_MAX));
	return 0;
}

/**
 * load_fib() - load what the routing table says of it
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0.
 */
int load_fib(struct eval *eval, const struct nlattr *data)
{
	uint32_t to = nfnl_nested_u32(data, NFTA_FIB_DREG, 0);
	uint32_t result = nfnl_nested_u32(data, NFTA_FIB_RESULT, UINT32_MAX);
	uint32_t flags = nfnl_nested_u32(data, NFTA_FIB_FLAGS, 0);

	eval_load(eval, to,
		  result == NFT_FIB_RESULT_ADDRTYPE && flags == NFTA_FIB_F_DADDR
			  ? packet_part(PACKET_DADDR_TYPE, 4)
			  : packet_part(PACKET_UNKNOWN, 0));
	return 0;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

/**
 * load_bitwise() - load some bits of a register
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * Return: 0.
 */
int load_bitwise(struct eval *eval, const struct nlattr *data)
{
	struct packet_part part = eval_register(
		eval, nfnl_nested_u32(data, NFTA_BITWISE_SREG, 0));
	uint32_t operation =
		nfnl_nested_u32(data, NFTA_BITWISE_OP, NFT_BITWISE_BOOL);
	size_t mask_length, flip_length;
	const uint8_t *mask = nfnl_value(data, NFTA_BITWISE_MASK, &mask_length);
	const uint8_t *flip = nfnl_value(data, NFTA_BITWISE_XOR, &flip_length);

	if (operation != NFT_BITWISE_BOOL || !part.alone || !mask ||
	    mask_length > PACKET_VALUE_SIZE || !is_zero(flip, flip_length))
		part = packet_part(PACKET_UNKNOWN, 0);
	else
		for (size_t i = 0; i < mask_length; i++)
			part.mask[i] &= mask[i];
	eval_load(eval, nfnl_nested_u32(data, NFTA_BITWISE_DREG, 0), part);
	return 0;
}

/**
 * load_byteorder() - load a register in another byte order
 * @eval: where
 * @data: attributes of the expression, or NULL
 *
 * A single byte, as part of a key, stays as it is.
 *
 * Return: 0.
 */
int load_byteorder(struct eval *eval, const struct nlattr *data)
{
	struct packet_part part = eval_register(
		eval, nfnl_nested_u32(data, NFTA_BYTEORDER_SREG, 0));

	if (part.length != 1)
		part = packet_part(PACKET_UNKNOWN, 0);
	eval_load(eval, nfnl_nested_u32(data, NFTA_BYTEORDER_DREG, 0), part);
	return 0;
}
