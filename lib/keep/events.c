/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions become events, one at a time.
 *
 * When an event is told, the mappings that are known are as the event says.
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
 * events_init() - begin with nothing known
 * @events: end with events_done(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int events_init(struct events *events)
{
	int code;

	memset(events, 0, sizeof(*events));
	events->end_ms = INT64_MAX;
	code = mapping_hash_init(&events->known);
	if (!code)
		code = mapping_hash_init(&events->ended);
	return code ? code : notification_init(&events->notification);
}

/**
 * events_done() - free what is known
 * @events: made by events_init(), or all zero
 */
void events_done(struct events *events)
{
	mapping_hash_entry_free(TAKE_PTR(events->told));
	notification_done(&events->notification);
	mapping_hash_done(&events->ended);
	mapping_hash_done(&events->known);
}

/**
 * events_drop() - forget the transaction, and begin with the next one
 * @events: what is known stays
 */
void events_drop(struct events *events)
{
	notification_reset(&events->notification);
	events->is_whole = false;
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
 * events_compare() - make a transaction of what is not as it is known
 * @events: its transaction is that afterwards, by nobody known
 * @mappings: as they are; their networks are taken over
 * @has_table: whether there is a table
 *
 * Return: 0, or -ENOMEM, and then the transaction must be dropped.
 */
int events_compare(struct events *events, struct pubport_mappings *mappings,
		   bool has_table)
{
	struct notification *notification = &events->notification;
	int code;

	events_drop(events);
	code = touch_those(&notification->touched, mappings);
	if (!code)
		code = touch_others(&notification->touched, &events->known);
	if (code)
		return code;
	notification->table_is_gone = !has_table;
	notification->table_exists = has_table;
	events->is_whole = true;
	return 0;
}

/* ---------------------------------------------------------- the time passing
 */

static bool has_ended(const struct mapping_hash_entry *entry, int64_t now_ms)
{
	return entry->ends_ms && entry->ends_ms <= now_ms;
}

static void remember_end(struct events *events,
			 const struct mapping_hash_entry *entry)
{
	if (entry->ends_ms && entry->ends_ms < events->end_ms)
		events->end_ms = entry->ends_ms;
}

/* whether mappings have ended, up to that time */
static bool end_until(struct events *events, int64_t now_ms)
{
	struct mapping_hash_entry *entry, *next;

	if (events->end_ms > now_ms)
		return false;
	events->end_ms = INT64_MAX;
	for (entry = mapping_hash_first(&events->known); entry; entry = next) {
		next = mapping_hash_next(entry);
		if (has_ended(entry, now_ms)) {
			mapping_hash_take(&events->known, entry);
			mapping_hash_put(&events->ended, entry);
		} else {
			remember_end(events, entry);
		}
	}
	return mapping_hash_first(&events->ended);
}

/**
 * events_expire() - look which mappings ended by themselves
 * @events: which
 *
 * To be called when all transactions so far were read: one that removed a
 * mapping came before its end.
 *
 * Return: whether there is one.
 */
bool events_expire(struct events *events)
{
	return end_until(events, time_monotonic_ms() - END_SLACK_MS);
}

/**
 * events_next_expiry() - tell when to look again which mappings ended
 * @events: which
 *
 * Return: milliseconds of CLOCK_MONOTONIC, or INT64_MAX.
 */
int64_t events_next_expiry(const struct events *events)
{
	return events->end_ms == INT64_MAX ? INT64_MAX
					   : events->end_ms + END_SLACK_MS;
}

/* ------------------------------------------------------------------ telling */

static void describe(const struct events *events, enum pubport_change change,
		     const struct pubport_mapping *mapping,
		     struct pubport_event *ret_event)
{
	const struct notification *notification = &events->notification;

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
static const struct pubport_mapping *take(struct events *events,
					  struct mapping_hash *from,
					  struct mapping_hash_entry *entry)
{
	mapping_hash_take(from, entry);
	events->told = entry;
	return &entry->mapping;
}

static bool tell_ended(struct events *events, struct pubport_event *ret_event)
{
	struct mapping_hash_entry *entry = mapping_hash_first(&events->ended);

	if (!entry)
		return false;
	describe(events, PUBPORT_CHANGE_EXPIRED,
		 take(events, &events->ended, entry), ret_event);
	return true;
}

/* pubport itself deletes the table with the last mappings: that is no loss */
static bool tell_table_gone(struct events *events,
			    struct pubport_event *ret_event)
{
	struct notification *notification = &events->notification;
	struct mapping_hash_entry *entry;

	if (end_until(events, time_monotonic_ms() + END_SLACK_MS))
		return tell_ended(events, ret_event);
	entry = mapping_hash_first(&events->known);
	if (!entry) {
		notification->table_is_gone = false;
		return false;
	}
	if (!events->is_lost && !notification->is_farewell) {
		events->is_lost = true;
		describe(events, PUBPORT_CHANGE_TABLE_LOST, NULL, ret_event);
		return true;
	}
	describe(events, PUBPORT_CHANGE_REMOVED,
		 take(events, &events->known, entry), ret_event);
	ret_event->with_table = events->is_lost;
	return true;
}

static bool tell_table_restored(struct events *events,
				struct pubport_event *ret_event)
{
	bool was_lost = events->is_lost;

	events->notification.table_exists = events->is_lost = false;
	describe(events, PUBPORT_CHANGE_TABLE_RESTORED, NULL, ret_event);
	return was_lost;
}

static bool tell_removed(struct events *events,
			 struct mapping_hash_entry *touched,
			 struct mapping_hash_entry *old,
			 struct pubport_event *ret_event)
{
	uint64_t connections = touched->mapping.connections;

	mapping_hash_entry_free(touched);
	if (!old)
		return false;
	old->mapping.connections = connections;
	describe(events, PUBPORT_CHANGE_REMOVED,
		 take(events, &events->known, old), ret_event);
	return true;
}

static bool tell_there(struct events *events,
		       struct mapping_hash_entry *touched,
		       struct mapping_hash_entry *old,
		       struct pubport_event *ret_event)
{
	/* that it ends at another time is no event */
	const unsigned int parts = MAPPING_TARGET | MAPPING_CLIENTS |
				   MAPPING_WORDS | MAPPING_ORIGIN;
	bool is_event = !old || touched->was_removed ||
			!mapping_equal(&old->mapping, &touched->mapping, parts);
	const struct pubport_mapping *before = NULL;

	if (old)
		before = take(events, &events->known, old);
	mapping_hash_put(&events->known, touched);
	remember_end(events, touched);
	describe(events, old ? PUBPORT_CHANGE_REPLACED : PUBPORT_CHANGE_ADDED,
		 &touched->mapping, ret_event);
	ret_event->before = before;
	return is_event;
}

static bool tell_touched(struct events *events,
			 struct mapping_hash_entry *touched,
			 struct pubport_event *ret_event)
{
	struct mapping_hash_entry *old =
		mapping_hash_find(&events->known, &touched->mapping.key);

	/* added without being removed: the old one had ended by itself */
	if (old && !touched->was_removed &&
	    has_ended(old, time_monotonic_ms() + END_KNOWN_MS)) {
		describe(events, PUBPORT_CHANGE_EXPIRED,
			 take(events, &events->known, old), ret_event);
		return true;
	}
	mapping_hash_take(&events->notification.touched, touched);
	return touched->is_there
		       ? tell_there(events, touched, old, ret_event)
		       : tell_removed(events, touched, old, ret_event);
}

/**
 * events_next() - tell the next event
 * @events: which
 * @ret_event: the event; its mappings live until the next call; otherwise not
 *	of account
 *
 * Return: whether there is one.
 */
bool events_next(struct events *events, struct pubport_event *ret_event)
{
	struct notification *notification = &events->notification;
	struct mapping_hash_entry *touched;
	bool is_told = false;

	while (!is_told) {
		mapping_hash_entry_free(TAKE_PTR(events->told));
		is_told = tell_ended(events, ret_event);
		if (is_told || !events->is_whole)
			break;
		touched = mapping_hash_first(&notification->touched);
		if (notification->table_is_gone)
			is_told = tell_table_gone(events, ret_event);
		else if (notification->table_exists)
			is_told = tell_table_restored(events, ret_event);
		else if (touched)
			is_told = tell_touched(events, touched, ret_event);
		else
			events_drop(events);
	}
	return is_told;
}
