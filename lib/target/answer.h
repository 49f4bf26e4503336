/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a runtime says, and what it means when its command fails. */
#ifndef TARGET_ANSWER_H
#define TARGET_ANSWER_H

#include "target/command.h"
#include "target/runtime.h"

/**
 * struct answer - what a runtime says
 * @runtime: which one
 * @instances: what it knows
 * @code: 0; -ENOENT where it doesn't know the name, -ENOTCONN where it doesn't
 *	run itself; or another negative errno where it could not be asked
 * @why: for such a code, the command and what became of it; printable
 */
struct answer {
	const struct runtime *runtime;
	struct instances instances;
	int code;
	char why[224];
};

/**
 * struct answers - what several runtimes say
 * @items: an answer each
 * @count: number of @items
 */
struct answers {
	struct answer items[RUNTIME_COUNT];
	size_t count;
};

struct answer *answers_begin(struct answers *answers,
			     const struct runtime *runtime);
void answers_move(struct answers *from, struct answers *to);
void answers_done(struct answers *answers);

static inline void cleanup_answers_done(struct answers *answers)
{
	answers_done(answers);
}

void answer_fail(struct answer *answer, const struct command *command,
		 int code);
int answer_refusal(const struct runtime *runtime,
		   const struct command *command);
bool answer_is_idle(const struct answer *answer, const struct command *command);

#endif
