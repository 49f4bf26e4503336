/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a table is made of besides elements, read from messages.
 *
 * The kernel tells of a set, a chain or a rule in the message that would make
 * it.  So what it has, and what we would lay, are read alike, and compared.
 *
 * A rule is told by what it does, and by the sets that it looks into: how it
 * is compiled depends on who loaded it, and when.
 */
#include "table/pieces.h"

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

static void read_set(const struct nlmsghdr *message, struct piece *piece)
{
	uint32_t flags = nfnl_u32(nfnl_find(message, NFTA_SET_FLAGS), 0);
	const struct nlattr *desc = nfnl_find(message, NFTA_SET_DESC);

	piece->noun = flags & NFT_SET_MAP ? "map" : "set";
	snprintf(piece->detail, sizeof(piece->detail),
		 "flags %x key %x %u data %u size %u timeout %" PRIu64,
		 flags & SET_FLAGS,
		 nfnl_u32(nfnl_find(message, NFTA_SET_KEY_TYPE), 0),
		 nfnl_u32(nfnl_find(message, NFTA_SET_KEY_LEN), 0),
		 nfnl_u32(nfnl_find(message, NFTA_SET_DATA_LEN), 0),
		 nfnl_nested_u32(desc, NFTA_SET_DESC_SIZE, 0),
		 nfnl_u64(nfnl_find(message, NFTA_SET_TIMEOUT)));
}

static void read_chain(const struct nlmsghdr *message, struct piece *piece)
{
	const struct nlattr *hook = nfnl_find(message, NFTA_CHAIN_HOOK);
	const char *type = nfnl_name(nfnl_find(message, NFTA_CHAIN_TYPE));

	piece->noun = "chain";
	if (!hook)
		return;
	snprintf(piece->detail, sizeof(piece->detail),
		 "type %.16s hook %u priority %d policy %u", type,
		 nfnl_nested_u32(hook, NFTA_HOOK_HOOKNUM, UINT32_MAX),
		 (int)nfnl_nested_u32(hook, NFTA_HOOK_PRIORITY, 0),
		 nfnl_u32(nfnl_find(message, NFTA_CHAIN_POLICY), NF_ACCEPT));
}

/* ------------------------------------------------------------------ rules */

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

static void append(struct piece *rule, const char *word, const char *name)
{
	size_t length = strlen(rule->detail);

	snprintf(rule->detail + length, sizeof(rule->detail) - length, "%s%s%s",
		 length ? " " : "", word, name);
}

static void append_verdict(struct piece *rule, const struct nlattr *data)
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

static void read_expression(const struct nlattr *nest, struct piece *rule)
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

static void read_rule(const struct nlmsghdr *message, struct piece *piece)
{
	const struct nlattr *list = nfnl_find(message, NFTA_RULE_EXPRESSIONS);
	const struct nlattr *nest;

	piece->noun = "rule in chain";
	if (!list)
		return;
	attr_for_each_nested (nest, list)
		read_expression(nest, piece);
}

/* ------------------------------------------------------------------ all else
 */

static void read_object(const struct nlmsghdr *message, struct piece *piece)
{
	static const char *const nouns[] = {
		[NFT_OBJECT_UNSPEC] = "object",
		[NFT_OBJECT_COUNTER] = "counter",
		[NFT_OBJECT_QUOTA] = "quota",
		[NFT_OBJECT_CT_HELPER] = "ct helper",
		[NFT_OBJECT_LIMIT] = "limit",
	};
	uint32_t type = nfnl_u32(nfnl_find(message, NFTA_OBJ_TYPE), 0);

	piece->noun = nouns[type < ARRAY_SIZE(nouns) ? type : 0];
}

/**
 * struct form - how a kind of message tells of a piece
 * @type: NFT_MSG_
 * @table: attribute with the name of the table
 * @name: attribute with the name of the piece
 * @kind: what it tells of
 * @read: reads the rest, or NULL for a flowtable
 */
struct form {
	uint16_t type;
	uint16_t table;
	uint16_t name;
	enum piece_kind kind;
	void (*read)(const struct nlmsghdr *message, struct piece *piece);
};

