/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzzer on inputs that are there, once each: replay FILE-OR-FOLDER...
 *
 * It stands in for libFuzzer, so that the corpus is a test for any compiler.
 * Without an input it fails.  An input that breaks something is named on the
 * last line: it ends the process.
 */
#include "harness/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

#define INPUT_MAX (1024UL * 1024)
#define PATH_SIZE 4096

static bool run_file(const char *path)
{
	CLEANUP(fclose) FILE *file = fopen(path, "re");
	CLEANUP(free) uint8_t *data = malloc(INPUT_MAX);
	size_t size;

	if (!file || !data)
		return false;
	size = fread(data, 1, INPUT_MAX, file);
	if (ferror(file))
		return false;
	/* of just its size, so that nothing can be read behind it */
	data = realloc(data, size + !size);
	printf("# %s\n", path);
	fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, size);
	return true;
}

/* how many inputs are there, all of which were run */
static size_t run(const char *path)
{
	char inner[PATH_SIZE];
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	size_t inputs = 0;

	if (count < 0)
		return run_file(path);
	for (int i = 0; i < count; i++) {
		snprintf(inner, sizeof(inner), "%s/%s", path,
			 entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			inputs += run_file(inner);
		free(entries[i]);
	}
	free(entries);
	return inputs;
}

int main(int argc, char **argv)
{
	size_t inputs = 0;

	for (int i = 1; i < argc; i++)
		inputs += run(argv[i]);
	printf("%zu inputs\n", inputs);
	return inputs ? EXIT_SUCCESS : EXIT_FAILURE;
}
