/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leads mappings to where their targets moved.
 *
 * When links, addresses or names of namespaces change, and from time to time,
 * each target that has a name is resolved again.  Targets have a thread:
 * runtimes are asked by their commands, which may take seconds, and what
 * happens to the table can't wait.
 *
 * The kernel also tells what changes in the namespaces that the host has a wire
 * to, if we may hear it (CAP_NET_BROADCAST).  Runtimes tell nothing.
 */
#include "keep/follow.h"

#include "host/netns.h"
#include "host/process.h"
#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "netlink/attribute.h"
#include "netlink/context.h"
#include "publish/restore.h"
#include "target/rival.h"
#include "util/array.h"
#include "util/cleanup.h"
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

/* one change brings others: an interface comes, goes up, gets its addresses */
#define SETTLE_MS 50
/* for what nobody tells */
#define IDLE_MS 30000
/* whoever tells more is heard later */
#define MESSAGES_AT_ONCE 1000
/* what moves at once, or is lost, is told in that many lines */
#define LINES_MAX 10
/* looking takes at most one part of the time in so many */
#define SHARE 5

/* ---------------------------------------------------------------- targets */

static void targets_done(struct followed_targets *targets)
{
	free(targets->items);
	memset(targets, 0, sizeof(*targets));
}

DEFINE_CLEANUP(targets_done, struct followed_targets)

/* cuts the first part off a target of one or two: returns the rest, or NULL */
static const char *next_part(const char *text, char part[PUBPORT_TARGET_SIZE])
{
	size_t length = strcspn(text, ",");

	snprintf(part, PUBPORT_TARGET_SIZE, "%.*s", (int)length, text);
	return text[length] ? text + length + 1 : NULL;
}

/* whether a part is asked for where it is: "netns:web" and "web", but not
 * "172.17.0.2" or "host" */
static bool is_name(const char *part)
{
	struct pubport_addr addr;

	return strcmp(part, "host") != 0 && pubport_addr_parse(part, &addr);
}

static bool has_name(const char *text)
{
	char part[PUBPORT_TARGET_SIZE];
	bool has = false;

	while (text && !has) {
		text = next_part(text, part);
		has = is_name(part);
	}
	return has;
}

