/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport keep: keeps the mappings, and records them. */
#include "cleanup.h"
#include "cli.h"
#include "failure.h"
#include "output.h"
#include "recorder.h"
#include "state.h"
#include "systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define STATE_FILE "/var/lib/pubport/state.json"

const struct option keep_options[] = {
	{ "state", 0, OPTION_TEXT, "FILE", offsetof(struct cli, state),
	  "record the mappings in FILE, not in " STATE_FILE },
	OPTIONS_END
};

const char keep_details[] =
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

static void cleanup_recorder(struct recorder *recorder)
{
	recorder_close(recorder);
}

static void cleanup_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* ------------------------------------------------------------------ the end */

/* where a signal writes to, so that nobody waits any longer */
static int end_pipe[2] = { -1, -1 };

static void end(int signal)
{
	int saved = errno;

	(void)signal;
	(void)!write(end_pipe[1], "", 1);
	errno = saved;
}

static int expect_end(struct pubport_error *error)
{
	struct sigaction action = { .sa_handler = end, .sa_flags = SA_RESTART };

	if (pipe2(end_pipe, O_CLOEXEC | O_NONBLOCK))
		return failure_set(error, PUBPORT_FAILED, "pipe: %s",
				   strerror(errno));
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	return 0;
}

/* whether to go on */
static bool wait_for(const struct recorder *recorder, int timeout_ms)
{
	struct pollfd polled[] = {
		{ .fd = end_pipe[0], .events = POLLIN },
		{ .fd = recorder->finished, .events = POLLIN },
		{ .fd = pubport_keep_fd(recorder->keep), .events = POLLIN },
	};

	poll(polled, 3, recorder_timeout(recorder, timeout_ms));
	return !polled[0].revents;
}

/* ------------------------------------------------------------------ the loop
 */

static int run(struct recorder *recorder, struct pubport_error *error)
{
	int timeout_ms, r = recorder_open(recorder, error);
	bool changed;

	while (r >= 0) {
		r = pubport_keep_run(recorder->keep, &changed, &timeout_ms,
				     error);
		if (r < 0)
			break;
		if (changed)
			recorder_note(recorder);
		recorder_run(recorder);
		if (!wait_for(recorder, timeout_ms))
			break;
	}
	if (r < 0)
		return r;
	systemd_tell("STOPPING=1");
	return recorder_finish(recorder, error);
}

static void print_notice(void *data, const char *message)
{
	fprintf(data, "pubport: %s\n", message);
}

/**
 * cmd_keep() - keep the mappings until a signal ends it
 * @cli: its options
 * @error: why it failed
 *
 * Return: 0 or a negative errno.
 */
int cmd_keep(const struct cli *cli, struct pubport_error *error)
{
	const char *path = cli->state ? cli->state : STATE_FILE;
	CLEANUP(mappings) struct pubport_mappings recorded = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	CLEANUP(keep) struct pubport_keep *keep = NULL;
	CLEANUP(recorder) struct recorder recorder = { .path = path };
	CLEANUP(fd) int lock = -1;
	int r = state_lock(path, &lock, error);

	if (r >= 0)
		r = expect_end(error);
	if (r >= 0)
		r = state_read(path, &recorded, error);
	if (r >= 0)
		r = cli_open(cli, &context, error);
	if (r < 0)
		return r;
	if (!cli->quiet)
		pubport_set_notice(context, print_notice, stderr);
	r = pubport_keep_open(context, &recorded, &keep, error);
	if (r < 0)
		return r;
	recorder.keep = keep;
	systemd_tell("READY=1");
	return run(&recorder, error);
}
