/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches: nf_tables messages that take effect together or not at all. */
#ifndef NFT_TRANSACTION_H
#define NFT_TRANSACTION_H

#include "netlink/netlink.h"
#include "util/cleanup.h"

/**
 * struct transaction - nf_tables messages that take effect together or not at
 * all
 * @data: messages one after another, from NFNL_MSG_BATCH_BEGIN on
 * @length: bytes used in @data
 * @capacity: bytes allocated
 * @last: offset of the last message
 * @count: messages so far; the n-th gets sequence number base + n
 * @marks: which input begins at which offset of @data, ascending
 * @error: first error, 0 so far; after it nothing more is added
 */
struct transaction {
	uint8_t *data;
	size_t length;
	size_t capacity;
	size_t last;
	uint32_t count;
	struct transaction_mark {
		size_t offset;
		size_t index;
	} * marks;
	size_t mark_count;
	size_t mark_capacity;
	int error;
};

/* generation 0 is never in use: commit whatever the generation */
#define TRANSACTION_ANY_GENERATION 0
#define TRANSACTION_NO_INDEX ((size_t)-1)
/* whether the transaction took place is to be seen in the table */
#define TRANSACTION_UNKNOWN (-ENOMSG)

void transaction_init(struct transaction *tx, uint32_t generation);
void transaction_done(struct transaction *tx);
struct nlmsghdr *transaction_message(struct transaction *tx, uint16_t type,
				     uint16_t flags);
void transaction_message_end(struct transaction *tx,
			     const struct nlmsghdr *message);
void transaction_copy(struct transaction *tx, const struct nlmsghdr *message);
void transaction_mark(struct transaction *tx, const struct nlmsghdr *message,
		      size_t index);
int transaction_commit(struct transaction *tx, struct netlink *netlink,
		       size_t *ret_index);

/* such a transaction does nothing, and is not acknowledged */
static inline bool transaction_is_empty(const struct transaction *tx)
{
	return !tx->error && tx->count == 1;
}

DEFINE_CLEANUP(transaction_done, struct transaction)

#endif
