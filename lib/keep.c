/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the mappings.
 *
 * A watch remembers them, transaction by transaction.  When the table goes by
 * any hand but this library's, which says farewell in the transaction that
 * deletes it, all that it had is missing, and is restored in one transaction.
 * A mapping is missing until it is seen to be there: whoever asks for the
 * mappings meanwhile gets it, too.  Where they can't be restored, it is tried
 * again.
 *
 * With the table goes the memory of the host's settings that are on because of
 * pubport.  So they are remembered here as well, as long as there is a mapping.
 * They are read when the watch has nothing more to tell after mappings were
 * added; only the settings of an add that is not told yet may be lost.
 */
#include "context.h"
#include "error.h"
#include "follow.h"
#include "mapping.h"
#include "reap.h"
#include "restore.h"
#include "table.h"
#include "transaction.h"
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>

/* other things want to be done as well, however much happens */
#define EVENTS_AT_ONCE 10000
#define TRY_AGAIN_MS 1000

/**
 * struct pubport_keep - a keeper
 * @context: where mappings are restored and moved
 * @watch: tells what happens to them
 * @follow: tells where their targets are
 * @fd: readable when one of these has something
 * @missing: mappings that should be there, and have not been seen there
 * @settings: of the host, that are on because of pubport
 * @cause: why mappings are missing, for messages
 * @since_ms: since when
 * @restore_ms: when to try to restore them again, or INT64_MAX
 * @added: whether mappings were added since @settings were read
 * @ended: whether mappings ended by themselves since connections were cut
 */
struct pubport_keep {
	struct pubport *context;
	struct pubport_watch *watch;
	struct follow follow;
	int fd;
	struct catalog missing;
	struct host_settings settings;
	char cause[64];
	int64_t since_ms;
	int64_t restore_ms;
	bool added;
	bool ended;
};

static void cleanup_keep(struct pubport_keep **keep)
{
	pubport_keep_close(*keep);
}

/* ------------------------------------------------------------ what is missing
 */

static int miss(struct pubport_keep *keep,
		const struct pubport_mapping *mapping)
{
	struct catalog_entry *entry =
		catalog_add(&keep->missing, &mapping->key);

	if (!entry)
		return -ENOMEM;
	free(entry->mapping.from);
	entry->mapping = *mapping;
	entry->mapping.from = NULL;
	entry->mapping.from_count = 0;
	return mapping_set_networks(&entry->mapping, mapping->from,
				    mapping->from_count);
}

static void miss_no_more(struct pubport_keep *keep,
			 const struct pubport_key *key)
{
	struct catalog_entry *entry = catalog_find(&keep->missing, key);

	if (!entry)
		return;
	catalog_take(&keep->missing, entry);
	catalog_entry_free(entry);
}

/* the networks stay those of the catalog */
static void cleanup_borrowed(struct pubport_mappings *borrowed)
{
	free(borrowed->items);
}

static int borrow_missing(const struct pubport_keep *keep,
			  struct pubport_mappings *ret_mappings)
{
	const struct catalog_entry *entry = catalog_first(&keep->missing);
	struct pubport_mapping *items =
		calloc(keep->missing.count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	*ret_mappings = (struct pubport_mappings){ .items = items };
	for (; entry; entry = catalog_next(entry))
		items[ret_mappings->count++] = entry->mapping;
	return 0;
}

/* "1 mapping", "12,345 mappings" */
static const char *count_format(size_t count, char *text, size_t size)
{
	const char *noun = count == 1 ? "mapping" : "mappings";

	if (count < 1000)
		snprintf(text, size, "%zu %s", count, noun);
	else
		snprintf(text, size, "%zu,%03zu %s", count / 1000, count % 1000,
			 noun);
	return text;
}

static void tell_restored(const struct pubport_keep *keep, size_t count)
{
	char text[64];

	if (!count)
		return;
	context_notice(keep->context, "%s: %s restored in %lld ms", keep->cause,
		       count_format(count, text, sizeof(text)),
		       (long long)(transaction_now_ms() - keep->since_ms));
}

static void tell_failed(const struct pubport_keep *keep,
			const struct pubport_error *error)
{
	char text[64];

	context_notice(keep->context, "%s: %s can't be restored yet: %s",
		       keep->cause,
		       count_format(keep->missing.count, text, sizeof(text)),
		       error->message);
}

/* what fails is told once, and tried again */
static int restore(struct pubport_keep *keep)
{
	struct pubport_mappings missing CLEANUP(borrowed) = { 0 };
	struct pubport_error why = { .code = 0 };
	bool again = keep->restore_ms != INT64_MAX;
	size_t count = 0;
	int code = borrow_missing(keep, &missing);

	if (code)
		return code;
	code = restore_missing(keep->context, &missing, &keep->settings, &count,
			       &why);
	keep->restore_ms = code ? transaction_now_ms() + TRY_AGAIN_MS
				: INT64_MAX;
	if (!code)
		tell_restored(keep, count);
	else if (!again)
		tell_failed(keep, &why);
	return 0;
}

static int lose(struct pubport_keep *keep, const struct pubport_event *event)
{
	const struct catalog_entry *entry =
		catalog_first(watch_known(keep->watch));
	int code = 0;

	for (; !code && entry; entry = catalog_next(entry))
		code = miss(keep, &entry->mapping);
	if (code)
		return code;
	keep->since_ms = transaction_now_ms();
	keep->restore_ms = INT64_MAX;
	if (event->pid)
		snprintf(keep->cause, sizeof(keep->cause),
			 "table lost (%s, pid %d)", event->process, event->pid);
	else
		snprintf(keep->cause, sizeof(keep->cause), "table lost");
	return restore(keep);
}

/* --------------------------------------------------------------- what happens
 */

static int take_event(struct pubport_keep *keep,
		      const struct pubport_event *event, bool *changed)
{
	switch (event->change) {
	case PUBPORT_CHANGE_TABLE_LOST:
		return lose(keep, event);
	case PUBPORT_CHANGE_ADDED:
	case PUBPORT_CHANGE_REPLACED:
		miss_no_more(keep, &event->mapping->key);
		keep->added = *changed = true;
		break;
	case PUBPORT_CHANGE_EXPIRED:
		keep->ended = *changed = true;
		break;
	case PUBPORT_CHANGE_REMOVED:
		*changed |= !event->with_table;
		break;
	case PUBPORT_CHANGE_TABLE_RESTORED:
		break;
	}
	return 0;
}

/* -EAGAIN: all were taken */
static int take_events(struct pubport_keep *keep, bool *changed,
		       struct pubport_error *error)
{
	struct pubport_event event;
	int code = 0;

