/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets, chains, rules and other objects of the table, as they are compared.
 *
 * The kernel describes an object in the message that would create it, so that
 * one function reads both what it has and what pubport would create.  Each
 * object has one line of text that says all that matters about it.  Of a rule,
 * these are the sets that it looks into, its verdict, and statements such as
 * nat: which other expressions there are depends on who compiled the rule,
 * pubport or some version of nft.
 */
#include "table/object.h"

#include "netlink/nfnetlink.h"
#include "nft/sets.h"
#include "util/array.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

/* flags of a set that decide what can be in it */
#define SET_FLAGS                                                              \
	(NFT_SET_CONSTANT | NFT_SET_INTERVAL | NFT_SET_MAP | NFT_SET_TIMEOUT | \
	 NFT_SET_EVAL | NFT_SET_OBJECT)

/* ---------------------------------------------------- objects from messages */

static void read_set(const struct nlmsghdr *message, struct object *object)
{
	uint32_t flags = nfnl_u32(nfnl_find(message, NFTA_SET_FLAGS), 0);
	const struct nlattr *desc = nfnl_find(message, NFTA_SET_DESC);

	object->noun = flags & NFT_SET_MAP ? "map" : "set";
	snprintf(object->detail, sizeof(object->detail),
		 "flags %x key %x %u data %u size %u timeout %" PRIu64,
		 flags & SET_FLAGS,
		 nfnl_u32(nfnl_find(message, NFTA_SET_KEY_TYPE), 0),
		 nfnl_u32(nfnl_find(message, NFTA_SET_KEY_LEN), 0),
		 nfnl_u32(nfnl_find(message, NFTA_SET_DATA_LEN), 0),
		 nfnl_nested_u32(desc, NFTA_SET_DESC_SIZE, 0),
		 nfnl_u64(nfnl_find(message, NFTA_SET_TIMEOUT)));
}

static void read_chain(const struct nlmsghdr *message, struct object *object)
{
	const struct nlattr *hook = nfnl_find(message, NFTA_CHAIN_HOOK);
	const char *type = nfnl_name(nfnl_find(message, NFTA_CHAIN_TYPE));

	object->noun = "chain";
	if (!hook)
		return;
	snprintf(object->detail, sizeof(object->detail),
		 "type %.16s hook %u priority %d policy %u", type,
		 nfnl_nested_u32(hook, NFTA_HOOK_HOOKNUM, UINT32_MAX),
		 (int)nfnl_nested_u32(hook, NFTA_HOOK_PRIORITY, 0),
		 nfnl_u32(nfnl_find(message, NFTA_CHAIN_POLICY), NF_ACCEPT));
}

/* what only finds out whether a rule matches */
static bool only_looks(const char *expression)
{
	static const char *const names[] = {
		"payload", "meta", "cmp", "bitwise",   "byteorder",
		"fib",	   "ct",   "rt",  "immediate",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(expression, names[i]))
			return true;
	return false;
}

static void append(struct object *rule, const char *word, const char *name)
{
	size_t length = strlen(rule->detail);

	snprintf(rule->detail + length, sizeof(rule->detail) - length, "%s%s%s",
		 length ? " " : "", word, name);
}

static void append_verdict(struct object *rule, const struct nlattr *data)
{
	const struct nlattr *verdict =
		attr_find_nested(data, NFTA_DATA_VERDICT);
	int code = (int)nfnl_nested_u32(verdict, NFTA_VERDICT_CODE, 0);
	char word[32];

	snprintf(word, sizeof(word), "verdict %d ", code);
	if (verdict)
		append(rule, word,
		       nfnl_name(
			       attr_find_nested(verdict, NFTA_VERDICT_CHAIN)));
}

static void read_expression(const struct nlattr *nest, struct object *rule)
{
	const char *name = nfnl_name(attr_find_nested(nest, NFTA_EXPR_NAME));
	const struct nlattr *data = attr_find_nested(nest, NFTA_EXPR_DATA);

	if (!strcmp(name, "lookup"))
		append(rule, "@",
		       nfnl_name(attr_find_nested(data, NFTA_LOOKUP_SET)));
	else if (!strcmp(name, "immediate"))
		append_verdict(rule,
			       attr_find_nested(data, NFTA_IMMEDIATE_DATA));
	else if (!only_looks(name))
		append(rule, name, "");
}

static void read_rule(const struct nlmsghdr *message, struct object *object)
{
	const struct nlattr *list = nfnl_find(message, NFTA_RULE_EXPRESSIONS);
	const struct nlattr *nest;

	object->noun = "rule in chain";
	if (!list)
		return;
	attr_for_each_nested (nest, list)
		read_expression(nest, object);
}

static void read_object(const struct nlmsghdr *message, struct object *object)
{
	static const char *const nouns[] = {
		[NFT_OBJECT_UNSPEC] = "object",
		[NFT_OBJECT_COUNTER] = "counter",
		[NFT_OBJECT_QUOTA] = "quota",
		[NFT_OBJECT_CT_HELPER] = "ct helper",
		[NFT_OBJECT_LIMIT] = "limit",
		[NFT_OBJECT_CT_TIMEOUT] = "ct timeout",
	};
	uint32_t type = nfnl_u32(nfnl_find(message, NFTA_OBJ_TYPE), 0);

	object->noun = nouns[type < ARRAY_SIZE(nouns) ? type : 0];
}

