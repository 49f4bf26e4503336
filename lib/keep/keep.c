/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the mappings.
 *
 * A watch remembers them, transaction by transaction.  Where this library
 * deletes the table, it adds a chain SET_FAREWELL in the same transaction.  A
 * table that goes without that chain was deleted by somebody else: all that it
 * had is missing, and is restored in one transaction.  Where the table stays,
 * and only its rules go, they are added again.
 *
 * With the table goes the memory of the host's settings that are on because of
 * pubport.  So they are remembered here as well, as long as there is a mapping.
 * They are read when the watch has nothing more to tell after mappings were
 * added; only the settings of an add that is not told yet may be lost.
 */
#include "keep/follow.h"
#include "keep/tend.h"
#include "keep/watch.h"
#include "mapping/mapping.h"
#include "mapping/mapping_check.h"
#include "mapping/mapping_hash.h"
#include "netlink/context.h"
#include "publish/restore.h"
#include "publish/settle.h"
#include "table/lookup.h"
#include "table/verify.h"
#include "util/error.h"
#include "util/time.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* other things want to be done as well, however much happens */
#define EVENTS_AT_ONCE 10000

/* what could not be restored is tried again */
#define TRY_AGAIN_MS 1000

#define CAUSE_SIZE 64

/**
 * struct missing - mappings that should be there, and were not seen there
 * @mappings: which
 * @cause: why, for messages
 * @since_ms: since when, of CLOCK_MONOTONIC
 * @due_ms: when to try again to restore them, or INT64_MAX
 *
 * They are restored in one transaction, and stay missing until they are seen:
 * whoever asks for the mappings meanwhile gets them, too.
 */
struct missing {
	struct mapping_hash mappings;
	char cause[CAUSE_SIZE];
	int64_t since_ms;
	int64_t due_ms;
};

/**
 * struct pubport_keep - a keeper
 * @context: where mappings are restored and moved
 * @watch: tells what happens to them
 * @follow: tells where their targets are
 * @tend: keeps what they need of the host
 * @clock: a timer that is readable when somebody set the clock
 * @boot: time_boot() by the clock that the times of @missing are by
 * @fd: readable when one of these has something
 * @missing: mappings that should be there
 * @settings: of the host, that are on because of us
 * @added: whether mappings or settings were added since @settings were read
 * @ended: whether mappings ended by themselves since connections were cut
 */
struct pubport_keep {
	struct pubport *context;
	struct pubport_watch *watch;
	struct follow follow;
	struct tend tend;
	int clock;
	int64_t boot;
	int fd;
	struct missing missing;
	struct host_settings settings;
	bool added;
	bool ended;
};

static void cleanup_keep(struct pubport_keep **keep)
{
	pubport_keep_close(*keep);
}

/* ---------------------------------------------------------------- missing */

static int missing_add(struct missing *missing,
		       const struct pubport_mapping *mapping)
{
	struct mapping_hash_entry *entry =
		mapping_hash_add(&missing->mappings, &mapping->key);

	if (!entry)
		return -ENOMEM;
	free(entry->mapping.from);
	entry->ends_ms = mapping_ends_ms(mapping);
	return mapping_copy(mapping, &entry->mapping);
}

/* all that there was */
static int missing_add_known(struct missing *missing,
			     const struct mapping_hash *known)
{
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	int code = 0;

	for (; !code && entry; entry = mapping_hash_next(entry))
		code = missing_add(missing, &entry->mapping);
	return code;
}

static void missing_remove(struct missing *missing,
			   const struct pubport_key *key)
{
	struct mapping_hash_entry *entry =
		mapping_hash_find(&missing->mappings, key);

	if (!entry)
		return;
	mapping_hash_take(&missing->mappings, entry);
	mapping_hash_entry_free(entry);
}

/* "table lost (nft, pid 123)" */
static const char *cause_format(const char *what, const char *process, int pid,
				char text[CAUSE_SIZE])
{
	if (pid)
		snprintf(text, CAUSE_SIZE, "%s (%s, pid %d)", what, process,
			 pid);
	else
		snprintf(text, CAUSE_SIZE, "%s", what);
	return text;
}

