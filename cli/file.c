/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as a whole.
 *
 * What is written takes the old file's place when it is on the disk: whatever
 * happens, one of the two is there.
 */
#include "file.h"

#include "cleanup.h"
#include "failure.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* the library takes no more either */
#define MOST_MIB 64

static int fail(const char *name, int code, struct pubport_error *error)
{
	return failure_set(error, PUBPORT_FAILED, "\"%.128s\": %s", name,
			   strerror(code));
}

/* -------------------------------------------------------------------- read */

static int read_all(FILE *in, const char *name, char **ret_text,
		    struct pubport_error *error)
{
	const size_t most = MOST_MIB * 1024UL * 1024;
	/* what is not used of it takes no memory */
	CLEANUP(free) char *text = malloc(most + 2);
	size_t length;

	if (!text)
		return failure_memory(error);
	length = fread(text, 1, most + 1, in);
	if (ferror(in))
		return fail(name, errno, error);
	if (length > most)
		return failure_set(error, PUBPORT_USAGE,
				   "\"%.128s\": more than %d MiB", name,
				   MOST_MIB);
	text[length] = '\0';
	if (strlen(text) < length)
		return failure_set(error, PUBPORT_USAGE,
				   "\"%.128s\": not text: it has a NUL in it",
				   name);
	*ret_text = text;
	text = NULL;
	return 0;
}

/**
 * file_read() - read a file of text
 * @name: its name; "-" is standard input
 * @ret_text: all of it; free with free()
 * @error: why it failed
 *
 * Return: 0; -EIO when it can't be read; -EINVAL for one that is too large, or
 * has a NUL in it; -ENOMEM.
 */
int file_read(const char *name, char **ret_text, struct pubport_error *error)
{
	CLEANUP(fclose) FILE *file = NULL;

	if (!strcmp(name, "-"))
		return read_all(stdin, name, ret_text, error);
	file = fopen(name, "re");
	return file ? read_all(file, name, ret_text, error)
		    : fail(name, errno, error);
}

/* ------------------------------------------------------------------- write */

/**
 * struct replacement - a file that takes another one's place
 * @fd: the new file, or -1
 * @path: whose place it takes
 * @temporary: its name until then, or ""
 */
struct replacement {
	int fd;
	char path[PATH_MAX];
	char temporary[PATH_MAX + sizeof(".XXXXXX")];
};

static void cleanup_replacement(const struct replacement *replacement)
{
	if (replacement->fd >= 0)
		close(replacement->fd);
	if (replacement->temporary[0])
		unlink(replacement->temporary);
}

/* beside the old one, with its owner and mode */
static int open_temporary(struct replacement *replacement,
			  const struct stat *old)
{
	char *name = replacement->temporary;
	int fd;

	snprintf(name, sizeof(replacement->temporary), "%s.XXXXXX",
		 replacement->path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		*name = '\0';
		return errno;
	}
	replacement->fd = fd;
	/* root alone may give files away */
	if ((old->st_uid != geteuid() || old->st_gid != getegid()) &&
	    fchown(fd, old->st_uid, old->st_gid) && errno != EPERM)
		return errno;
	return fchmod(fd, old->st_mode & ALLPERMS) ? errno : 0;
}

/* what is no file of its own, such as a pipe, is written to as it is */
static int begin(const char *name, struct replacement *replacement)
{
	struct stat old = { .st_mode = S_IFREG | S_IRUSR | S_IWUSR,
			    .st_uid = geteuid(),
			    .st_gid = getegid() };

	if (stat(name, &old) && errno != ENOENT)
		return errno;
	if (!S_ISREG(old.st_mode)) {
		replacement->fd = open(name, O_WRONLY | O_CLOEXEC);
		return replacement->fd < 0 ? errno : 0;
	}
	/* a link stays one */
	if (!realpath(name, replacement->path))
		snprintf(replacement->path, sizeof(replacement->path), "%s",
			 name);
	return open_temporary(replacement, &old);
}

static int fill(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t written;

	for (; left; text += written, left -= (size_t)written) {
		written = write(fd, text, left);
		if (written < 0)
			return errno;
	}
	return 0;
}

/* on the disk first: its name, too, when it has its place */
static int put_in_place(struct replacement *replacement)
{
	int folder, code = 0;

	if (!replacement->temporary[0])
		return 0;
	if (fsync(replacement->fd) ||
	    rename(replacement->temporary, replacement->path))
		return errno;
	replacement->temporary[0] = '\0';
	folder = open(dirname(replacement->path),
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
