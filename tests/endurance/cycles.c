/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cycles: publishes and unpublishes again and again, in one process, and tells
 * what has grown by that.
 *
 * usage: cycles COUNT
 *
 * SIGINT and SIGTERM end it early, with the figures so far.
 *
 * Mappings of all kinds take turns.  To find the connections of what goes, the
 * kernel looks at each one that it tracks; so that there is time for a million
 * cycles, only some do it.
 *
 * The process must have as many files and as much memory as it had after the
 * first cycles.  The kernel's memory is that of the whole machine, where others
 * do something, too.  It is judged after so many cycles that what each lost
 * would stand out.
 */
#include "pubport.h"

#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* how many cycles there are for one that cuts connections */
#define CUT_EACH 15
/* until all has been done that is done once */
#define FIRST_CYCLES 40
/* the kernel frees some things later */
#define SETTLE_SECONDS 1
/* of many cycles, what one may leave in the kernel; an element of a map has
 * more than that */
#define MANY_CYCLES 100000
#define KERNEL_BYTES_A_CYCLE 64
/* by so much the process may have grown: the C library keeps some for later */
#define HEAP_BYTES 8192
#define RESIDENT_KIB 512

/* ----------------------------------------------------------------- cycles */

/**
 * struct kind - what is published
 * @spec: SPEC of the port
 * @targets: where it leads
 * @flags: as of struct pubport_add_request
 * @ttl: as well
 * @from: network of the clients, or NULL
 */
struct kind {
	const char *spec;
	const char *targets[2];
	unsigned int flags;
	uint32_t ttl;
	const char *from;
};

static const struct kind kinds[] = {
	{ .spec = "8080:80", .targets = { "172.17.0.2", "fd17::2" } },
	{ .spec = "192.168.33.2:53:53/udp", .targets = { "172.17.0.2" } },
	{ .spec = "8000-8010:8000-8010", .targets = { "172.17.0.2" } },
	{ .spec = "8000-8010:9000-9010", .targets = { "fd17::2" } },
	{ .spec = "8081:80",
	  .targets = { "172.17.0.2" },
	  .from = "10.0.0.0/8" },
	{ .spec = "8082:80",
	  .targets = { "172.17.0.2" },
	  .flags = PUBPORT_ADD_SHIELD },
	{ .spec = "8083:80",
	  .targets = { "fd17::2" },
	  .flags = PUBPORT_ADD_NO_LOOPBACK,
	  .ttl = 3600 },
	{ .spec = "8084:80", .targets = { "host" } },
};

static int add(struct pubport *context, const struct kind *kind,
	       struct pubport_error *error)
{
	struct pubport_mappings added = { .count = 0 };
	struct pubport_network from;
	struct pubport_spec spec;
	struct pubport_add_request request = {
		.size = sizeof(request),
		.specs = &spec,
		.spec_count = 1,
		.targets = kind->targets,
		.target_count = kind->targets[1] ? 2 : 1,
		.flags = kind->flags,
		.ttl = kind->ttl,
		.from = &from,
		.from_count = kind->from ? 1 : 0,
	};
	int code = pubport_spec_parse(kind->spec, &spec, error);

	if (!code && kind->from)
		code = pubport_network_parse(kind->from, &from, error);
	if (!code)
		code = pubport_add(context, &request, &added, error);
	if (!code)
		pubport_mappings_done(&added);
	return code;
}

/* @drains spares the kernel the search for connections */
static int drop(struct pubport *context, const struct kind *kind, bool drains,
		struct pubport_error *error)
{
	struct pubport_mappings removed = { .count = 0 };
	const struct pubport_remove_request request = {
		.size = sizeof(request),
		.texts = &kind->spec,
		.text_count = 1,
		.flags = drains ? PUBPORT_REMOVE_DRAIN : 0,
	};
	int code = pubport_remove(context, &request, &removed, error);

	if (!code)
		pubport_mappings_done(&removed);
	return code;
}

static int cycle(struct pubport *context, unsigned long number,
		 struct pubport_error *error)
{
	const struct kind *kind = &kinds[number % ARRAY_SIZE(kinds)];
	int code = add(context, kind, error);

