/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules as text and as expressions, both from the same tables.
 *
 * A phrase is a word of words[] below.  Where it looks in a set or map, the
 * set's description says what its key is made of, and packet_fields[] and
 * tracked_fields[] say how nft writes each field, and where a rule loads it
 * from.  nft puts "meta nfproto ipv4" before what looks at the addresses of a
 * packet; so do we.
 */
#include "nft/rule.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/uplink.h"
#include "nft/expr.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

/* the loopback interface is always number 1 of its network namespace */
#define LOOPBACK_IFINDEX 1

/* ------------------------------------------------------------------- keys */

/**
 * struct key_field - how a rule comes by a field of a key
 * @from: where it is
 * @text4: as nft writes it
 * @text6: the same for IPv6, if it differs
 * @at4: NFT_META_, offset in the header, or NFT_CT_
 * @at6: the same for IPv6, where @text6 is
 * @of: NFT_PAYLOAD_ header, or IP_CT_DIR_
 */
struct key_field {
	enum {
		FROM_META,
		FROM_PACKET,
		FROM_CT,
		FROM_TUPLE
	} from;
	const char *text4;
	const char *text6;
	uint32_t at4;
	uint32_t at6;
	uint8_t of;
};

static const struct key_field packet_fields[] = {
	[FIELD_SADDR] = { FROM_PACKET, "ip saddr", "ip6 saddr", 12, 8,
			  NFT_PAYLOAD_NETWORK_HEADER },
	[FIELD_DADDR] = { FROM_PACKET, "ip daddr", "ip6 daddr", 16, 24,
			  NFT_PAYLOAD_NETWORK_HEADER },
	[FIELD_PROTOCOL] = { FROM_META, "meta l4proto", NULL,
			     NFT_META_L4PROTO },
	[FIELD_PORT] = { FROM_PACKET, "th dport", NULL, 2, 0,
			 NFT_PAYLOAD_TRANSPORT_HEADER },
	[FIELD_SPORT] = { FROM_PACKET, "th sport", NULL, 0, 0,
			  NFT_PAYLOAD_TRANSPORT_HEADER },
	[FIELD_NFPROTO] = { FROM_META, "meta nfproto", NULL, NFT_META_NFPROTO },
	[FIELD_IIF] = { FROM_META, "iif", NULL, NFT_META_IIF },
	[FIELD_OIF] = { FROM_META, "oif", NULL, NFT_META_OIF },
	[FIELD_IIFNAME] = { FROM_META, "iifname", NULL, NFT_META_IIFNAME },
	[FIELD_PREFIX] = { FROM_META, "meta mark", NULL, NFT_META_MARK },
};

/* of the connection that the packet belongs to */
static const struct key_field tracked_fields[] = {
	[FIELD_DADDR] = { FROM_TUPLE, "ct original ip daddr",
			  "ct original ip6 daddr", NFT_CT_DST_IP,
			  NFT_CT_DST_IP6, IP_CT_DIR_ORIGINAL },
	[FIELD_PROTOCOL] = { FROM_META, "meta l4proto", NULL,
			     NFT_META_L4PROTO },
	[FIELD_PORT] = { FROM_TUPLE, "ct original proto-dst", NULL,
			 NFT_CT_PROTO_DST, 0, IP_CT_DIR_ORIGINAL },
	[FIELD_TARGET] = { FROM_TUPLE, "ct reply ip saddr",
			   "ct reply ip6 saddr", NFT_CT_SRC_IP, NFT_CT_SRC_IP6,
			   IP_CT_DIR_REPLY },
	[FIELD_TARGET_PORT] = { FROM_TUPLE, "ct reply proto-src", NULL,
				NFT_CT_PROTO_SRC, 0, IP_CT_DIR_REPLY },
	[FIELD_IIFNAME] = { FROM_META, "iifname", NULL, NFT_META_IIFNAME },
	[FIELD_DIRECTION] = { FROM_CT, "ct direction", NULL, NFT_CT_DIRECTION },
	/* nft has no word for a number: it is a port of which no bit is left */
	[FIELD_OPTION] = { FROM_TUPLE, "ct original proto-dst", NULL,
			   NFT_CT_PROTO_DST, 0, IP_CT_DIR_ORIGINAL },
};

