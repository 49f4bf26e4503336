/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mappings that are known, and the events that are not told yet. */
#ifndef KEEP_EVENTS_H
#define KEEP_EVENTS_H

#include "keep/notification.h"

/**
 * struct events - what is known of the mappings, and what is not told yet
 * @known: the mappings
 * @ended: those that ended by themselves, not told yet
 * @notification: is told if @is_whole, is being read else
 * @is_whole: whether all of it was read
 * @is_lost: whether the table was lost, and not restored yet
 * @end_ms: before that no mapping ends, of CLOCK_MONOTONIC; INT64_MAX: ever
 * @told: mapping of the last event, where it isn't in @known
 */
struct events {
	struct mapping_hash known;
	struct mapping_hash ended;
	struct notification notification;
	bool is_whole;
	bool is_lost;
	int64_t end_ms;
	struct mapping_hash_entry *told;
};

int events_init(struct events *events);
void events_done(struct events *events);

void events_drop(struct events *events);
int events_compare(struct events *events, struct pubport_mappings *mappings,
		   bool has_table);
bool events_expire(struct events *events);
int64_t events_next_expiry(const struct events *events);
bool events_next(struct events *events, struct pubport_event *ret_event);

#endif
