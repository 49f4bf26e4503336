/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Batches: nf_tables messages that take effect together or not at all.
 *
 * A batch is one transaction: the kernel applies all of its messages or none.
 * How it answers decides how we read (kernel net/netfilter/nfnetlink.c):
 *
 *  - An ack is asked for on the last message only.  One for each would flood
 *    the receive buffer, and after ENOBUFS nobody knows what happened.
 *  - A message that fails is answered with its sequence number and its error,
 *    nothing is applied, and the last message's ack says 0 all the same.  So
 *    we read up to the last sequence number and keep the first error.
 *  - A batch refused as a whole (EPERM, ERESTART) is answered once, with the
 *    sequence number of NFNL_MSG_BATCH_BEGIN.
 *
 * With NETLINK_EXT_ACK an error carries the offset of the attribute that it
 * is about; transaction_mark() remembers which input was written there.
 */
#include "nft/transaction.h"

#include "netlink/nfnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* room for one message: an element list is at most 64 KiB, plus its header */
#define TRANSACTION_MESSAGE_MAX (128 * 1024)

/* room for one message; it is zero, as the gaps between attributes stay */
static int transaction_reserve(struct transaction *tx)
{
	/* and for the next one too: what grows is copied */
	size_t capacity = 2 * (tx->capacity + TRANSACTION_MESSAGE_MAX);
	uint8_t *data;

	if (tx->capacity - tx->length >= TRANSACTION_MESSAGE_MAX)
		return 0;
	data = calloc(1, capacity);
	if (!data)
		return -ENOMEM;
	if (tx->length)
		memcpy(data, tx->data, tx->length);
	free(tx->data);
	tx->data = data;
	tx->capacity = capacity;
	return 0;
}

static struct nlmsghdr *transaction_header(struct transaction *tx,
					   uint16_t type, uint16_t flags,
					   uint16_t resource)
{
	struct nlmsghdr *message;
	struct nfgenmsg *generic;

	if (!tx->error)
		tx->error = transaction_reserve(tx);
	if (tx->error)
		return NULL;
	message =
		nfnl_message(tx->data + tx->length, type, flags, NFPROTO_INET);
	message->nlmsg_seq = tx->count++;
	generic = mnl_nlmsg_get_payload(message);
	generic->res_id = htons(resource);
	return message;
}

/**
 * transaction_init() - begin an empty transaction
 * @tx: end with transaction_done()
 * @generation: commit only while this is the ruleset's generation, or
 *	TRANSACTION_ANY_GENERATION
 */
void transaction_init(struct transaction *tx, uint32_t generation)
{
	struct nlmsghdr *begin;

	memset(tx, 0, sizeof(*tx));
	begin = transaction_header(tx, NFNL_MSG_BATCH_BEGIN, 0,
				   NFNL_SUBSYS_NFTABLES);
	if (!begin)
		return;
	if (generation != TRANSACTION_ANY_GENERATION)
		mnl_attr_put_u32(begin, NFNL_BATCH_GENID, htonl(generation));
	transaction_message_end(tx, begin);
}

/**
 * transaction_done() - free a transaction, committed or not
 * @tx: as begun by transaction_init()
 */
void transaction_done(struct transaction *tx)
{
	free(tx->data);
	free(tx->marks);
	memset(tx, 0, sizeof(*tx));
}

/**
 * transaction_message() - begin an nf_tables message for the family inet
 * @tx: where
 * @type: NFT_MSG_
 * @flags: NLM_F_CREATE and the like
 *
 * The message must stay below 128 KiB and ends with transaction_message_end().
 *
 * Return: the message, or NULL after an error, which transaction_commit()
 * returns.
 */
struct nlmsghdr *transaction_message(struct transaction *tx, uint16_t type,
				     uint16_t flags)
{
	return transaction_header(tx, NFNL_NFT(type), flags, 0);
}

/**
 * transaction_message_end() - add a finished message to its batch
 * @tx: where
 * @message: from transaction_message(), not NULL
 */
void transaction_message_end(struct transaction *tx,
			     const struct nlmsghdr *message)
{
	tx->last = tx->length;
	tx->length += (size_t)MNL_ALIGN((int)message->nlmsg_len);
}

/**
 * transaction_copy() - add a copy of a message of another transaction
 * @tx: where
 * @message: an nf_tables message, as it was ended
 */
void transaction_copy(struct transaction *tx, const struct nlmsghdr *message)
{
	struct nlmsghdr *copy = transaction_message(
		tx, message->nlmsg_type & 0xff, message->nlmsg_flags);

	if (!copy)
		return;
	memcpy(mnl_nlmsg_get_payload(copy), mnl_nlmsg_get_payload(message),
	       mnl_nlmsg_get_payload_len(message));
	copy->nlmsg_len = message->nlmsg_len;
	transaction_message_end(tx, copy);
}

/**
 * transaction_mark() - remember that what follows stems from an input
 * @tx: where
 * @message: the message being built; what follows is appended to it
 * @index: index of the input, for transaction_commit()
 */
