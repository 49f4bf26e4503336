/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spawn: what a command takes of time and memory, from its start to its end. */
/*
 * Prints microseconds by the clock, microseconds of CPU time, and the peak of
 * resident memory in KiB.  What the command prints is thrown away.
 *
 * This is a program of its own since it is small: the memory that Linux counts
 * for a process begins with that of whoever started it.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int complain(const char *what, int code)
{
	fprintf(stderr, "spawn: %s: %s\n", what, strerror(code));
	return EXIT_FAILURE;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double usage_us(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status, code;
	double start;
	pid_t pid;

	if (argc < 2)
		return complain("usage: spawn COMMAND [ARG]...", EINVAL);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	start = now_us();
	code = posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ);
	if (code)
		return complain(argv[1], code);
	if (wait4(pid, &status, 0, &usage) < 0)
		return complain("wait", errno);
	printf("%.1f %.1f %ld\n", now_us() - start, usage_us(&usage),
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
