/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of a record that was cut short or scrambled. */
#include "files/state.h"
#include "unit.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT 4
#define SCRAMBLES 2000

static char folder[] = "/tmp/pubport-state-XXXXXX";
static char path[64];

/* the record, and where the object of each mapping ends */
static char *record;
static size_t length;
static size_t ends[COUNT];

/* -------------------------------------------------------------- the record */

static void put(const char *bytes, size_t count)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

static void get(const char *name, char **ret_bytes, size_t *ret_count)
{
	FILE *file = fopen(name, "re");

	assert_non_null(file);
	*ret_bytes = calloc(1, length + 1);
	assert_non_null(*ret_bytes);
	*ret_count = fread(*ret_bytes, 1, length + 1, file);
	assert_int_equal(fclose(file), 0);
}

static int make_record(void **state)
{
	struct pubport_mapping *items = calloc(COUNT, sizeof(*items));
	struct pubport_mappings mappings = { items, COUNT };
	struct pubport_error error;
	const char *end;

	(void)state;
	assert_non_null(items);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state.json", folder);
	for (uint16_t i = 0; i < COUNT; i++) {
		items[i] = mapping("0.0.0.0",
				   (struct pubport_ports){ 7000 + i, 7000 + i },
				   (struct pubport_ports){ 80, 80 },
				   PUBPORT_TCP);
		strcpy(items[i].name, "web");
		strcpy(items[i].target, "netns:web");
		items[i].created = 1795428000;
	}
	assert_int_equal(state_write(path, &mappings, &error), 0);
	pubport_mappings_done(&mappings);
	length = 65536;
	get(path, &record, &length);
	end = record;
	for (int i = 0; i < COUNT; i++) {
		end = strchr(end, '}') + 1;
		ends[i] = (size_t)(end - record);
	}
	return 0;
}

static int remove_record(void **state)
{
	(void)state;
	free(record);
	unlink(path);
	return rmdir(folder);
}

/* it is there as it was, under another name, which goes */
static void check_aside(const char *bytes, size_t count)
{
	char pattern[128], *aside;
	size_t aside_count;
	glob_t found;

	assert_int_equal(access(path, F_OK), -1);
	snprintf(pattern, sizeof(pattern), "%s.broken-*", path);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	get(found.gl_pathv[0], &aside, &aside_count);
	assert_int_equal(aside_count, count);
	assert_memory_equal(aside, bytes, count);
	unlink(found.gl_pathv[0]);
	globfree(&found);
	free(aside);
}

static bool has_port(const struct pubport_mappings *mappings, int port)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (mappings->items[i].key.ports.first == port)
			return true;
	return false;
}

/* ---------------------------------------------------------------- the tests */

static void what_was_written_is_read(void **state)
{
	struct pubport_mappings mappings;
	struct pubport_error error;

	(void)state;
	put(record, length);
	assert_int_equal(state_read(path, &mappings, &error), 0);
	assert_int_equal(mappings.count, COUNT);
	assert_int_equal(access(path, F_OK), 0);
	pubport_mappings_done(&mappings);
}

static void of_one_cut_short_all_whole_mappings_are_read(void **state)
{
	struct pubport_mappings mappings;
	struct pubport_error error;
	size_t whole;

	(void)state;
	/* without its last newline it is whole */
	for (size_t cut = 0; cut < length - 1; cut++) {
		put(record, cut);
		assert_int_equal(state_read(path, &mappings, &error), 0);
		for (whole = 0; whole < COUNT && ends[whole] <= cut;)
			whole++;
		assert_int_equal(mappings.count, whole);
		for (size_t i = 0; i < whole; i++)
			assert_true(has_port(&mappings, 7000 + (int)i));
		check_aside(record, cut);
		pubport_mappings_done(&mappings);
	}
}

/* the first line is 0, and has no mapping; a newline is part of two */
static void hit(const char *bytes, size_t at, bool *is_hit)
{
	size_t line = 0;

	for (size_t i = 0; i < at; i++)
		line += record[i] == '\n';
	is_hit[line] |= bytes[at] != record[at];
	is_hit[line + 1] |= bytes[at] != record[at] && record[at] == '\n';
}

static void check_scrambled(const char *bytes, const bool *is_hit)
{
	struct pubport_mappings mappings;
	struct pubport_error error;

	put(bytes, length);
	assert_int_equal(state_read(path, &mappings, &error), 0);
	for (int i = 0; i < COUNT; i++)
		if (!is_hit[1 + i])
			assert_true(has_port(&mappings, 7000 + i));
	if (access(path, F_OK))
		check_aside(bytes, length);
	pubport_mappings_done(&mappings);
}

static void of_one_scrambled_all_other_lines_are_read(void **state)
{
	unsigned int seed = 1;
	char *bytes = malloc(length);

	(void)state;
	assert_non_null(bytes);
	for (int i = 0; i < SCRAMBLES; i++) {
		bool is_hit[COUNT + 4] = { false };

		memcpy(bytes, record, length);
		for (int hits = rand_r(&seed) % 3; hits >= 0; hits--) {
			size_t at = (size_t)rand_r(&seed) % length;

			bytes[at] = (char)rand_r(&seed);
			hit(bytes, at, is_hit);
		}
		check_scrambled(bytes, is_hit);
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(of_one_cut_short_all_whole_mappings_are_read),
		cmocka_unit_test(of_one_scrambled_all_other_lines_are_read),
	};

	/* where state_read() reports each */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	return cmocka_run_group_tests_name("state", tests, make_record,
					   remove_record);
}
