/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches the mappings.
 *
 * All are remembered, and each transaction of the ruleset changes what is
 * remembered, in a time that depends only on what it changed.  What ends by
 * itself the kernel doesn't tell: a timer does.
 *
 * Where the kernel had no room for notifications, what is remembered may be
 * wrong.  It sends no more then until all that it sent was received.  When that
 * is so, the table is read, and the difference is told, as if one transaction
 * had made it.  That is also how a watch begins, but untold.  The generation of
 * the ruleset is asked for before: transactions up to that one are not told.
 * Those that are made while the table is read may be told twice over, but it
 * ends as it should.
 */
#include "keep/watch.h"

#include "keep/events.h"
#include "mapping/mapping.h"
#include "netlink/context.h"
#include "table/list.h"
#include "table/lookup.h"
#include "util/error.h"
#include "util/time.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

/* how long to wait where the ruleset doesn't stand still to be read, and how
 * often at the beginning */
#define READ_PAUSE_MS 100
#define READ_TRIES 50

/**
 * struct pubport_watch - a watch
 * @context: where the table is read
 * @events: what is known and what is told
 * @netlink: socket that receives notifications
 * @message: the next one of those that were received
 * @left: bytes from there on
 * @timer: readable when it is time for something
 * @fd: readable when @netlink or @timer is
 * @is_stale: whether notifications were lost since the table was read
 * @read_ms: when to read it then, of CLOCK_MONOTONIC
 * @generation: of the ruleset, before the table was read
 * @loss: what the table may have lost, not taken note of yet
 * @boot: time_boot() by the clock that times are by
 */
struct pubport_watch {
	struct pubport *context;
	struct events events;
	struct netlink netlink;
	const struct nlmsghdr *message;
	int left;
	int timer;
	int fd;
	bool is_stale;
	int64_t read_ms;
	uint32_t generation;
	struct loss loss;
	int64_t boot;
};

static void cleanup_watch(struct pubport_watch **watch)
{
	pubport_watch_close(*watch);
}

/* -------------------------------------------------------- what is received */

static int receive(struct pubport_watch *watch)
{
	ssize_t received = netlink_receive(&watch->netlink);

	if (received < 0)
		return (int)received;
	watch->message = (const void *)watch->netlink.buffer;
	watch->left = (int)received;
	return 0;
}

static bool is_old(const struct pubport_watch *watch)
{
	uint32_t age =
		watch->generation - watch->events.notification.generation;

	/* the number wraps */
	return age <= INT32_MAX;
}

/* what this context itself takes, it lays again */
static bool is_own(const struct pubport_watch *watch)
{
	return watch->events.notification.port ==
	       mnl_socket_get_portid(watch->context->nft.socket);
}

static void add_loss(struct loss *loss, const struct notification *notification)
{
	if (!notification->took_rules)
		return;
	loss->rules = true;
	loss->sets |= notification->took_sets;
	loss->pid = notification->pid;
	memcpy(loss->process, notification->process, sizeof(loss->process));
}

/* as nft loads what it printed, which is without userdata */
static bool is_partial(const struct notification *notification)
{
	return notification->added_bare && notification->added_parts;
}

/* when all that was told is received */
static void read_soon(struct pubport_watch *watch)
{
	watch->is_stale = true;
	watch->read_ms = 0;
}

static int read_message(struct pubport_watch *watch)
{
	struct events *events = &watch->events;
	int code;

	if (!mnl_nlmsg_ok(watch->message, watch->left))
		return receive(watch);
	code = notification_read(&events->notification, watch->message,
				 &events->is_whole);
	watch->message = mnl_nlmsg_next(watch->message, &watch->left);
	if (events->is_whole && is_old(watch))
		events_drop(events);
	if (events->is_whole && !is_own(watch))
		add_loss(&watch->loss, &events->notification);
	if (events->is_whole && is_partial(&events->notification))
		read_soon(watch);
	return code;
}

/* -------------------------------------------------------- the table is read */

static int read_table(struct pubport_watch *watch)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	struct netlink *nft = &watch->context->nft;
	bool has_table = false;
	int code;

	code = table_generation(nft, &watch->generation);
	if (!code)
		code = table_list(nft, &mappings);
	if (!code)
		code = table_exists(nft, &has_table);
	/* that was not told, or before anybody listened */
	watch->loss.rules |= has_table;
	return code ? code
		    : events_compare(&watch->events, &mappings, has_table);
}

/* -EAGAIN: not now */
static int read_table_again(struct pubport_watch *watch)
{
	int code;

	if (watch->read_ms > time_monotonic_ms())
		return -EAGAIN;
	code = read_table(watch);
	watch->is_stale = code;
	if (code != -EINTR)
		return code;
	watch->read_ms = time_monotonic_ms() + READ_PAUSE_MS;
	return -EAGAIN;
}

/* ------------------------------------------------------------------ waiting */

/* sets the timer to when there is something to do though nothing is received */
static int set_timer(const struct pubport_watch *watch)
{
	int64_t at_ms = watch->is_stale ? watch->read_ms
					: events_next_expiry(&watch->events);
	struct itimerspec when = { .it_value = { 0, 0 } };

	if (at_ms != INT64_MAX) {
		when.it_value.tv_sec = at_ms / 1000;
		when.it_value.tv_nsec = at_ms % 1000 * 1000000;
	}
	return timerfd_settime(watch->timer, TFD_TIMER_ABSTIME, &when, NULL) < 0
		       ? -errno
		       : 0;
}

