/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares the table in the kernel with the one that pubport creates.
 *
 * Anybody may edit the table.  The kernel describes a set, a chain or a rule in
 * the message that would create it.  So the messages that would create our
 * table are written into a transaction that is never committed, and one
 * function reads objects from these and from what the kernel dumps.  Both lists
 * are sorted and compared, as comm(1) does with lines.  Elements of sets don't
 * count.
 *
 * Each object has one line of text that says all that matters about it.  Of a
 * rule, these are the sets that it looks into, its verdict, and statements such
 * as nat: which other expressions there are depends on who compiled the rule,
 * pubport or some version of nft.
 *
 * Optional parts are expected where a set of them is there.  A rule of ours may
 * stand in its chain twice, if optional.c added it again to be the first.
 */
#include "table/verify.h"

#include "mapping/addr.h"
#include "mapping/prefix.h"
#include "netlink/nfnetlink.h"
#include "nft/element.h"
#include "nft/objects.h"
#include "table/lookup.h"
#include "table/optional.h"
#include "util/array.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

/* how often we look again because somebody changes the ruleset meanwhile */
#define VERIFY_TRIES 32

/* flags of a set that decide what can be in it */
#define SET_FLAGS                                                              \
	(NFT_SET_CONSTANT | NFT_SET_INTERVAL | NFT_SET_MAP | NFT_SET_TIMEOUT | \
	 NFT_SET_EVAL | NFT_SET_OBJECT)

/* in the order in which they are added */
static const struct ruleset *const rulesets[] = {
	&ruleset_base,	   &ruleset_forward, &ruleset_ending, &ruleset_settling,
	&ruleset_redirect, &ruleset_limit,   &ruleset_shield, &ruleset_counters,
};

_Static_assert(ARRAY_SIZE(rulesets) <= OPTIONAL_RULESETS,
	       "all rulesets can be there together");

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

