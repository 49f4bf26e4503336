/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as a whole.
 *
 * What is written takes the old file's place when it is on the disk: whatever
 * happens, one of the two is there.
 */
#include "files/file.h"

#include "cleanup.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* the library takes no more either */
#define MOST_MIB 64

static int fail(const char *name, int code, struct pubport_error *error)
{
	return error_set(error, PUBPORT_FAILED, -EIO, "\"%.128s\": %s", name,
			 strerror(code));
}

/* -------------------------------------------------------------------- read */

/**
 * file_load() - read a file, whatever is in it
 * @name: its name; "-" is standard input
 * @ret_bytes: all of it, and a NUL; free with free()
 * @ret_length: its length, without that
 * @error: why it failed
 *
 * Return: 0; -EIO when it can't be read; -EINVAL for one that is too large;
 * -ENOMEM.
 */
int file_load(const char *name, char **ret_bytes, size_t *ret_length,
	      struct pubport_error *error)
{
	bool is_stdin = !strcmp(name, "-");
	int file CLEANUP(close) = is_stdin ? -1
					   : open(name, O_RDONLY | O_CLOEXEC);
	int code;

	if (!is_stdin && file < 0)
		return fail(name, errno, error);
	code = file_read(is_stdin ? STDIN_FILENO : file, MOST_MIB << 20,
			 ret_bytes, ret_length);
	if (code == -ENOMEM)
		return error_memory(error);
	if (code == -EFBIG)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%.128s\": more than %d MiB", name,
				 MOST_MIB);
	return code < 0 ? fail(name, -code, error) : 0;
}

/**
 * file_parse() - read the mappings of a file, as save writes them
 * @name: its name
 * @bytes: from file_load()
 * @length: from file_load()
 * @ret_mappings: free with pubport_mappings_done()
 * @error: why it failed
 *
 * Return: 0; -EINVAL for what has a NUL in it; or what
 * pubport_mappings_from_json() returns.
 */
int file_parse(const char *name, const char *bytes, size_t length,
	       struct pubport_mappings *ret_mappings,
	       struct pubport_error *error)
{
	int code;

	if (memchr(bytes, '\0', length))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%.128s\": not text: it has a NUL in it",
				 name);
	code = pubport_mappings_from_json(bytes, ret_mappings, error);
	if (code < 0 && code != -ENOMEM)
		error_prefix(error, name);
	return code;
}

/* ------------------------------------------------------------------- write */

/**
 * struct replacement - a file that takes another one's place
 * @fd: the new file, or -1
 * @path: whose place it takes
 * @temporary: its name until then, or ""
 * @is_nameless: whether it doesn't have that name yet
 *
 * A file without a name goes with the process, if that is killed.
 */
struct replacement {
	int fd;
	char path[PATH_MAX];
	char temporary[PATH_MAX + sizeof(".ffffffff")];
	bool is_nameless;
};

static void cleanup_replacement(const struct replacement *replacement)
{
	if (replacement->fd >= 0)
		close(replacement->fd);
	if (replacement->temporary[0] && !replacement->is_nameless)
		unlink(replacement->temporary);
}

