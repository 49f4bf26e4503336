/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of sets and maps on the wire: written, read, asked for, dumped. */
#ifndef NFT_ELEMENT_H
#define NFT_ELEMENT_H

#include "nft/sets.h"
#include "nft/transaction.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ELEMENT_KEY_MAX 44
#define ELEMENT_DATA_MAX 20
#define ELEMENT_USERDATA_MAX 256 /* NFT_USERDATA_MAXLEN */

/**
 * struct element_fields - the values that keys are made of
 * @saddr: source address
 * @daddr: destination address
 * @family: for FIELD_NFPROTO
 * @protocol: transport protocol
 * @port: destination port, host byte order
 * @sport: source port
 * @iif: index of the incoming interface
 * @oif: index of the outgoing interface
 * @iifname: name of the incoming interface
 * @prefix: how many bits the source's network has
 * @last_port: of a mapping
 * @target: of a mapping
 * @target_port: of a mapping
 * @is_reply: whether a packet goes back to the client
 * @option: of a mapping, see set_option()
 *
 * Which of them count depends on the set.
 */
struct element_fields {
	struct pubport_addr saddr;
	struct pubport_addr daddr;
	enum pubport_family family;
	enum pubport_protocol protocol;
	uint16_t port;
	uint16_t sport;
	unsigned int iif;
	unsigned int oif;
	char iifname[PUBPORT_IFNAME_SIZE];
	uint32_t prefix;
	uint16_t last_port;
	struct pubport_addr target;
	uint16_t target_port;
	bool is_reply;
	uint16_t option;
};

/**
 * struct element - an element as the kernel keeps it
 * @key: fields in the set's order, each padded to 4 bytes, network byte order
 * @key_end: last key of an interval; of no account where the set has none
 * @data: address, and port padded to 4 bytes where the map has one
 * @userdata: TLVs, see userdata.c
 * @userdata_length: bytes of @userdata
 * @timeout_ms: lifetime it was created with, 0 for ever
 * @left_ms: what is left of it
 * @packets: packets that its counter saw: a nat chain sees the first ones of
 *	connections
 * @bytes: bytes of these
 */
struct element {
	uint8_t key[ELEMENT_KEY_MAX];
	uint8_t key_end[ELEMENT_KEY_MAX];
	uint8_t data[ELEMENT_DATA_MAX];
	uint8_t userdata[ELEMENT_USERDATA_MAX];
	uint16_t userdata_length;
	uint64_t timeout_ms;
	uint64_t left_ms;
	uint64_t packets;
	uint64_t bytes;
};

static inline void element_init(struct element *element)
{
	/* all but the userdata, whose length is 0 */
	memset(element, 0, offsetof(struct element, userdata));
	element->userdata_length = 0;
	element->timeout_ms = element->left_ms = 0;
	element->packets = element->bytes = 0;
}

void element_write_key(const struct set *set,
		       const struct element_fields *fields, uint8_t *ret_key);
void element_read_key(const struct set *set, const uint8_t *key,
		      struct element_fields *ret_fields);

/* takes an element of a set that stems from the input with that index */
typedef void (*element_put_fn)(void *data, enum set_id set,
			       const struct element *element, size_t index);

/* adding fails with -EEXIST where the key is there; ensuring doesn't */
enum element_verb {
	ELEMENT_ADD,
	ELEMENT_ENSURE,
	ELEMENT_DELETE
};

/**
 * struct element_list - elements on their way into a batch
 * @tx: where
 * @verb: what is done with them
 * @there: where to ask, so that only what is there is deleted; or NULL
 * @set: of which set they are
 * @message: the message that is being filled, or NULL
 * @nest: its list
 */
struct element_list {
	struct transaction *tx;
	enum element_verb verb;
	struct netlink *there;
	enum set_id set;
	struct nlmsghdr *message;
	struct nlattr *nest;
};

void element_list_put(void *list, enum set_id set,
		      const struct element *element, size_t index);
void element_list_end(struct element_list *list);

int element_get(struct netlink *netlink, enum set_id set, const uint8_t *key,
		struct element *ret_element);

/* returns MNL_CB_OK to go on, MNL_CB_STOP, or MNL_CB_ERROR with errno */
typedef int (*element_fn)(const struct element *element, void *data);

int element_dump(struct netlink *netlink, enum set_id set, element_fn each,
		 void *data);

int element_message_read(const struct nlmsghdr *message, enum set_id set,
			 element_fn each, void *data);

#endif
