/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces, opened by name, path or process. */
#include "host/netns.h"

#include "util/error.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* -EINVAL for a file that is something else */
static int check_netns(int fd)
{
	struct statfs filesystem;
	int type;

	if (fstatfs(fd, &filesystem) < 0)
		return -errno;
	if (filesystem.f_type != NSFS_MAGIC)
		return -EINVAL;
	type = ioctl(fd, NS_GET_NSTYPE);
	return type == CLONE_NEWNET ? 0 : type < 0 ? -errno : -EINVAL;
}

static int open_path(const char *path, int *ret_fd)
{
	/* the file may be anything: never wait for a pipe's other end */
	CLEANUP(close)
	int fd = (int)TEMP_FAILURE_RETRY(
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	int code = fd < 0 ? -errno : check_netns(fd);

	if (!code)
		*ret_fd = TAKE_FD(fd);
	return code;
}

/* a process's number without sign and leading zeros, or 0 */
static int parse_pid(const char *text)
{
	char *end;
	long pid;

	if (*text < '1' || *text > '9')
		return 0;
	errno = 0;
	pid = strtol(text, &end, 10);
	return errno || *end || pid > INT_MAX ? 0 : (int)pid;
}

static bool is_file_name(const char *name)
{
	return *name && strlen(name) <= NAME_MAX && !strchr(name, '/') &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void pid_path(int pid, char *ret_path)
{
	snprintf(ret_path, NETNS_PATH_SIZE, "/proc/%d/ns/net", pid);
}

static void named_path(const char *name, char *ret_path)
{
	snprintf(ret_path, NETNS_PATH_SIZE, NETNS_DIRECTORY "/%s", name);
}

static const char *skip_prefix(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/**
 * netns_path() - the file of a network namespace
 * @text: "netns:NAME", "netns:/path", "pid:N", or just NAME
 * @space: NETNS_PATH_SIZE bytes, where the path may be written
 *
 * Return: its path, in @text or @space; NULL when @text is not of that form.
 */
const char *netns_path(const char *text, char *space)
{
	const char *number = skip_prefix(text, NETNS_PID_PREFIX);
	const char *name = skip_prefix(text, NETNS_PREFIX);
	int pid;

	if (number) {
		pid = parse_pid(number);
		pid_path(pid, space);
		return pid ? space : NULL;
	}
	if (name && *name == '/')
		return name;
	if (!name)
		name = text;
	named_path(name, space);
	return is_file_name(name) ? space : NULL;
}

/* tells the user's word for it why it can't be opened */
static int open_failed(struct pubport_error *error, int code, const char *text)
{
	bool is_pid = skip_prefix(text, NETNS_PID_PREFIX);

	switch (code) {
	case -ENOENT:
	case -ENOTDIR:
	case -ESRCH:
		error_set(error, PUBPORT_NOT_FOUND, code, "target \"%s\": %s",
			  text,
			  is_pid ? "no such process"
				 : "no such network namespace");
		error_hint(error, "pubport targets");
		return code;
	case -EACCES:
	case -EPERM:
		return error_set(
			error, PUBPORT_NOT_PERMITTED, code,
			"target \"%s\": not permitted: this needs %s", text,
			is_pid ? "CAP_SYS_PTRACE" : "CAP_DAC_READ_SEARCH");
	case -EINVAL:
	case -ENXIO:
		return error_set(error, PUBPORT_USAGE, code,
				 "target \"%s\": not a network namespace",
				 text);
	default:
		return error_set(error, PUBPORT_FAILED, code,
				 "target \"%s\": %s", text, strerror(-code));
	}
}

/**
 * netns_open() - open a network namespace
 * @text: "netns:NAME", "netns:/path", "pid:N", or just NAME
 * @ret_fd: the open namespace; close it
 * @error: quotes @text
 *
 * Return: 0; -EINVAL when @text is not of that form, or names a file that is no
 * network namespace; -ENOENT or -ESRCH when there is none; -EACCES or -EPERM
 * without the right to look at that process or file; or another negative errno
 * from open(2).
 */
int netns_open(const char *text, int *ret_fd, struct pubport_error *error)
{
	char space[NETNS_PATH_SIZE];
	const char *path = netns_path(text, space);
	int code;

	if (!path)
		return error_set(
			error, PUBPORT_USAGE, -EINVAL,
			"target \"%s\": not the %s", text,
			skip_prefix(text, NETNS_PID_PREFIX)
				? "number of a process"
				: "name or path of a network namespace");
	code = open_path(path, ret_fd);
	return code ? open_failed(error, code, text) : 0;
}

/**
 * netns_open_own() - open the network namespace of the calling thread
 * @ret_fd: the open namespace; close it
 *
 * Return: 0, or a negative errno, such as -ENOENT where /proc is missing.
 */
int netns_open_own(int *ret_fd)
{
	return open_path("/proc/thread-self/ns/net", ret_fd);
}

/**
 * netns_same() - whether two open files are the same namespace
 * @a_fd: one
 * @b_fd: the other
 *
 * Return: that.
 */
bool netns_same(int a_fd, int b_fd)
{
	struct stat a, b;

	return fstat(a_fd, &a) == 0 && fstat(b_fd, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
