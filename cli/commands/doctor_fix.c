/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the commands that mend what the doctor found.
 *
 * Each is printed, and run without a shell, each once only.  What it prints
 * goes to standard error, since standard output is the report's.
 */
#include "commands/doctor_fix.h"

#include "cleanup.h"
#include "util/array.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/**
 * mends_done() - forget which commands were run
 * @mends: filled or all zero
 */
void mends_done(struct mends *mends)
{
	for (size_t i = 0; i < mends->count; i++)
		free(mends->texts[i]);
	free(mends->texts);
	memset(mends, 0, sizeof(*mends));
}

/* takes the text over; 1 for one that is there already */
static int remember(struct mends *mends, char *text)
{
	char **texts;

	for (size_t i = 0; i < mends->count; i++) {
		if (strcmp(mends->texts[i], text) != 0)
			continue;
		free(text);
		return 1;
	}
	texts = array_grow(mends->texts, mends->count, sizeof(*texts));
	if (!texts) {
		free(text);
		return -ENOMEM;
	}
	mends->texts = texts;
	texts[mends->count++] = text;
	return 0;
}

/* this very program, wherever it is installed */
static const char *program_of(char *const *words)
{
	return strcmp(words[0], "pubport") == 0 ? "/proc/self/exe" : words[0];
}

static int spawn(char *const *words, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	int code;

	posix_spawn_file_actions_init(&files);
	code = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
						"/dev/null", O_WRONLY, 0);
	if (!code)
		code = posix_spawnp(ret_pid, program_of(words), &files, NULL,
				    words, environ);
	posix_spawn_file_actions_destroy(&files);
	return code;
}

static void run(char *const *words)
{
	int status = 0, code;
	pid_t pid;

	code = spawn(words, &pid);
	if (code) {
		fprintf(stderr, "pubport: %s: %s\n", words[0], strerror(code));
		return;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fprintf(stderr, "pubport: %s: it failed\n", words[0]);
}

/**
 * mend_findings() - run the commands of findings
 * @mends: those that were run before are not run again
 * @findings: what was found
 * @out: where each command is printed
 * @ret_run: how many were run
 *
 * A command that fails is told on standard error: whether it mended anything,
 * the next examination tells.
 *
 * Return: 0 or -ENOMEM.
 */
int mend_findings(struct mends *mends, const struct pubport_findings *findings,
		  FILE *out, size_t *ret_run)
{
	const struct pubport_finding *finding = findings->items;
	char *text;
	int code;

	*ret_run = 0;
	for (size_t i = 0; i < findings->count; i++, finding++) {
		if (finding->status != PUBPORT_FINDING_WRONG || !finding->fix ||
		    finding->ask_first)
			continue;
		code = pubport_finding_fix_format(finding, &text);
		if (!code)
			code = remember(mends, text);
		if (code < 0)
			return code;
		if (code)
			continue;
		fprintf(out, "+ %s\n", mends->texts[mends->count - 1]);
		fflush(out);
		run(finding->fix);
		++*ret_run;
	}
	return 0;
}
