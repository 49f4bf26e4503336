/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where targets that have names are, as that changes.
 *
 * When links, addresses or names of namespaces change, and from time to time,
 * each name is resolved again.  A thread does it: runtimes are asked by their
 * commands, which may take seconds, and what happens to the table can't wait.
 *
 * The kernel also tells what changes in the namespaces that the host has a wire
 * to, if we may hear it (CAP_NET_BROADCAST).  Runtimes tell nothing.
 */
#include "follow.h"

#include "addr.h"
#include "array.h"
#include "context.h"
#include "mapping.h"
#include "process.h"
#include "transaction.h"

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

/* ---------------------------------------------------------------- the names */

/* whether a target is asked for where it is: "netns:web" and "web", but not
 * "172.17.0.2" or "host" */
static bool is_name(const char *text, size_t length)
{
	char word[PUBPORT_TARGET_SIZE];
	struct pubport_addr addr;

	snprintf(word, sizeof(word), "%.*s", (int)length, text);
	return strcmp(word, "host") != 0 && pubport_addr_parse(word, &addr);
}

/* calls for each part of a target of one or two, until it says true */
static bool any_part(const char *text,
		     bool (*each)(const char *part, size_t length, void *data),
		     void *data)
{
	size_t length;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		if (each(text, length, data))
			return true;
		if (!text[length])
			return false;
	}
}

static bool part_is_name(const char *part, size_t length, void *data)
{
	(void)data;
	return is_name(part, length);
}

static int compare_targets(const void *a, const void *b)
{
	const struct follow_target *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static int add_target(struct follow *follow, const char *text)
{
	struct follow_target *targets =
		array_grow(follow->targets, follow->count, sizeof(*targets));

	if (!targets)
		return -ENOMEM;
	follow->targets = targets;
	memset(&targets[follow->count], 0, sizeof(*targets));
	snprintf(targets[follow->count++].text, sizeof(targets->text), "%s",
		 text);
	return 0;
}

static void sort_targets(struct follow *follow)
{
	size_t kept = 0;

	if (!follow->count)
		return;
	qsort(follow->targets, follow->count, sizeof(*follow->targets),
	      compare_targets);
	for (size_t i = 1; i < follow->count; i++)
		if (compare_targets(&follow->targets[i],
				    &follow->targets[kept]))
			follow->targets[++kept] = follow->targets[i];
	follow->count = kept + 1;
}

/* neighbours mostly lead to the same target */
static int list_targets(struct follow *follow, const struct catalog *known)
{
	const struct catalog_entry *entry = catalog_first(known);
	const char *text, *last = "";
	int code = 0;

	follow->count = 0;
	for (; !code && entry; entry = catalog_next(entry), last = text) {
		text = entry->mapping.target;
		if (strcmp(text, last) != 0 &&
		    any_part(text, part_is_name, NULL))
			code = add_target(follow, text);
	}
	sort_targets(follow);
	return code;
}

/* --------------------------------------------------------------- the thread */

/**
 * struct resolving - a target of one or two being resolved
 * @context: from where it is seen
 * @addrs: what comes of it
 */
struct resolving {
	struct pubport *context;
	struct target_addrs *addrs;
};

static bool resolve_part(const char *part, size_t length, void *data)
{
	const struct resolving *resolving = data;
	struct target_addrs *addrs = resolving->addrs;
	char word[PUBPORT_TARGET_SIZE];
	struct target target;

	snprintf(word, sizeof(word), "%.*s", (int)length, part);
	if (!is_name(part, length) ||
	    target_resolve(resolving->context, word, &target, NULL))
		return false;
	for (size_t i = 0; i < target.addrs.count; i++)
		if (addrs->count < ARRAY_SIZE(addrs->items))
			addrs->items[addrs->count++] = target.addrs.items[i];
	return false;
}

static void cleanup_context(struct pubport **context)
{
	pubport_close(*context);
}

static void *look(void *data)
{
	struct pubport *context CLEANUP(context) = NULL;
	struct follow *follow = data;
	struct resolving resolving;
	int64_t began_ms = transaction_now_ms();
	int code = pubport_open(&context, NULL);

	for (size_t i = 0; !code && i < follow->count; i++) {
		resolving.context = context;
		resolving.addrs = &follow->targets[i].addrs;
		any_part(follow->targets[i].text, resolve_part, &resolving);
	}
	follow->took_ms = transaction_now_ms() - began_ms;
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
				      RTNLGRP_IPV6_IFADDR };
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
	free(follow->targets);
	follow->targets = NULL;
	cleanup_close(&follow->names);
	cleanup_close(&follow->finished);
	netlink_close(&follow->links);
}

