/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares the table in the kernel with the one that pubport creates.
 *
 * Anybody may edit the table.  The messages that would create ours are written
 * into a transaction that is never committed, and objects are read from these
 * and from what the kernel dumps, see object.c.  Both lists are sorted and
 * compared, as comm(1) does with lines.  Elements of sets don't count.
 *
 * Optional parts are expected where a set of them is there.  A rule of ours may
 * stand in its chain twice, if optional.c added it again to be the first.
 */
#include "table/verify.h"

#include "netlink/nfnetlink.h"
#include "nft/element.h"
#include "nft/objects.h"
#include "table/lookup.h"
#include "table/optional.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

/* how often we look again because somebody changes the ruleset meanwhile */
#define VERIFY_TRIES 32

/* in the order in which they are added */
static const struct ruleset *const rulesets[] = {
	&ruleset_base,	     &ruleset_forward,
	&ruleset_ending,     &ruleset_settling,
	&ruleset_redirect,   &ruleset_interface,
	&ruleset_limit,	     &ruleset_limit_interface,
	&ruleset_shield,     &ruleset_options,
	&ruleset_masquerade, &ruleset_symmetric,
	&ruleset_counters,
#define HELPER(id) &ruleset_helpers[HELPER_##id]
	HELPER(AMANDA),	     HELPER(FTP),
	HELPER(H323_TCP),    HELPER(H323_UDP),
	HELPER(IRC),	     HELPER(PPTP),
	HELPER(SIP_TCP),     HELPER(SIP_UDP),
	HELPER(TFTP),
#undef HELPER
	&ruleset_own,	     &ruleset_late,
};

_Static_assert(ARRAY_SIZE(rulesets) <= OPTIONAL_RULESETS,
	       "all rulesets can be there together");

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
		code = netlink_talk(nft, &request, objects_append_read,
				    objects);
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
		if (objects_append_read(message, objects) == MNL_CB_ERROR)
			return -ENOMEM;
	return 0;
}

/* ----------------------------------------------------------------- compared */

/* whether optional.c added it again */
static bool is_again(const struct objects *there, size_t index)
{
	const struct object *object = &there->items[index];

	return index && !object_compare(object, object - 1) &&
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
			order = object_compare(our, their);
		if (order && i < ours->count && j < there->count &&
		    our->kind != OBJECT_RULE &&
		    !object_compare_names(our, their)) {
			code = objects_append(&diff->altered, their);
			order = 0;
		} else if (order < 0) {
			code = objects_append(&diff->missing, our);
		} else if (order > 0 && !is_again(there, j)) {
			code = objects_append(&diff->foreign, their);
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
	objects_sort(&ours);
	objects_sort(&there);
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

/* -ESTALE, described, where what is missing can't be added; or 0 */
static int verify_refuse(const struct table_diff *diff,
			 struct pubport_error *error)
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
 * Return: @code; -ESTALE for a table that somebody changed by hand; or
 * -EOPNOTSUPP where the kernel lacks a module.
 */
int verify_explain(struct netlink *nft, int code, struct pubport_error *error)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };

	table_error(nft, code, error);
	if (code == -ENOMEM || verify_table(nft, &diff))
		return code;
	if (code == -EPERM && diff.owner)
		return error_set(error, PUBPORT_NOT_PERMITTED, code,
				 TABLE_TEXT ": it belongs to another program "
					    "(netlink port %u)",
				 diff.owner);
	if (code != -EPERM && verify_refuse(&diff, error))
		return -ESTALE;
	if (code == -ENOENT && table_lacks_module(nft, error))
		return -EOPNOTSUPP;
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
 * to it.  All chains are asked for at once, by name, so that the time does not
 * depend on others' rules.
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
	return set <= SET_PUBLISHED6 ||
	       (set >= SET_INTERFACE4 && set <= SET_ALLOWED_RANGE6) ||
	       (set >= SET_SHIELDED4 && set <= SET_OPTION_RANGE_INTERFACE6);
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

/* -------------------------------------------------------------- repaired */

/*
 * Adds again what somebody took away from the table: sets, chains, rules.
 *
 * "nft flush table" leaves the mappings, but no rule that looks at them.  What
 * is missing is added in one transaction, bound to the generation of the
 * ruleset in which it was seen to be missing.  A chain that lacks a rule gets
 * all of its rules anew, in their order.  Nothing is deleted that is not
 * pubport's, and where something else is in the way nothing is done.
 */

/* adds the missing sets and chains, or the rules of chains that lack some */
static void add_missing(const struct table_diff *diff, bool rules,
			struct transaction *tx)
{
	const struct nlmsghdr *message = (const void *)diff->expected.data;
	int left = (int)diff->expected.length;
	struct object object;

	for (; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		if (object_read(message, &object) &&
		    (object.kind == OBJECT_RULE) == rules &&
		    objects_have(&diff->missing, object.kind, object.name))
			transaction_copy(tx, message);
}

/* those that lack rules, but are there; what is missing is sorted */
static void flush_chains(const struct table_diff *diff, struct transaction *tx)
{
	const struct objects *missing = &diff->missing;
	const char *last = "";

	for (size_t i = 0; i < missing->count; i++) {
		const struct object *object = &missing->items[i];

		if (object->kind != OBJECT_RULE || !strcmp(object->name, last))
			continue;
		last = object->name;
		if (!objects_have(missing, OBJECT_CHAIN, last))
			transaction_flush_chain(tx, last);
	}
}

/* all sets and chains before any rule, which may lead anywhere */
static int commit_missing(struct netlink *nft, const struct table_diff *diff)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };

	transaction_init(&tx, diff->generation);
	add_missing(diff, false, &tx);
	flush_chains(diff, &tx);
	add_missing(diff, true, &tx);
	return transaction_commit(&tx, nft, NULL);
}

static int repair_once(struct netlink *nft, bool *repaired,
		       struct pubport_error *error)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };
	int code = verify_table(nft, &diff);

	if (code)
		return table_error(nft, code, error);
	code = verify_refuse(&diff, error);
	if (code || !diff.missing.count)
		return code;
	code = commit_missing(nft, &diff);
	*repaired = !code;
	/* where the answer was lost, another look tells */
	if (code == TRANSACTION_UNKNOWN)
		code = -ERESTART;
	return code && code != -ERESTART ? verify_explain(nft, code, error)
					 : code;
}

/**
 * repair_table() - add again what is missing in the table
 * @nft: open NETLINK_NETFILTER socket
 * @ret_repaired: whether something was missing, and is there now
 * @error: why it failed, or NULL
 *
 * Where there is no table, there is nothing to repair.
 *
 * Return: 0; -ESTALE where somebody changed the table by hand so that it can't
 * be repaired; -EPERM; -ENOMEM; -ERESTART when others changed the ruleset all
 * the time; or another negative errno from the kernel.
 */
int repair_table(struct netlink *nft, bool *ret_repaired,
		 struct pubport_error *error)
{
	int code = -ERESTART;

	*ret_repaired = false;
	for (int i = 0; i < TABLE_TRIES && code == -ERESTART; i++)
		code = repair_once(nft, ret_repaired, error);
	if (code == -ERESTART)
		table_error(nft, code, error);
	return code;
}
