/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the mappings, and what is news about them.
 *
 * A transaction becomes events, one at a time.  When an event is told, what is
 * known is as the event says.
 */
#include "keep/events.h"

#include "mapping/mapping.h"
#include "table/mapping_element.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* the kernel counts timeouts in ticks: by then a mapping has ended for sure */
#define END_SLACK_MS 20
/* that of a mapping that was read of the table is known in full seconds */
#define END_KNOWN_MS 1000

/**
 * news_init() - begin with nothing known
 * @news: end with news_done(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int news_init(struct news *news)
{
	int code;

	memset(news, 0, sizeof(*news));
	news->end_ms = INT64_MAX;
	code = mapping_hash_init(&news->known);
	if (!code)
		code = mapping_hash_init(&news->ended);
	return code ? code : notification_init(&news->notification);
}

/**
 * news_done() - free what is known
 * @news: made by news_init(), or all zero
 */
void news_done(struct news *news)
{
	mapping_hash_entry_free(TAKE_PTR(news->told));
	notification_done(&news->notification);
	mapping_hash_done(&news->ended);
	mapping_hash_done(&news->known);
}

/**
 * news_drop() - forget the transaction, and begin with the next one
 * @news: what is known stays
 */
void news_drop(struct news *news)
{
	notification_reset(&news->notification);
	news->is_whole = false;
}

/* ------------------------------------------------------------ the table read
 */

/* a time of the calendar, in full seconds, as one of CLOCK_MONOTONIC */
static int64_t end_of(const struct pubport_mapping *mapping)
{
	if (!mapping->expires)
		return 0;
	return time_monotonic_ms() + (mapping->expires + 1) * 1000 -
	       time_now_ms();
}

static int touch_those(struct mapping_hash *touched,
		       struct pubport_mappings *mappings)
{
	struct pubport_mapping *mapping = mappings->items;
	struct mapping_hash_entry *entry;

	for (size_t i = 0; i < mappings->count; i++, mapping++) {
		entry = mapping_hash_add(touched, &mapping->key);
		if (!entry)
			return -ENOMEM;
		free(entry->mapping.from);
		entry->mapping = *mapping;
		entry->is_there = true;
		entry->ends_ms = end_of(mapping);
		mapping->from = NULL;
	}
	return 0;
}

static int touch_others(struct mapping_hash *touched,
			const struct mapping_hash *known)
{
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	struct mapping_hash_entry *other;

	for (; entry; entry = mapping_hash_next(entry)) {
		other = mapping_hash_add(touched, &entry->mapping.key);
		if (!other)
			return -ENOMEM;
		if (!other->is_there)
			other->mapping.connections = entry->mapping.connections;
	}
	return 0;
}

/**
 * news_compare() - make a transaction of what is not as it is known
 * @news: its transaction is that afterwards, by nobody known
 * @mappings: as they are; their networks are taken over
 * @is_laid: whether there is a table
 *
 * Return: 0, or -ENOMEM, and then the transaction must be dropped.
 */
int news_compare(struct news *news, struct pubport_mappings *mappings,
		 bool is_laid)
{
	struct notification *notification = &news->notification;
	int code;

	news_drop(news);
	code = touch_those(&notification->touched, mappings);
	if (!code)
		code = touch_others(&notification->touched, &news->known);
	if (code)
		return code;
	notification->table_is_gone = !is_laid;
	notification->table_exists = is_laid;
	news->is_whole = true;
	return 0;
}

/* ---------------------------------------------------------- the time passing
 */

static bool has_ended(const struct mapping_hash_entry *entry, int64_t now_ms)
{
	return entry->ends_ms && entry->ends_ms <= now_ms;
}

static void remember_end(struct news *news,
			 const struct mapping_hash_entry *entry)
{
	if (entry->ends_ms && entry->ends_ms < news->end_ms)
		news->end_ms = entry->ends_ms;
}

/* whether mappings have ended, up to that time */
static bool end_until(struct news *news, int64_t now_ms)
{
	struct mapping_hash_entry *entry, *next;

	if (news->end_ms > now_ms)
		return false;
	news->end_ms = INT64_MAX;
	for (entry = mapping_hash_first(&news->known); entry; entry = next) {
		next = mapping_hash_next(entry);
		if (has_ended(entry, now_ms)) {
			mapping_hash_take(&news->known, entry);
			mapping_hash_put(&news->ended, entry);
		} else {
			remember_end(news, entry);
		}
	}
	return mapping_hash_first(&news->ended);
}

/**
 * news_end() - look which mappings ended by themselves
 * @news: which
 *
 * To be called when all transactions so far were read: one that removed a
 * mapping came before its end.
 *
 * Return: whether there is one.
 */
bool news_end(struct news *news)
{
	return end_until(news, time_monotonic_ms() - END_SLACK_MS);
}

/**
 * news_next_end() - tell when to look again which mappings ended
 * @news: which
 *
 * Return: milliseconds of CLOCK_MONOTONIC, or INT64_MAX.
 */
int64_t news_next_end(const struct news *news)
{
	return news->end_ms == INT64_MAX ? INT64_MAX
					 : news->end_ms + END_SLACK_MS;
}

/* ------------------------------------------------------------------ telling */

