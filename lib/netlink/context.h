/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a struct pubport is. */
#ifndef NETLINK_CONTEXT_H
#define NETLINK_CONTEXT_H

#include "netlink/netlink.h"
#include "pubport.h"
#include "util/progress.h"

/**
 * struct pubport - a context
 * @nft: NETLINK_NETFILTER socket
 * @route: NETLINK_ROUTE socket
 * @peeks: sockets with half-read dumps of the table: the kernel closes one only
 *	after the transactions under way, which is no time to wait before ours
 * @is_trial: whether nothing will be done: what needs rights may be left out
 * @stop: a file that is readable when what takes long is to be left off, and
 *	programs that run for it are to be ended; or -1
 * @notice: told what the user should know, or NULL
 * @notice_data: handed to @notice
 * @progress: how far the call is; @nft tells it too
 *
 * The sockets belong to the network namespace where the context was opened.
 */
struct pubport {
	struct netlink nft;
	struct netlink route;
	struct netlink_list peeks;
	bool is_trial;
	int stop;
	pubport_notice_fn notice;
	void *notice_data;
	struct progress progress;
};

bool context_must_stop(const struct pubport *context);
void context_notice(const struct pubport *context, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
