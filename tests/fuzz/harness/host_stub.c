/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rest of a machine: see host_stub.h. */
#include "harness/host_stub.h"

#include "harness/fuzz.h"
#include "host/setting.h"

#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/random.h>

#define SETTINGS "/proc/sys/net/"
#define LOCK "/run/pubport.lock"
#define PATH_SIZE 64

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap___open_2(const char *path, int flags);
int __wrap___open64_2(const char *path, int flags);

static bool are_on;

/**
 * host_begin() - begin anew
 * @settings_are_on: whether all settings are on, whatever is written; else off
 */
void host_begin(bool settings_are_on)
{
	const struct host_setting setting = {
		.kind = HOST_FORWARDING4,
		.interface = "stand-in",
	};
	bool on;

	are_on = settings_are_on;
	/* the real machine has no such interface */
	CHECK(!host_setting_get(NULL, &setting, &on));
	CHECK(on == are_on);
}

/* what may be written: one interface's setting, never that of all */
static void check_written(const char *path)
{
	char family[5], interface[IFNAMSIZ], name[32];

	CHECK(sscanf(path, SETTINGS "%4[ipv46]/conf/%15[^/]/%31[a-z_]%*c",
		     family, interface, name) == 3);
	CHECK(strcmp(interface, ".") != 0 && strcmp(interface, "..") != 0);
	CHECK(strcmp(interface, "all") != 0);
	CHECK(strcmp(interface, "default") != 0);
	CHECK(!strcmp(name, "forwarding") || !strcmp(name, "route_localnet") ||
	      !strcmp(name, "force_forwarding"));
}

static int open_setting(void)
{
	static int files[2] = { -1, -1 };
	char path[PATH_SIZE];
	int *file = &files[are_on];

	if (*file < 0) {
		*file = memfd_create("setting", MFD_CLOEXEC);
		CHECK(*file >= 0);
		CHECK(write(*file, are_on ? "1\n" : "0\n", 2) == 2);
	}
	/* from its beginning */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *file);
	return __real_open(path, O_RDONLY | O_CLOEXEC);
}

static int open_it(const char *path, int flags, mode_t mode)
{
	if (!strcmp(path, LOCK)) {
		errno = EACCES;
		return -1;
	}
	if (strncmp(path, SETTINGS, strlen(SETTINGS)) != 0)
		return __real_open(path, flags, mode);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return open_setting();
	check_written(path);
	return __real_open("/dev/null", O_WRONLY | O_CLOEXEC);
}

/* the third one, if there is one */
static mode_t mode_of(int flags, va_list args)
{
	return flags & O_CREAT ? va_arg(args, mode_t) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_it(path, flags, mode);
}

/* what _FILE_OFFSET_BITS makes of it */
int __wrap_open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	return open_it(path, flags, mode);
}

/* and _FORTIFY_SOURCE */
int __wrap___open_2(const char *path, int flags)
{
	return open_it(path, flags, 0);
}

int __wrap___open64_2(const char *path, int flags)
{
	return open_it(path, flags, 0);
}

unsigned int __wrap_if_nametoindex(const char *name);

/* "a" is 1, "b" 2, "c" 3 */
unsigned int __wrap_if_nametoindex(const char *name)
{
	return *name >= 'a' && *name <= 'c' ? (unsigned int)(*name - 'a') + 1
					    : 0;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);

/* libFuzzer has folders of its own */
DIR *__wrap_opendir(const char *path)
{
	if (strncmp(path, "/proc", strlen("/proc")) != 0)
		return __real_opendir(path);
	errno = ENOENT;
	return NULL;
}

int __wrap_poll(struct pollfd *files, nfds_t count, int timeout_ms);
int __wrap___poll_chk(struct pollfd *files, nfds_t count, int timeout_ms,
		      size_t size);

int __wrap_poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
	(void)files;
	(void)count;
	(void)timeout_ms;
	return 0;
}

int __wrap___poll_chk(struct pollfd *files, nfds_t count, int timeout_ms,
		      size_t size)
{
	(void)size;
	return __wrap_poll(files, count, timeout_ms);
}

ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned int flags);

ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned int flags)
{
	(void)flags;
	memset(buffer, 0, size);
	return (ssize_t)size;
}
