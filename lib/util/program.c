/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where other programs are, and with what environment they run.
 *
 * They are looked for in fixed places, never in the caller's PATH: pubport
 * often runs as root.  Of the environment they get what says where a runtime
 * is, and whose.
 */
#include "util/program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* in this order */
#define SAFE_PATH                                                              \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"

/**
 * program_find() - look for a program
 * @name: its name, without a folder
 * @ret_path: where it is
 *
 * Return: 0, or -ENOENT where it isn't installed.
 */
int program_find(const char *name, char ret_path[PATH_MAX])
{
	const char *folder = SAFE_PATH;
	int length;

	while (*folder) {
		length = (int)strcspn(folder, ":");
		snprintf(ret_path, PATH_MAX, "%.*s/%s", length, folder, name);
		if (access(ret_path, X_OK) == 0)
			return 0;
		folder += length;
		folder += *folder == ':';
	}
	return -ENOENT;
}

/* what says where a runtime is, and whose */
static bool is_kept(const char *variable)
{
	static const char *const prefixes[] = {
		"HOME=",   "USER=", "LOGNAME=",	 "XDG_",   "DBUS_",
		"DOCKER_", "SSH_",  "CONTAINER", "INCUS_", "LIBVIRT_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(variable, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/**
 * program_environment() - the environment for other programs
 *
 * Return: variables, then NULL; the array alone is on the heap; NULL without
 * memory.
 */
char **program_environment(void)
{
	static char path[] = "PATH=" SAFE_PATH, locale[] = "LC_ALL=C";
	size_t count = 0, kept = 0;
	char **variables;

	/* not where the caller has fewer rights than this process */
	if (environ && !getauxval(AT_SECURE))
		while (environ[count])
			count++;
	variables = calloc(count + 3, sizeof(*variables));
	if (!variables)
		return NULL;
	variables[kept++] = path;
	variables[kept++] = locale;
	for (size_t i = 0; i < count; i++)
		if (is_kept(environ[i]))
			variables[kept++] = environ[i];
	return variables;
}
