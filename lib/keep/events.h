/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of the mappings, and what is news about them. */
#ifndef KEEP_EVENTS_H
#define KEEP_EVENTS_H

#include "keep/notification.h"

/**
 * struct news - what is known of the mappings, and what is not told yet
 * @known: the mappings
 * @ended: those that ended by themselves, not told yet
 * @notification: is told if @is_whole, is being read else
 * @is_whole: whether all of it was read
 * @is_lost: whether the table was lost, and not restored yet
 * @end_ms: before that no mapping ends, of CLOCK_MONOTONIC; INT64_MAX: ever
 * @told: mapping of the last event, where it isn't in @known
 */
struct news {
	struct mapping_hash known;
	struct mapping_hash ended;
	struct notification notification;
	bool is_whole;
	bool is_lost;
	int64_t end_ms;
	struct mapping_hash_entry *told;
};

int news_init(struct news *news);
void news_done(struct news *news);

void news_drop(struct news *news);
int news_compare(struct news *news, struct pubport_mappings *mappings,
		 bool is_laid);
bool news_end(struct news *news);
int64_t news_next_end(const struct news *news);
bool news_tell(struct news *news, struct pubport_event *ret_event);

#endif