static void describe(const struct news *news, enum pubport_change change,
		     const struct pubport_mapping *mapping,
		     struct pubport_event *ret_event)
{
	const struct notification *notification = &news->notification;

	*ret_event = (struct pubport_event){
		.change = change,
		.mapping = mapping,
		.time = time(NULL),
	};
	if (change == PUBPORT_CHANGE_EXPIRED)
		return;
	ret_event->pid = notification->pid;
	memcpy(ret_event->process, notification->process,
	       sizeof(ret_event->process));
}

/* it stays as long as the event that is about it */
static const struct pubport_mapping *take(struct news *news,
					  struct mapping_hash *from,
					  struct mapping_hash_entry *entry)
{
	mapping_hash_take(from, entry);
	news->told = entry;
	return &entry->mapping;
}

static bool tell_ended(struct news *news, struct pubport_event *ret_event)
{
	struct mapping_hash_entry *entry = mapping_hash_first(&news->ended);

	if (!entry)
		return false;
	describe(news, PUBPORT_CHANGE_EXPIRED, take(news, &news->ended, entry),
		 ret_event);
	return true;
}

/* pubport itself deletes the table with the last mappings: that is no loss */
static bool tell_table_gone(struct news *news, struct pubport_event *ret_event)
{
	struct notification *notification = &news->notification;
	struct mapping_hash_entry *entry;

	if (end_until(news, time_monotonic_ms() + END_SLACK_MS))
		return tell_ended(news, ret_event);
	entry = mapping_hash_first(&news->known);
	if (!entry) {
		notification->table_is_gone = false;
		return false;
	}
	if (!news->is_lost && !notification->is_farewell) {
		news->is_lost = true;
		describe(news, PUBPORT_CHANGE_TABLE_LOST, NULL, ret_event);
		return true;
	}
	describe(news, PUBPORT_CHANGE_REMOVED, take(news, &news->known, entry),
		 ret_event);
	ret_event->with_table = news->is_lost;
	return true;
}

static bool tell_table_laid(struct news *news, struct pubport_event *ret_event)
{
	bool was_lost = news->is_lost;

	news->notification.table_exists = news->is_lost = false;
	describe(news, PUBPORT_CHANGE_TABLE_RESTORED, NULL, ret_event);
	return was_lost;
}

static bool tell_removed(struct news *news, struct mapping_hash_entry *touched,
			 struct mapping_hash_entry *old,
			 struct pubport_event *ret_event)
{
	uint64_t connections = touched->mapping.connections;

	mapping_hash_entry_free(touched);
	if (!old)
		return false;
	old->mapping.connections = connections;
	describe(news, PUBPORT_CHANGE_REMOVED, take(news, &news->known, old),
		 ret_event);
	return true;
}

static bool tell_there(struct news *news, struct mapping_hash_entry *touched,
		       struct mapping_hash_entry *old,
		       struct pubport_event *ret_event)
{
	/* when it ends alone is no news */
	const unsigned int parts = MAPPING_TARGET | MAPPING_CLIENTS |
				   MAPPING_WORDS | MAPPING_ORIGIN;
	bool is_news = !old || touched->was_removed ||
		       !mapping_equal(&old->mapping, &touched->mapping, parts);
	const struct pubport_mapping *before = NULL;

	if (old)
		before = take(news, &news->known, old);
	mapping_hash_put(&news->known, touched);
	remember_end(news, touched);
	describe(news, old ? PUBPORT_CHANGE_REPLACED : PUBPORT_CHANGE_ADDED,
		 &touched->mapping, ret_event);
	ret_event->before = before;
	return is_news;
}

static bool tell_touched(struct news *news, struct mapping_hash_entry *touched,
			 struct pubport_event *ret_event)
{
	struct mapping_hash_entry *old =
		mapping_hash_find(&news->known, &touched->mapping.key);

	/* added without being removed: the old one had ended by itself */
	if (old && !touched->was_removed &&
	    has_ended(old, time_monotonic_ms() + END_KNOWN_MS)) {
		describe(news, PUBPORT_CHANGE_EXPIRED,
			 take(news, &news->known, old), ret_event);
		return true;
	}
	mapping_hash_take(&news->notification.touched, touched);
	return touched->is_there ? tell_there(news, touched, old, ret_event)
				 : tell_removed(news, touched, old, ret_event);
}

/**
 * news_tell() - tell the next event
 * @news: which
 * @ret_event: the event; its mappings live until the next call; otherwise not
 *	of account
 *
 * Return: whether there is one.
 */
bool news_tell(struct news *news, struct pubport_event *ret_event)
{
	struct notification *notification = &news->notification;
	struct mapping_hash_entry *touched;
	bool is_told = false;

	while (!is_told) {
		mapping_hash_entry_free(TAKE_PTR(news->told));
		is_told = tell_ended(news, ret_event);
		if (is_told || !news->is_whole)
			break;
		touched = mapping_hash_first(&notification->touched);
		if (notification->table_is_gone)
			is_told = tell_table_gone(news, ret_event);
		else if (notification->table_exists)
			is_told = tell_table_laid(news, ret_event);
		else if (touched)
			is_told = tell_touched(news, touched, ret_event);
		else
			news_drop(news);
	}
	return is_told;
}
