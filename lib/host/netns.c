/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces: opened by name, path or process, and listed. */
#include "host/netns.h"

#include "host/process.h"
#include "util/array.h"
#include "util/error.h"

#include <ctype.h>
#include <dirent.h>
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

/* ------------------------------------------------------------------ list */

static struct netns *list_find(const struct netns_list *list,
			       const struct stat *file)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].device == file->st_dev &&
		    list->items[i].inode == file->st_ino)
			return &list->items[i];
	return NULL;
}

/* the entry of a namespace, a new one if need be, or NULL without memory */
static struct netns *list_enter(struct netns_list *list,
				const struct stat *file)
{
	struct netns *entry = list_find(list, file);

	if (entry)
		return entry;
	entry = array_grow(list->items, list->count, sizeof(*entry));
	if (!entry)
		return NULL;
	list->items = entry;
	entry = &list->items[list->count++];
	memset(entry, 0, sizeof(*entry));
	entry->device = file->st_dev;
	entry->inode = file->st_ino;
	return entry;
}

/* a name that a shell takes as it stands, in a target that has room for it */
static bool is_plain_name(const char *name)
{
	size_t length = strlen(name);

	if (length + sizeof(NETNS_PREFIX) > PUBPORT_TARGET_SIZE)
		return false;
	for (; *name; name++)
		if (!isascii(*name) ||
		    (!isalnum((unsigned char)*name) && !strchr("._@+-", *name)))
			return false;
	return true;
}

/* one that has ended meanwhile, or is none; who may not look is told so */
static int pass_over(struct netns_list *list, int code)
{
	list->denied |= code == -EPERM;
	return error_is_shortage(code) ? code : 0;
}

static int list_named(struct netns_list *list, const char *name)
{
	CLEANUP(close) int fd = -1;
	char text[PUBPORT_TARGET_SIZE];
	struct netns *entry;
	struct stat file;
	int code;

	if (!is_plain_name(name))
		return 0;
	snprintf(text, sizeof(text), NETNS_PREFIX "%s", name);
	code = netns_open(text, &fd, NULL);
	if (!code && fstat(fd, &file) < 0)
		code = -errno;
	if (code)
		return pass_over(list, code);
	entry = list_enter(list, &file);
	if (!entry)
		return -ENOMEM;
	/* of several names for the same one, the first in the alphabet */
	if (!entry->text[0] || strcmp(text, entry->text) < 0)
		memcpy(entry->text, text, sizeof(text));
	return 0;
}

/* of one's own processes, some hide themselves even from root */
static bool is_foreign(int pid)
{
	char path[NETNS_PATH_SIZE];
	struct stat file;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return stat(path, &file) == 0 && file.st_uid != geteuid();
}

static int list_process(struct netns_list *list, const char *number)
{
	char text[PUBPORT_TARGET_SIZE], space[NETNS_PATH_SIZE];
	const char *path;
	struct netns *entry;
	struct stat file;
	int pid, code;

	/* what is too long is no number of a process */
	if (snprintf(text, sizeof(text), NETNS_PID_PREFIX "%s", number) >=
	    (int)sizeof(text))
		return 0;
	path = netns_path(text, space);
	if (!path)
		return 0;
	pid = (int)strtol(number, NULL, 10);
	if (stat(path, &file) < 0) {
		code = -errno;
		list->denied |= code == -EACCES && is_foreign(pid);
		return pass_over(list, code);
	}
	entry = list_enter(list, &file);
	if (!entry)
		return -ENOMEM;
	if (entry->pid && entry->pid < pid)
		return 0;
	entry->pid = pid;
	if (strncmp(entry->text, NETNS_PREFIX, strlen(NETNS_PREFIX)) != 0)
		memcpy(entry->text, text, sizeof(text));
	return process_name(pid, entry->process, sizeof(entry->process));
}

static const struct dirent *next_file(DIR *directory, int *ret_code)
{
	const struct dirent *file;

	errno = 0;
	file = readdir(directory);
	if (!file)
		*ret_code = -errno;
	return file;
}

/* hands each file of a directory to @enter; one that is missing has none */
static int list_directory(struct netns_list *list, const char *path,
			  int (*enter)(struct netns_list *, const char *))
{
	CLEANUP(closedir) DIR *directory = opendir(path);
	const struct dirent *file;
	int code = directory ? 0 : -errno;

	while (directory && !code && (file = next_file(directory, &code)))
		code = enter(list, file->d_name);
	return code == -ENOENT ? 0 : code;
}

static void list_forget(struct netns_list *list, const struct stat *file)
{
	struct netns *entry = list_find(list, file);

	if (entry && list->count)
		*entry = list->items[--list->count];
}

/**
 * netns_list_forget() - take a namespace off a list
 * @list: from netns_list()
 * @fd: the namespace, open; perhaps it isn't on the list
 */
void netns_list_forget(struct netns_list *list, int fd)
{
	struct stat file;

	if (fstat(fd, &file) == 0)
		list_forget(list, &file);
}

/**
 * netns_list() - the network namespaces of this machine
 * @ret_list: all but the caller's own, each once, in no order; free with
 *	netns_list_done()
 *
 * These are the ones with a name and those that have processes.  A name wins
 * over a process, the lowest process over others.  A name that a shell would
 * not take as it stands is left out.
 *
 * Return: 0, -ENOMEM, or another negative errno where /proc is missing.
 */
int netns_list(struct netns_list *ret_list)
{
	CLEANUP(netns_list_done) struct netns_list list = { 0 };
	struct stat own;
	int code;

	if (stat("/proc/thread-self/ns/net", &own) < 0)
		return -errno;
	code = list_directory(&list, NETNS_DIRECTORY, list_named);
	if (!code)
		code = list_directory(&list, "/proc", list_process);
	if (code)
		return code;
	list_forget(&list, &own);
	*ret_list = list;
	memset(&list, 0, sizeof(list));
	return 0;
}

/**
 * netns_list_done() - free a list of namespaces
 * @list: from netns_list(), or all zero
 */
void netns_list_done(struct netns_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
