/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an older C library lacks; meson.build looks whether it does. */
#ifndef UTIL_LIBC_H
#define UTIL_LIBC_H

/* since glibc 2.32: the name of an errno, or NULL */
#ifndef HAVE_STRERRORNAME_NP
static inline const char *strerrorname_np(int code)
{
	(void)code;
	return NULL;
}
#endif

/* since glibc 2.34: a program that is run gets no file from @from on */
#ifndef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>

static inline int
posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions,
					 int from)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *file;
	int code = 0;

	if (!directory)
		return errno;
	while (!code && (file = readdir(directory)))
		if (atoi(file->d_name) >= from)
			code = posix_spawn_file_actions_addclose(
				actions, atoi(file->d_name));
	closedir(directory);
	return code;
}
#endif

#endif
