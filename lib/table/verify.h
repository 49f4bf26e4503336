/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the table in the kernel with the one that pubport creates. */
#ifndef TABLE_VERIFY_H
#define TABLE_VERIFY_H

#include "nft/transaction.h"
#include "util/error.h"

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
bool objects_have(const struct objects *objects, enum object_kind kind,
		  const char *name);
const char *objects_format(const struct objects *objects, char *ret_text);
void objects_done(struct objects *objects);

static inline void cleanup_objects_done(struct objects *objects)
{
	objects_done(objects);
}

/**
 * struct table_diff - how the table differs from the one that pubport creates
 * @generation: of the ruleset when it was looked at
 * @is_there: whether there is a table
 * @is_dormant: whether it is switched off
 * @owner: port of the netlink socket that alone may change it, or 0
 * @expected: the messages that would create it, never committed: with those
 *	optional parts of which something is there
 * @missing: objects of @expected that are not there
 * @altered: objects that have the name of an expected one and differ from it
 * @foreign: objects that are none of pubport's
 */
struct table_diff {
	uint32_t generation;
	bool is_there;
	bool is_dormant;
	uint32_t owner;
	struct transaction expected;
	struct objects missing;
	struct objects altered;
	struct objects foreign;
};

int verify_table(struct netlink *nft, struct table_diff *ret_diff);
const char *verify_find_mixed(const struct table_diff *diff);
int verify_refuse(const struct table_diff *diff, struct pubport_error *error);
int verify_explain(struct netlink *nft, int code, struct pubport_error *error);
void table_diff_done(struct table_diff *diff);

static inline void cleanup_table_diff_done(struct table_diff *diff)
{
	table_diff_done(diff);
}

int verify_quickly(struct netlink *nft, bool *ret_exists, bool *ret_whole);
int verify_find_leftovers(struct netlink *nft, char *ret_text);

#endif