static enum set_field turn(enum set_field field)
{
	if (field == FIELD_OIF)
		return FIELD_IIF;
	if (field == FIELD_SPORT)
		return FIELD_PORT;
	if (field == FIELD_SADDR)
		return FIELD_DADDR;
	return field == FIELD_DADDR ? FIELD_SADDR : field;
}

static const struct key_field *key_field(const struct rule_phrase *phrase,
					 enum set_field field)
{
	if (set_get(phrase->set)->tracked)
		return &tracked_fields[field];
	return &packet_fields[phrase->turned ? turn(field) : field];
}

/* with IPv6's half of a field's description */
static bool is_ipv6(const struct key_field *field, enum pubport_family family)
{
	return field->text6 && family == PUBPORT_IPV6;
}

static void load_field(struct rule_builder *rule, const struct key_field *field,
		       enum pubport_family family, uint32_t length,
		       uint32_t reg)
{
	uint32_t at = is_ipv6(field, family) ? field->at6 : field->at4;

	switch (field->from) {
	case FROM_META:
		return expr_meta(rule, at, reg);
	case FROM_PACKET:
		return expr_payload(rule, field->of, at, length, reg);
	case FROM_CT:
		return expr_ct(rule, at, reg);
	case FROM_TUPLE:
		return expr_ct_tuple(rule, at, field->of, reg);
	}
}

static bool is_interface(enum set_field field)
{
	return field == FIELD_IIF || field == FIELD_OIF;
}

/* the bits of a field that count, as the mask of a network */
static struct pubport_network field_mask(const struct rule_phrase *phrase,
					 enum set_field field)
{
	const struct set *set = set_get(phrase->set);
	struct pubport_network mask = { { .family = set->family }, 0 };
	unsigned int all = 8 * set_addr_type(set)->length;

	mask.prefix = all;
	if (field == FIELD_SADDR || field == FIELD_PREFIX)
		mask.prefix = all - phrase->host_bits;
	if ((field == FIELD_DADDR && phrase->any) ||
	    (field == FIELD_TARGET && phrase->redirect))
		mask.prefix = 0;
	return mask;
}

/* loads the key of the set that a phrase looks in, from register 0 on */
static void load_key(struct rule_builder *rule,
		     const struct rule_phrase *phrase)
{
	const struct set *set = set_get(phrase->set);
	uint32_t reg = EXPR_REG(0), length;
	uint16_t option_be = htons(phrase->option);
	struct pubport_network mask;
	struct pubport_addr bits;

	for (size_t i = 0; i < set_field_count(set); i++) {
		length = set_field_type(set, i)->length;
		load_field(rule, key_field(phrase, set->key[i]), set->family,
			   length, reg);
		mask = field_mask(phrase, set->key[i]);
		bits = prefix_mask(&mask);
		if (is_interface(set->key[i]))
			expr_set_bits(rule, reg, SET_INTERFACE);
		else if (set->key[i] == FIELD_PREFIX)
			expr_constant(rule, reg, &mask.prefix, length);
		else if (set->key[i] == FIELD_OPTION)
			expr_constant(rule, reg, &option_be, length);
		else if (set->key[i] == FIELD_SPORT && phrase->any)
			expr_mask(rule, reg, (uint8_t[2]){ 0 }, length);
		else if (mask.prefix < 8 * addr_length(&bits))
			expr_mask(rule, reg, bits.bytes, length);
		reg += set_padded(length) / 4;
	}
}

static void print_key(const struct rule_phrase *phrase, FILE *out)
{
	const struct set *set = set_get(phrase->set);
	const struct key_field *field;
	struct pubport_network mask;
	struct pubport_addr bits;
	char text[PUBPORT_ADDR_TEXT_SIZE];

	for (size_t i = 0; i < set_field_count(set); i++) {
		field = key_field(phrase, set->key[i]);
		mask = field_mask(phrase, set->key[i]);
		bits = prefix_mask(&mask);
		fprintf(out, "%s%s", i ? " . " : "",
			is_ipv6(field, set->family) ? field->text6
						    : field->text4);
		if (is_interface(set->key[i]))
			fprintf(out, " | %u", SET_INTERFACE);
		else if (set->key[i] == FIELD_PREFIX)
			fprintf(out, " & 0x%08x | 0x%08x", mask.prefix,
				mask.prefix);
		else if (set->key[i] == FIELD_OPTION)
			fprintf(out, " & %u | %u", phrase->option,
				phrase->option);
		else if (set->key[i] == FIELD_SPORT && phrase->any)
			fputs(" & 0", out);
		else if (mask.prefix < 8 * addr_length(&bits))
			fprintf(out, " & %s",
				pubport_addr_format(&bits, text, sizeof(text)));
	}
}