/* remembers why mappings are missing, as of now */
static void missing_blame(struct missing *missing, const char *what,
			  const char *process, int pid)
{
	cause_format(what, process, pid, missing->cause);
	missing->since_ms = time_monotonic_ms();
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

static void tell_restored(const struct missing *missing,
			  struct pubport *context, size_t count)
{
	char text[64];

	if (!count)
		return;
	context_notice(context, "%s: %s restored in %lld ms", missing->cause,
		       count_format(count, text, sizeof(text)),
		       (long long)(time_monotonic_ms() - missing->since_ms));
}

static void tell_failed(const struct missing *missing, struct pubport *context,
			const struct pubport_error *error)
{
	char text[64];

	context_notice(
		context, "%s: %s can't be restored yet: %s", missing->cause,
		count_format(missing->mappings.count, text, sizeof(text)),
		error->message);
}

/* what can't be restored is told once, and tried again */
static int restore(struct pubport_keep *keep)
{
	struct missing *missing = &keep->missing;
	struct pubport *context = keep->context;
	struct pubport_mappings wanted CLEANUP(pubport_mappings_done) = { 0 };
	struct pubport_error why = { .code = 0 };
	bool again = missing->due_ms != INT64_MAX;
	size_t count = 0;
	int code = mapping_hash_append(&missing->mappings, NULL, &wanted);

	if (code)
		return code;
	code = restore_missing(context, &wanted, &keep->settings, &count, &why);
	missing->due_ms = code ? time_monotonic_ms() + TRY_AGAIN_MS : INT64_MAX;
	if (!code)
		tell_restored(missing, context, count);
	else if (!again)
		tell_failed(missing, context, &why);
	return 0;
}

/* ----------------------------------------------------------- what happens */

static int lose(struct pubport_keep *keep, const struct pubport_event *event)
{
	int code = missing_add_known(&keep->missing, watch_known(keep->watch));

	if (code)
		return code;
	missing_blame(&keep->missing, "table lost", event->process, event->pid);
	keep->missing.due_ms = INT64_MAX;
	return restore(keep);
}

static int take_event(struct pubport_keep *keep,
		      const struct pubport_event *event, bool *changed)
{
	switch (event->change) {
	case PUBPORT_CHANGE_TABLE_LOST:
		return lose(keep, event);
	case PUBPORT_CHANGE_ADDED:
	case PUBPORT_CHANGE_REPLACED:
		missing_remove(&keep->missing, &event->mapping->key);
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

	if (!watch_known(keep->watch)->count && !keep->missing.mappings.count)
		host_settings_done(&keep->settings);
	if (!keep->added)
		return;
	code = table_settings(&keep->context->nft, &there);
	for (size_t i = 0; !code && i < there.count; i++)
		code = host_settings_add(&keep->settings, there.items[i].kind,
					 there.items[i].index,
					 there.items[i].interface);
	keep->added = code;
}

/* of a table that stays; what can't be added is told, and waits for the next
 * time that something goes */
static void repair_rules(struct pubport_keep *keep, const char *cause)
{
	struct pubport_error why;
	bool mended = false;

	if (repair_table(&keep->context->nft, &mended, &why))
		context_notice(keep->context, "%s: %s", cause, why.message);
	else if (mended)
		context_notice(keep->context, "%s: laid again", cause);
}

static int repair(struct pubport_keep *keep)
{
	struct loss loss = watch_take_loss(keep->watch);
	char cause[CAUSE_SIZE];
	int code;

	if (!loss.rules)
		return 0;
	repair_rules(keep,
		     cause_format("rules lost", loss.process, loss.pid, cause));
	if (!loss.sets)
		return 0;
	missing_blame(&keep->missing, "rules lost", loss.process, loss.pid);
	code = missing_add_known(&keep->missing, watch_known(keep->watch));
	return code ? code : restore(keep);
}

/* all is told that happened so far */
static int settle(struct pubport_keep *keep)
{
	struct missing *missing = &keep->missing;
	int code = 0;

	/* what was restored, and not seen, is gone again */
	if (missing->due_ms == INT64_MAX)
		mapping_hash_clear(&missing->mappings);
	else if (missing->due_ms <= time_monotonic_ms())
		code = restore(keep);
	if (!code)
		code = repair(keep);
	remember_settings(keep);
	if (keep->ended)
		catch_up(keep->context, false);
	keep->ended = false;
	return code;
}

/* what is missing is restored with all that it needs */
static bool is_whole(const struct pubport_keep *keep)
{
	return !keep->missing.mappings.count;
}

static void run_others(struct pubport_keep *keep, bool is_idle)
{
	const struct mapping_hash *known = watch_known(keep->watch);

	follow_run(&keep->follow, keep->context, known);
	keep->added |= tend_run(&keep->tend, keep->context,
				is_idle && is_whole(keep) ? known : NULL);
}

static int64_t due_ms(const struct pubport_keep *keep)
{
	int64_t at_ms = follow_due_ms(&keep->follow);

	if (is_whole(keep) && tend_due_ms(&keep->tend) < at_ms)
		at_ms = tend_due_ms(&keep->tend);
	return keep->missing.due_ms < at_ms ? keep->missing.due_ms : at_ms;
}

static int timeout_until(int64_t at_ms)
{
	int64_t left_ms = at_ms - time_monotonic_ms();

	if (left_ms < 0)
		return 0;
	return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

/* -------------------------------------------------------------------- clock */

/* never due, but cancelled when somebody sets the clock */
static int await_clock(const struct pubport_keep *keep)
{
	const struct itimerspec never = {
		.it_value = { (time_t)INT64_C(9000000000), 0 },
	};

	return timerfd_settime(keep->clock,
			       TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			       &never, NULL) < 0
		       ? -errno
		       : 0;
}

/* whether times are recorded by a clock that was set since */
static bool follow_clock(struct pubport_keep *keep)
{
	uint64_t ignored;

	if (read(keep->clock, &ignored, sizeof(ignored)) < 0 &&
	    errno == ECANCELED)
		(void)await_clock(keep);
	if (!time_was_set(keep->boot))
		return false;
	mapping_hash_follow_clock(&keep->missing.mappings, keep->boot);
	keep->boot = time_boot();
	return true;
}

/* ---------------------------------------------------------------- the doors */

static int open_clock(struct pubport_keep *keep)
{
	struct epoll_event readable = { .events = EPOLLIN };

	keep->boot = time_boot();
	keep->clock =
		timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (keep->clock < 0 ||
	    epoll_ctl(keep->fd, EPOLL_CTL_ADD, keep->clock, &readable) < 0)
		return -errno;
	return await_clock(keep);
}

static int open_sources(struct pubport_keep *keep, struct pubport_error *error)
{
	struct epoll_event readable = { .events = EPOLLIN };
	int code;

	keep->fd = epoll_create1(EPOLL_CLOEXEC);
	code = keep->fd < 0 ? -errno : follow_open(&keep->follow, keep->fd);
	if (!code)
		code = tend_open(&keep->tend, keep->fd);
	if (!code)
		code = open_clock(keep);
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

	missing_blame(&keep->missing, "mappings missing", "", 0);
	for (size_t i = 0; !code && i < recorded->count; i++)
		code = missing_add(&keep->missing, &recorded->items[i]);
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
 * Return: 0, -EINVAL for a mapping that is none, -EPERM without CAP_NET_ADMIN,
 * -ENOMEM, or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_keep_open(struct pubport *context,
				     const struct pubport_mappings *recorded,
				     struct pubport_keep **ret_keep,
				     struct pubport_error *error)
{
	struct pubport_keep *keep CLEANUP(keep) = NULL;
	int code = mappings_check(recorded, error);

	if (code)
		return code;
	keep = calloc(1, sizeof(*keep));
	if (!keep)
		return error_memory(error);
	keep->context = context;
	keep->fd = keep->follow.names = keep->follow.finished = -1;
	keep->follow.stop = -1;
	keep->tend.events.inotify = keep->clock = -1;
	keep->added = true;
	keep->missing.due_ms = INT64_MAX;
	if (mapping_hash_init(&keep->missing.mappings))
		return error_memory(error);
	code = open_sources(keep, error);
	if (code)
		return code;
	catch_up(context, false);
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
	tend_close(&keep->tend);
	pubport_watch_close(keep->watch);
	cleanup_close(&keep->clock);
	cleanup_close(&keep->fd);
	mapping_hash_done(&keep->missing.mappings);
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
	bool changed = follow_clock(keep), is_idle;
	int code = take_events(keep, &changed, error);

	is_idle = code == -EAGAIN;
	if (code && !is_idle)
		return code;
	if (is_idle && settle(keep))
		return error_memory(error);
	run_others(keep, is_idle);
	*ret_changed = changed;
	*ret_timeout_ms = is_idle ? timeout_until(due_ms(keep)) : 0;
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
	const struct mapping_hash *known = watch_known(keep->watch);

	if (mapping_hash_append(known, NULL, &mappings) ||
	    mapping_hash_append(&keep->missing.mappings, known, &mappings))
		return error_memory(error);
	*ret_mappings = mappings_take(&mappings);
	return 0;
}
