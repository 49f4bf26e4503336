/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets, chains, rules and other objects of the table, as they are compared. */
#ifndef TABLE_OBJECT_H
#define TABLE_OBJECT_H

#include "util/cleanup.h"

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>

/* a longer name is none of ours, and is cut */
#define OBJECT_NAME_SIZE 64
#define OBJECT_DETAIL_SIZE 96
#define OBJECT_TEXT_SIZE (OBJECT_NAME_SIZE + 64)

enum object_kind {
	OBJECT_SET,
	OBJECT_CHAIN,
	OBJECT_RULE,
	OBJECT_OTHER, /* a counter, a flowtable, ... */
};

/**
 * struct object - a set, a chain, a rule or something else of the table
 * @kind: which of these
 * @noun: nft's word for it, constant
 * @name: its name; of a rule, that of its chain
 * @detail: its properties: the same text for two objects that do the same
 */
struct object {
	enum object_kind kind;
	const char *noun;
	char name[OBJECT_NAME_SIZE];
	char detail[OBJECT_DETAIL_SIZE];
};

/**
 * struct objects - an array of objects
 * @items: free with objects_done()
 * @count: number of @items
 */
struct objects {
	struct object *items;
	size_t count;
};

bool object_read(const struct nlmsghdr *message, struct object *ret_object);
int object_compare_names(const struct object *a, const struct object *b);
int object_compare(const void *a, const void *b);

int objects_append(struct objects *objects, const struct object *object);
int objects_append_read(const struct nlmsghdr *message, void *objects);
void objects_sort(struct objects *objects);
bool objects_have(const struct objects *objects, enum object_kind kind,
		  const char *name);
const char *objects_format(const struct objects *objects, char *ret_text);
void objects_done(struct objects *objects);

DEFINE_CLEANUP(objects_done, struct objects)

#endif
