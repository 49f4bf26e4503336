/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows on a terminal how far a command is, if it takes longer than a second.
 *
 * It is one line of standard error that is written over, and gone before the
 * library returns, so that it never meets what is printed then.  A thread shows
 * it, since the library may wait for the kernel, or for a container runtime,
 * and tell nothing for long.
 */
#include "terminal/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 1000
#define INTERVAL_MS 200

#define CLEAR_LINE "\r\033[K"

/**
 * struct cli_progress - how far a command is, and who shows it
 * @lock: of what follows, as far as both threads use it
 * @changed: that the call returns
 * @thread: shows it
 * @is_running: whether @thread runs
 * @is_shown: whether there is something on the terminal
 * @start: when the command began, of CLOCK_MONOTONIC
 * @what: as the library tells it; NULL once the call returns
 * @done: likewise
 * @total: likewise
 */
struct cli_progress {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool is_running;
	bool is_shown;
	struct timespec start;
	const char *what;
	size_t done;
	size_t total;
};

/**
 * cli_progress_new() - prepare to show how far the command is
 *
 * Return: what cli_progress_tell() takes, for cli_progress_free(); NULL where
 * memory ran out: then nothing is shown.
 */
struct cli_progress *cli_progress_new(void)
{
	struct cli_progress *progress = calloc(1, sizeof(*progress));
	pthread_condattr_t monotonic;

	if (!progress)
		return NULL;
	pthread_mutex_init(&progress->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
	return progress;
}

/**
 * cli_progress_free() - end it
 * @progress: as from cli_progress_new(), or NULL; no call goes on
 */
void cli_progress_free(struct cli_progress *progress)
{
	if (!progress)
		return;
	pthread_cond_destroy(&progress->changed);
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}

/* -------------------------------------------------------------------- shown */

static int columns(void)
{
	struct winsize size = { .ws_col = 0 };

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	/* it is 0 where nobody set it */
	return size.ws_col ? size.ws_col : 80;
}

/* "reading the table: 23000 (3 s)" */
static void show(struct cli_progress *progress, const struct timespec *now)
{
	char count[64] = "", line[256];
	/* in the last column a terminal may begin a new line */
	int width = columns() - 1;

	if (progress->total)
		snprintf(count, sizeof(count), ": %zu of %zu", progress->done,
			 progress->total);
	else if (progress->done)
		snprintf(count, sizeof(count), ": %zu", progress->done);
	snprintf(line, sizeof(line), "pubport: %s%s (%" PRIdMAX " s)",
		 progress->what, count,
		 (intmax_t)(now->tv_sec - progress->start.tv_sec));
	dprintf(STDERR_FILENO, CLEAR_LINE "%.*s", width, line);
	progress->is_shown = true;
}

static struct timespec later(struct timespec time, long ms)
{
	time.tv_sec += ms / 1000;
	time.tv_nsec += ms % 1000 * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

/* until the call returns */
static void *run(void *data)
{
	struct cli_progress *progress = data;
	struct timespec next = later(progress->start, PATIENCE_MS), now;

	pthread_mutex_lock(&progress->lock);
	while (progress->what) {
		if (!pthread_cond_timedwait(&progress->changed, &progress->lock,
					    &next))
			continue;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (progress->what)
			show(progress, &now);
		next = later(now, INTERVAL_MS);
	}
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

/* --------------------------------------------------------------------- told */

static void end(struct cli_progress *progress)
{
	if (progress->is_running) {
		pthread_cond_signal(&progress->changed);
		pthread_join(progress->thread, NULL);
	}
	if (progress->is_shown)
		dprintf(STDERR_FILENO, CLEAR_LINE);
	progress->is_running = progress->is_shown = false;
}

/**
 * cli_progress_tell() - take note of how far a call is; a pubport_progress_fn
 * @data: from cli_progress_new()
 * @what: what it does, or NULL when it returns
 * @done: how much of it is done
 * @total: of how much, or 0
 */
void cli_progress_tell(void *data, const char *what, size_t done, size_t total)
{
	struct cli_progress *progress = data;

	pthread_mutex_lock(&progress->lock);
	progress->what = what;
	progress->done = done;
	progress->total = total;
	if (what && !progress->is_running)
		progress->is_running =
			!pthread_create(&progress->thread, NULL, run, progress);
	pthread_mutex_unlock(&progress->lock);
	if (!what)
		end(progress);
}