	return code ? code : drop(context, kind, number % CUT_EACH, error);
}

static volatile sig_atomic_t is_ended;

static void end(int signal)
{
	(void)signal;
	is_ended = true;
}

/* tells how many cycles there were */
static int run(unsigned long count, unsigned long *ret_made)
{
	struct pubport_error error;
	struct pubport *context;
	unsigned long made = 0;
	int code = pubport_open(&context, &error);

	if (!code) {
		while (!code && made < count && !is_ended)
			code = cycle(context, made++, &error);
		pubport_close(context);
	}
	if (code)
		fprintf(stderr, "cycles: cycle %lu: %s\n", made, error.message);
	*ret_made = made;
	return code;
}

/* ---------------------------------------------------------------- figures */

/* what may grow */
enum {
	FILES,
	HEAP,
	RESIDENT,
	KERNEL_SLAB,
	KERNEL_PERCPU,
	KERNEL_VMALLOC,
	FIGURE_COUNT
};

static const struct {
	const char *name;
	const char *file;
	const char *line;
} figures[FIGURE_COUNT] = {
	[FILES] = { "open files", NULL, NULL },
	[HEAP] = { "heap in use, bytes", NULL, NULL },
	[RESIDENT] = { "resident, KiB", "/proc/self/status", "VmRSS" },
	[KERNEL_SLAB] = { "kernel's slabs, KiB", "/proc/meminfo",
			  "SUnreclaim" },
	[KERNEL_PERCPU] = { "kernel's per CPU, KiB", "/proc/meminfo",
			    "Percpu" },
	[KERNEL_VMALLOC] = { "kernel's areas, KiB", "/proc/meminfo",
			     "VmallocUsed" },
};

static long count_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	long count = -1;

	if (!folder)
		return -1;
	/* but for that of the folder itself */
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

/* the number behind "NAME:" in a file of such lines */
static long read_line(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	char line[256];
	long value = -1;
	size_t length = strlen(name);

	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == ':')
			value = strtol(line + length + 1, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static void take(long *ret_values)
{
	sleep(SETTLE_SECONDS);
	for (int i = 0; i < FIGURE_COUNT; i++)
		if (figures[i].file)
			ret_values[i] =
				read_line(figures[i].file, figures[i].line);
	ret_values[FILES] = count_files();
#ifdef HAVE_MALLINFO2
	ret_values[HEAP] = (long)mallinfo2().uordblks;
#else
	ret_values[HEAP] = mallinfo().uordblks;
#endif
}

static void print(const long *before, const long *after)
{
	printf("%-24s%12s%12s%12s\n", "", "before", "after", "growth");
	for (int i = 0; i < FIGURE_COUNT; i++)
		printf("%-24s%12ld%12ld%12ld\n", figures[i].name, before[i],
		       after[i], after[i] - before[i]);
}

static int judge(const long *before, const long *after, unsigned long count)
{
	long kernel = 0;

	for (int i = KERNEL_SLAB; i <= KERNEL_VMALLOC; i++)
		kernel += after[i] - before[i];
	if (after[FILES] != before[FILES] ||
	    after[HEAP] - before[HEAP] > HEAP_BYTES ||
	    after[RESIDENT] - before[RESIDENT] > RESIDENT_KIB) {
		fputs("cycles: the process has grown\n", stderr);
		return EXIT_FAILURE;
	}
	if (count >= MANY_CYCLES &&
	    kernel > (long)count * KERNEL_BYTES_A_CYCLE / 1024) {
		fputs("cycles: the kernel has grown\n", stderr);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	long before[FIGURE_COUNT], after[FIGURE_COUNT];
	unsigned long made;
	double start, seconds;

	if (!count) {
		fputs("usage: cycles COUNT\n", stderr);
		return 2;
	}
	signal(SIGINT, end);
	signal(SIGTERM, end);
	if (run(FIRST_CYCLES, &made))
		return EXIT_FAILURE;
	take(before);
	start = now();
	if (run(count, &made))
		return EXIT_FAILURE;
	seconds = now() - start;
	take(after);
	printf("%lu cycles in %.0f seconds\n", made, seconds);
	print(before, after);
	return judge(before, after, made);
}
