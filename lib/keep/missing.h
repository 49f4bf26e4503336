/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings that should be there, and have not been seen there. */
#ifndef KEEP_MISSING_H
#define KEEP_MISSING_H

#include "host/setting.h"
#include "mapping/mapping_hash.h"
#include "netlink/context.h"

#define MISSING_CAUSE_SIZE 64

/**
 * struct missing - mappings that are missing, and when they are restored
 * @mappings: which
 * @cause: why, for messages
 * @since_ms: since when, of CLOCK_MONOTONIC
 * @due_ms: when to try again to restore them, or INT64_MAX
 */
struct missing {
	struct mapping_hash mappings;
	char cause[MISSING_CAUSE_SIZE];
	int64_t since_ms;
	int64_t due_ms;
};

int missing_init(struct missing *missing);
void missing_done(struct missing *missing);

int missing_add(struct missing *missing, const struct pubport_mapping *mapping);
int missing_add_known(struct missing *missing,
		      const struct mapping_hash *known);
void missing_remove(struct missing *missing, const struct pubport_key *key);
void missing_blame(struct missing *missing, const char *cause);

int missing_restore(struct missing *missing, struct pubport *context,
		    const struct host_settings *known);
int missing_settle(struct missing *missing, struct pubport *context,
		   const struct host_settings *known);

#endif