static bool has_field(const struct set *set, enum set_field field)
{
	for (size_t i = 0; i < set_field_count(set); i++)
		if (set->key[i] == field)
			return true;
	return false;
}

/* ------------------------------------------------------------------ words */

static void match_u32(struct rule_builder *rule, uint32_t operator,
		      uint32_t value)
{
	expr_compare(rule, operator, EXPR_REG(0), &value, sizeof(value));
}

/* "& BITS != 0" */
static void match_bits(struct rule_builder *rule, uint32_t bits)
{
	expr_mask(rule, EXPR_REG(0), &bits, sizeof(bits));
	match_u32(rule, NFT_CMP_NEQ, 0);
}

static void match_family(struct rule_builder *rule, enum pubport_family family)
{
	uint8_t nfproto = family == PUBPORT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	expr_meta(rule, NFT_META_NFPROTO, EXPR_REG(0));
	expr_compare(rule, NFT_CMP_EQ, EXPR_REG(0), &nfproto, sizeof(nfproto));
}

static void build_family(struct rule_builder *rule,
			 const struct rule_phrase *phrase)
{
	match_family(rule, phrase->family);
}

static void build_protocol(struct rule_builder *rule,
			   const struct rule_phrase *phrase)
{
	uint8_t number = (uint8_t)phrase->protocol;

	expr_meta(rule, NFT_META_L4PROTO, EXPR_REG(0));
	expr_compare(rule, NFT_CMP_EQ, EXPR_REG(0), &number, sizeof(number));
}

/* of 127.0.0.0/8 the first byte says all */
static void build_loopback(struct rule_builder *rule,
			   const struct rule_phrase *phrase)
{
	static const uint8_t loopback6[16] = { [15] = 1 };
	static const uint8_t loopback4[1] = { 127 };
	bool is4 = phrase->family == PUBPORT_IPV4;
	const void *loopback = is4 ? loopback4 : loopback6;
	uint32_t length = is4 ? sizeof(loopback4) : sizeof(loopback6);

	match_family(rule, phrase->family);
	load_field(
		rule,
		&packet_fields[phrase->word == SAYS_TO_LOOPBACK ? FIELD_DADDR
								: FIELD_SADDR],
		phrase->family, length, EXPR_REG(0));
	expr_compare(rule, NFT_CMP_EQ, EXPR_REG(0), loopback, length);
}

static void build_link_local(struct rule_builder *rule,
			     const struct rule_phrase *phrase)
{
	static const uint8_t mask[16] = { 0xff, 0xc0 };
	static const uint8_t link_local[16] = { 0xfe, 0x80 };

	(void)phrase;
	match_family(rule, PUBPORT_IPV6);
	load_field(rule, &packet_fields[FIELD_SADDR], PUBPORT_IPV6,
		   sizeof(mask), EXPR_REG(0));
	expr_mask(rule, EXPR_REG(0), mask, sizeof(mask));
	expr_compare(rule, NFT_CMP_EQ, EXPR_REG(0), link_local,
		     sizeof(link_local));
}

static void build_wire(struct rule_builder *rule,
		       const struct rule_phrase *phrase)
{
	expr_meta(rule,
		  phrase->word == SAYS_IN_BY_WIRE ? NFT_META_IIF : NFT_META_OIF,
		  EXPR_REG(0));
	match_u32(rule, NFT_CMP_NEQ, LOOPBACK_IFINDEX);
}

static void build_no_iif(struct rule_builder *rule,
			 const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_meta(rule, NFT_META_IIF, EXPR_REG(0));
	match_u32(rule, NFT_CMP_EQ, 0);
}