void transaction_mark(struct transaction *tx, const struct nlmsghdr *message,
		      size_t index)
{
	size_t capacity = 2 * tx->mark_capacity + 64;
	struct transaction_mark *marks;

	if (tx->mark_count == tx->mark_capacity) {
		marks = reallocarray(tx->marks, capacity, sizeof(*marks));
		if (!marks) {
			tx->error = -ENOMEM;
			return;
		}
		tx->marks = marks;
		tx->mark_capacity = capacity;
	}
	tx->marks[tx->mark_count].offset = tx->length + message->nlmsg_len;
	tx->marks[tx->mark_count++].index = index;
}

/* the input whose mark is the last one at or before an offset */
static size_t transaction_find_mark(const struct transaction *tx, size_t offset)
{
	size_t low = 0, high = tx->mark_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (tx->marks[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? tx->marks[low - 1].index : TRANSACTION_NO_INDEX;
}

/* which input the kernel's error message is about */
static size_t transaction_blame(const struct transaction *tx,
				const struct nlmsghdr *answer, uint32_t number)
{
	const uint32_t capped = NLM_F_ACK_TLVS | NLM_F_CAPPED;
	const struct nlmsghdr *message = (const void *)tx->data;
	int left = (int)tx->length;
	struct attributes attributes;
	uint32_t offset = 0;
	size_t start;

	while (number-- && mnl_nlmsg_ok(message, left))
		message = mnl_nlmsg_next(message, &left);
	start = tx->length - (size_t)left;
	message_parse(answer, NLMSG_ERROR, sizeof(struct nlmsgerr),
		      &attributes);
	if ((answer->nlmsg_flags & capped) == capped)
		attr_bytes(attr_find(&attributes, NLMSGERR_ATTR_OFFS),
			   sizeof(offset), &offset);
	return transaction_find_mark(tx, start + offset);
}

/**
 * struct transaction_outcome - what the answers to a batch said so far
 * @tx: the batch
 * @base: sequence number of its first message
 * @last: sequence number of its last message, which is acknowledged
 * @code: first error, or 0
 * @index: input that caused it
 */
struct transaction_outcome {
	const struct transaction *tx;
	uint32_t base;
	uint32_t last;
	int code;
	size_t index;
};

static bool transaction_answer(const struct nlmsghdr *answer, void *data)
{
	struct transaction_outcome *outcome = data;
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);
	uint32_t seq = answer->nlmsg_seq;

	if (answer->nlmsg_type != NLMSG_ERROR ||
	    mnl_nlmsg_get_payload_len(answer) < sizeof(*error) ||
	    seq - outcome->base > outcome->last - outcome->base)
		return false;
	if (error->error && !outcome->code) {
		outcome->code = error->error;
		outcome->index = transaction_blame(outcome->tx, answer,
						   seq - outcome->base);
	}
	return seq == outcome->base || seq == outcome->last;
}

static int transaction_send(const struct transaction *tx,
			    struct netlink *netlink)
{
	int fd = mnl_socket_get_fd(netlink->socket);
	int size, room = 0;
	socklen_t length = sizeof(room);

	/* the kernel takes no more than the send buffer, less overhead */
	size = (int)tx->length + 4096;
	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length);
	if (size > room &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		/* a user namespace: as much as net.core.wmem_max allows */
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size));
	return netlink_send(netlink, tx->data, tx->length);
}

/**
 * transaction_commit() - carry out a transaction
 * @tx: the messages; can't be committed again
 * @netlink: open NETLINK_NETFILTER socket
 * @ret_index: on failure, the input that caused it, or TRANSACTION_NO_INDEX
 *
 * Return: 0, or the first error: -ENOMEM while building; -EMSGSIZE when it is
 * larger than a user namespace may send; -EPERM; -ERESTART when the generation
 * moved; TRANSACTION_UNKNOWN when the answer was lost; or what the kernel says
 * of a message, such as -EEXIST or -ENOENT.
 */
int transaction_commit(struct transaction *tx, struct netlink *netlink,
		       size_t *ret_index)
{
	struct transaction_outcome outcome = { .tx = tx,
					       .index = TRANSACTION_NO_INDEX };
	size_t last = tx->last;
	struct nlmsghdr *message;
	int code, left;

	message = transaction_header(tx, NFNL_MSG_BATCH_END, 0,
				     NFNL_SUBSYS_NFTABLES);
	if (message)
		transaction_message_end(tx, message);
	if (tx->error)
		return tx->error;
	if (!netlink->socket)
		return -EPROTONOSUPPORT;

	progress_begin(netlink->progress, "changing the ruleset", 0);
	outcome.base = netlink->seq + 1;
	outcome.last = netlink->seq + tx->count - 1;
	netlink->seq += tx->count;
	left = (int)tx->length;
	for (message = (void *)tx->data; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		message->nlmsg_seq += outcome.base;
	message = (void *)(tx->data + last);
	message->nlmsg_flags |= NLM_F_ACK;

	code = transaction_send(tx, netlink);
	if (!code &&
	    netlink_receive_answer(netlink, transaction_answer, &outcome))
		code = TRANSACTION_UNKNOWN;
	/* an error that came before means that nothing was applied */
	if (outcome.code)
		code = outcome.code;
	if (code && ret_index)
		*ret_index = outcome.index;
	return code;
}
