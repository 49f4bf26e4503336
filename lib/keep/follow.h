/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has mappings follow their targets. */
#ifndef KEEP_FOLLOW_H
#define KEEP_FOLLOW_H

#include "keep/whereabouts.h"
#include "netlink/netlink.h"

#include <pthread.h>

/**
 * struct follow - looks again and again where targets are
 * @links: told of links and addresses
 * @names: told of names of namespaces
 * @finished: told when the thread is through
 * @thread: looks where @targets are, if @is_looking
 * @is_looking: whether @targets and @took_ms belong to the thread
 * @targets: where they are
 * @took_ms: how long the last look took
 * @rest_ms: not to look again before that
 * @due_ms: when to look again
 */
struct follow {
	struct netlink links;
	int names;
	int finished;
	pthread_t thread;
	bool is_looking;
	struct whereabouts targets;
	int64_t took_ms;
	int64_t rest_ms;
	int64_t due_ms;
};

int follow_open(struct follow *follow, int epoll);
void follow_close(struct follow *follow);
void follow_run(struct follow *follow, struct pubport *context,
		const struct mapping_hash *known);
int64_t follow_due_ms(const struct follow *follow);

#endif