static void build_type(struct rule_builder *rule,
		       const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_fib_type(rule, NFTA_FIB_F_DADDR, EXPR_REG(0));
	match_u32(rule, NFT_CMP_EQ, RTN_UNICAST);
}

static void build_not_local(struct rule_builder *rule,
			    const struct rule_phrase *phrase)
{
	expr_fib_type(rule,
		      phrase->word == SAYS_TO_OTHERS ? NFTA_FIB_F_DADDR
						     : NFTA_FIB_F_SADDR,
		      EXPR_REG(0));
	match_u32(rule, NFT_CMP_NEQ, RTN_LOCAL);
}

static void build_no_answer(struct rule_builder *rule,
			    const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_ct(rule, NFT_CT_STATE, EXPR_REG(0));
	match_bits(rule, NF_CT_STATE_INVALID_BIT | NF_CT_STATE_BIT(IP_CT_NEW) |
				 NF_CT_STATE_UNTRACKED_BIT);
}

static void build_invalid(struct rule_builder *rule,
			  const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_ct(rule, NFT_CT_STATE, EXPR_REG(0));
	match_bits(rule, NF_CT_STATE_INVALID_BIT);
}

/* who answers: where it was led to, if it was */
static void build_led_to_loopback(struct rule_builder *rule,
				  const struct rule_phrase *phrase)
{
	static const uint8_t loopback[1] = { 127 };

	(void)phrase;
	expr_ct_tuple(rule, NFT_CT_SRC_IP, IP_CT_DIR_REPLY, EXPR_REG(0));
	expr_compare(rule, NFT_CMP_EQ, EXPR_REG(0), loopback, sizeof(loopback));
}

static void build_answer(struct rule_builder *rule,
			 const struct rule_phrase *phrase)
{
	uint8_t reply = IP_CT_DIR_REPLY;

	(void)phrase;
	expr_ct(rule, NFT_CT_DIRECTION, EXPR_REG(0));
	expr_compare(rule, NFT_CMP_EQ, EXPR_REG(0), &reply, sizeof(reply));
}

static void build_status(struct rule_builder *rule,
			 const struct rule_phrase *phrase)
{
	uint32_t bits = phrase->word == SAYS_WAS_TRANSLATED ? IPS_DST_NAT
			: phrase->word == SAYS_WAS_EXPECTED ? IPS_EXPECTED
							    : IPS_SRC_NAT;

	expr_ct(rule, NFT_CT_STATUS, EXPR_REG(0));
	match_bits(rule, bits);
}

/* all segments of TCP but a connection's first one acknowledge something */
static void build_goes_on(struct rule_builder *rule,
			  const struct rule_phrase *phrase)
{
	const struct rule_phrase tcp = { .word = SAYS_PROTOCOL,
					 .protocol = PUBPORT_TCP };
	uint8_t ack = 0x10, none = 0;

	(void)phrase;
	build_protocol(rule, &tcp);
	expr_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 13, sizeof(ack),
		     EXPR_REG(0));
	expr_mask(rule, EXPR_REG(0), &ack, sizeof(ack));
	expr_compare(rule, NFT_CMP_NEQ, EXPR_REG(0), &none, sizeof(none));
}

static void build_socket(struct rule_builder *rule,
			 const struct rule_phrase *phrase)
{
	uint8_t no = 0;

	(void)phrase;
	expr_socket(rule, NFT_SOCKET_WILDCARD, EXPR_REG(0));
	expr_compare(rule, NFT_CMP_EQ, EXPR_REG(0), &no, sizeof(no));
}

static void build_new(struct rule_builder *rule,
		      const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_ct(rule, NFT_CT_STATE, EXPR_REG(0));
	match_bits(rule, NF_CT_STATE_BIT(IP_CT_NEW));
}

static void build_ct_mark(struct rule_builder *rule,
			  const struct rule_phrase *phrase)
{
	const uint32_t mask = UPLINK_MASK;

	expr_ct(rule, NFT_CT_MARK, EXPR_REG(0));
	if (phrase->word == SAYS_CT_MARKED_ALIKE)
		expr_mask(rule, EXPR_REG(0), &mask, sizeof(mask));
	match_u32(rule, NFT_CMP_EQ,
		  phrase->word == SAYS_CT_UNMARKED ? 0 : UPLINK_MARK);
}

