/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has mappings follow their targets. */
#ifndef KEEP_FOLLOW_H
#define KEEP_FOLLOW_H

#include "mapping/mapping_hash.h"
#include "netlink/context.h"
#include "netlink/netlink.h"
#include "target/resolve.h"

#include <pthread.h>

/**
 * struct followed_target - where a target that has a name is
 * @text: the target, as the user wrote it
 * @addrs: its addresses; none where that can't be told
 * @good: addresses to which a mapping may lead as well as to these
 * @good_count: number of @good
 * @led: addresses to which mappings lead
 * @led_count: number of @led
 * @rival: who else has an address of it, which therefore is none of @addrs, as
 *	a sentence, or ""
 * @told_rival: what was told of that
 * @why: why it can't be told, or ""
 * @is_lost: whether that was told
 */
struct followed_target {
	char text[PUBPORT_TARGET_SIZE];
	struct target_addrs addrs;
	struct pubport_addr good[2 * PUBPORT_TARGET_ADDRS];
	size_t good_count;
	struct pubport_addr led[2 * PUBPORT_TARGET_ADDRS];
	size_t led_count;
	char rival[200];
	char told_rival[200];
	char why[200];
	bool is_lost;
};

/**
 * struct followed_targets - targets that have names, and where they are
 * @items: sorted by text, each once
 * @count: number of @items
 */
struct followed_targets {
	struct followed_target *items;
	size_t count;
};

/**
 * struct follow - looks again and again where targets are
 * @links: told of links and addresses
 * @names: told of names of namespaces
 * @finished: told when the thread is through
 * @stop: readable when the thread is to end
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
	int stop;
	pthread_t thread;
	bool is_looking;
	struct followed_targets targets;
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