static int open_folder(const struct replacement *replacement, int flags)
{
	char folder[PATH_MAX];

	memcpy(folder, replacement->path, sizeof(folder));
	return open(dirname(folder), flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

/* nobody has a file of this name, or can foresee it */
static int open_temporary(struct replacement *replacement)
{
	char *name = replacement->temporary;
	unsigned int number = 0;

	if (getrandom(&number, sizeof(number), 0) < 0)
		return errno;
	snprintf(name, sizeof(replacement->temporary), "%s.%08x",
		 replacement->path, number);
	replacement->fd = open_folder(replacement, O_TMPFILE | O_WRONLY);
	replacement->is_nameless = replacement->fd >= 0;
	if (replacement->is_nameless)
		return 0;
	replacement->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			       S_IRUSR | S_IWUSR);
	if (replacement->fd >= 0)
		return 0;
	*name = '\0';
	return errno;
}

/* beside the old one, with its owner and mode */
static int open_new(struct replacement *replacement, const struct stat *old)
{
	int code = open_temporary(replacement);

	if (code)
		return code;
	/* root alone may give files away */
	if ((old->st_uid != geteuid() || old->st_gid != getegid()) &&
	    fchown(replacement->fd, old->st_uid, old->st_gid) && errno != EPERM)
		return errno;
	return fchmod(replacement->fd, old->st_mode & ALLPERMS) ? errno : 0;
}

/* whether somebody else put it where everybody may make files: links, pipes and
 * files there lead to him */
static bool is_planted(const char *name, const struct stat *file)
{
	char space[PATH_MAX];
	struct stat folder;

	snprintf(space, sizeof(space), "%s", name);
	return file->st_uid != geteuid() && !stat(dirname(space), &folder) &&
	       folder.st_mode & S_ISVTX &&
	       folder.st_mode & (S_IWGRP | S_IWOTH) &&
	       file->st_uid != folder.st_uid;
}

/* a link stays one, and its file is meant; what isn't there is as a new file */
static int look_at(const char *name, char ret_path[PATH_MAX],
		   struct stat *ret_file)
{
	struct stat file = { .st_mode = S_IFREG | S_IRUSR | S_IWUSR,
			     .st_uid = geteuid(),
			     .st_gid = getegid() };
	bool is_link;

	*ret_file = file;
	if (lstat(name, &file) && errno != ENOENT)
		return errno;
	if (is_planted(name, &file))
		return EACCES;
	is_link = S_ISLNK(file.st_mode);
	if (!is_link)
		*ret_file = file;
	else if (stat(name, ret_file) && errno != ENOENT)
		return errno;
	if (!is_link || !realpath(name, ret_path))
		snprintf(ret_path, PATH_MAX, "%s", name);
	return 0;
}

/* what is no file of its own, such as a pipe, is written to as it is */
static int begin(const char *name, struct replacement *replacement)
{
	struct stat old;
	int code = look_at(name, replacement->path, &old);

	if (code)
		return code;
	if (S_ISREG(old.st_mode))
		return open_new(replacement, &old);
	replacement->fd = open(name, O_WRONLY | O_CLOEXEC);
	return replacement->fd < 0 ? errno : 0;
}

static int fill(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t written;

	for (; left; text += written, left -= (size_t)written) {
		written = TEMP_FAILURE_RETRY(write(fd, text, left));
		if (written < 0)
			return errno;
	}
	return 0;
}

static int give_name(struct replacement *replacement)
{
	char self[32];

	if (!replacement->is_nameless)
		return 0;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", replacement->fd);
	if (linkat(AT_FDCWD, self, AT_FDCWD, replacement->temporary,
		   AT_SYMLINK_FOLLOW))
		return errno;
	replacement->is_nameless = false;
	return 0;
}

/* on the disk first: its name, too, when it has its place */
static int put_in_place(struct replacement *replacement)
{
	int folder, code;

	if (!replacement->temporary[0])
		return 0;
	if (fsync(replacement->fd))
		return errno;
	code = give_name(replacement);
	if (code)
		return code;
	if (rename(replacement->temporary, replacement->path))
		return errno;
	replacement->temporary[0] = '\0';
	folder = open_folder(replacement, O_RDONLY | O_DIRECTORY);
	if (folder < 0 || fsync(folder))
		code = errno;
	if (folder >= 0)
		close(folder);
	return code;
}

/**
 * file_write() - write a file of text, all or nothing
 * @name: its name; a new one is for its owner alone
 * @text: all that is to be in it, but for the last newline
 * @error: why it failed
 *
 * Return: 0, or -EIO when it can't be written; then the old one is still there.
 */
int file_write(const char *name, const char *text, struct pubport_error *error)
{
	CLEANUP(replacement) struct replacement replacement = { .fd = -1 };
	int code = begin(name, &replacement);

	if (!code)
		code = fill(replacement.fd, text);
	if (!code)
		code = fill(replacement.fd, "\n");
	if (!code)
		code = put_in_place(&replacement);
	return code ? fail(name, code, error) : 0;
}
