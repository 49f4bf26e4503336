/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespaces of this machine. */
#include "host/netns.h"

#include "host/process.h"
#include "util/array.h"
#include "util/error.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

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
