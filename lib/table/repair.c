/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lays again what somebody took away from the table: sets, chains, rules.
 *
 * "nft flush table" leaves the mappings, but no rule that looks at them.  What
 * is missing is laid in one transaction, bound to the generation of the ruleset
 * in which it was seen to be missing.  A chain that lacks a rule gets all of
 * its rules anew, in their order.  Nothing is deleted that is not pubport's,
 * and where something else is in the way nothing is done.
 */
#include "table/repair.h"

#include "nft/objects.h"
#include "table/verify.h"

#include <errno.h>
#include <string.h>

static bool lacks(const struct table_diff *diff, enum piece_kind kind,
		  const char *name)
{
	const struct pieces *missing = &diff->missing;

	for (size_t i = 0; i < missing->count; i++)
		if (missing->items[i].kind == kind &&
		    !strcmp(missing->items[i].name, name))
			return true;
	return false;
}

static void lay_sets(const struct table_diff *diff,
		     const struct ruleset *ruleset, struct transaction *tx)
{
	enum set_id id;

	for (int i = 0; i < ruleset->set_count; i++) {
		id = (enum set_id)(ruleset->first_set + i);
		if (lacks(diff, PIECE_SET, set_get(id)->name))
			transaction_add_set(tx, id);
	}
}

static void lay_chains(const struct table_diff *diff,
		       const struct ruleset *ruleset, struct transaction *tx)
{
	const struct ruleset_chain *chain = ruleset->chains;

	for (size_t i = 0; i < ruleset->chain_count; i++, chain++) {
		if (lacks(diff, PIECE_CHAIN, chain->name))
			transaction_add_chain(tx, chain);
		else if (lacks(diff, PIECE_RULE, chain->name))
			transaction_flush_chain(tx, chain->name);
	}
}

static void lay_rules(const struct table_diff *diff,
		      const struct ruleset *ruleset, struct transaction *tx)
{
	for (size_t i = 0; i < ruleset->rule_count; i++)
		if (lacks(diff, PIECE_RULE, ruleset->rules[i].chain))
			transaction_add_rule(tx, &ruleset->rules[i]);
}

static void lay_masks(const struct table_diff *diff, struct transaction *tx)
{
	const struct optional *laid = &diff->laid;
	struct ruleset_mask mask;

	for (size_t i = 0; i < laid->mask_count; i++) {
		ruleset_mask(&laid->masks[i], &mask);
		for (size_t j = 0; j < ARRAY_SIZE(mask.rules); j++)
			if (lacks(diff, PIECE_RULE, mask.rules[j].chain))
				transaction_add_rule(tx, &mask.rules[j]);
	}
}

/* all sets and chains before any rule, which may lead anywhere */
static int lay_missing(struct netlink *nft, const struct table_diff *diff)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	const struct optional *laid = &diff->laid;

	transaction_init(&tx, diff->generation);
	for (size_t i = 0; i < laid->ruleset_count; i++) {
		lay_sets(diff, laid->rulesets[i], &tx);
		lay_chains(diff, laid->rulesets[i], &tx);
	}
	for (size_t i = 0; i < laid->ruleset_count; i++)
		lay_rules(diff, laid->rulesets[i], &tx);
	lay_masks(diff, &tx);
	return transaction_commit(&tx, nft, NULL);
}

static int repair_once(struct netlink *nft, bool *mended,
		       struct pubport_error *error)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };
	int code = verify_table(nft, &diff);

	if (code)
		return error_kernel(error, code, TABLE_TEXT);
	code = verify_refuse(&diff, error);
	if (code || !diff.missing.count)
		return code;
	code = lay_missing(nft, &diff);
	*mended = !code;
	/* where the answer was lost, another look tells */
	if (code == TRANSACTION_UNKNOWN)
		code = -ERESTART;
	return code && code != -ERESTART ? verify_explain(nft, code, error)
					 : code;
}

/**
 * repair_table() - lay again what is missing in the table
 * @nft: open NETLINK_NETFILTER socket
 * @ret_repaired: whether something was missing, and is there now
 * @error: why it failed, or NULL
 *
 * Where there is no table, there is nothing to mend.
 *
 * Return: 0; -ESTALE where somebody changed the table by hand so that it can't
 * be mended; -EPERM; -ENOMEM; -ERESTART when others changed the ruleset all the
 * time; or another negative errno from the kernel.
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
