/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all questions about other people's tables have in common. */
#ifndef NETLINK_NFNETLINK_H
#define NETLINK_NFNETLINK_H

#include "netlink/netlink.h"

#include <stdbool.h>

/**
 * struct nfnl - who asks about other people's tables
 * @netlink: open NETLINK_NETFILTER socket; when there is no time left, answers
 *	are left in it, and it must be closed
 * @end_ns: when this thread must have done, in its own processor time
 */
struct nfnl {
	struct netlink *netlink;
	int64_t end_ns;
};

void nfnl_init(struct nfnl *nfnl, struct netlink *netlink, int time_ms);
bool nfnl_is_late(const struct nfnl *nfnl);

/**
 * struct nfnl_request - a question
 * @header: its header, within @space
 * @space: the message: room for two names and a key
 */
struct nfnl_request {
	struct nlmsghdr *header;
	_Alignas(struct nlmsghdr) char space[1024];
};

void nfnl_begin(struct nfnl_request *request, uint16_t type, uint16_t flags,
		uint8_t family);
int nfnl_ask(const struct nfnl *nfnl, struct nfnl_request *request,
	     mnl_cb_t reply, void *data, void (*reset)(void *data));

uint8_t nfnl_family(const struct nlmsghdr *message);
const struct nlattr *nfnl_find(const struct nlmsghdr *message, uint16_t type);
const struct nlattr *nfnl_find_nested(const struct nlattr *nest, uint16_t type);
uint32_t nfnl_u32(const struct nlattr *attribute, uint32_t otherwise);
uint32_t nfnl_nested_u32(const struct nlattr *nest, uint16_t type,
			 uint32_t otherwise);
uint64_t nfnl_u64(const struct nlattr *attribute);
const char *nfnl_name(const struct nlattr *attribute);
const uint8_t *nfnl_bytes(const struct nlattr *attribute, size_t *ret_length);
const uint8_t *nfnl_value(const struct nlattr *nest, uint16_t type,
			  size_t *ret_length);

#endif
