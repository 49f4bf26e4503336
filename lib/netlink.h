/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file pair that sends and receives: netlink requests and batches. */
#ifndef NETLINK_H
#define NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/**
 * struct netlink - a netlink socket and its receive buffer
 * @socket: NULL when closed
 * @buffer: NETLINK_BUFFER_SIZE bytes
 * @seq: sequence number of the last message sent
 */
struct netlink {
	struct mnl_socket *socket;
	uint8_t *buffer;
	uint32_t seq;
};

/* libmnl's own loops narrow a long, which -Wconversion refuses */
#define attr_for_each(attribute, message, offset)                              \
	for ((attribute) = mnl_nlmsg_get_payload_offset(message, offset);      \
	     mnl_attr_ok(                                                      \
		     attribute,                                                \
		     (int)((const char *)mnl_nlmsg_get_payload_tail(message) - \
			   (const char *)(attribute)));                        \
	     (attribute) = mnl_attr_next(attribute))
#define attr_for_each_nested(attribute, nest)                                  \
	for ((attribute) = mnl_attr_get_payload(nest);                         \
	     mnl_attr_ok(attribute,                                            \
			 (int)((const char *)mnl_attr_get_payload(nest) +      \
			       mnl_attr_get_payload_len(nest) -                \
			       (const char *)(attribute)));                    \
	     (attribute) = mnl_attr_next(attribute))

int netlink_open(struct netlink *ret_netlink, int bus);
int netlink_open_in(struct netlink *ret_netlink, int bus, int netns_fd);
void netlink_close(struct netlink *netlink);

struct nlmsghdr *netlink_request(void *buffer, uint16_t type, uint16_t flags);
int netlink_talk(struct netlink *netlink, struct nlmsghdr *request,
		 mnl_cb_t reply, void *data);

static inline void cleanup_netlink_close(struct netlink *netlink)
{
	netlink_close(netlink);
}

/**
 * struct batch - nf_tables messages that take effect together or not at all
 * @data: messages one after another, from NFNL_MSG_BATCH_BEGIN on
 * @length: bytes used in @data
 * @capacity: bytes allocated
 * @count: messages so far; the n-th gets sequence number base + n
 * @marks: which input begins at which offset of @data, ascending
 * @error: first error, 0 so far; after it nothing more is added
 */
struct batch {
	uint8_t *data;
	size_t length;
	size_t capacity;
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

void batch_init(struct batch *batch, uint32_t generation);
void batch_done(struct batch *batch);
struct nlmsghdr *batch_message(struct batch *batch, uint16_t type,
			       uint16_t flags);
void batch_message_end(struct batch *batch, const struct nlmsghdr *message);
void batch_mark(struct batch *batch, const struct nlmsghdr *message,
		size_t index);
int batch_commit(struct batch *batch, struct netlink *netlink,
		 size_t *ret_index);

static inline void cleanup_batch_done(struct batch *batch)
{
	batch_done(batch);
}

#endif