/**
 * struct form - how a kind of message describes an object
 * @type: NFT_MSG_
 * @table: attribute with the name of the table
 * @name: attribute with the name of the object
 * @kind: kind of the object
 * @read: reads the rest, or NULL for a flowtable
 */
struct form {
	uint16_t type;
	uint16_t table;
	uint16_t name;
	enum object_kind kind;
	void (*read)(const struct nlmsghdr *message, struct object *object);
};

static const struct form forms[] = {
	{ NFT_MSG_NEWSET, NFTA_SET_TABLE, NFTA_SET_NAME, OBJECT_SET, read_set },
	{ NFT_MSG_NEWCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, OBJECT_CHAIN,
	  read_chain },
	{ NFT_MSG_NEWRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, OBJECT_RULE,
	  read_rule },
	{ NFT_MSG_NEWOBJ, NFTA_OBJ_TABLE, NFTA_OBJ_NAME, OBJECT_OTHER,
	  read_object },
	{ NFT_MSG_NEWFLOWTABLE, NFTA_FLOWTABLE_TABLE, NFTA_FLOWTABLE_NAME,
	  OBJECT_OTHER, NULL },
};

static const struct form *find_form(const struct nlmsghdr *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (message->nlmsg_type ==
		    (NFNL_SUBSYS_NFTABLES << 8 | forms[i].type))
			return &forms[i];
	return NULL;
}

/**
 * object_read() - read the object that a message describes
 * @message: from the kernel, or of a transaction; not trusted
 * @ret_object: set if it is one
 *
 * A set without a name of its own belongs to its rule, and is none.
 *
 * Return: whether the message describes an object of our table.
 */
bool object_read(const struct nlmsghdr *message, struct object *ret_object)
{
	const struct form *form = find_form(message);

	if (!form || nfnl_family(message) != NFPROTO_INET ||
	    strcmp(nfnl_name(nfnl_find(message, form->table)), SET_TABLE))
		return false;
	if (form->kind == OBJECT_SET &&
	    nfnl_u32(nfnl_find(message, NFTA_SET_FLAGS), 0) & NFT_SET_ANONYMOUS)
		return false;
	*ret_object =
		(struct object){ .kind = form->kind, .noun = "flowtable" };
	snprintf(ret_object->name, sizeof(ret_object->name), "%.*s",
		 OBJECT_NAME_SIZE - 1,
		 nfnl_name(nfnl_find(message, form->name)));
	if (form->read)
		form->read(message, ret_object);
	return true;
}

/* --------------------------------------------------------- lists of objects */

/**
 * objects_append() - add an object to a list
 * @objects: the list
 * @object: copied
 *
 * Return: 0 or -ENOMEM.
 */
int objects_append(struct objects *objects, const struct object *object)
{
	struct object *items =
		array_grow(objects->items, objects->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	objects->items = items;
	items[objects->count++] = *object;
	return 0;
}

/**
 * objects_append_read() - add the object that a message describes to a list
 * @message: as for object_read(); one that describes none is passed over
 * @objects: the list, a struct objects
 *
 * Return: MNL_CB_OK, or MNL_CB_ERROR with ENOMEM in errno.
 */
int objects_append_read(const struct nlmsghdr *message, void *objects)
{
	struct object object;

	if (!object_read(message, &object) || !objects_append(objects, &object))
		return MNL_CB_OK;
	errno = ENOMEM;
	return MNL_CB_ERROR;
}

/**
 * objects_have() - look for an object by its name
 * @objects: where
 * @kind: of which kind
 * @name: its name; of a rule, that of its chain
 *
 * Return: whether there is one.
 */
bool objects_have(const struct objects *objects, enum object_kind kind,
		  const char *name)
{
	for (size_t i = 0; i < objects->count; i++)
		if (objects->items[i].kind == kind &&
		    !strcmp(objects->items[i].name, name))
			return true;
	return false;
}

/**
 * objects_format() - name the first of some objects, and say how many more
 * @objects: at least one
 * @ret_text: OBJECT_TEXT_SIZE bytes; names are not made printable
 *
 * Return: @ret_text, such as: rule in chain "publish4" and 2 more.
 */
const char *objects_format(const struct objects *objects, char *ret_text)
{
	const struct object *first = objects->items;
	int length = snprintf(ret_text, OBJECT_TEXT_SIZE, "%s \"%s\"",
			      first->noun, first->name);

	if (objects->count > 1)
		snprintf(ret_text + length, OBJECT_TEXT_SIZE - (size_t)length,
			 " and %zu more", objects->count - 1);
	return ret_text;
}

/**
 * objects_done() - free objects
 * @objects: filled or all zero
 */
void objects_done(struct objects *objects)
{
	free(objects->items);
	*objects = (struct objects){ NULL, 0 };
}

/**
 * object_compare_names() - order objects by kind and name
 * @a: an object
 * @b: another one
 *
 * Return: below, at or above 0, as for qsort(3).
 */
int object_compare_names(const struct object *a, const struct object *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

/**
 * object_compare() - the same, and then by what they do
 * @a: a struct object
 * @b: another one
 *
 * Return: below, at or above 0, as for qsort(3).
 */
int object_compare(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int order = object_compare_names(x, y);

	return order ? order : strcmp(x->detail, y->detail);
}

/**
 * objects_sort() - sort objects as object_compare() orders them
 * @objects: which
 */
void objects_sort(struct objects *objects)
{
	if (objects->count)
		qsort(objects->items, objects->count, sizeof(*objects->items),
		      object_compare);
}
