/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records the mappings of a keeper in its state file.
 *
 * Changes that come one after another are written together.  A thread writes
 * them: until the disk has them may take seconds, and what happens to the table
 * can't wait.
 */
#include "files/recorder.h"

#include "cleanup.h"
#include "files/state.h"
#include "util/error.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* changes within that time, and within some times what writing takes, are
 * written together */
#define GATHER_MS 200
#define GATHER_TIMES 4
/* how long to wait where the file can't be written */
#define AGAIN_MS 5000

/**
 * recorder_open() - begin to record
 * @recorder: its path and its keeper are set, all else is zero; end with
 *	recorder_close(), also after a failure
 * @error: why it failed
 *
 * What the keeper knows is due to be written at once.
 *
 * Return: 0 or -EIO.
 */
int recorder_open(struct recorder *recorder, struct pubport_error *error)
{
	recorder->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return recorder->finished < 0
		       ? error_set(error, PUBPORT_FAILED, -EIO, "eventfd: %s",
				   strerror(errno))
		       : 0;
}

/**
 * recorder_note() - have it written that something changed
 * @recorder: which
 */
void recorder_note(struct recorder *recorder)
{
	if (recorder->due_ms == INT64_MAX)
		recorder->due_ms = time_monotonic_ms() + GATHER_MS +
				   GATHER_TIMES * recorder->took_ms;
}

/* ------------------------------------------------------------ the thread */

static void *write_mappings(void *data)
{
	struct recorder *recorder = data;
	int64_t began_ms = time_monotonic_ms();

	recorder->result = state_write(recorder->path, &recorder->mappings,
				       &recorder->error);
	recorder->took_ms = time_monotonic_ms() - began_ms;
	(void)eventfd_write(recorder->finished, 1);
	return NULL;
}

/* a full disk is told once, and no reason to end */
static void note_failure(struct recorder *recorder,
			 const struct pubport_error *error)
{
	if (!recorder->has_failed)
		fprintf(stderr, "pubport: %s\n", error->message);
	recorder->has_failed = true;
	recorder->due_ms = time_monotonic_ms() + AGAIN_MS;
}

static void begin(struct recorder *recorder)
{
	struct pubport_error error;
	int code =
		pubport_keep_list(recorder->keep, &recorder->mappings, &error);

	recorder->due_ms = INT64_MAX;
	if (code < 0) {
		note_failure(recorder, &error);
		return;
	}
	recorder->is_writing = !pthread_create(&recorder->thread, NULL,
					       write_mappings, recorder);
	/* without one, the table waits */
	if (!recorder->is_writing)
		write_mappings(recorder);
}

/* waits for the thread, if there is one */
static void end(struct recorder *recorder)
{
	eventfd_t ignored;

	if (recorder->is_writing)
		pthread_join(recorder->thread, NULL);
	recorder->is_writing = false;
	(void)eventfd_read(recorder->finished, &ignored);
	pubport_mappings_done(&recorder->mappings);
	if (recorder->result < 0)
		note_failure(recorder, &recorder->error);
	else
		recorder->has_failed = false;
}

static bool has_finished(const struct recorder *recorder)
{
	eventfd_t ignored;

	return !eventfd_read(recorder->finished, &ignored);
}

/**
 * recorder_run() - write the file if it is time
 * @recorder: which; it doesn't wait, and a failure is told on standard error
 */
void recorder_run(struct recorder *recorder)
{
	if (has_finished(recorder))
		end(recorder);
	if (!recorder->is_writing && recorder->due_ms <= time_monotonic_ms())
		begin(recorder);
}

/**
 * recorder_timeout() - tell how long to wait
 * @recorder: which
 * @timeout_ms: at most
 *
 * Return: milliseconds until recorder_run() has something to do, if @finished
 * isn't readable before.
 */
int recorder_timeout(const struct recorder *recorder, int timeout_ms)
{
	int64_t left_ms = recorder->due_ms - time_monotonic_ms();

	if (recorder->is_writing || left_ms >= timeout_ms)
		return timeout_ms;
	return left_ms < 0 ? 0 : (int)left_ms;
}

/**
 * recorder_finish() - write the file a last time
 * @recorder: which; it waits
 * @error: why it failed
 *
 * Return: 0, -EIO or -ENOMEM.
 */
int recorder_finish(struct recorder *recorder, struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	int code;

	if (recorder->is_writing)
		end(recorder);
	code = pubport_keep_list(recorder->keep, &mappings, error);
	return code < 0 ? code : state_write(recorder->path, &mappings, error);
}

/**
 * recorder_close() - end it
 * @recorder: as opened by recorder_open(), or all zero; waits for what is being
 *	written
 */
void recorder_close(struct recorder *recorder)
{
	if (recorder->is_writing)
		end(recorder);
	if (recorder->finished > 0)
		close(recorder->finished);
	recorder->finished = 0;
}
