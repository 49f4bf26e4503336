/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state file of keep.
 *
 * Whatever is in it: it stays as it is if it could be read, and is moved aside,
 * as it is, if it couldn't.  What is left of it is written and read again the
 * same.
 */
#include "files/state.h"

#include "harness/fuzz.h"
#include "mapping/mapping.h"

#include <dirent.h>
#include <limits.h>

#define NAME "state.json"

/* more than any input */
#define FILE_MAX (1024UL * 1024)

static char folder[PATH_MAX];
static char path[PATH_MAX + sizeof(NAME)];

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

/* file_read() takes as much as a file may have, which takes sanitizers long */
void *__wrap_malloc(size_t size)
{
	return __real_malloc(size < FILE_MAX ? size : FILE_MAX);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static void make_folder(void)
{
	const char *above = getenv("TMPDIR");

	if (*path)
		return;
	snprintf(folder, sizeof(folder), "%s/pubport-fuzz-XXXXXX",
		 above ? above : "/tmp");
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, NAME);
	CHECK(!atexit(remove_folder));
	/* it tells what it moves aside */
	stderr = fopen("/dev/null", "we");
	CHECK(stderr);
}

static void write_file(const uint8_t *data, size_t size)
{
	CLEANUP(fclose) FILE *file = fopen(path, "we");

	CHECK(file);
	CHECK(fwrite(data, 1, size, file) == size);
}

static bool has_file(const char *name, const uint8_t *data, size_t size)
{
	CLEANUP(fclose) FILE *file = fopen(name, "re");
	CLEANUP(free) uint8_t *found = malloc(size + 1);

	CHECK(found);
	return file && fread(found, 1, size + 1, file) == size &&
	       !memcmp(found, data, size);
}

/* whether it was moved, and as what it was; it is gone then */
static bool take_moved(const uint8_t *data, size_t size)
{
	CLEANUP(closedir) DIR *directory = opendir(folder);
	char name[sizeof(folder) + NAME_MAX + 1];
	struct dirent *entry;

	CHECK(directory);
	while ((entry = readdir(directory))) {
		if (strncmp(entry->d_name, NAME ".broken-",
			    strlen(NAME ".broken-")) != 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
		CHECK(has_file(name, data, size));
		CHECK(!unlink(name));
		return true;
	}
	return false;
}

static void check_again(struct pubport_mappings *mappings)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings again = { 0 };
	struct pubport_error error;
	size_t index;

	/* of lines that were saved, two may be about the same; keep takes one
	 */
	if (mappings_find_collision(mappings, &index) != -ENOENT)
		return;
	CHECK(!state_write(path, mappings, &error));
	CHECK(!state_read(path, &again, &error));
	CHECK(!access(path, F_OK));
	CHECK(again.count == mappings->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings mappings = { 0 };
	struct pubport_error error;
	bool moved;

	make_folder();
	write_file(data, size);
	CHECK(!state_read(path, &mappings, &error));
	moved = take_moved(data, size);
	CHECK(moved == !has_file(path, data, size));
	check_mappings(&mappings);
	check_again(&mappings);
	return 0;
}
