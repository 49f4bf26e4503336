/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets a program's clock of the calendar: loaded ahead of it by LD_PRELOAD.
 *
 *	CLOCK_OFF	a file that says by how many seconds it is off, now
 *
 * The clocks that nobody can set go on as they are.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static long off(void)
{
	const char *path = getenv("CLOCK_OFF");
	char text[32] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtol(text, NULL, 10);
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *now)
{
	int code = (int)syscall(SYS_clock_gettime, clock, now);

	if (!code && clock == CLOCK_REALTIME)
		now->tv_sec += off();
	return code;
}

EXPORT time_t time(time_t *ret_now)
{
	struct timespec now = { .tv_sec = 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret_now)
		*ret_now = now.tv_sec;
	return now.tv_sec;
}
