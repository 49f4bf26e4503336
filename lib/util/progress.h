/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells how far a call is. */
#ifndef UTIL_PROGRESS_H
#define UTIL_PROGRESS_H

#include "pubport.h"
#include "util/cleanup.h"

/**
 * struct progress - how far a call is, and who is told
 * @tell: told, or NULL for nobody
 * @data: handed to @tell
 * @what: what is being done
 * @done: how much of it is done
 * @total: of how much, or 0 where that is not known
 */
struct progress {
	pubport_progress_fn tell;
	void *data;
	const char *what;
	size_t done;
	size_t total;
};

void progress_begin(struct progress *progress, const char *what, size_t total);
void progress_step(struct progress *progress);
void progress_end(struct progress *progress);

/* what a call that may take long begins with: its end is told when it returns
 */
#define PROGRESS_OF(context)                                                   \
	struct progress *progress CLEANUP(progress)                            \
		__attribute__((unused)) = &(context)->progress

static inline void cleanup_progress(struct progress **progress)
{
	progress_end(*progress);
}

#endif
