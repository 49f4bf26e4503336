/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file in which keep records the mappings.
 *
 * It is what save writes.  A file that can't be read as that is moved aside, so
 * that somebody may look at it; its lines that are mappings are taken.  Beside
 * it is a lock, which the kernel releases with the keeper.
 */
#include "files/state.h"

#include "cleanup.h"
#include "files/file.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *path, int code, struct pubport_error *error)
{
	bool denied = code == EACCES;

	return error_set(error, denied ? PUBPORT_NOT_PERMITTED : PUBPORT_FAILED,
			 denied ? -EPERM : -EIO, "\"%.128s\": %s", path,
			 strerror(code));
}

/* -------------------------------------------------------------------- lock */

/* its folder alone, which nobody but root looks into */
static int make_folder(const char *path, struct pubport_error *error)
{
	char space[PATH_MAX];
	const char *folder;

	snprintf(space, sizeof(space), "%s", path);
	folder = dirname(space);
	return mkdir(folder, S_IRWXU) && errno != EEXIST
		       ? fail(folder, errno, error)
		       : 0;
}

static int refuse(const char *path, int lock, struct pubport_error *error)
{
	char pid[16] = "";
	ssize_t length = read(lock, pid, sizeof(pid) - 1);

	pid[length > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	return error_set(error, PUBPORT_CONFLICT, -EEXIST,
			 "\"%.128s\": pubport keep is running already%s%s%s",
			 path, pid[0] ? " (pid " : "", pid, pid[0] ? ")" : "");
}

/* whatever else it is, it can't be replaced, or would be waited for */
static int check_kind(const char *path, struct pubport_error *error)
{
	struct stat file;

	if (*path && (stat(path, &file) || S_ISREG(file.st_mode)))
		return 0;
	return error_set(error, PUBPORT_USAGE, -EINVAL, "\"%.128s\": %s", path,
			 *path ? "not a regular file"
			       : "the name of the state file is missing");
}

/**
 * state_lock() - make sure that there is no other keeper
 * @path: the state file; its folder is made, if it is missing
 * @ret_fd: holds the lock until it is closed
 * @error: why it failed
 *
 * Return: 0; -EINVAL for what can't be a state file; -EIO, or -EEXIST when
 * there is one; -EPERM.
 */
int state_lock(const char *path, int *ret_fd, struct pubport_error *error)
{
	char name[PATH_MAX];
	int fd, code;

	if ((size_t)snprintf(name, sizeof(name), "%s.lock", path) >=
	    sizeof(name))
		return fail(path, ENAMETOOLONG, error);
	code = check_kind(path, error);
	if (code >= 0)
		code = make_folder(path, error);
	if (code < 0)
		return code;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		  S_IRUSR | S_IWUSR);
	if (fd < 0)
		return fail(name, errno, error);
	if (flock(fd, LOCK_EX | LOCK_NB))
		code = errno == EWOULDBLOCK ? refuse(path, fd, error)
					    : fail(name, errno, error);
	/* for the message of the next one */
	else if (ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0)
		code = fail(name, errno, error);
	if (code < 0)
		close(fd);
	else
		*ret_fd = fd;
	return code;
}

/* -------------------------------------------------------------------- read */

static void move_aside(const char *path, const struct pubport_error *why)
{
	char aside[PATH_MAX], stamp[32];
	time_t now = time(NULL);
	struct tm utc;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
	snprintf(aside, sizeof(aside), "%s.broken-%s", path, stamp);
	if (rename(path, aside))
		fprintf(stderr, "pubport: %s; moving it aside: %s\n",
			why->message, strerror(errno));
	else
		fprintf(stderr, "pubport: %s; moved to \"%s\"\n", why->message,
			aside);
}

static int append(struct pubport_mappings *mappings,
		  struct pubport_mappings *more)
{
	struct pubport_mapping *items;

	if (!more->count)
		return 0;
	items = reallocarray(mappings->items, mappings->count + more->count,
			     sizeof(*items));
	if (!items)
		return -ENOMEM;
	memcpy(items + mappings->count, more->items,
	       more->count * sizeof(*items));
	mappings->items = items;
	mappings->count += more->count;
	more->count = 0;
	return 0;
}

/* a line has an object, then a comma unless it is the last one */
static int take_line(char *line, struct pubport_mappings *mappings)
{
	CLEANUP(mappings) struct pubport_mappings one = { 0 };
	CLEANUP(free) char *array = NULL;
	size_t length = strlen(line);

	if (length && line[length - 1] == ',')
		line[length - 1] = '\0';
	if (asprintf(&array, "[%s]", line) < 0) {
		array = NULL;
		return -ENOMEM;
	}
	if (pubport_mappings_from_json(array, &one, NULL) < 0)
		return 0;
	return append(mappings, &one);
}

/* what is whole of a file that is not */
static int salvage(char *bytes, size_t length,
		   struct pubport_mappings *ret_mappings)
{
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	char *line, *rest = bytes;
	int code = 0;

	/* no line that was written has one */
	for (size_t i = 0; i < length; i++)
		if (!bytes[i])
			bytes[i] = '\n';
	while (code >= 0 && (line = strsep(&rest, "\n")))
		code = take_line(line, &mappings);
	if (code < 0)
		return code;
	*ret_mappings = mappings;
	mappings = (struct pubport_mappings){ 0 };
	return 0;
}

/**
 * state_read() - read what was recorded
 * @path: the state file; none is fine
 * @ret_mappings: those that were recorded; free with pubport_mappings_done()
 * @error: why it failed
 *
 * Return: 0; -EIO for a file that can't be read; -ENOMEM.
 */
int state_read(const char *path, struct pubport_mappings *ret_mappings,
	       struct pubport_error *error)
{
	CLEANUP(free) char *bytes = NULL;
	size_t length = 0;
	int code;

	*ret_mappings = (struct pubport_mappings){ 0 };
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	code = file_load(path, &bytes, &length, error);
	if (code >= 0)
		code = file_parse(path, bytes, length, ret_mappings, error);
	/* of a key that is there twice, too, the lines are whole */
	if (code >= 0 || (error->status != PUBPORT_USAGE &&
			  error->status != PUBPORT_CONFLICT))
		return code;
	move_aside(path, error);
	if (bytes && salvage(bytes, length, ret_mappings) < 0)
		return error_memory(error);
	return 0;
}

/* ------------------------------------------------------------------- write */

/**
 * state_write() - record mappings, all or nothing
 * @path: the state file
 * @mappings: those that are to be recorded; sorted afterwards
 * @error: why it failed
 *
 * Return: 0, -EIO, or -ENOMEM; then what was recorded before is still there.
 */
int state_write(const char *path, struct pubport_mappings *mappings,
		struct pubport_error *error)
{
	CLEANUP(free) char *text = NULL;

	if (pubport_mappings_sort(mappings) < 0 ||
	    pubport_mappings_to_json(mappings, &text) < 0)
		return error_memory(error);
	return file_write(path, text, error);
}
