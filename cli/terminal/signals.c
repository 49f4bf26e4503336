/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that go on until somebody ends them: that is no failure then.
 *
 * It ends where it is, also in a write to a pipe that nobody reads: the kernel
 * cleans up.
 */
#include "terminal/signals.h"

#include "util/cleanup.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static void end(int signal)
{
	(void)signal;
	_exit(0);
}

/**
 * ending_expect() - end with status 0 when the user or the reader ends us
 */
void ending_expect(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGPIPE };
	struct sigaction action = { .sa_handler = end };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

/**
 * ending_wait() - wait until there is something to read
 * @fd: where, or -1
 * @timeout_ms: no longer than that, or -1
 *
 * Return: false when nobody reads standard output any more.
 */
bool ending_wait(int fd, int timeout_ms)
{
	struct pollfd polled[] = {
		{ .fd = fd, .events = POLLIN },
		/* errors are told in any case */
		{ .fd = STDOUT_FILENO, .events = 0 },
	};

	poll(polled, 2, timeout_ms);
	return !polled[1].revents;
}
