/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runtimes know of a name, or run at all. */
#ifndef TARGET_RUNTIME_QUERY_H
#define TARGET_RUNTIME_QUERY_H

#include "netlink/context.h"
#include "target/command.h"
#include "target/runtime.h"
#include "util/cleanup.h"

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

int runtime_query_name(const struct pubport *context,
		       const struct runtime *runtime, const char *name,
		       struct answers *ret_answers);
int runtime_query_all(const struct pubport *context,
		      struct answers *ret_answers);
void answers_done(struct answers *answers);

void answer_fail(struct answer *answer, const struct command *command,
		 int code);
int answer_refusal(const struct runtime *runtime,
		   const struct command *command);
bool answer_is_idle(const struct answer *answer, const struct command *command);

DEFINE_CLEANUP(answers_done, struct answers)

#endif
