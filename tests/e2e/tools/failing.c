/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a program's allocations fail: loaded ahead of it by LD_PRELOAD.
 *
 *	FAILING_AT=N	the Nth allocation fails; N+: and all after it
 *	FAILING_REPORT	a file that is told, when the program ends, how many
 *			allocations there were, how many of them were not freed,
 *			and how many files are open besides those it began with
 *
 * What happens before main() doesn't count.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* has the C library free what it keeps for itself; no header declares it */
void __libc_freeres(void);

static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *pointer, size_t size);
	void (*free)(void *pointer);
} real;

static bool counts;
static long fails_at;
static bool goes_on;
static atomic_long allocations;
static atomic_long alive;
static int files;

/* the next one of this name after this file: C has no cast for it */
static void find(void *ret_function, const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(ret_function, &symbol, sizeof(symbol));
}

static bool fails(void)
{
	long number;

	if (!counts)
		return false;
	number = ++allocations;
	if (number != fails_at && !(goes_on && number > fails_at))
		return false;
	errno = ENOMEM;
	return true;
}

static void *born(void *pointer)
{
	alive += counts && pointer;
	return pointer;
}

EXPORT void *malloc(size_t size)
{
	if (!real.malloc)
		find(&real.malloc, "malloc");
	return fails() ? NULL : born(real.malloc(size));
}

EXPORT void *calloc(size_t nmemb, size_t size)
{
	if (!real.calloc)
		find(&real.calloc, "calloc");
	return fails() ? NULL : born(real.calloc(nmemb, size));
}

EXPORT void *realloc(void *ptr, size_t size)
{
	void *moved;

	if (!real.realloc)
		find(&real.realloc, "realloc");
	if (fails())
		return NULL;
	moved = real.realloc(ptr, size);
	return ptr ? moved : born(moved);
}

EXPORT void *reallocarray(void *ptr, size_t nmemb, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nmemb, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(ptr, bytes);
}

EXPORT void free(void *ptr)
{
	if (!real.free)
		find(&real.free, "free");
	alive -= counts && ptr;
	real.free(ptr);
}

/* without the standard ones, which may be closed by the end */
static int count_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *file;
	int count = 0;

	if (!directory)
		return 0;
	while ((file = readdir(directory)))
		count += atoi(file->d_name) > STDERR_FILENO;
	count -= dirfd(directory) > STDERR_FILENO;
	closedir(directory);
	return count;
}

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAILING_AT");
	char *end;

	if (at) {
		fails_at = strtol(at, &end, 10);
		goes_on = *end == '+';
	}
	files = count_files();
	counts = true;
}

__attribute__((destructor)) static void end(void)
{
	const char *name = getenv("FAILING_REPORT");
	FILE *report;

	__libc_freeres();
	counts = false;
	files = count_files() - files;
	report = name ? fopen(name, "we") : NULL;
	if (!report)
		return;
	fprintf(report, "%ld %ld %d\n", (long)allocations, (long)alive, files);
	fclose(report);
}