static void build_unmarked(struct rule_builder *rule,
			   const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_meta(rule, NFT_META_MARK, EXPR_REG(0));
	match_u32(rule, NFT_CMP_EQ, 0);
}

static void build_mark(struct rule_builder *rule,
		       const struct rule_phrase *phrase)
{
	const uint32_t mark = UPLINK_MARK;

	if (phrase->word == SAYS_MARK_AS_CT)
		expr_ct(rule, NFT_CT_MARK, EXPR_REG(0));
	else
		expr_value(rule, EXPR_REG(0), &mark, sizeof(mark));
	if (phrase->word == SAYS_MARK_CT)
		expr_ct_set(rule, NFT_CT_MARK, EXPR_REG(0));
	else
		expr_meta_set(rule, NFT_META_MARK, EXPR_REG(0));
}

/* what nft puts before a key that it can't look at in any packet */
static void match_key(struct rule_builder *rule,
		      const struct rule_phrase *phrase)
{
	const struct set *set = set_get(phrase->set);

	if (!set->tracked &&
	    (has_field(set, FIELD_SADDR) || has_field(set, FIELD_DADDR)))
		match_family(rule, set->family);
	load_key(rule, phrase);
}

static void build_set(struct rule_builder *rule,
		      const struct rule_phrase *phrase)
{
	match_key(rule, phrase);
	expr_lookup(rule, set_get(phrase->set)->name, EXPR_REG(0));
}

/* nft has no word for "is in this map", so what is found there is made the
 * packet's destination: what is behind drops it */
static void build_map(struct rule_builder *rule,
		      const struct rule_phrase *phrase)
{
	const struct set *map = set_get(phrase->set);
	const struct key_field *daddr = &packet_fields[FIELD_DADDR];

	match_family(rule, map->family);
	load_key(rule, phrase);
	expr_map(rule, map->name, EXPR_REG(0), EXPR_REG(0));
	expr_payload_set(rule, daddr->of,
			 is_ipv6(daddr, map->family) ? daddr->at6 : daddr->at4,
			 set_addr_type(map)->length, EXPR_REG(0));
}

static void build_mark_by(struct rule_builder *rule,
			  const struct rule_phrase *phrase)
{
	match_key(rule, phrase);
	expr_map(rule, set_get(phrase->set)->name, EXPR_REG(0), EXPR_REG(0));
	expr_ct_set(rule, NFT_CT_MARK, EXPR_REG(0));
}

static void build_dnat(struct rule_builder *rule,
		       const struct rule_phrase *phrase)
{
	const struct set *map = set_get(phrase->set);
	uint32_t behind_addr = EXPR_REG(set_addr_type(map)->length / 4);

	match_key(rule, phrase);
	expr_map(rule, map->name, EXPR_REG(0), EXPR_REG(0));
	if (map->data == DATA_PORT)
		expr_dnat(rule, 0, 0, EXPR_REG(0));
	else
		expr_dnat(rule, map->family, EXPR_REG(0),
			  map->data == DATA_ADDR_PORT ? behind_addr : 0);
}

static void build_masquerade(struct rule_builder *rule,
			     const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_masquerade(rule);
}

static void build_helper(struct rule_builder *rule,
			 const struct rule_phrase *phrase)
{
	expr_object(rule, NFT_OBJECT_CT_HELPER,
		    helper_get(phrase->helper)->object);
}

static void build_timeout(struct rule_builder *rule,
			  const struct rule_phrase *phrase)
{
	(void)phrase;
	expr_object(rule, NFT_OBJECT_CT_TIMEOUT, RULE_TIMEOUT);
}

/* who forwards a packet passes over what is not for this host by its frame; a
 * bridge looks at the frame itself */
static void build_not_routed(struct rule_builder *rule,
			     const struct rule_phrase *phrase)
{
	uint8_t other = PACKET_OTHERHOST;

	(void)phrase;
	expr_value(rule, EXPR_REG(0), &other, sizeof(other));
	expr_meta_set(rule, NFT_META_PKTTYPE, EXPR_REG(0));
}

