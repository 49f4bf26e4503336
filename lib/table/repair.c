/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds again what somebody took away from the table: sets, chains, rules.
 *
 * "nft flush table" leaves the mappings, but no rule that looks at them.  What
 * is missing is added in one transaction, bound to the generation of the
 * ruleset in which it was seen to be missing.  A chain that lacks a rule gets
 * all of its rules anew, in their order.  Nothing is deleted that is not
 * pubport's, and where something else is in the way nothing is done.
 */
#include "table/repair.h"

#include "nft/objects.h"
#include "table/lookup.h"
#include "table/verify.h"

#include <errno.h>
#include <string.h>

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
		return error_kernel(error, code, TABLE_TEXT);
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
		error_kernel(error, code, TABLE_TEXT);
	return code;
}
