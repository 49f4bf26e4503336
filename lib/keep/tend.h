/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what mappings need of the host. */
#ifndef KEEP_TEND_H
#define KEEP_TEND_H

#include "keep/host_events.h"
#include "mapping/mapping_hash.h"
#include "netlink/context.h"

/**
 * struct lost_setting - a setting that was off, though mappings need it
 * @setting: which
 * @at_ms: when it was found to be, the last two times, of CLOCK_MONOTONIC
 * @is_left_alone: whether it was turned on often enough
 */
struct lost_setting {
	struct host_setting setting;
	int64_t at_ms[2];
	bool is_left_alone;
};

/**
 * struct tend - keeps what mappings need of the host
 * @events: tells when something of it may be lost
 * @lost: settings that were lost within a minute, or are left alone
 * @lost_count: number of @lost
 * @is_failed: whether it was told that something can't be had
 * @rest_ms: not to look again before that
 * @due_ms: when to look whether all is there
 * @glance_ms: when to look at what changes untold
 */
struct tend {
	struct host_events events;
	struct lost_setting *lost;
	size_t lost_count;
	bool is_failed;
	int64_t rest_ms;
	int64_t due_ms;
	int64_t glance_ms;
};

int tend_open(struct tend *tend, int epoll);
void tend_close(struct tend *tend);
bool tend_run(struct tend *tend, struct pubport *context,
	      const struct mapping_hash *known);
int64_t tend_due_ms(const struct tend *tend);

#endif