/* comes nearer to the next event; -EAGAIN: there is none for now */
static int go_on(struct pubport_watch *watch)
{
	int code = read_message(watch);

	if (code == -ENOBUFS) {
		read_soon(watch);
		return 0;
	}
	if (code == -EAGAIN && watch->is_stale)
		code = read_table_again(watch);
	if (code != -EAGAIN)
		return code;
	if (events_expire(&watch->events))
		return 0;
	code = set_timer(watch);
	return code ? code : -EAGAIN;
}

static void follow_clock(struct pubport_watch *watch)
{
	if (!time_was_set(watch->boot))
		return;
	mapping_hash_follow_clock(&watch->events.known, watch->boot);
	watch->boot = time_boot();
}

/* ---------------------------------------------------------------- the doors */

static int add_source(const struct pubport_watch *watch, int fd)
{
	struct epoll_event readable = { .events = EPOLLIN };

	return epoll_ctl(watch->fd, EPOLL_CTL_ADD, fd, &readable) < 0 ? -errno
								      : 0;
}

static int open_sources(struct pubport_watch *watch)
{
	int code = netlink_open(&watch->netlink, NETLINK_NETFILTER);

	if (!code)
		code = netlink_subscribe(&watch->netlink, NFNLGRP_NFTABLES);
	if (code)
		return code;
	watch->timer =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	watch->fd = epoll_create1(EPOLL_CLOEXEC);
	if (watch->timer < 0 || watch->fd < 0)
		return -errno;
	code = add_source(watch, watch->timer);
	return code ? code
		    : add_source(watch,
				 mnl_socket_get_fd(watch->netlink.socket));
}

/* what is there at the beginning is not told */
static int begin(struct pubport_watch *watch)
{
	struct pubport_event untold;
	int code = read_table(watch);

	for (int i = 0; i < READ_TRIES && code == -EINTR; i++) {
		poll(NULL, 0, READ_PAUSE_MS);
		code = read_table(watch);
	}
	while (!code && events_next(&watch->events, &untold))
		;
	return code;
}

/**
 * pubport_watch_open() - watch what is published
 * @context: where; outlives the watch; the thread is in its network namespace
 * @ret_watch: close with pubport_watch_close()
 * @error: why it failed, or NULL
 *
 * There needs to be no mapping, and no table.
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, -ENOMEM, -EINTR when the ruleset
 * never stood still, or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_watch_open(struct pubport *context,
				      struct pubport_watch **ret_watch,
				      struct pubport_error *error)
{
	struct pubport_watch *watch CLEANUP(watch) = calloc(1, sizeof(*watch));
	int code;

	if (!watch)
		return error_memory(error);
	watch->context = context;
	watch->timer = watch->fd = -1;
	watch->boot = time_boot();
	code = events_init(&watch->events);
	if (!code)
		code = open_sources(watch);
	if (!code)
		code = begin(watch);
	if (code)
		return table_error(&watch->context->nft, code, error);
	*ret_watch = TAKE_PTR(watch);
	return 0;
}

/**
 * pubport_watch_close() - end a watch
 * @watch: as opened by pubport_watch_open(), or NULL
 */
PUBPORT_EXPORT void pubport_watch_close(struct pubport_watch *watch)
{
	if (!watch)
		return;
	events_done(&watch->events);
	cleanup_close(&watch->fd);
	cleanup_close(&watch->timer);
	netlink_close(&watch->netlink);
	free(watch);
}

/**
 * pubport_watch_fd() - tell when to ask for events
 * @watch: which
 *
 * Return: a file for poll(2), readable when there may be one, after
 * pubport_watch_next() had none.  It belongs to the watch.
 */
PUBPORT_EXPORT int pubport_watch_fd(const struct pubport_watch *watch)
{
	return watch->fd;
}

/**
 * pubport_watch_next() - ask for the next event
 * @watch: which; it doesn't wait
 * @ret_event: the event; its mappings live until the next call
 * @error: why it failed, or NULL
 *
 * Where more happened than the kernel had room for, the difference is told, by
 * nobody known.
 *
 * Return: 0; -EAGAIN, without an error, when there is none for now; -ENOMEM,
 * after which it can be asked again; or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_watch_next(struct pubport_watch *watch,
				      struct pubport_event *ret_event,
				      struct pubport_error *error)
{
	int code = 0;

	follow_clock(watch);
	while (!code && !events_next(&watch->events, ret_event))
		code = go_on(watch);
	if (!code || code == -EAGAIN)
		return code;
	read_soon(watch);
	return table_error(&watch->context->nft, code, error);
}

/**
 * pubport_watch_list() - list the mappings as they are after the last event
 * @watch: which
 * @ret_mappings: in the order in which they came, and after the event that the
 *	table was lost, all that it had; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Return: 0 or -ENOMEM.
 */
PUBPORT_EXPORT int pubport_watch_list(const struct pubport_watch *watch,
				      struct pubport_mappings *ret_mappings,
				      struct pubport_error *error)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };

	if (mapping_hash_append(&watch->events.known, NULL, &mappings))
		return error_memory(error);
	*ret_mappings = mappings_take(&mappings);
	return 0;
}

/**
 * watch_known() - look at the mappings as they are after the last event
 * @watch: which
 *
 * Return: as pubport_watch_list(), in place, until the watch is asked again.
 */
const struct mapping_hash *watch_known(const struct pubport_watch *watch)
{
	return &watch->events.known;
}

/**
 * watch_take_loss() - take note of what the table may have lost
 * @watch: which; it forgets it
 *
 * Return: what was told of that, or may have happened untold.
 */
struct loss watch_take_loss(struct pubport_watch *watch)
{
	struct loss loss = watch->loss;

	memset(&watch->loss, 0, sizeof(watch->loss));
	return loss;
}
