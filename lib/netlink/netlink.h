/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends netlink requests and receives their answers. */
#ifndef NETLINK_NETLINK_H
#define NETLINK_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/cleanup.h"
#include "util/progress.h"

/**
 * struct netlink - a netlink socket and its receive buffer
 * @socket: NULL when closed
 * @buffer: NETLINK_BUFFER_SIZE bytes
 * @seq: sequence number of the last message sent
 * @is_foreign: whether it is in a namespace of others, see netlink_open_in()
 * @left_ns: processor time that answers there may take from now on
 * @end_ns: when the present one must be there, see time_thread_ns()
 * @progress: told how far we are with what takes long, or NULL
 */
struct netlink {
	struct mnl_socket *socket;
	uint8_t *buffer;
	uint32_t seq;
	bool is_foreign;
	int64_t left_ns;
	int64_t end_ns;
	struct progress *progress;
};

/**
 * struct netlink_list - sockets that are closed together
 * @items: open sockets; close with netlink_list_done()
 * @count: number of @items
 */
struct netlink_list {
	struct netlink *items;
	size_t count;
};

int netlink_list_open(struct netlink_list *list, int bus,
		      struct netlink **ret_netlink);
void netlink_list_done(struct netlink_list *list);

int netlink_open(struct netlink *ret_netlink, int bus);
int netlink_do_in(int netns_fd, int (*run)(void *data), void *data);
int netlink_open_in(struct netlink *ret_netlink, int bus, int netns_fd);
void netlink_close(struct netlink *netlink);

int netlink_subscribe(struct netlink *netlink, int group);

int netlink_send(struct netlink *netlink, const void *data, size_t length);
ssize_t netlink_receive(struct netlink *netlink);

/* returns whether that was the last message of the answer */
typedef bool (*netlink_hear_fn)(const struct nlmsghdr *message, void *data);

int netlink_receive_answer(struct netlink *netlink, netlink_hear_fn hear,
			   void *data);

/**
 * struct request - one message to the kernel, or several, one after another
 * @header: of the message that was begun last, for mnl_attr_put(); within
 *	@space
 * @space: the messages; all zero at first, as the gaps between attributes stay
 *
 * Begin with { .header = NULL }, which makes all of it zero.
 */
struct request {
	struct nlmsghdr *header;
	_Alignas(struct nlmsghdr) uint8_t space[4096];
};

void *message_begin(void *at, uint16_t type, uint16_t flags,
		    size_t header_size);
void *request_begin(struct request *request, uint16_t type, uint16_t flags,
		    size_t header_size);
int netlink_talk(struct netlink *netlink, struct request *request,
		 mnl_cb_t reply, void *data);
int netlink_dump(struct netlink *netlink, struct request *request,
		 mnl_cb_t reply, void *data, void (*reset)(void *data));
int netlink_send_all(struct netlink *netlink, struct request *request,
		     uint32_t *ret_first);
int netlink_ask_all(struct netlink *netlink, struct request *questions,
		    mnl_cb_t reply, void *data);

DEFINE_CLEANUP(netlink_close, struct netlink)

#endif
