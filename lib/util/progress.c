/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells how far a call is. */
#include "util/progress.h"

/**
 * progress_begin() - begin with something that may take long
 * @progress: who is told, or NULL
 * @what: what is done, constant: "reading the table"
 * @total: how many progress_step() will follow, or 0 where that is not known
 */
void progress_begin(struct progress *progress, const char *what, size_t total)
{
	if (!progress || !progress->tell)
		return;
	progress->what = what;
	progress->done = 0;
	progress->total = total;
	progress->tell(progress->data, what, 0, total);
}

/**
 * progress_step() - tell that one more is done
 * @progress: as for progress_begin()
 */
void progress_step(struct progress *progress)
{
	if (!progress || !progress->what)
		return;
	progress->done++;
	progress->tell(progress->data, progress->what, progress->done,
		       progress->total);
}

/**
 * progress_end() - tell that the call returns
 * @progress: as for progress_begin()
 */
void progress_end(struct progress *progress)
{
	if (!progress->what)
		return;
	progress->what = NULL;
	progress->tell(progress->data, NULL, 0, 0);
}