static int append_object(struct objects *objects, const struct object *object)
{
	struct object *items =
		array_grow(objects->items, objects->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	objects->items = items;
	items[objects->count++] = *object;
	return 0;
}

static int append_read(const struct nlmsghdr *message, void *objects)
{
	struct object object;

	if (!object_read(message, &object) || !append_object(objects, &object))
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

static int compare_names(const struct object *a, const struct object *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int order = compare_names(x, y);

	return order ? order : strcmp(x->detail, y->detail);
}

static void sort_objects(struct objects *objects)
{
	if (objects->count)
		qsort(objects->items, objects->count, sizeof(*objects->items),
		      compare_objects);
}

/* ------------------------------------------------------ what the kernel has */

static int read_table(const struct nlmsghdr *message, void *data)
{
	struct table_diff *diff = data;
	uint32_t flags = nfnl_u32(nfnl_find(message, NFTA_TABLE_FLAGS), 0);

	diff->is_there = true;
	diff->is_dormant = flags & NFT_TABLE_F_DORMANT;
	diff->owner = nfnl_u32(nfnl_find(message, NFTA_TABLE_OWNER), 0);
	return MNL_CB_OK;
}

static int ask_for_table(struct netlink *nft, struct table_diff *diff)
{
	struct request request = { .header = NULL };
	int code;

	table_ask(&request, NFT_MSG_GETTABLE, 0, NULL);
	code = netlink_talk(nft, &request, read_table, diff);
	return code == -ENOENT ? 0 : code;
}

/* in each of these requests the name of the table is attribute 1; a dump of
 * chains tells of all tables */
static int dump_objects(struct netlink *nft, struct objects *objects)
{
	static const uint16_t types[] = {
		NFT_MSG_GETSET, NFT_MSG_GETCHAIN,     NFT_MSG_GETRULE,
		NFT_MSG_GETOBJ, NFT_MSG_GETFLOWTABLE,
	};
	int code = 0;

	for (size_t i = 0; !code && i < ARRAY_SIZE(types); i++) {
		struct request request = { .header = NULL };

		nfnl_begin(&request, NFNL_NFT(types[i]), NLM_F_DUMP,
			   NFPROTO_INET);
		mnl_attr_put_strz(request.header, NFTA_RULE_TABLE, SET_TABLE);
		code = netlink_talk(nft, &request, append_read, objects);
		/* a kernel that knows no objects or flowtables has none */
		if (code == -EOPNOTSUPP || code == -EINVAL)
			code = 0;
	}
	return code;
}

/* -------------------------------------------------- what pubport would add */

/* by one of its sets, which stay when rules go; chains of that name may be
 * somebody else's */
static bool is_there(const struct objects *there, const struct ruleset *ruleset)
{
	enum set_id id;

	for (int i = 0; i < ruleset->set_count; i++) {
		id = (enum set_id)(ruleset->first_set + i);
		if (objects_have(there, OBJECT_SET, set_get(id)->name))
			return true;
	}
	return !ruleset->set_count &&
	       objects_have(there, OBJECT_CHAIN,
			    ruleset->chains[ruleset->chain_count - 1].name);
}

/* writes the messages that would create what is there, if it were whole */
static int write_expected(struct netlink *nft, const struct objects *there,
			  struct transaction *tx)
{
	struct optional optional = { .ruleset_count = 0 };
	int code;

	for (size_t i = 0; i < ARRAY_SIZE(rulesets); i++)
		if (rulesets[i] == &ruleset_base ||
		    is_there(there, rulesets[i]))
			optional.rulesets[optional.ruleset_count++] =
				rulesets[i];
	code = optional_read_masks(nft, &optional);
	if (code)
		return code;
	transaction_init(tx, TRANSACTION_ANY_GENERATION);
	optional_add(&optional, tx);
	return tx->error;
}

static int read_expected(const struct transaction *tx, struct objects *objects)
{
	int left = (int)tx->length;
	const struct nlmsghdr *message;

	for (message = (const void *)tx->data; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		if (append_read(message, objects) == MNL_CB_ERROR)
			return -ENOMEM;
	return 0;
}

/* ----------------------------------------------------------------- compared */

/* whether optional.c added it again */
static bool is_again(const struct objects *there, size_t index)
{
	const struct object *object = &there->items[index];

	return index && !compare_objects(object, object - 1) &&
	       !strncmp(object->detail, "@limited", strlen("@limited"));
}

/* both are sorted */
static int compare(const struct objects *ours, const struct objects *there,
		   struct table_diff *diff)
{
	const struct object *our, *their;
	size_t i = 0, j = 0;
	int code = 0, order;

	while (!code && (i < ours->count || j < there->count)) {
		our = &ours->items[i];
		their = &there->items[j];
		if (i == ours->count || j == there->count)
			order = i == ours->count ? 1 : -1;
		else
			order = compare_objects(our, their);
		if (order && i < ours->count && j < there->count &&
		    our->kind != OBJECT_RULE && !compare_names(our, their)) {
			code = append_object(&diff->altered, their);
			order = 0;
		} else if (order < 0) {
			code = append_object(&diff->missing, our);
		} else if (order > 0 && !is_again(there, j)) {
			code = append_object(&diff->foreign, their);
		}
		i += order <= 0;
		j += order >= 0;
	}
	return code;
}

/**
 * table_diff_done() - free what verify_table() found
 * @diff: filled or all zero
 */
void table_diff_done(struct table_diff *diff)
{
	transaction_done(&diff->expected);
	objects_done(&diff->missing);
	objects_done(&diff->altered);
	objects_done(&diff->foreign);
}

static int verify_once(struct netlink *nft, struct table_diff *diff)
{
	struct objects ours CLEANUP(objects_done) = { NULL, 0 };
	struct objects there CLEANUP(objects_done) = { NULL, 0 };
	uint32_t after = 0;
	int code;

	table_diff_done(diff);
	*diff = (struct table_diff){ .is_there = false };
	code = table_generation(nft, &diff->generation);
	if (!code)
		code = ask_for_table(nft, diff);
	if (code || !diff->is_there)
		return code;
	code = dump_objects(nft, &there);
	if (!code)
		code = write_expected(nft, &there, &diff->expected);
	if (!code)
		code = table_generation(nft, &after);
	if (!code && after != diff->generation)
		code = -EINTR;
	if (!code)
		code = read_expected(&diff->expected, &ours);
	sort_objects(&ours);
	sort_objects(&there);
	return code ? code : compare(&ours, &there, diff);
}

/**
 * verify_table() - find out how the table differs from the one we create
 * @nft: open NETLINK_NETFILTER socket
 * @ret_diff: what differs, as it was at one moment; free with
 *	table_diff_done(), also after a failure
 *
 * Return: 0, -EPERM, -ENOMEM, -EINTR when the ruleset never stood still, or
 * another negative errno.
 */
int verify_table(struct netlink *nft, struct table_diff *ret_diff)
{
	int code = -EINTR;

	for (int i = 0; i < VERIFY_TRIES && code == -EINTR; i++)
		code = verify_once(nft, ret_diff);
	return code;
}

/* ------------------------------------------------------------- described */

/**
 * verify_find_mixed() - find a chain whose rules can't be added again
 * @diff: of the table
 *
 * Return: the name of one that lacks rules and has others, so that nobody knows
 * between which of them ours are to stand; or NULL.
 */
const char *verify_find_mixed(const struct table_diff *diff)
{
	const struct objects *missing = &diff->missing;

	for (size_t i = 0; i < missing->count; i++)
		if (missing->items[i].kind == OBJECT_RULE &&
		    objects_have(&diff->foreign, OBJECT_RULE,
				 missing->items[i].name))
			return missing->items[i].name;
	return NULL;
}

/**
 * verify_refuse() - describe why what is missing can't be added
 * @diff: of the table
 * @error: caller's, or NULL
 *
 * Return: -ESTALE, described; or 0 where nothing is in the way.
 */
int verify_refuse(const struct table_diff *diff, struct pubport_error *error)
{
	const struct objects first = { diff->altered.items, 1 };
	const char *mixed = verify_find_mixed(diff);
	char text[OBJECT_TEXT_SIZE];

	if (diff->altered.count) {
		error_set(error, PUBPORT_FAILED, -ESTALE,
			  TABLE_TEXT ": %s is not as pubport lays it",
			  objects_format(&first, text));
		error_hint(error, "pubport flush");
	} else if (mixed) {
		error_set(error, PUBPORT_FAILED, -ESTALE,
			  TABLE_TEXT ": chain \"%s\" lacks rules of "
				     "pubport's, and has others",
			  mixed);
		error_hint(error, "nft flush chain inet " SET_TABLE " %s",
			   mixed);
	} else if (diff->is_dormant) {
		error_set(error, PUBPORT_FAILED, -ESTALE,
			  TABLE_TEXT ": somebody switched it off (flags "
				     "dormant)");
		error_hint(error, "nft add table inet " SET_TABLE);
	}
	return diff->altered.count || mixed || diff->is_dormant ? -ESTALE : 0;
}

/**
 * verify_explain() - describe why the kernel refused a change of the table
 * @nft: open NETLINK_NETFILTER socket
 * @code: what it answered
 * @error: caller's, or NULL
 *
 * Return: @code, or -ESTALE for a table that somebody changed by hand.
 */
int verify_explain(struct netlink *nft, int code, struct pubport_error *error)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };

	error_kernel(error, code, TABLE_TEXT);
	if (code == -ENOMEM || verify_table(nft, &diff))
		return code;
	if (code == -EPERM && diff.owner)
		return error_set(error, PUBPORT_NOT_PERMITTED, code,
				 TABLE_TEXT ": it belongs to another program "
					    "(netlink port %u)",
				 diff.owner);
	if (code != -EPERM && verify_refuse(&diff, error))
		return -ESTALE;
	return code;
}

/* ---------------------------------------------------------- seen quickly */

/**
 * struct quick_look - what the answers tell of the table
 * @chain: of ruleset_base, the one that the next answer is about
 * @is_there: whether there is a table
 * @is_whole: whether nothing is seen to be missing
 */
struct quick_look {
	const struct ruleset_chain *chain;
	bool is_there;
	bool is_whole;
};

/* its rules, and those that lead to it */
static uint32_t count_uses(const struct ruleset_chain *chain)
{
	const struct ruleset_rule *rule = ruleset_base.rules;
	const char *to;
	uint32_t count = 0;

	for (size_t i = 0; i < ruleset_base.rule_count; i++, rule++) {
		count += !strcmp(rule->chain, chain->name) ? 1 : 0;
		to = rule_leads_to(rule);
		count += to && !strcmp(to, chain->name) ? 1 : 0;
	}
	return count;
}

static int read_answer(const struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	struct quick_look *look = data;

	if (message->nlmsg_type == NLMSG_ERROR) {
		if (mnl_nlmsg_get_payload_len(message) >= sizeof(*error) &&
		    error->error != -ENOENT) {
			errno = -error->error;
			return MNL_CB_ERROR;
		}
		look->is_whole = false;
	} else if (!look->chain) {
		look->is_there = true;
		if (nfnl_u32(nfnl_find(message, NFTA_TABLE_FLAGS), 0) &
		    NFT_TABLE_F_DORMANT)
			look->is_whole = false;
	} else if (nfnl_u32(nfnl_find(message, NFTA_CHAIN_USE), 0) <
		   count_uses(look->chain)) {
		look->is_whole = false;
	}
	look->chain = look->chain ? look->chain + 1 : ruleset_base.chains;
	return MNL_CB_OK;
}

/**
 * verify_quickly() - look in constant time whether the table seems whole
 * @nft: open NETLINK_NETFILTER socket
 * @ret_exists: whether there is a table
 * @ret_whole: whether it is switched on, and has the chains of ruleset_base,
 *	each used by as many rules at least
 *
 * What adds a mapping can't read the whole table each time.  But of each chain
 * the kernel tells how often it is used: by its rules, and by rules that lead
 *to it.  All chains are asked for at once, by name, so that the time depends on
 * nobody's rules.
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int verify_quickly(struct netlink *nft, bool *ret_exists, bool *ret_whole)
{
	struct request questions = { .header = NULL };
	struct quick_look look = { NULL, false, true };
	int code;

	table_ask(&questions, NFT_MSG_GETTABLE, 0, NULL);
	for (size_t i = 0; i < ruleset_base.chain_count; i++)
		table_ask(&questions, NFT_MSG_GETCHAIN, NFTA_CHAIN_NAME,
			  ruleset_base.chains[i].name);
	code = netlink_ask_all(nft, &questions, read_answer, &look);
	if (code)
		return code;
	*ret_exists = look.is_there;
	*ret_whole = look.is_whole;
	return 0;
}

/* --------------------------------------------------------- what is left over
 */

static int count_element(const struct element *element, void *data)
{
	(void)element;
	++*(size_t *)data;
	return MNL_CB_OK;
}

/* sets that hold nothing but what mappings are made of; what is noted down
 * besides (networks, interfaces, masks) stays for as long as the table does,
 * and nobody knows who put it there */
static bool is_of_mappings(enum set_id set)
{
	return set <= SET_NO_LOOPBACK_RANGE ||
	       (set >= SET_REDIRECT && set <= SET_ALLOWED_RANGE6) ||
	       (set >= SET_SHIELDED4 && set <= SET_OWN_LINK6);
}

static int find_elements(struct netlink *nft, char *ret_text)
{
	size_t count = 0;
	int code = 0;

	for (enum set_id set = SET_HOST4; set < SET_COUNT; set++) {
		if (is_of_mappings(set))
			code = element_dump(nft, set, count_element, &count);
		if (code)
			return code;
		if (!count)
			continue;
		snprintf(ret_text, OBJECT_TEXT_SIZE, "elements of \"%s\"",
			 set_get(set)->name);
		break;
	}
	return 0;
}

/**
 * verify_find_leftovers() - find what a table without mappings holds
 * @nft: open NETLINK_NETFILTER socket
 * @ret_text: OBJECT_TEXT_SIZE bytes: what there is that is not pubport's, for a
 *	message, or ""
 *
 * The last mapping takes the table with it, but not what somebody else put
 * there.
 *
 * Return: 0, -EINTR when somebody changed the table meanwhile, -ENOMEM, -EPERM,
 * or another negative errno.
 */
int verify_find_leftovers(struct netlink *nft, char *ret_text)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };
	struct objects all;
	int code = verify_table(nft, &diff);

	ret_text[0] = '\0';
	if (code)
		return code;
	all = diff.foreign.count ? diff.foreign : diff.altered;
	all.count = diff.foreign.count + diff.altered.count;
	if (!all.count)
		return find_elements(nft, ret_text);
	(void)objects_format(&all, ret_text);
	return 0;
}
