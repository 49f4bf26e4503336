/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a struct pubport is. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "netlink.h"
#include "pubport.h"

/**
 * struct pubport - a context
 * @nft: NETLINK_NETFILTER socket
 * @route: NETLINK_ROUTE socket
 * @notice: told what the user should know, or NULL
 * @notice_data: handed to @notice
 *
 * The sockets belong to the network namespace where the context was opened.
 */
struct pubport {
	struct netlink nft;
	struct netlink route;
	pubport_notice_fn notice;
	void *notice_data;
};

void context_notice(const struct pubport *context, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
