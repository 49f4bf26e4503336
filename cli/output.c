/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors and notices to standard error, results to standard output. */
#include "output.h"

#include "cleanup.h"
#include "util/error.h"
#include "util/libc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/**
 * output_fail() - describe that something could not be printed
 * @code: errno
 * @error: caller's
 *
 * What was to be printed may be done all the same.
 *
 * Return: -EIO.
 */
int output_fail(int code, struct pubport_error *error)
{
	return error_set(error, PUBPORT_FAILED, -EIO, "standard output: %s",
			 strerror(code));
}

static bool is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

/**
 * output_open() - make sure that there is a standard output
 * @error: why it failed
 *
 * What is missing of the three standard files is /dev/null then: a socket of
 * the library in its place would get what is printed.
 *
 * Return: 0, or -EIO when standard output, or /dev/null, can't be had.
 */
int output_open(struct pubport_error *error)
{
	bool closed = is_closed(STDOUT_FILENO);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* a new file takes the lowest number that is free: this one */
		int got = is_closed(fd) ? open("/dev/null", O_RDWR) : fd;

		if (got < 0)
			return error_set(error, PUBPORT_FAILED, -EIO,
					 "/dev/null: %s", strerror(errno));
	}
	return closed ? output_fail(EBADF, error) : 0;
}

static void print_error(const struct cli *cli,
			const struct pubport_error *error)
{
	const char *code = strerrorname_np(-error->code);

	fprintf(stderr, "pubport: %s", error->message);
	if (cli->verbose && code)
		fprintf(stderr, " (%s)", code);
	putc('\n', stderr);
	if (error->hint[0])
		fprintf(stderr, "hint: %s\n", error->hint);
}

/**
 * output_error() - say why a command failed
 * @cli: whether as JSON, and whether with the errno's name
 * @error: the failure
 */
void output_error(const struct cli *cli, const struct pubport_error *error)
{
	CLEANUP(free) char *json = NULL;

	if (cli->json && pubport_error_to_json(error, &json) >= 0)
		fprintf(stderr, "%s\n", json);
	else
		print_error(cli, error);
}

/**
 * output_notice() - keep what the library says; a pubport_notice_fn
 * @data: the FILE that keeps it
 * @message: one line
 */
void output_notice(void *data, const char *message)
{
	fprintf(data, "pubport: %s\n", message);
}

/**
 * output_text() - print a text that may lack its last newline
 * @text: the text
 */
void output_text(const char *text)
{
	size_t length = strlen(text);

	fwrite(text, 1, length, stdout);
	if (length && text[length - 1] != '\n')
		putchar('\n');
}

/**
 * output_json() - print JSON that the library wrote
 * @code: what the function that wrote it returned
 * @text: what it wrote, if @code is 0; is freed
 * @error: why it failed
 *
 * Return: 0, or -EIO with nothing printed.
 */
int output_json(int code, char *text, struct pubport_error *error)
{
	if (code < 0)
		return output_fail(-code, error);
	output_text(text);
	free(text);
	return 0;
}

/**
 * output_mappings() - print mappings, a line each
 * @cli: whether keys only, or JSON
 * @mappings: the mappings
 * @error: why it failed
 *
 * Return: 0, or -EIO with nothing printed.
 */
int output_mappings(const struct cli *cli,
		    const struct pubport_mappings *mappings,
		    struct pubport_error *error)
{
	char text[PUBPORT_MAPPING_TEXT_SIZE], *json;
	int code;

	if (cli->json) {
		code = pubport_mappings_to_json(mappings, &json);
		return output_json(code, json, error);
	}
	for (size_t i = 0; i < mappings->count; i++)
		if (cli->quiet)
			puts(pubport_key_format(&mappings->items[i].key, text,
						sizeof(text)));
		else
			puts(pubport_mapping_format(&mappings->items[i], text,
						    sizeof(text)));
	return 0;
}

/**
 * output_close() - make sure that all output arrived
 * @error: why it failed
 *
 * Return: 0, or -EIO when standard output took less than was written.
 */
int output_close(struct pubport_error *error)
{
	bool failed = ferror(stdout);

	/* what an earlier write failed with is not known any more */
	errno = EIO;
	if (fflush(stdout) || failed)
		return output_fail(errno, error);
	/* when close(2) is interrupted, it is closed all the same */
	return fclose(stdout) && errno != EINTR ? output_fail(errno, error) : 0;
}
