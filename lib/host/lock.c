/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lock for what can't be part of a transaction.
 *
 * It is a file that only root can open, so nobody else can hold it, and the
 * kernel releases it with the process that holds it.  Where there is none to be
 * had, as in a user namespace, or where somebody keeps it, stopped or in a
 * debugger, we go on without: it makes collisions right that are rare.
 */
#include "host/lock.h"

#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#define LOCK_FILE "/run/pubport.lock"
#define LOCK_WAIT_MS 10000
#define LOCK_STEP_MS 2

/**
 * lock_take() - wait for the lock
 *
 * Return: a file descriptor that holds it until it is closed, or -1.
 */
int lock_take(void)
{
	int fd CLEANUP(close) = open(
		LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	for (int waited = 0; fd >= 0; waited += LOCK_STEP_MS) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return TAKE_FD(fd);
		if (errno != EWOULDBLOCK || waited >= LOCK_WAIT_MS)
			break;
		poll(NULL, 0, LOCK_STEP_MS);
	}
	return -1;
}
