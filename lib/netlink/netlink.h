/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends netlink requests and receives their answers. */
#ifndef NETLINK_NETLINK_H
#define NETLINK_NETLINK_H

#include <libmnl/libmnl.h>
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
 * @progress: told how far we are with what takes long, or NULL
 */
struct netlink {
	struct mnl_socket *socket;
	uint8_t *buffer;
	uint32_t seq;
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

int netlink_subscribe(struct netlink *netlink, int group);

struct nlmsghdr *netlink_request(void *buffer, uint16_t type, uint16_t flags);
int netlink_send(struct netlink *netlink, const void *data, size_t length);
ssize_t netlink_receive(struct netlink *netlink);
ssize_t netlink_receive_answer(struct netlink *netlink);
int netlink_talk(struct netlink *netlink, struct nlmsghdr *request,
		 mnl_cb_t reply, void *data);
int netlink_ask_all(struct netlink *netlink, void *questions, size_t length,
		    mnl_cb_t reply, void *data);

static inline void cleanup_netlink_close(struct netlink *netlink)
{
	netlink_close(netlink);
}

#endif
