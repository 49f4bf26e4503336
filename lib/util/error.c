/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills in the caller's struct pubport_error; needs memory for hints alone. */
#include "util/error.h"

#include "util/cleanup.h"
#include "util/strbuf.h"
#include "util/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/**
 * error_set() - describe a failure
 * @error: caller's, or NULL
 * @status: class of the failure
 * @code: negative errno
 * @format: "WHAT: WHY" with the user's words quoted
 *
 * Return: @code.
 */
int error_set(struct pubport_error *error, enum pubport_status status, int code,
	      const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	error->code = code;
	error->status = status;
	error->index = PUBPORT_NO_INDEX;
	error->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	text_make_printable(error->message);
	return code;
}

/**
 * error_kernel() - describe what the kernel refused
 * @error: caller's, or NULL
 * @code: negative errno from the kernel
 * @what: what was tried, such as "inet pubport"
 *
 * EPERM and EACCES become "not permitted"; all else is "failed".
 *
 * Return: @code.
 */
int error_kernel(struct pubport_error *error, int code, const char *what)
{
	if (code == -EPERM || code == -EACCES)
		return error_set(error, PUBPORT_NOT_PERMITTED, code,
				 "%s: not permitted: this needs CAP_NET_ADMIN "
				 "in the network namespace",
				 what);
	return error_set(error, PUBPORT_FAILED, code, "%s: %s", what,
			 strerror(-code));
}

/**
 * error_memory() - describe that memory ran out
 * @error: caller's, or NULL
 *
 * Return: -ENOMEM.
 */
int error_memory(struct pubport_error *error)
{
	return error_set(error, PUBPORT_FAILED, -ENOMEM, "out of memory: %s",
			 strerror(ENOMEM));
}

/**
 * error_hint() - add a command that helps to a described failure
 * @error: as filled in by error_set(), or NULL
 * @format: the command
 */
void error_hint(struct pubport_error *error, const char *format, ...)
{
	va_list args;

	if (!error)
		return;
	va_start(args, format);
	vsnprintf(error->hint, sizeof(error->hint), format, args);
	va_end(args);
	text_make_printable(error->hint);
}

/**
 * error_hint_command() - add a command line that helps to a described failure
 * @error: as filled in by error_set(), or NULL
 * @command: how the command begins; written as it is
 * @words: its other words, then NULL; quoted where a shell needs it
 *
 * Without memory, and where the hint has no room for all of it, there is none.
 */
void error_hint_command(struct pubport_error *error, const char *command,
			const char *const *words)
{
	struct strbuf hint CLEANUP(strbuf_done) = { .out = NULL };

	if (!error || strbuf_open(&hint))
		return;
	fputs(command, hint.out);
	for (; *words; words++) {
		fputc(' ', hint.out);
		shell_quote(hint.out, *words);
	}
	if (!strbuf_close(&hint) && hint.length < sizeof(error->hint))
		error_hint(error, "%s", hint.string);
}

/**
 * error_prefix() - say in which of the user's words a described failure is
 * @error: as filled in by error_set(), or NULL
 * @word: such as a file's name; quoted
 */
void error_prefix(struct pubport_error *error, const char *word)
{
	char message[sizeof(error->message)];

	if (!error)
		return;
	memcpy(message, error->message, sizeof(message));
	snprintf(error->message, sizeof(error->message), "\"%.64s\": %.300s",
		 word, message);
	text_make_printable(error->message);
}

/**
 * error_append() - add to the message of a described failure
 * @error: as filled in by error_set(), or NULL
 * @format: what to add, as far as it fits
 */
void error_append(struct pubport_error *error, const char *format, ...)
{
	va_list args;
	size_t used;

	if (!error)
		return;
	used = strlen(error->message);
	va_start(args, format);
	vsnprintf(error->message + used, sizeof(error->message) - used, format,
		  args);
	va_end(args);
	text_make_printable(error->message);
}

/**
 * error_index() - say which input caused a described failure
 * @error: as filled in by error_set(), or NULL
 * @index: index of the input, from 0
 */
void error_index(struct pubport_error *error, size_t index)
{
	if (error)
		error->index = index;
}

/**
 * error_is_shortage() - tell what the machine lacks from what is so
 * @code: negative errno of any call, or 0
 *
 * Whoever passes over what can't be had must not pass over this: the same call
 * may do another time.
 *
 * Return: whether memory, files or the like ran out, or it was interrupted.
 */
bool error_is_shortage(int code)
{
	switch (-code) {
	case EAGAIN:
	case EINTR:
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return true;
	default:
		return false;
	}
}