	for (int i = 0; !code && i < EVENTS_AT_ONCE; i++) {
		code = pubport_watch_next(keep->watch, &event, error);
		if (!code && take_event(keep, &event, changed))
			code = error_memory(error);
	}
	return code;
}

/* those that were turned off are forgotten with the last mapping */
static void remember_settings(struct pubport_keep *keep)
{
	struct host_settings there CLEANUP(host_settings_done) = { 0 };
	int code;

	if (!watch_known(keep->watch)->count && !keep->missing.count)
		host_settings_done(&keep->settings);
	if (!keep->added)
		return;
	code = table_settings(&keep->context->nft, &there);
	for (size_t i = 0; !code && i < there.count; i++)
		code = host_settings_add(&keep->settings, there.items[i].kind,
					 there.items[i].interface);
	keep->added = code;
}

static void follow_targets(struct pubport_keep *keep)
{
	const struct catalog *known = watch_known(keep->watch);
	struct pubport_mappings wanted CLEANUP(pubport_mappings_done) = { 0 };
	struct pubport_mappings moved CLEANUP(pubport_mappings_done) = { 0 };
	char text[PUBPORT_MAPPING_TEXT_SIZE];
	struct pubport_error why;

	if (!follow_run(&keep->follow, known, transaction_now_ms()) ||
	    follow_moved(&keep->follow, known, &wanted) || !wanted.count)
		return;
	if (restore_moved(keep->context, &wanted, &moved, &why))
		context_notice(keep->context, "%s: it moved: %s",
			       wanted.items[0].target, why.message);
	for (size_t i = 0; i < moved.count; i++)
		context_notice(keep->context, "%s moved: %s",
			       moved.items[i].target,
			       pubport_mapping_format(&moved.items[i], text,
						      sizeof(text)));
}

/* all is told: what was restored, and not seen, is gone again */
static int settle(struct pubport_keep *keep)
{
	int code = 0;

	if (keep->restore_ms == INT64_MAX)
		catalog_clear(&keep->missing);
	else if (keep->restore_ms <= transaction_now_ms())
		code = restore(keep);
	remember_settings(keep);
	if (keep->ended)
		reap_ended(keep->context);
	keep->ended = false;
	return code;
}

static int timeout_until(int64_t at_ms)
{
	int64_t left_ms = at_ms - transaction_now_ms();

	if (left_ms < 0)
		return 0;
	return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

/* ---------------------------------------------------------------- the doors */

static int open_sources(struct pubport_keep *keep, struct pubport_error *error)
{
	struct epoll_event readable = { .events = EPOLLIN };
	int code;

	keep->fd = epoll_create1(EPOLL_CLOEXEC);
	code = keep->fd < 0 ? -errno : follow_open(&keep->follow, keep->fd);
	if (code)
		return error_kernel(error, code, "network interfaces");
	code = pubport_watch_open(keep->context, &keep->watch, error);
	if (!code && epoll_ctl(keep->fd, EPOLL_CTL_ADD,
			       pubport_watch_fd(keep->watch), &readable) < 0)
		code = error_kernel(error, -errno, "epoll");
	return code;
}

static int restore_recorded(struct pubport_keep *keep,
			    const struct pubport_mappings *recorded)
{
	int code = 0;

	snprintf(keep->cause, sizeof(keep->cause), "mappings missing");
	keep->since_ms = transaction_now_ms();
	for (size_t i = 0; !code && i < recorded->count; i++)
		code = miss(keep, &recorded->items[i]);
	if (!code && recorded->count)
		code = restore(keep);
	return code;
}

/**
 * pubport_keep_open() - keep what is published, and what was
 * @context: where; outlives the keeper; told what the keeper does
 * @recorded: mappings that should be there, as pubport_keep_list() returned
 *	them: they are published, but for those whose key is there, or whose
 *	time is over
 * @ret_keep: close with pubport_keep_close()
 * @error: why it failed, or NULL
 *
 * What can't be published yet is no failure: the keeper goes on trying.
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, -ENOMEM, or another negative errno
 * from the kernel.
 */
PUBPORT_EXPORT int pubport_keep_open(struct pubport *context,
				     const struct pubport_mappings *recorded,
				     struct pubport_keep **ret_keep,
				     struct pubport_error *error)
{
	struct pubport_keep *keep CLEANUP(keep) = calloc(1, sizeof(*keep));
	int code;

	if (!keep)
		return error_memory(error);
	keep->context = context;
	keep->fd = keep->follow.names = keep->follow.finished = -1;
	keep->restore_ms = INT64_MAX;
	keep->added = true;
	if (catalog_init(&keep->missing))
		return error_memory(error);
	code = open_sources(keep, error);
	if (code)
		return code;
	reap_ended(context);
	remember_settings(keep);
	if (restore_recorded(keep, recorded))
		return error_memory(error);
	*ret_keep = TAKE_PTR(keep);
	return 0;
}

/**
 * pubport_keep_close() - keep no longer
 * @keep: as opened by pubport_keep_open(), or NULL; the mappings stay
 */
PUBPORT_EXPORT void pubport_keep_close(struct pubport_keep *keep)
{
	if (!keep)
		return;
	follow_close(&keep->follow);
	pubport_watch_close(keep->watch);
	cleanup_close(&keep->fd);
	catalog_done(&keep->missing);
	host_settings_done(&keep->settings);
	free(keep);
}

/**
 * pubport_keep_fd() - tell when to run a keeper
 * @keep: which
 *
 * Return: a file for poll(2), readable when there is something to do.  It
 * belongs to the keeper.
 */
PUBPORT_EXPORT int pubport_keep_fd(const struct pubport_keep *keep)
{
	return keep->fd;
}

/**
 * pubport_keep_run() - do what there is to do
 * @keep: which; it doesn't wait
 * @ret_changed: whether the mappings that pubport_keep_list() returns changed
 * @ret_timeout_ms: after which time to run it again, if pubport_keep_fd() isn't
 *	readable before
 * @error: why it failed, or NULL
 *
 * Return: 0, -ENOMEM, or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_keep_run(struct pubport_keep *keep,
				    bool *ret_changed, int *ret_timeout_ms,
				    struct pubport_error *error)
{
	bool changed = false, is_idle;
	int64_t next_ms;
	int code = take_events(keep, &changed, error);

	is_idle = code == -EAGAIN;
	if (code && !is_idle)
		return code;
	if (is_idle && settle(keep))
		return error_memory(error);
	follow_targets(keep);
	next_ms = keep->follow.due_ms;
	if (keep->restore_ms < next_ms)
		next_ms = keep->restore_ms;
	*ret_changed = changed;
	*ret_timeout_ms = is_idle ? timeout_until(next_ms) : 0;
	return 0;
}

/**
 * pubport_keep_list() - list the mappings that should be there
 * @keep: which
 * @ret_mappings: in no order; free with pubport_mappings_done()
 * @error: why it failed, or NULL
 *
 * Return: 0 or -ENOMEM.
 */
PUBPORT_EXPORT int pubport_keep_list(const struct pubport_keep *keep,
				     struct pubport_mappings *ret_mappings,
				     struct pubport_error *error)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	const struct catalog *known = watch_known(keep->watch);
	const struct catalog_entry *entry = catalog_first(&keep->missing);
	struct pubport_mapping *items;
	int code = pubport_watch_list(keep->watch, &mappings, error);

	if (code)
		return code;
	items = reallocarray(mappings.items,
			     mappings.count + keep->missing.count + 1,
			     sizeof(*items));
	if (!items)
		return error_memory(error);
	mappings.items = items;
	for (; entry; entry = catalog_next(entry)) {
		if (catalog_find(known, &entry->mapping.key))
			continue;
		items[mappings.count] = entry->mapping;
		items[mappings.count].from = NULL;
		items[mappings.count].from_count = 0;
		if (mapping_set_networks(&items[mappings.count++],
					 entry->mapping.from,
					 entry->mapping.from_count))
			return error_memory(error);
	}
	*ret_mappings = mappings;
	memset(&mappings, 0, sizeof(mappings));
	return 0;
}
