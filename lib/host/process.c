/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of processes, and which one a socket belongs to. */
#include "host/process.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/**
 * process_name() - read the command name of a process
 * @pid: its id
 * @ret_name: its name, made printable, or "" when it is gone, or can't be read
 * @size: bytes of @ret_name
 *
 * Return: 0, or a negative errno where the machine lacks something.
 */
int process_name(int pid, char *ret_name, size_t size)
{
	char path[32];
	FILE *file CLEANUP(fclose) = NULL;
	int code = 0;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	ret_name[0] = '\0';
	file = fopen(path, "re");
	if (!file || !fgets(ret_name, (int)size, file))
		code = -errno;
	ret_name[strcspn(ret_name, "\n")] = '\0';
	text_make_printable(ret_name);
	return error_is_shortage(code) ? code : 0;
}

/* /proc/PID/fd/N leads to "socket:[INODE]" */
static bool has_socket(int pid, const char *wanted)
{
	DIR *directory CLEANUP(closedir) = NULL;
	char path[32], link[64];
	struct dirent *entry;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		length = readlinkat(dirfd(directory), entry->d_name, link,
				    sizeof(link) - 1);
		if (length < 0)
			continue;
		link[length] = '\0';
		if (!strcmp(link, wanted))
			return true;
	}
	return false;
}

/**
 * process_find_socket() - find a process that has a socket open
 * @inode: number of the socket's file
 * @ret_process: the first one that has it
 *
 * It looks through all of /proc, so only on the way to an error.
 *
 * Return: 0, or -ENOENT when no process that we may look into has it.
 */
int process_find_socket(uint32_t inode, struct process *ret_process)
{
	DIR *directory CLEANUP(closedir) = opendir("/proc");
	struct dirent *entry;
	char wanted[32];
	int pid;

	snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
	while (directory && (entry = readdir(directory))) {
		pid = atoi(entry->d_name);
		if (pid <= 0 || !has_socket(pid, wanted))
			continue;
		ret_process->pid = pid;
		(void)process_name(pid, ret_process->name,
				   sizeof(ret_process->name));
		return 0;
	}
	return -ENOENT;
}

/* what stands behind the name, which may have anything in it but this */
static int read_ticks(FILE *file, unsigned long long *ret_ticks)
{
	char line[1024];
	const char *at;

	if (!fgets(line, sizeof(line), file))
		return -ESRCH;
	at = strrchr(line, ')');
	/* fields 3 to 21 */
	for (int i = 0; at && i < 20; i++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, "%llu", ret_ticks) == 1 ? 0 : -EPROTO;
}

/**
 * process_started() - find out when a process was started
 * @pid: its id
 * @ret_started: seconds since the epoch, as this clock counts them
 *
 * Return: 0, -ESRCH when there is none, or another negative errno.
 */
int process_started(int pid, int64_t *ret_started)
{
	FILE *file CLEANUP(fclose) = NULL;
	struct timespec up = { .tv_sec = 0 };
	unsigned long long ticks;
	char path[32];
	int code;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? -ESRCH : -errno;
	code = read_ticks(file, &ticks);
	if (code)
		return code;
	clock_gettime(CLOCK_BOOTTIME, &up);
	*ret_started =
		time(NULL) - up.tv_sec + (int64_t)ticks / sysconf(_SC_CLK_TCK);
	return 0;
}
