/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runtimes know of a name, or run at all.
 *
 * All runtimes that a question is for are asked at the same time.  Those that
 * aren't installed cost a look at the folders for programs.
 */
#include "target/runtime_query.h"

#include "target/command.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/program.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* as much of an id as docker and podman show */
#define ID_LENGTH 12

/* ----------------------------------------------------------------- answers */

/**
 * answers_done() - free answers
 * @answers: from runtime_query_name() or runtime_query_all(), or all zero
 */
void answers_done(struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++)
		instances_done(&answers->items[i].instances);
	answers->count = 0;
}

/* NULL for a runtime that is not installed */
static struct answer *answers_begin(struct answers *answers,
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

static void answers_move(struct answers *from, struct answers *to)
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
	else if (code == -ECHILD)
		snprintf(ret_why, size,
			 "ended, but nobody can tell how: this "
			 "process ignores SIGCHLD");
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

/* ------------------------------------------------------------- questions */

/**
 * struct question - what a command is run for
 * @answer: where its answer goes
 * @about: the instance of @answer that it is about, or NULL for all of them
 * @argv: the command's words; the array alone is on the heap
 */
struct question {
	struct answer *answer;
	struct instance *about;
	const char **argv;
};

/**
 * struct questions - what is asked at the same time
 * @items: on the heap
 * @count: number of @items
 */
struct questions {
	struct question *items;
	size_t count;
};

static void cleanup_questions(struct questions *questions)
{
	for (size_t i = 0; i < questions->count; i++)
		free(questions->items[i].argv);
	free(questions->items);
}

/* @words, and behind them the names of instances; NULL without memory */
static const char **make_argv(const char *const *words,
			      const struct instance *instances, size_t count)
{
	const char **argv = calloc(RUNTIME_WORDS + count + 1, sizeof(*argv));
	size_t length = 0;

	for (; argv && words[length]; length++)
		argv[length] = words[length];
	for (size_t i = 0; argv && i < count; i++)
		argv[length++] = instances[i].name;
	return argv;
}

static int add_question(struct questions *questions,
			const struct question *question)
{
	struct question *items;

	if (!question->argv)
		return -ENOMEM;
	items = array_grow(questions->items, questions->count, sizeof(*items));
	if (!items) {
		free(question->argv);
		return -ENOMEM;
	}
	questions->items = items;
	items[questions->count++] = *question;
	return 0;
}

/* takes what a question's command printed; fails without memory only */
typedef int (*take_fn)(struct question *question,
		       const struct command *command);

static int ask(struct questions *questions, int stop, take_fn take)
{
	CLEANUP(free)
	struct command *commands =
		calloc(questions->count + 1, sizeof(*commands));
	int code = commands ? 0 : -ENOMEM;

	if (code)
		return code;
	for (size_t i = 0; i < questions->count; i++)
		commands[i].argv = questions->items[i].argv;
	commands_run(commands, questions->count, stop);
	for (size_t i = 0; i < questions->count; i++) {
		if (!code)
			code = take(&questions->items[i], &commands[i]);
		command_done(&commands[i]);
	}
	return code;
}

/* ------------------------------------------------------------------ show */

static bool lacks_address(const struct instance *instance)
{
	return instance->running && !instance->pid && !instance->addr_count;
}

static int read_shown(const struct runtime *runtime,
		      const struct command *command,
		      struct instances *ret_instances)
{
	CLEANUP(instances_done) struct instances instances = { 0 };
	int code;

	if (command->code)
		return command->code;
	/* of several names, those that it knows are shown all the same */
	if (command->status && !runtime->takes_names)
		return answer_refusal(runtime, command);
	code = runtime->read(command->output ? command->output : "",
			     &instances);
	if (command->status && (code == -EBADMSG || !instances.count))
		code = answer_refusal(runtime, command);
	if (code)
		return code;
	*ret_instances = instances;
	memset(&instances, 0, sizeof(instances));
	return 0;
}

static int take_shown(struct question *question, const struct command *command)
{
	CLEANUP(instances_done) struct instances instances = { 0 };
	struct answer *answer = question->answer;
	struct instance *about = question->about;
	int code = read_shown(answer->runtime, command, &instances);

	if (code == -ENOMEM)
		return code;
	if (code) {
		/* another way to ask about what runs may well fail */
		if (!(about && about->running) &&
		    !answer_is_idle(answer, command))
			answer_fail(answer, command, code);
	} else if (about && instances.count) {
		memcpy(instances.items->name, about->name, sizeof(about->name));
		*about = *instances.items;
	} else if (!about) {
		instances_done(&answer->instances);
		answer->instances = instances;
		memset(&instances, 0, sizeof(instances));
	}
	return 0;
}

/* a question for each that takes one name, or one for all of an answer */
static int add_shows(struct questions *questions, struct answer *answer,
		     size_t source)
{
	const struct runtime *runtime = answer->runtime;
	struct instances *instances = &answer->instances;
	const char *const *words = runtime->show[source];
	struct question question = { .answer = answer };
	int code = 0;

	if (answer->code || !words[0])
		return 0;
	if (runtime->takes_names) {
		if (!instances->count && runtime->list[0])
			return 0;
		question.argv =
			make_argv(words, instances->items, instances->count);
		return add_question(questions, &question);
	}
	for (size_t i = 0; !code && i < instances->count; i++) {
		question.about = &instances->items[i];
		if (source && !lacks_address(question.about))
			continue;
		question.argv = make_argv(words, question.about, 1);
		code = add_question(questions, &question);
	}
	return code;
}

/* finds out all of the instances of which the answers have the names */
static int show(struct answers *answers, int stop)
{
	int code = 0;

	for (size_t source = 0; !code && source < RUNTIME_SOURCES; source++) {
		CLEANUP(questions) struct questions questions = { 0 };

		for (size_t i = 0; !code && i < answers->count; i++)
			code = add_shows(&questions, &answers->items[i],
					 source);
		if (!code)
			code = ask(&questions, stop, take_shown);
	}
	return code;
}

/* ---------------------------------------------------------- by name, or all */

static int add_name(struct answers *answers, const struct runtime *runtime,
		    const char *name)
{
	struct answer *answer = answers_begin(answers, runtime);
	struct instance *instance;

	if (!answer)
		return 0;
	instance = instances_append(&answer->instances);
	if (!instance)
		return -ENOMEM;
	snprintf(instance->name, sizeof(instance->name), "%s", name);
	return 0;
}

/* docker takes the beginning of an id for a name: where other kinds could be
 * meant too, it has to be as much as docker shows */
static bool is_meant(const struct instance *instance, const char *name,
		     size_t id_length)
{
	size_t length = strlen(name);

	return strcmp(instance->name, name) == 0 ||
	       (length >= id_length &&
		strncmp(instance->id, name, length) == 0);
}

/* leaves the one instance that was meant */
static void select_meant(struct answer *answer, const char *name,
			 size_t id_length)
{
	struct instances *instances = &answer->instances;
	size_t i = 0;

	while (i < instances->count &&
	       !is_meant(&instances->items[i], name, id_length))
		i++;
	if (answer->code || i == instances->count) {
		instances_done(instances);
		if (!answer->code)
			answer->code = -ENOENT;
		return;
	}
	instances->items[0] = instances->items[i];
	instances->count = 1;
}

/**
 * runtime_query_name() - ask who knows a name
 * @context: who asks
 * @runtime: the one to ask, or NULL for all
 * @name: a name, or for docker and podman also an id; word_is_name()
 * @ret_answers: the answer of each that is installed: the one instance that is
 *	meant, whether it runs or not, or a code; end with answers_done()
 *
 * Return: 0 or -ENOMEM.
 */
int runtime_query_name(const struct pubport *context,
		       const struct runtime *runtime, const char *name,
		       struct answers *ret_answers)
{
	CLEANUP(answers_done) struct answers answers = { .count = 0 };
	int code = 0;

	for (size_t i = 0; !code && i < RUNTIME_COUNT; i++)
		if (!runtime || runtime == &runtime_table[i])
			code = add_name(&answers, &runtime_table[i], name);
	if (!code)
		code = show(&answers, context->stop);
	if (code)
		return code;
	for (size_t i = 0; i < answers.count; i++)
		select_meant(&answers.items[i], name, runtime ? 1 : ID_LENGTH);
	answers_move(&answers, ret_answers);
	return 0;
}

static int take_names(struct question *question, const struct command *command)
{
	struct answer *answer = question->answer;
	int code = command->code;

	if (!code && command->status)
		code = answer_refusal(answer->runtime, command);
	if (!code && command->output)
		return read_names(command->output, &answer->instances);
	if (code)
		answer_fail(answer, command, code);
	return 0;
}

static int add_list(struct questions *questions, struct answers *answers,
		    const struct runtime *runtime)
{
	struct question question = { 0 };

	question.answer = answers_begin(answers, runtime);
	if (!question.answer || !runtime->list[0])
		return 0;
	question.argv = make_argv(runtime->list, NULL, 0);
	return add_question(questions, &question);
}

/**
 * runtime_query_all() - ask for all that runs
 * @context: who asks
 * @ret_answers: the answer of each runtime that is installed, perhaps also with
 *	instances that don't run; a code means that some may be missing; end
 *	with answers_done()
 *
 * Return: 0 or -ENOMEM.
 */
int runtime_query_all(const struct pubport *context,
		      struct answers *ret_answers)
{
	CLEANUP(answers_done) struct answers answers = { .count = 0 };
	CLEANUP(questions) struct questions questions = { 0 };
	int code = 0;

	for (size_t i = 0; !code && i < RUNTIME_COUNT; i++)
		code = add_list(&questions, &answers, &runtime_table[i]);
	if (!code)
		code = ask(&questions, context->stop, take_names);
	if (!code)
		code = show(&answers, context->stop);
	if (code)
		return code;
	answers_move(&answers, ret_answers);
	return 0;
}
