/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the table is whole, as far as it is seen at a glance.
 *
 * An addition can't read the whole table each time.  But of each chain the
 * kernel tells how often it is used: by its rules, and by rules that lead to
 * it.  All chains are asked for at once, by name, so the time that it takes
 * depends on nobody's rules.
 */
#include "table/glance.h"

#include "netlink/nfnetlink.h"
#include "nft/rules.h"
#include "table/lookup.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

/**
 * struct glance - what answers tell at a glance
 * @chain: of ruleset_base, the one that the next answer is about
 * @is_there: whether there is a table
 * @is_whole: whether nothing is seen to be missing
 */
struct glance {
	const struct ruleset_chain *chain;
	bool is_there;
	bool is_whole;
};

/* its rules, and those that lead to it */
static uint32_t count_uses(const struct ruleset_chain *chain)
{
	const struct ruleset_rule *rule = ruleset_base.rules;
	uint32_t count = 0;

	for (size_t i = 0; i < ruleset_base.rule_count; i++, rule++) {
		count += !strcmp(rule->chain, chain->name) ? 1 : 0;
		count += rule->to && !strcmp(rule->to, chain->name) ? 1 : 0;
	}
	return count;
}

static int read_glance(const struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	struct glance *glance = data;

	if (message->nlmsg_type == NLMSG_ERROR) {
		if (mnl_nlmsg_get_payload_len(message) >= sizeof(*error) &&
		    error->error != -ENOENT) {
			errno = -error->error;
			return MNL_CB_ERROR;
		}
		glance->is_whole = false;
	} else if (!glance->chain) {
		glance->is_there = true;
		if (nfnl_u32(nfnl_find(message, NFTA_TABLE_FLAGS), 0) &
		    NFT_TABLE_F_DORMANT)
			glance->is_whole = false;
	} else if (nfnl_u32(nfnl_find(message, NFTA_CHAIN_USE), 0) <
		   count_uses(glance->chain)) {
		glance->is_whole = false;
	}
	glance->chain = glance->chain ? glance->chain + 1 : ruleset_base.chains;
	return MNL_CB_OK;
}

/**
 * verify_quickly() - see in constant time whether the table is whole
 * @nft: open NETLINK_NETFILTER socket
 * @ret_laid: whether there is a table
 * @ret_whole: whether it is switched on, and has the chains that are always
 *	laid, each with as many rules, and rules that lead to it, at least
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int verify_quickly(struct netlink *nft, bool *ret_laid, bool *ret_whole)
{
	struct request questions = { .header = NULL };
	struct glance glance = { NULL, false, true };
	int code;

	table_ask(&questions, NFT_MSG_GETTABLE, 0, NULL);
	for (size_t i = 0; i < ruleset_base.chain_count; i++)
		table_ask(&questions, NFT_MSG_GETCHAIN, NFTA_CHAIN_NAME,
			  ruleset_base.chains[i].name);
	code = netlink_ask_all(nft, &questions, read_glance, &glance);
	if (code)
		return code;
	*ret_laid = glance.is_there;
	*ret_whole = glance.is_whole;
	return 0;
}
