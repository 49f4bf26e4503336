/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a runtime says, and what it means when its command fails. */
#include "target/answer.h"

#include "target/program.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

/**
 * answers_done() - free answers
 * @answers: from inquiry_name() or inquiry_all(), or all zero
 */
void answers_done(struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++)
		instances_done(&answers->items[i].instances);
	answers->count = 0;
}

/**
 * answers_begin() - begin the answer of a runtime
 * @answers: where
 * @runtime: whose; each only once
 *
 * Return: the answer, or NULL for a runtime that isn't installed.
 */
struct answer *answers_begin(struct answers *answers,
			     const struct runtime *runtime)
{
	struct answer *answer = &answers->items[answers->count];
	char path[PATH_MAX];

	if (program_find(runtime_program(runtime), path))
		return NULL;
	memset(answer, 0, sizeof(*answer));
	answer->runtime = runtime;
	answers->count++;
	return answer;
}

/**
 * answers_move() - hand answers on
 * @from: has none afterwards
 * @to: where
 */
void answers_move(struct answers *from, struct answers *to)
{
	*to = *from;
	from->count = 0;
}

static void explain(const struct command *command, int code, char *ret_why,
		    size_t size)
{
	const char *const *argv = command->argv;
	const char *operation = argv[1] && argv[1][0] != '-' ? argv[1] : "";
	int length;

	length = snprintf(ret_why, size, "\"%s%s%s\" ", argv[0],
			  *operation ? " " : "", operation);
	ret_why += length;
	size -= (size_t)length;
	if (code == -ETIMEDOUT)
		snprintf(ret_why, size, "gave no answer within %d seconds",
			 COMMAND_SECONDS);
	else if (code == -EFBIG)
		snprintf(ret_why, size, "printed more than %d MiB",
			 COMMAND_MEBIBYTES);
	else if (code == -EBADMSG)
		snprintf(ret_why, size, "printed what can't be understood");
	else if (command->code)
		snprintf(ret_why, size, "can't be run: %s", strerror(-code));
	else if (command->complaint[0])
		snprintf(ret_why, size, "failed: %s", command->complaint);
	else
		snprintf(ret_why, size, "failed with status %d",
			 command->status);
}

/**
 * answer_fail() - note that a command failed
 * @answer: whose; the first failure counts
 * @command: what was run
 * @code: negative errno
 */
void answer_fail(struct answer *answer, const struct command *command, int code)
{
	if (answer->code)
		return;
	answer->code = code;
	explain(command, code, answer->why, sizeof(answer->why));
}

static bool says(const struct command *command, const char *words)
{
	return words && strcasestr(command->complaint, words);
}

/**
 * answer_refusal() - what a command that failed means to say
 * @runtime: whose command
 * @command: what was run
 *
 * Return: -ENOTCONN where the runtime itself doesn't run, -ENOENT where it
 * doesn't know the name, otherwise -EIO.
 */
int answer_refusal(const struct runtime *runtime, const struct command *command)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtime->off); i++)
		if (says(command, runtime->off[i]))
			return -ENOTCONN;
	return says(command, runtime->unknown) ? -ENOENT : -EIO;
}

/**
 * answer_is_idle() - whether a command failed since an instance doesn't run
 * @answer: whose
 * @command: what was run
 *
 * Return: true where it is one that the runtime knows.
 */
bool answer_is_idle(const struct answer *answer, const struct command *command)
{
	return says(command, answer->runtime->idle);
}