static const struct form forms[] = {
	{ NFT_MSG_NEWSET, NFTA_SET_TABLE, NFTA_SET_NAME, PIECE_SET, read_set },
	{ NFT_MSG_NEWCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, PIECE_CHAIN,
	  read_chain },
	{ NFT_MSG_NEWRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, PIECE_RULE,
	  read_rule },
	{ NFT_MSG_NEWOBJ, NFTA_OBJ_TABLE, NFTA_OBJ_NAME, PIECE_OTHER,
	  read_object },
	{ NFT_MSG_NEWFLOWTABLE, NFTA_FLOWTABLE_TABLE, NFTA_FLOWTABLE_NAME,
	  PIECE_OTHER, NULL },
};

static const struct form *find_form(const struct nlmsghdr *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (message->nlmsg_type ==
		    (NFNL_SUBSYS_NFTABLES << 8 | forms[i].type))
			return &forms[i];
	return NULL;
}

/* a set without a name of its own goes with its rule */
static bool is_nameless(const struct nlmsghdr *message, const struct form *form)
{
	return form->kind == PIECE_SET &&
	       nfnl_u32(nfnl_find(message, NFTA_SET_FLAGS), 0) &
		       NFT_SET_ANONYMOUS;
}

/**
 * pieces_add() - add a piece
 * @pieces: where
 * @piece: of which a copy is made
 *
 * Return: 0 or -ENOMEM.
 */
int pieces_add(struct pieces *pieces, const struct piece *piece)
{
	struct piece *items =
		array_grow(pieces->items, pieces->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	pieces->items = items;
	items[pieces->count++] = *piece;
	return 0;
}

/**
 * pieces_read() - add what a message tells of, an mnl_cb_t
 * @message: any; one that tells of no piece of our table is passed over
 * @pieces: a struct pieces
 *
 * Return: MNL_CB_OK, or MNL_CB_ERROR with errno ENOMEM.
 */
int pieces_read(const struct nlmsghdr *message, void *pieces)
{
	const struct form *form = find_form(message);
	struct piece piece = { .noun = "flowtable" };

	if (!form || nfnl_family(message) != NFPROTO_INET ||
	    strcmp(nfnl_name(nfnl_find(message, form->table)), SET_TABLE) ||
	    is_nameless(message, form))
		return MNL_CB_OK;
	piece.kind = form->kind;
	snprintf(piece.name, sizeof(piece.name), "%.*s", PIECE_NAME_SIZE - 1,
		 nfnl_name(nfnl_find(message, form->name)));
	if (form->read)
		form->read(message, &piece);
	if (!pieces_add(pieces, &piece))
		return MNL_CB_OK;
	errno = ENOMEM;
	return MNL_CB_ERROR;
}

/**
 * pieces_done() - free pieces
 * @pieces: filled or all zero
 */
void pieces_done(struct pieces *pieces)
{
	free(pieces->items);
	*pieces = (struct pieces){ NULL, 0 };
}

/**
 * piece_compare_name() - order pieces by what they are, for qsort()
 * @a: one
 * @b: the other
 *
 * Return: less than, equal to, or greater than 0.
 */
int piece_compare_name(const struct piece *a, const struct piece *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

/**
 * piece_compare() - order pieces by what they are, then by what they are like
 * @a: one
 * @b: the other
 *
 * Return: less than, equal to, or greater than 0.
 */
int piece_compare(const struct piece *a, const struct piece *b)
{
	int order = piece_compare_name(a, b);

	return order ? order : strcmp(a->detail, b->detail);
}

static int compare(const void *a, const void *b)
{
	return piece_compare(a, b);
}

/**
 * pieces_sort() - sort pieces by piece_compare()
 * @pieces: which
 */
void pieces_sort(struct pieces *pieces)
{
	if (pieces->count)
		qsort(pieces->items, pieces->count, sizeof(*pieces->items),
		      compare);
}

/**
 * piece_format() - say what a piece is
 * @piece: which
 * @ret_text: where; its name is not made printable
 * @size: bytes of @ret_text, PIECE_TEXT_SIZE
 *
 * Return: @ret_text, such as: map "any4".
 */
const char *piece_format(const struct piece *piece, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "%s \"%s\"", piece->noun, piece->name);
	return ret_text;
}