static void build_reject(struct rule_builder *rule,
			 const struct rule_phrase *phrase)
{
	expr_reject(rule, phrase->word == SAYS_RESET
				  ? NFT_REJECT_TCP_RST
				  : NFT_REJECT_ICMPX_UNREACH);
}

static void build_verdict(struct rule_builder *rule,
			  const struct rule_phrase *phrase)
{
	int verdict = phrase->word == SAYS_DROP	    ? NF_DROP
		      : phrase->word == SAYS_RETURN ? NFT_RETURN
		      : phrase->word == SAYS_JUMP   ? NFT_JUMP
						    : NFT_GOTO;

	expr_verdict(rule, verdict, phrase->chain);
}

/**
 * struct word - what a phrase says
 * @text: as nft writes it; print_phrase() adds what the phrase is about
 * @text6: the same for IPv6, if it differs
 * @build: appends its expressions
 */
struct word {
	const char *text;
	const char *text6;
	void (*build)(struct rule_builder *rule,
		      const struct rule_phrase *phrase);
};

static const struct word words[] = {
	[SAYS_TO_LOOPBACK] = { "ip daddr 127.0.0.0/8", "ip6 daddr ::1",
			       build_loopback },
	[SAYS_FROM_LOOPBACK] = { "ip saddr 127.0.0.0/8", "ip6 saddr ::1",
				 build_loopback },
	[SAYS_LED_TO_LOOPBACK] = { "ct reply ip saddr 127.0.0.0/8", NULL,
				   build_led_to_loopback },
	[SAYS_FROM_LINK_LOCAL] = { "ip6 saddr fe80::/10", NULL,
				   build_link_local },
	[SAYS_IN_BY_WIRE] = { "iif != \"lo\"", NULL, build_wire },
	[SAYS_OUT_BY_WIRE] = { "oif != \"lo\"", NULL, build_wire },
	[SAYS_IN_BY_NOTHING] = { "iif 0", NULL, build_no_iif },
	[SAYS_TO_OTHERS] = { "fib daddr type != local", NULL, build_not_local },
	[SAYS_FROM_OTHERS] = { "fib saddr type != local", NULL,
			       build_not_local },
	[SAYS_TO_UNICAST] = { "fib daddr type unicast", NULL, build_type },
	[SAYS_NO_ANSWER] = { "ct state invalid,new,untracked", NULL,
			     build_no_answer },
	[SAYS_IS_INVALID] = { "ct state invalid", NULL, build_invalid },
	[SAYS_IS_ANSWER] = { "ct direction reply", NULL, build_answer },
	[SAYS_WAS_TRANSLATED] = { "ct status dnat", NULL, build_status },
	[SAYS_WAS_EXPECTED] = { "ct status expected", NULL, build_status },
	[SAYS_HAS_OTHER_SOURCE] = { "ct status snat", NULL, build_status },
	[SAYS_GOES_ON] = { "meta l4proto tcp tcp flags ack", NULL,
			   build_goes_on },
	[SAYS_HAS_SOCKET] = { "socket wildcard 0", NULL, build_socket },
	[SAYS_FAMILY] = { "meta nfproto ipv4", "meta nfproto ipv6",
			  build_family },
	[SAYS_PROTOCOL] = { "meta l4proto ", NULL, build_protocol },
	[SAYS_IN_SET] = { "", NULL, build_set },
	[SAYS_IN_MAP] = { "", NULL, build_map },
	[SAYS_DNAT] = { "dnat ", NULL, build_dnat },
	[SAYS_MASQUERADE] = { "masquerade", NULL, build_masquerade },
	[SAYS_IS_NEW] = { "ct state new", NULL, build_new },
	[SAYS_CT_UNMARKED] = { "ct mark 0", NULL, build_ct_mark },
	[SAYS_CT_MARKED] = { "ct mark " UPLINK_MARK_TEXT, NULL, build_ct_mark },
	[SAYS_CT_MARKED_ALIKE] = { "ct mark & " UPLINK_MASK_TEXT
				   " == " UPLINK_MARK_TEXT,
				   NULL, build_ct_mark },
	[SAYS_UNMARKED] = { "meta mark 0", NULL, build_unmarked },
	[SAYS_MARK_CT] = { "ct mark set " UPLINK_MARK_TEXT, NULL, build_mark },
	[SAYS_MARK_CT_BY] = { "ct mark set ", NULL, build_mark_by },
	[SAYS_MARK] = { "meta mark set " UPLINK_MARK_TEXT, NULL, build_mark },
	[SAYS_MARK_AS_CT] = { "meta mark set ct mark", NULL, build_mark },
	[SAYS_TIMEOUT] = { "ct timeout set \"" RULE_TIMEOUT "\"", NULL,
			   build_timeout },
	[SAYS_HELPER] = { "ct helper set ", NULL, build_helper },
	[SAYS_NOT_ROUTED] = { "meta pkttype set other", NULL,
			      build_not_routed },
	[SAYS_RESET] = { "reject with tcp reset", NULL, build_reject },
	[SAYS_REJECT] = { "reject", NULL, build_reject },
	[SAYS_DROP] = { "drop", NULL, build_verdict },
	[SAYS_RETURN] = { "return", NULL, build_verdict },
	[SAYS_JUMP] = { "jump ", NULL, build_verdict },
	[SAYS_GOTO] = { "goto ", NULL, build_verdict },
};

