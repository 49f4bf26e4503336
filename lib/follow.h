/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where targets that have names are, as that changes. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "catalog.h"
#include "netlink.h"
#include "target.h"

#include <pthread.h>

/**
 * struct follow_target - a target that has a name
 * @text: as the user wrote it
 * @addrs: where it is; none where that can't be told
 */
struct follow_target {
	char text[PUBPORT_TARGET_SIZE];
	struct target_addrs addrs;
};

/**
 * struct follow - looks again and again where targets are
 * @links: told of links and addresses
 * @names: told of names of namespaces
 * @finished: told when the thread is through
 * @thread: looks where @targets are, if @is_looking
 * @is_looking: whether @targets and @took_ms belong to the thread
 * @targets: sorted by text, on the heap
 * @count: number of @targets
 * @took_ms: how long the last look took
 * @due_ms: when to look again
 */
struct follow {
	struct netlink links;
	int names;
	int finished;
	pthread_t thread;
	bool is_looking;
	struct follow_target *targets;
	size_t count;
	int64_t took_ms;
	int64_t due_ms;
};

int follow_open(struct follow *follow, int epoll);
void follow_close(struct follow *follow);
bool follow_run(struct follow *follow, const struct catalog *known,
		int64_t now_ms);
int follow_moved(const struct follow *follow, const struct catalog *known,
		 struct pubport_mappings *ret_moved);

#endif
