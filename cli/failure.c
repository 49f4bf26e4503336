/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failures of the command line itself, in the library's own form. */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* arguments come from anyone: no escape sequence may reach a terminal */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static int code_of(enum pubport_status status)
{
	switch (status) {
	case PUBPORT_USAGE:
		return -EINVAL;
	case PUBPORT_CONFLICT:
		return -EEXIST;
	case PUBPORT_NOT_FOUND:
		return -ENOENT;
	case PUBPORT_NOT_PERMITTED:
		return -EPERM;
	case PUBPORT_DONE:
	case PUBPORT_FAILED:
	default:
		return -EIO;
	}
}

/**
 * failure_set() - describe a failure
 * @error: caller's, or NULL
 * @status: class of the failure
 * @format: "WHAT: WHY" with the user's words in double quotes
 *
 * Return: the negative errno of that class.
 */
int failure_set(struct pubport_error *error, enum pubport_status status,
		const char *format, ...)
{
	va_list args;

	if (!error)
		return code_of(status);
	error->code = code_of(status);
	error->status = status;
	error->index = PUBPORT_NO_INDEX;
	error->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	make_printable(error->message);
	return error->code;
}

/**
 * failure_memory() - describe that memory ran out
 * @error: caller's, or NULL
 *
 * Return: -ENOMEM.
 */
int failure_memory(struct pubport_error *error)
{
	failure_set(error, PUBPORT_FAILED, "out of memory: %s",
		    strerror(ENOMEM));
	if (error)
		error->code = -ENOMEM;
	return -ENOMEM;
}

/**
 * failure_prefix() - say in which of the user's words a described failure is
 * @error: as filled in by failure_set() or the library, or NULL
 * @word: such as a file's name; quoted
 */
void failure_prefix(struct pubport_error *error, const char *word)
{
	char message[sizeof(error->message)];

	if (!error)
		return;
	memcpy(message, error->message, sizeof(message));
	snprintf(error->message, sizeof(error->message), "\"%.64s\": %.300s",
		 word, message);
	make_printable(error->message);
}

/**
 * failure_append() - add to the message of a described failure
 * @error: as filled in by failure_set(), or NULL
 * @format: what to add, as far as it fits
 */
void failure_append(struct pubport_error *error, const char *format, ...)
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
	make_printable(error->message);
}

/**
 * failure_hint() - add a command that helps to a described failure
 * @error: as filled in by failure_set(), or NULL
 * @format: the command
 */
void failure_hint(struct pubport_error *error, const char *format, ...)
{
	va_list args;

	if (!error)
		return;
	va_start(args, format);
	vsnprintf(error->hint, sizeof(error->hint), format, args);
	va_end(args);
	make_printable(error->hint);
}

/* false when there is no room for it, or no way to quote it */
static bool append_word(char *text, size_t size, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.:/@+,%=-";
	const char *quote = *word && !word[strspn(word, plain)] ? "" : "'";
	size_t used = strlen(text);

	return !strchr(word, '\'') &&
	       (size_t)snprintf(text + used, size - used, " %s%s%s", quote,
				word, quote) < size - used;
}

/**
 * failure_hint_root() - hint at the same command as root, where that helps
 * @error: a failure; one that is not for lack of rights stays as it is
 * @words: those of the command
 */
void failure_hint_root(struct pubport_error *error, char *const *words)
{
	char hint[sizeof(error->hint)] = "sudo pubport";

	if (error->status != PUBPORT_NOT_PERMITTED || error->hint[0] ||
	    geteuid() == 0)
		return;
	for (; *words; words++)
		if (!append_word(hint, sizeof(hint), *words))
			return;
	failure_hint(error, "%s", hint);
}
