/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frees what the library gave when it goes out of scope. */
#ifndef CLI_CLEANUP_H
#define CLI_CLEANUP_H

#include "pubport.h"
#include "util/cleanup.h"

static inline void cleanup_mappings(struct pubport_mappings *mappings)
{
	pubport_mappings_done(mappings);
}

static inline void cleanup_targets(struct pubport_targets *targets)
{
	pubport_targets_done(targets);
}

static inline void cleanup_findings(struct pubport_findings *findings)
{
	pubport_findings_done(findings);
}

static inline void cleanup_context(struct pubport **context)
{
	pubport_close(*context);
}

static inline void cleanup_stats(struct pubport_stats *stats)
{
	pubport_stats_done(stats);
}

static inline void cleanup_watch(struct pubport_watch **watch)
{
	pubport_watch_close(*watch);
}

#endif
