/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runtimes of containers and virtual machines: how to ask each. */
#ifndef TARGET_RUNTIME_H
#define TARGET_RUNTIME_H

#include "target/runtime_output.h"

enum {
	RUNTIME_COUNT = 6,
	/* ways to ask the same */
	RUNTIME_SOURCES = 3,
	/* words of a command, and NULL */
	RUNTIME_WORDS = 12,
};

/**
 * struct runtime - a runtime, and how to ask it
 * @kind: what its targets begin with, before the colon
 * @start: how a user starts an instance; its name follows
 * @list: command that prints the names of all that run; none where @show
 *	without a name shows all
 * @show: command that shows the instances whose names follow; the next one is
 *	for those of which it told no address
 * @takes_names: whether @show takes several names, and tells whose each is
 * @read: reads what @show prints
 * @unknown: how it complains about a name that it doesn't know
 * @idle: how it complains about one that it knows, but that doesn't run
 * @off: how its versions complain when it doesn't run itself
 */
struct runtime {
	const char *kind;
	const char *start;
	const char *list[RUNTIME_WORDS];
	const char *show[RUNTIME_SOURCES][RUNTIME_WORDS];
	bool takes_names;
	int (*read)(const char *output, struct instances *instances);
	const char *unknown;
	const char *idle;
	const char *off[2];
};

extern const struct runtime runtime_table[RUNTIME_COUNT];

const struct runtime *runtime_find(const char *target, const char **ret_name);
const char *runtime_program(const struct runtime *runtime);

#endif
