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

static bool lacks(const struct inspection *inspection, enum piece_kind kind,
		  const char *name)
{
	const struct pieces *missing = &inspection->missing;

	for (size_t i = 0; i < missing->count; i++)
		if (missing->items[i].kind == kind &&
		    !strcmp(missing->items[i].name, name))
			return true;
	return false;
}

static void lay_sets(const struct inspection *inspection,
		     const struct ruleset *ruleset, struct transaction *tx)
{
	enum set_id id;

	for (int i = 0; i < ruleset->set_count; i++) {
		id = (enum set_id)(ruleset->first_set + i);
		if (lacks(inspection, PIECE_SET, set_get(id)->name))
			transaction_add_set(tx, id);
	}
}

static void lay_chains(const struct inspection *inspection,
		       const struct ruleset *ruleset, struct transaction *tx)
{
	const struct ruleset_chain *chain = ruleset->chains;

	for (size_t i = 0; i < ruleset->chain_count; i++, chain++) {
		if (lacks(inspection, PIECE_CHAIN, chain->name))
			transaction_add_chain(tx, chain);
		else if (lacks(inspection, PIECE_RULE, chain->name))
			transaction_flush_chain(tx, chain->name);
	}
}

static void lay_rules(const struct inspection *inspection,
		      const struct ruleset *ruleset, struct transaction *tx)
{
	for (size_t i = 0; i < ruleset->rule_count; i++)
		if (lacks(inspection, PIECE_RULE, ruleset->rules[i].chain))
			transaction_add_rule(tx, &ruleset->rules[i]);
}

static void lay_masks(const struct inspection *inspection,
		      struct transaction *tx)
{
	const struct optional *laid = &inspection->laid;
	struct ruleset_mask mask;

	for (size_t i = 0; i < laid->mask_count; i++) {
		ruleset_mask(&laid->masks[i], &mask);
		for (size_t j = 0; j < ARRAY_SIZE(mask.rules); j++)
			if (lacks(inspection, PIECE_RULE, mask.rules[j].chain))
				transaction_add_rule(tx, &mask.rules[j]);
	}
}

/* all sets and chains before any rule, which may lead anywhere */
static int lay_missing(struct netlink *nft, const struct inspection *inspection)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	const struct optional *laid = &inspection->laid;

	transaction_init(&tx, inspection->generation);
	for (size_t i = 0; i < laid->ruleset_count; i++) {
		lay_sets(inspection, laid->rulesets[i], &tx);
		lay_chains(inspection, laid->rulesets[i], &tx);
	}
	for (size_t i = 0; i < laid->ruleset_count; i++)
		lay_rules(inspection, laid->rulesets[i], &tx);
	lay_masks(inspection, &tx);
	return transaction_commit(&tx, nft, NULL);
}

static int mend_once(struct netlink *nft, bool *mended,
		     struct pubport_error *error)
{
	struct inspection inspection CLEANUP(inspection_done) = { 0 };
	int code = inspect_table(nft, &inspection);

	if (code)
		return error_kernel(error, code, TABLE_TEXT);
	code = inspect_refuse(&inspection, error);
	if (code || !inspection.missing.count)
		return code;
	code = lay_missing(nft, &inspection);
	*mended = !code;
	/* where the answer was lost, another look tells */
	if (code == TRANSACTION_UNKNOWN)
		code = -ERESTART;
	return code && code != -ERESTART ? inspect_explain(nft, code, error)
					 : code;
}

/**
 * mend_table() - lay again what is missing in the table
 * @nft: open NETLINK_NETFILTER socket
 * @ret_mended: whether something was missing, and is there now
 * @error: why it failed, or NULL
 *
 * Where there is no table, there is nothing to mend.
 *
 * Return: 0; -ESTALE where somebody changed the table by hand so that it can't
 * be mended; -EPERM; -ENOMEM; -ERESTART when others changed the ruleset all the
 * time; or another negative errno from the kernel.
 */
int mend_table(struct netlink *nft, bool *ret_mended,
	       struct pubport_error *error)
{
	int code = -ERESTART;

	*ret_mended = false;
	for (int i = 0; i < TABLE_TRIES && code == -ERESTART; i++)
		code = mend_once(nft, ret_mended, error);
	if (code == -ERESTART)
		error_kernel(error, code, TABLE_TEXT);
	return code;
}