static void print_dnat(const struct rule_phrase *phrase, FILE *out)
{
	const struct set *map = set_get(phrase->set);
	const char *to = map->family == PUBPORT_IPV4 ? "ip to " : "ip6 to ";

	fputs(map->data == DATA_PORT ? "to :" : to, out);
	print_key(phrase, out);
	fprintf(out, " map @%s", map->name);
}

static void print_map(const struct rule_phrase *phrase, FILE *out)
{
	const struct set *map = set_get(phrase->set);
	bool is4 = map->family == PUBPORT_IPV4;

	fprintf(out, "%s daddr set ", is4 ? "ip" : "ip6");
	print_key(phrase, out);
	fprintf(out, " map @%s", map->name);
}

static void print_phrase(const struct rule_phrase *phrase, FILE *out)
{
	const struct word *word = &words[phrase->word];
	bool is6 = word->text6 && phrase->family == PUBPORT_IPV6;

	fputs(is6 ? word->text6 : word->text, out);
	if (phrase->chain)
		fputs(phrase->chain, out);
	if (phrase->word == SAYS_PROTOCOL)
		fputs(pubport_protocol_name(phrase->protocol), out);
	if (phrase->word == SAYS_HELPER)
		fprintf(out, "\"%s\"", helper_get(phrase->helper)->object);
	if (phrase->word == SAYS_DNAT)
		print_dnat(phrase, out);
	if (phrase->word == SAYS_IN_MAP)
		print_map(phrase, out);
	if (phrase->word == SAYS_MARK_CT_BY) {
		print_key(phrase, out);
		fprintf(out, " map @%s", set_get(phrase->set)->name);
	}
	if (phrase->word == SAYS_IN_SET) {
		print_key(phrase, out);
		fprintf(out, " @%s", set_get(phrase->set)->name);
	}
}

/**
 * rule_build() - append a rule's expressions
 * @rule: which
 * @builder: of the rule; its @error is set where memory is lacking
 */
void rule_build(const struct ruleset_rule *rule, struct rule_builder *builder)
{
	const struct rule_phrase *phrase = rule->phrases;

	for (; phrase < rule->phrases + RULE_PHRASES && phrase->word; phrase++)
		words[phrase->word].build(builder, phrase);
}

/**
 * rule_leads_to() - say where a rule goes or jumps
 * @rule: which
 *
 * Return: the chain, or NULL.
 */
const char *rule_leads_to(const struct ruleset_rule *rule)
{
	for (size_t i = 0; i < RULE_PHRASES; i++)
		if (rule->phrases[i].chain)
			return rule->phrases[i].chain;
	return NULL;
}

/**
 * rule_print() - write a rule as nft does
 * @rule: which
 * @out: where; without the chain, and without an end of line
 */
void rule_print(const struct ruleset_rule *rule, FILE *out)
{
	const struct rule_phrase *phrase = rule->phrases;

	for (; phrase < rule->phrases + RULE_PHRASES && phrase->word;
	     phrase++) {
		if (phrase > rule->phrases)
			fputc(' ', out);
		print_phrase(phrase, out);
	}
}
