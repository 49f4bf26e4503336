/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pubport keep: keeps the mappings, and records them in its state file.
 *
 * Changes that come one after another are written together.  A thread writes
 * them: until the disk has them may take seconds, and what happens to the table
 * can't wait.
 */
#include "cleanup.h"
#include "cli.h"
#include "files/state.h"
#include "output.h"
#include "util/error.h"
#include "util/time.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define STATE_FILE "/var/lib/pubport/state.json"

/* changes within that time, and within some times what writing takes, are
 * written together */
#define GATHER_MS 200
#define GATHER_TIMES 4
/* how long to wait where the file can't be written */
#define AGAIN_MS 5000

static const struct option keep_options[] = {
	{ "state", 0, OPTION_TEXT, "FILE", offsetof(struct cli, state),
	  "record the mappings in FILE, not in " STATE_FILE },
	OPTIONS_END
};

static const char keep_details[] =
	"Publishes what FILE records and isn't there, records each change, and\n"
	"goes on until it is ended.  When somebody flushes the ruleset, all\n"
	"mappings are there again within milliseconds; when a target that has a\n"
	"name gets another address, its mappings follow.\n"
	"\n"
	"Examples:\n"
	"  systemctl enable --now pubport\n"
	"  pubport keep --state ports.json\n";

static void cleanup_keep(struct pubport_keep **keep)
{
	pubport_keep_close(*keep);
}

/* ------------------------------------------------------------- the recorder */

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

/* what the keeper knows is due to be written at once */
static int recorder_open(struct recorder *recorder, struct pubport_error *error)
{
	recorder->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return recorder->finished < 0
		       ? error_set(error, PUBPORT_FAILED, -EIO, "eventfd: %s",
				   strerror(errno))
		       : 0;
}

/* has it written that something changed */
static void recorder_note(struct recorder *recorder)
{
	if (recorder->due_ms == INT64_MAX)
		recorder->due_ms = time_monotonic_ms() + GATHER_MS +
				   GATHER_TIMES * recorder->took_ms;
}

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

static void begin_writing(struct recorder *recorder)
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
static void end_writing(struct recorder *recorder)
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

/* writes the file if it is time; a failure is told on standard error */
static void recorder_run(struct recorder *recorder)
{
	if (has_finished(recorder))
		end_writing(recorder);
	if (!recorder->is_writing && recorder->due_ms <= time_monotonic_ms())
		begin_writing(recorder);
}

/* milliseconds until recorder_run() has something to do, at most @timeout_ms,
 * if
 * @finished isn't readable before */
static int recorder_timeout(const struct recorder *recorder, int timeout_ms)
{
	int64_t left_ms = recorder->due_ms - time_monotonic_ms();

	if (recorder->is_writing || left_ms >= timeout_ms)
		return timeout_ms;
	return left_ms < 0 ? 0 : (int)left_ms;
}

/* writes the file a last time, and waits for that */
static int recorder_finish(struct recorder *recorder,
			   struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	int code;

	if (recorder->is_writing)
		end_writing(recorder);
	code = pubport_keep_list(recorder->keep, &mappings, error);
	return code < 0 ? code : state_write(recorder->path, &mappings, error);
}

/* opened or all zero; waits for what is being written */
static void cleanup_recorder(struct recorder *recorder)
{
	if (recorder->is_writing)
		end_writing(recorder);
	if (recorder->finished > 0)
		close(recorder->finished);
	recorder->finished = 0;
}

/* ------------------------------------------------------------------ the end */

/* @ret_fd: can be read when a signal says so */
static int expect_end(int *ret_fd, struct pubport_error *error)
{
	struct sigaction hangup;
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	/* nohup ignores it */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaddset(&signals, SIGHUP);
	fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (fd < 0)
		return error_set(error, PUBPORT_FAILED, -EIO, "signalfd: %s",
				 strerror(errno));
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* whoever reads what it says may go */
	signal(SIGPIPE, SIG_IGN);
	*ret_fd = fd;
	return 0;
}

/* whether to go on */
static bool wait_for(const struct recorder *recorder, int end, int timeout_ms)
{
	struct pollfd polled[] = {
		{ .fd = end, .events = POLLIN },
		{ .fd = recorder->finished, .events = POLLIN },
		{ .fd = pubport_keep_fd(recorder->keep), .events = POLLIN },
	};

	poll(polled, 3, recorder_timeout(recorder, timeout_ms));
	return !polled[0].revents;
}

/* tells systemd a state such as "READY=1", if it started us: sd_notify(3) is
 * a datagram to a socket that it names */
static void systemd_tell(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = name ? strlen(name) : 0;
	int fd;

	if (!length || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, name, length);
	/* in a namespace of its own, which has no files */
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(
		fd, state, strlen(state), MSG_NOSIGNAL,
		(const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

/* ----------------------------------------------------------------- the loop */

static int run_once(struct recorder *recorder, int *ret_timeout_ms,
		    struct pubport_error *error)
{
	bool changed;
	int code = pubport_keep_run(recorder->keep, &changed, ret_timeout_ms,
				    error);

	if (code < 0)
		return code;
	if (changed)
		recorder_note(recorder);
	recorder_run(recorder);
	return 0;
}

static int run(struct recorder *recorder, int end, struct pubport_error *error)
{
	int timeout_ms, code = recorder_open(recorder, error);

	if (code < 0)
		return code;
	do {
		code = run_once(recorder, &timeout_ms, error);
	} while (code >= 0 && wait_for(recorder, end, timeout_ms));
	if (code < 0)
		return code;
	systemd_tell("STOPPING=1");
	/* what happened up to the signal is recorded, too */
	code = run_once(recorder, &timeout_ms, error);
	return code < 0 ? code : recorder_finish(recorder, error);
}

static int run_keep(const struct cli *cli, struct pubport_error *error)
{
	const char *path = cli->state ? cli->state : STATE_FILE;
	CLEANUP(mappings) struct pubport_mappings recorded = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	CLEANUP(keep) struct pubport_keep *keep = NULL;
	CLEANUP(recorder) struct recorder recorder = { .path = path };
	CLEANUP(close) int lock = -1;
	CLEANUP(close) int end = -1;
	int code = state_lock(path, &lock, error);

	if (code >= 0)
		code = expect_end(&end, error);
	if (code >= 0)
		code = state_read(path, &recorded, error);
	if (code >= 0)
		code = cli_open(cli, &context, error);
	if (code < 0)
		return code;
	if (!cli->quiet)
		pubport_set_notice(context, output_notice, stderr);
	code = pubport_keep_open(context, &recorded, &keep, error);
	if (code < 0)
		return code;
	recorder.keep = keep;
	systemd_tell("READY=1");
	return run(&recorder, end, error);
}

const struct command keep_command = {
	.name = "keep",
	.operands = "",
	.options = keep_options,
	.lasts = true,
	.run = run_keep,
	.help = "keep the mappings, whatever happens to the ruleset",
	.details = keep_details,
};
