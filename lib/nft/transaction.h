/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches: nf_tables messages that take effect together or not at all. */
#ifndef NFT_TRANSACTION_H
#define NFT_TRANSACTION_H

#include "netlink/socket.h"

/**
 * struct batch - nf_tables messages that take effect together or not at all
 * @data: messages one after another, from NFNL_MSG_BATCH_BEGIN on
 * @length: bytes used in @data
 * @capacity: bytes allocated
 * @last: offset of the last message
 * @count: messages so far; the n-th gets sequence number base + n
 * @marks: which input begins at which offset of @data, ascending
 * @error: first error, 0 so far; after it nothing more is added
 */
struct batch {
	uint8_t *data;
	size_t length;
	size_t capacity;
	size_t last;
	uint32_t count;
	struct batch_mark {
		size_t offset;
		size_t index;
	} * marks;
	size_t mark_count;
	size_t mark_capacity;
	int error;
};

/* generation 0 is never in use: commit whatever the generation */
#define BATCH_ANY_GENERATION 0
#define BATCH_NO_INDEX ((size_t)-1)
/* whether the transaction took place is to be seen in the table */
#define BATCH_UNKNOWN (-ENOMSG)

void batch_init(struct batch *batch, uint32_t generation);
void batch_done(struct batch *batch);
struct nlmsghdr *batch_message(struct batch *batch, uint16_t type,
			       uint16_t flags);
void batch_message_end(struct batch *batch, const struct nlmsghdr *message);
void batch_mark(struct batch *batch, const struct nlmsghdr *message,
		size_t index);
int batch_commit(struct batch *batch, struct netlink *netlink,
		 size_t *ret_index);

/* such a transaction does nothing, and is not acknowledged */
static inline bool batch_is_empty(const struct batch *batch)
{
	return !batch->error && batch->count == 1;
}

static inline void cleanup_batch_done(struct batch *batch)
{
	batch_done(batch);
}

#endif
