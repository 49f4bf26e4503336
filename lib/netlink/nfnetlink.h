/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and answers of nfnetlink: numbers in network byte order. */
#ifndef NETLINK_NFNETLINK_H
#define NETLINK_NFNETLINK_H

#include "netlink/attribute.h"
#include "netlink/netlink.h"

#include <linux/netfilter/nfnetlink.h>

/* type of a message to nf_tables or to ctnetlink */
#define NFNL_NFT(message) ((uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | (message)))
#define NFNL_CT(message) ((uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | (message)))

/**
 * struct nfnl - who asks, and how long it may take
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

struct nlmsghdr *nfnl_message(void *at, uint16_t type, uint16_t flags,
			      uint8_t family);
void nfnl_begin(struct request *request, uint16_t type, uint16_t flags,
		uint8_t family);
int nfnl_ask(const struct nfnl *nfnl, struct request *request, mnl_cb_t reply,
	     void *data, void (*reset)(void *data));

uint8_t nfnl_family(const struct nlmsghdr *message);
const struct nlattr *nfnl_find(const struct nlmsghdr *message, uint16_t type);
uint32_t nfnl_u32(const struct nlattr *attribute, uint32_t otherwise);
uint32_t nfnl_nested_u32(const struct nlattr *nest, uint16_t type,
			 uint32_t otherwise);
uint64_t nfnl_u64(const struct nlattr *attribute);
const char *nfnl_name(const struct nlattr *attribute);
const uint8_t *nfnl_bytes(const struct nlattr *attribute, size_t *ret_length);
const uint8_t *nfnl_value(const struct nlattr *nest, uint16_t type,
			  size_t *ret_length);

#endif
