/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frees what goes out of scope. */
#ifndef CLI_CLEANUP_H
#define CLI_CLEANUP_H

#include "pubport.h"

#include <stdio.h>
#include <stdlib.h>

/* runs the cleanup_... function on the variable when it goes out of scope */
#define CLEANUP(function) __attribute__((cleanup(cleanup_##function)))

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

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