static int compare_texts(const void *a, const void *b)
{
	const struct followed_target *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static struct followed_target *find(const struct followed_targets *targets,
				    const char *text)
{
	struct followed_target wanted = { .text = "" };

	if (!targets->count)
		return NULL;
	snprintf(wanted.text, sizeof(wanted.text), "%s", text);
	return bsearch(&wanted, targets->items, targets->count, sizeof(wanted),
		       compare_texts);
}

/* what was told of it before counts still */
static int add(struct followed_targets *targets,
	       const struct pubport_mapping *mapping,
	       const struct followed_targets *before)
{
	const char *text = mapping->target;
	const struct followed_target *old = find(before, text);
	struct followed_target *items =
		array_grow(targets->items, targets->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	targets->items = items;
	items += targets->count++;
	memset(items, 0, sizeof(*items));
	snprintf(items->text, sizeof(items->text), "%s", text);
	items->is_lost = old && old->is_lost;
	if (old)
		memcpy(items->told_rival, old->told_rival,
		       sizeof(items->told_rival));
	items->led[items->led_count++] = mapping->target_addr;
	return 0;
}

static bool is_led(const struct followed_target *target,
		   const struct pubport_addr *addr)
{
	for (size_t i = 0; i < target->led_count; i++)
		if (addr_equal(&target->led[i], addr))
			return true;
	return false;
}

/* of the same target; where there are too many addresses, the last ones count
 * as new */
static void unite(struct followed_target *target,
		  const struct followed_target *other)
{
	if (!is_led(target, &other->led[0]) &&
	    target->led_count < ARRAY_SIZE(target->led))
		target->led[target->led_count++] = other->led[0];
}

static void sort(struct followed_targets *targets)
{
	struct followed_target *items = targets->items;
	size_t kept = 0;

	if (!targets->count)
		return;
	qsort(items, targets->count, sizeof(*items), compare_texts);
	for (size_t i = 1; i < targets->count; i++)
		if (compare_texts(&items[i], &items[kept]))
			items[++kept] = items[i];
		else
			unite(&items[kept], &items[i]);
	targets->count = kept + 1;
}

static bool is_same(const struct pubport_mapping *mapping,
		    const struct pubport_mapping *last)
{
	return last && addr_equal(&mapping->target_addr, &last->target_addr) &&
	       !strcmp(mapping->target, last->target);
}

/* lists the targets that have names, unless there is no memory: then they stay
 * as they were */
static int targets_list(struct followed_targets *targets,
			const struct mapping_hash *known)
{
	struct followed_targets listed CLEANUP(targets_done) = { 0 };
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	const struct pubport_mapping *mapping, *last[2] = { NULL, NULL };
	int code = 0;

	/* neighbours mostly lead to the same target, in either family */
	for (; !code && entry; entry = mapping_hash_next(entry)) {
		mapping = &entry->mapping;
		if (!is_same(mapping, last[0]) && !is_same(mapping, last[1]) &&
		    has_name(mapping->target))
			code = add(&listed, mapping, targets);
		last[mapping->key.host.family == PUBPORT_IPV6] = mapping;
	}
	if (code)
		return code;
	sort(&listed);
	targets_done(targets);
	*targets = listed;
	memset(&listed, 0, sizeof(listed));
	return 0;
}

/* whether an address to which nothing leads yet is somebody else's as well */
static bool is_disputed(struct pubport *context, struct rivals *rivals,
			const struct target *target, size_t index,
			const char *part, struct followed_target *followed)
{
	const struct pubport_addr *addr = &target->addrs.items[index];
	char who[PUBPORT_TARGET_SIZE], text[PUBPORT_ADDR_TEXT_SIZE];

	if (is_led(followed, addr) ||
	    !rival_find(context, rivals, target, index, who))
		return false;
	snprintf(followed->rival, sizeof(followed->rival),
		 "%.60s has %s now, and so has %.60s", part,
		 pubport_addr_format(addr, text, sizeof(text)), who);
	return true;
}

static void resolve_part(struct pubport *context, struct rivals *rivals,
			 const char *part, struct followed_target *followed)
{
	struct target_addrs *addrs = &followed->addrs;
	struct pubport_error why;
	struct target target;

	if (target_resolve(context, part, &target, &why)) {
		snprintf(followed->why, sizeof(followed->why), "%.199s",
			 why.message);
		return;
	}
	for (size_t i = 0; i < target.addrs.count; i++)
		if (addrs->count < ARRAY_SIZE(addrs->items) &&
		    !is_disputed(context, rivals, &target, i, part, followed))
			addrs->items[addrs->count++] = target.addrs.items[i];
	for (size_t i = 0; i < target.good_count; i++)
		if (followed->good_count < ARRAY_SIZE(followed->good))
			followed->good[followed->good_count++] = target.good[i];
}

static void targets_resolve(struct followed_targets *targets,
			    struct pubport *context)
{
	struct rivals rivals CLEANUP(rivals_done) = { .is_known = false };
	char part[PUBPORT_TARGET_SIZE];
	const char *text;

	for (size_t i = 0; i < targets->count && !context_must_stop(context);
	     i++) {
		text = targets->items[i].text;
		while (text) {
			text = next_part(text, part);
			if (is_name(part))
				resolve_part(context, &rivals, part,
					     &targets->items[i]);
		}
	}
}

/* numbers of processes are given again: one that began after the mapping is
 * another one */
static bool is_other_process(const char *part, int64_t created)
{
	int64_t started;

	return !strncmp(part, NETNS_PID_PREFIX, strlen(NETNS_PID_PREFIX)) &&
	       (process_started(atoi(part + strlen(NETNS_PID_PREFIX)),
				&started) ||
		started > created + 1);
}

static bool has_other_process(const struct pubport_mapping *mapping)
{
	const char *text = mapping->target;
	char part[PUBPORT_TARGET_SIZE];
	bool has = false;

	while (text && !has) {
		text = next_part(text, part);
		has = is_other_process(part, mapping->created);
	}
	return has;
}

static const struct pubport_addr *find_addr(const struct target_addrs *addrs,
					    enum pubport_family family)
{
	for (size_t i = 0; i < addrs->count; i++)
		if (addrs->items[i].family == family)
			return &addrs->items[i];
	return NULL;
}

/* a target that gets one more address has not moved; one whose way out is
 * another has, since answers must get back to the host */
static bool may_stay(const struct followed_target *target,
		     const struct pubport_addr *addr)
{
	for (size_t i = 0; i < target->good_count; i++)
		if (addr_equal(&target->good[i], addr))
			return true;
	return false;
}

static const struct pubport_addr *
find_new_addr(const struct followed_targets *targets,
	      const struct pubport_mapping *mapping)
{
	const struct followed_target *target = find(targets, mapping->target);
	const struct pubport_addr *addr;

	addr = target ? find_addr(&target->addrs, mapping->key.host.family)
		      : NULL;
	if (!addr || may_stay(target, &mapping->target_addr) ||
	    has_other_process(mapping))
		return NULL;
	return addr;
}

/* the mappings whose targets are elsewhere, led there; without their networks
 */
static int targets_moved(const struct followed_targets *targets,
			 const struct mapping_hash *known,
			 struct pubport_mappings *ret_moved)
{
	struct pubport_mappings moved CLEANUP(pubport_mappings_done) = { 0 };
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	const struct pubport_addr *addr;
	struct pubport_mapping *mapping;

	for (; targets->count && entry; entry = mapping_hash_next(entry)) {
		addr = find_new_addr(targets, &entry->mapping);
		if (!addr)
			continue;
		mapping = mappings_append(&moved);
		if (!mapping)
			return -ENOMEM;
		*mapping = entry->mapping;
		mapping->target_addr = *addr;
		mapping->from = NULL;
		mapping->from_count = 0;
	}
	*ret_moved = mappings_take(&moved);
	return 0;
}

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

	if (!pubport_open(&context, NULL)) {
		context->stop = follow->stop;
		targets_resolve(&follow->targets, context);
	}
	follow->took_ms = time_monotonic_ms() - began_ms;
	(void)eventfd_write(follow->finished, 1);
	return NULL;
}

/* ---------------------------------------------------------------- the events
 */

/* of routes, those that may be the way out of a target, or lead to a network on
 * a link: a router hears of a great many others */
static bool matters(const struct nlmsghdr *message)
{
	struct attributes attributes;
	const struct rtmsg *header = message_parse(
		message, message->nlmsg_type, sizeof(*header), &attributes);

	if (message->nlmsg_type != RTM_NEWROUTE &&
	    message->nlmsg_type != RTM_DELROUTE)
		return true;
	return header && header->rtm_type == RTN_UNICAST &&
	       (!header->rtm_dst_len || !attr_find(&attributes, RTA_GATEWAY));
}

static bool hear_links(struct follow *follow)
{
	const struct nlmsghdr *message;
	bool heard = false;
	ssize_t received;
	int left;

	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		received = netlink_receive(&follow->links);
		if (received < 0 && received != -ENOBUFS)
			break;
		heard |= received == -ENOBUFS;
		left = (int)received;
		message = (const struct nlmsghdr *)follow->links.buffer;
		for (; mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			heard |= matters(message);
	}
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
	(void)inotify_add_watch(follow->names, NETNS_DIRECTORY,
				IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
}

static int open_links(struct follow *follow)
{
	static const int groups[] = {
		RTNLGRP_LINK,	    RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
	};
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
	follow->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (follow->names < 0 || follow->finished < 0 || follow->stop < 0)
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
 * @follow: as opened by follow_open(); a look that is under way is broken off
 */
void follow_close(struct follow *follow)
{
	if (follow->is_looking) {
		(void)eventfd_write(follow->stop, 1);
		pthread_join(follow->thread, NULL);
	}
	follow->is_looking = false;
	targets_done(&follow->targets);
	cleanup_close(&follow->names);
	cleanup_close(&follow->finished);
	cleanup_close(&follow->stop);
	netlink_close(&follow->links);
}

static void begin_look(struct follow *follow, const struct mapping_hash *known,
		       int64_t now_ms)
{
	follow->due_ms = now_ms + IDLE_MS;
	watch_names(follow);
	if (targets_list(&follow->targets, known) || !follow->targets.count)
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
	struct followed_target *target = follow->targets.items;
	size_t lost = 0;

	for (size_t i = 0; i < follow->targets.count; i++, target++) {
		if (target->rival[0] &&
		    strcmp(target->rival, target->told_rival) != 0)
			context_notice(context,
				       "%s; what leads there stays as it is",
				       target->rival);
		memcpy(target->told_rival, target->rival,
		       sizeof(target->told_rival));
		if (target->addrs.count) {
			target->is_lost = false;
		} else if (!target->is_lost && target->why[0]) {
			target->is_lost = true;
			if (lost++ < LINES_MAX)
				context_notice(context,
					       "%s; what leads there stays as "
					       "it is",
					       target->why);
		}
	}
	if (lost > LINES_MAX)
		context_notice(context, "%zu more targets can't be found",
			       lost - LINES_MAX);
}

static int compare_places(const void *a, const void *b)
{
	const struct pubport_mapping *x = a, *y = b;
	int order = strcmp(x->target, y->target);

	return order ? order
		     : pubport_addr_compare(&x->target_addr, &y->target_addr);
}

/* one mapping, or how many there are */
static void tell_group(const struct pubport *context,
		       const struct pubport_mapping *mappings, size_t count)
{
	char text[PUBPORT_MAPPING_TEXT_SIZE];

	if (count == 1)
		context_notice(context, "%s moved: %s", mappings->target,
			       pubport_mapping_format(mappings, text,
						      sizeof(text)));
	else
		context_notice(context, "%s moved: %zu mappings -> %s",
			       mappings->target, count,
			       pubport_addr_format(&mappings->target_addr, text,
						   sizeof(text)));
}

/* a line each for a few of them, otherwise for each target and address */
static void tell_moved(const struct pubport *context,
		       struct pubport_mappings *moved)
{
	bool are_few = moved->count <= LINES_MAX;
	size_t end, lines = 0;

	if (!are_few)
		qsort(moved->items, moved->count, sizeof(*moved->items),
		      compare_places);
	for (size_t i = 0; i < moved->count; i = end) {
		if (lines++ == LINES_MAX) {
			context_notice(context, "%zu more mappings moved",
				       moved->count - i);
			return;
		}
		end = i + 1;
		while (!are_few && end < moved->count &&
		       !compare_places(&moved->items[i], &moved->items[end]))
			end++;
		tell_group(context, &moved->items[i], end - i);
	}
}

static void move(const struct follow *follow, struct pubport *context,
		 const struct mapping_hash *known)
{
	struct pubport_mappings wanted CLEANUP(pubport_mappings_done) = { 0 };
	struct pubport_mappings moved CLEANUP(pubport_mappings_done) = { 0 };
	struct pubport_error why;

	if (targets_moved(&follow->targets, known, &wanted) || !wanted.count)
		return;
	if (restore_moved(context, &wanted, &moved, &why))
		context_notice(context, "%s: it moved: %s",
			       wanted.items[0].target, why.message);
	tell_moved(context, &moved);
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
