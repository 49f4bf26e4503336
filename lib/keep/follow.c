/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has mappings follow their targets.
 *
 * When links, addresses or names of namespaces change, and from time to time,
 * each target that has a name is resolved again, and whether the host was made
 * a router is looked up.  Targets have a thread: runtimes are asked by their
 * commands, which may take seconds, and what happens to the table can't wait.
 *
 * The kernel also tells what changes in the namespaces that the host has a wire
 * to, if we may hear it (CAP_NET_BROADCAST).  Runtimes tell nothing.
 */
#include "keep/follow.h"

#include "keep/notification.h"
#include "mapping/mapping.h"
#include "netlink/context.h"
#include "publish/restore.h"
#include "table/forwarding.h"
#include "util/time.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#define NETNS_FOLDER "/run/netns"

/* one change brings others: an interface comes, goes up, gets its addresses */
#define SETTLE_MS 50
/* for what nobody tells */
#define IDLE_MS 30000
/* looking takes at most one part of the time in so many */
#define SHARE 5

/* --------------------------------------------------------------- the thread */

static void cleanup_context(struct pubport **context)
{
	pubport_close(*context);
}

static void *look(void *data)
{
	struct pubport *context CLEANUP(context) = NULL;
	struct follow *follow = data;
	int64_t began_ms = time_monotonic_ms();

	if (!pubport_open(&context, NULL))
		whereabouts_resolve(&follow->targets, context);
	follow->took_ms = time_monotonic_ms() - began_ms;
	(void)eventfd_write(follow->finished, 1);
	return NULL;
}

/* ---------------------------------------------------------------- the events
 */

static bool hear_links(struct follow *follow)
{
	bool heard = false;
	ssize_t received;

	while ((received = netlink_receive(&follow->links)) > 0 ||
	       received == -ENOBUFS)
		heard = true;
	return heard;
}

static bool hear_names(const struct follow *follow)
{
	char events[4096];
	bool heard = false;

	while (read(follow->names, events, sizeof(events)) > 0)
		heard = true;
	return heard;
}

/* one that is told nothing, or not all, looks from time to time */
static void watch_names(const struct follow *follow)
{
	(void)inotify_add_watch(follow->names, NETNS_FOLDER,
				IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
}

static int open_links(struct follow *follow)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_NETCONF,
				      RTNLGRP_IPV6_NETCONF };
	int code = netlink_open(&follow->links, NETLINK_ROUTE), on = 1;

	for (size_t i = 0; !code && i < ARRAY_SIZE(groups); i++)
		code = netlink_subscribe(&follow->links, groups[i]);
	if (!code)
		(void)mnl_socket_setsockopt(follow->links.socket,
					    NETLINK_LISTEN_ALL_NSID, &on,
					    sizeof(on));
	return code;
}

/**
 * follow_open() - begin to follow
 * @follow: end with follow_close(), also after a failure
 * @epoll: is to tell when follow_run() has something to do
 *
 * Return: 0 or a negative errno.
 */
int follow_open(struct follow *follow, int epoll)
{
	struct epoll_event readable = { .events = EPOLLIN };
	int code, fds[3];

	memset(follow, 0, sizeof(*follow));
	follow->names = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	follow->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (follow->names < 0 || follow->finished < 0)
		return -errno;
	code = open_links(follow);
	if (code)
		return code;
	fds[0] = follow->names;
	fds[1] = follow->finished;
	fds[2] = mnl_socket_get_fd(follow->links.socket);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &readable) < 0)
			return -errno;
	return 0;
}

/**
 * follow_close() - end it
 * @follow: as opened by follow_open(); waits for a look that is under way
 */
void follow_close(struct follow *follow)
{
	if (follow->is_looking)
		pthread_join(follow->thread, NULL);
	follow->is_looking = false;
	whereabouts_done(&follow->targets);
	cleanup_close(&follow->names);
	cleanup_close(&follow->finished);
	netlink_close(&follow->links);
}

static void begin_look(struct follow *follow, const struct mapping_hash *known,
		       int64_t now_ms)
{
	follow->due_ms = now_ms + IDLE_MS;
	watch_names(follow);
	if (whereabouts_list(&follow->targets, known) || !follow->targets.count)
		return;
	follow->is_looking =
		!pthread_create(&follow->thread, NULL, look, follow);
}

static void look_soon(struct follow *follow, int64_t now_ms)
{
	int64_t at_ms = now_ms + SETTLE_MS;

	if (at_ms < follow->rest_ms)
		at_ms = follow->rest_ms;
	if (at_ms < follow->due_ms)
		follow->due_ms = at_ms;
}

static bool end_look(struct follow *follow, int64_t now_ms)
{
	eventfd_t ignored;

	if (!follow->is_looking || eventfd_read(follow->finished, &ignored))
		return false;
	pthread_join(follow->thread, NULL);
	follow->is_looking = false;
	follow->rest_ms = now_ms + (SHARE - 1) * follow->took_ms;
	if (follow->due_ms < follow->rest_ms)
		follow->due_ms = follow->rest_ms;
	return true;
}

/* ------------------------------------------------------------ what has moved
 */

static void tell_lost(struct follow *follow, struct pubport *context)
{
	const struct whereabout *lost;

	while ((lost = whereabouts_next_lost(&follow->targets)))
		context_notice(context, "%s; what leads there stays as it is",
			       lost->why);
}

static void move(const struct follow *follow, struct pubport *context,
		 const struct mapping_hash *known)
{
	struct pubport_mappings wanted CLEANUP(pubport_mappings_done) = { 0 };
	struct pubport_mappings moved CLEANUP(pubport_mappings_done) = { 0 };
	char text[PUBPORT_MAPPING_TEXT_SIZE];
	struct pubport_error why;

	if (whereabouts_moved(&follow->targets, known, &wanted) ||
	    !wanted.count)
		return;
	if (restore_moved(context, &wanted, &moved, &why))
		context_notice(context, "%s: it moved: %s",
			       wanted.items[0].target, why.message);
	for (size_t i = 0; i < moved.count; i++)
		context_notice(context, "%s moved: %s", moved.items[i].target,
			       pubport_mapping_format(&moved.items[i], text,
						      sizeof(text)));
}

/**
 * follow_run() - do what there is to do
 * @follow: which
 * @context: where mappings are moved; told of it
 * @known: the mappings
 */
void follow_run(struct follow *follow, struct pubport *context,
		const struct mapping_hash *known)
{
	int64_t now_ms = time_monotonic_ms();
	bool looked = end_look(follow, now_ms);
	bool heard = hear_links(follow);

	heard |= hear_names(follow);
	if (heard)
		look_soon(follow, now_ms);
	if (looked) {
		tell_lost(follow, context);
		move(follow, context, known);
	} else if (!follow->is_looking && follow->due_ms <= now_ms) {
		forwarding_release(context);
		begin_look(follow, known, now_ms);
	}
}

/**
 * follow_due_ms() - tell when follow_run() has something to do
 * @follow: which
 *
 * Return: milliseconds of CLOCK_MONOTONIC, or INT64_MAX, if its epoll doesn't
 * tell before.
 */
int64_t follow_due_ms(const struct follow *follow)
{
	return follow->is_looking ? INT64_MAX : follow->due_ms;
}