static void begin_look(struct follow *follow, const struct catalog *known,
		       int64_t now_ms)
{
	follow->due_ms = now_ms + IDLE_MS;
	watch_names(follow);
	if (list_targets(follow, known) || !follow->count)
		return;
	follow->is_looking =
		!pthread_create(&follow->thread, NULL, look, follow);
}

static bool end_look(struct follow *follow, int64_t now_ms)
{
	eventfd_t ignored;

	if (!follow->is_looking || eventfd_read(follow->finished, &ignored))
		return false;
	pthread_join(follow->thread, NULL);
	follow->is_looking = false;
	if (follow->due_ms < now_ms + (SHARE - 1) * follow->took_ms)
		follow->due_ms = now_ms + (SHARE - 1) * follow->took_ms;
	return true;
}

/**
 * follow_run() - do what there is to do
 * @follow: which; its @due_ms tells when it has to run again at the latest
 * @known: the mappings
 * @now_ms: of CLOCK_MONOTONIC
 *
 * Return: whether it looked, so that follow_moved() may have something.
 */
bool follow_run(struct follow *follow, const struct catalog *known,
		int64_t now_ms)
{
	bool looked = end_look(follow, now_ms);
	bool heard = hear_links(follow);

	heard |= hear_names(follow);
	if (heard && follow->due_ms > now_ms + SETTLE_MS)
		follow->due_ms = now_ms + SETTLE_MS;
	if (!looked && !follow->is_looking && follow->due_ms <= now_ms)
		begin_look(follow, known, now_ms);
	return looked;
}

/* ------------------------------------------------------------ what has moved
 */

/* numbers of processes are given again: one that began after the mapping is
 * another one */
static bool part_is_other_process(const char *part, size_t length, void *data)
{
	const struct pubport_mapping *mapping = data;
	int64_t started;

	(void)length;
	return !strncmp(part, "pid:", 4) &&
	       (process_started(atoi(part + 4), &started) ||
		started > mapping->created + 1);
}

static const struct pubport_addr *find_addr(const struct target_addrs *addrs,
					    enum pubport_family family)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (addrs->items[i].family == family)
			return &addrs->items[i];
	return NULL;
}

static const struct pubport_addr *find_new_addr(const struct follow *follow,
						struct pubport_mapping *mapping)
{
	const struct follow_target *target;
	const struct pubport_addr *addr;
	struct follow_target wanted = { .text = "" };

	memcpy(wanted.text, mapping->target, sizeof(wanted.text));
	target = bsearch(&wanted, follow->targets, follow->count,
			 sizeof(wanted), compare_targets);
	addr = target ? find_addr(&target->addrs, mapping->key.host.family)
		      : NULL;
	if (!addr || addr_equal(addr, &mapping->target_addr) ||
	    any_part(mapping->target, part_is_other_process, mapping))
		return NULL;
	return addr;
}

/**
 * follow_moved() - list the mappings whose targets are elsewhere
 * @follow: which; it looked
 * @known: the mappings
 * @ret_moved: they lead to where their targets are, and have no networks; free
 *	with pubport_mappings_done()
 *
 * Return: 0 or -ENOMEM.
 */
int follow_moved(const struct follow *follow, const struct catalog *known,
		 struct pubport_mappings *ret_moved)
{
	struct pubport_mappings moved CLEANUP(pubport_mappings_done) = { 0 };
	const struct catalog_entry *entry = catalog_first(known);
	const struct pubport_addr *addr;
	struct pubport_mapping mapping, *items;

	for (; follow->count && entry; entry = catalog_next(entry)) {
		mapping = entry->mapping;
		addr = find_new_addr(follow, &mapping);
		if (!addr)
			continue;
		items = array_grow(moved.items, moved.count, sizeof(*items));
		if (!items)
			return -ENOMEM;
		moved.items = items;
		mapping.target_addr = *addr;
		mapping.from = NULL;
		mapping.from_count = 0;
		items[moved.count++] = mapping;
	}
	*ret_moved = moved;
	memset(&moved, 0, sizeof(moved));
	return 0;
}
