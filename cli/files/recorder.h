/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records the mappings of a keeper in its state file. */
#ifndef CLI_FILES_RECORDER_H
#define CLI_FILES_RECORDER_H

#include "pubport.h"

#include <pthread.h>

/**
 * struct recorder - what is in the state file, and what is to be
 * @path: the file
 * @keep: knows the mappings
 * @due_ms: when to write it, of CLOCK_MONOTONIC, or INT64_MAX
 * @has_failed: whether that failed the last time, and was told
 * @finished: readable when the thread is through, or -1
 * @thread: writes @mappings, if @is_writing
 * @is_writing: whether what follows belongs to the thread
 * @mappings: what it writes
 * @took_ms: how long it took
 * @result: 0, or a negative errno
 * @error: why it failed
 */
struct recorder {
	const char *path;
	struct pubport_keep *keep;
	int64_t due_ms;
	bool has_failed;
	int finished;
	pthread_t thread;
	bool is_writing;
	struct pubport_mappings mappings;
	int64_t took_ms;
	int result;
	struct pubport_error error;
};

int recorder_open(struct recorder *recorder, struct pubport_error *error);
void recorder_close(struct recorder *recorder);
void recorder_note(struct recorder *recorder);
void recorder_run(struct recorder *recorder);
int recorder_timeout(const struct recorder *recorder, int timeout_ms);
int recorder_finish(struct recorder *recorder, struct pubport_error *error);

static inline void cleanup_recorder(struct recorder *recorder)
{
	recorder_close(recorder);
}

#endif
