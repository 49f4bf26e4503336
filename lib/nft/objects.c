/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lays the table without any mapping, or what is laid when it is first needed,
 * and takes it away again.
 */
#include "nft/objects.h"

#include "nft/sets.h"
#include "util/cleanup.h"

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* nft packs the numbers of a concatenation's datatypes, six bits each */
#define CONCAT_BITS 6

static void cleanup_table(struct nftnl_table **table)
{
	if (*table)
		nftnl_table_free(*table);
}

static void cleanup_chain(struct nftnl_chain **chain)
{
	if (*chain)
		nftnl_chain_free(*chain);
}

static void cleanup_set(struct nftnl_set **set)
{
	if (*set)
		nftnl_set_free(*set);
}

static void cleanup_rule(struct nftnl_rule **rule)
{
	if (*rule)
		nftnl_rule_free(*rule);
}

static void cleanup_udata(struct nftnl_udata_buf **udata)
{
	if (*udata)
		nftnl_udata_buf_free(*udata);
}

static void transaction_fail(struct transaction *tx)
{
	if (!tx->error)
		tx->error = -ENOMEM;
}

/* ----------------------------------------------------------- to messages */

static void lay_table(struct transaction *tx)
{
	struct nftnl_table *table CLEANUP(table) = nftnl_table_alloc();
	struct nftnl_udata_buf *udata CLEANUP(udata) =
		nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	struct nlmsghdr *message;

	if (!table || !udata ||
	    !nftnl_udata_put_strz(udata, NFTNL_UDATA_TABLE_COMMENT,
				  SET_COMMENT) ||
	    nftnl_table_set_str(table, NFTNL_TABLE_NAME, SET_TABLE) < 0 ||
	    nftnl_table_set_data(table, NFTNL_TABLE_USERDATA,
				 nftnl_udata_buf_data(udata),
				 nftnl_udata_buf_len(udata)) < 0)
		return transaction_fail(tx);
	message = transaction_message(tx, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (!message)
		return;
	nftnl_table_nlmsg_build_payload(message, table);
	transaction_message_end(tx, message);
}

static uint32_t key_type(const struct set *set)
{
	uint32_t type = 0;

	for (size_t i = 0; i < set_field_count(set); i++)
		type = type << CONCAT_BITS | set_field_type(set, i)->number;
	return type;
}

static uint32_t data_type(const struct set *set)
{
	uint32_t port = set_port_type()->number;

	if (set->data == DATA_PORT)
		return port;
	if (set->data == DATA_ADDR_PORT)
		return set_addr_type(set)->number << CONCAT_BITS | port;
	return set_addr_type(set)->number;
}

/* without the byte orders "nft list" prints garbage; 0 for concatenations */
static int set_userdata(struct nftnl_set *nft, const struct set *set)
{
	struct nftnl_udata_buf *udata CLEANUP(udata) =
		nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	uint32_t key = 0, data = 0;

	if (set_field_count(set) == 1)
		key = set_field_type(set, 0)->byteorder;
	if (set->data == DATA_ADDR)
		data = set_addr_type(set)->byteorder;
	if (set->data == DATA_PORT)
		data = set_port_type()->byteorder;
	if (!udata ||
	    !nftnl_udata_put_u32(udata, NFTNL_UDATA_SET_KEYBYTEORDER, key) ||
	    (set->data != DATA_NONE &&
	     !nftnl_udata_put_u32(udata, NFTNL_UDATA_SET_DATABYTEORDER, data)))
		return -ENOMEM;
	return nftnl_set_set_data(nft, NFTNL_SET_USERDATA,
				  nftnl_udata_buf_data(udata),
				  nftnl_udata_buf_len(udata));
}

static int set_describe_fields(struct nftnl_set *nft, const struct set *set)
{
	uint8_t lengths[SET_KEY_FIELDS] = { 0 };
	size_t count = set_field_count(set);

	for (size_t i = 0; i < count; i++)
		lengths[i] = (uint8_t)set_field_type(set, i)->length;
	if (!set->interval)
		return 0;
	return nftnl_set_set_data(nft, NFTNL_SET_DESC_CONCAT, lengths,
				  (uint32_t)count);
}

static void set_describe_data(struct nftnl_set *nft, const struct set *set)
{
	if (set->data == DATA_NONE)
		return;
	nftnl_set_set_u32(nft, NFTNL_SET_DATA_TYPE, data_type(set));
	nftnl_set_set_u32(nft, NFTNL_SET_DATA_LEN, set_data_length(set));
}

static int set_describe_counter(struct nftnl_set *nft, const struct set *set)
{
	struct nftnl_expr *counter;

	if (!set_counts(set))
		return 0;
	counter = nftnl_expr_alloc("counter");
	if (!counter)
		return -ENOMEM;
	nftnl_set_add_expr(nft, counter);
	return 0;
}

/**
 * transaction_add_set() - add a set or map
 * @tx: where; its commit fails with -EEXIST where it is there
 * @id: which
 */
void transaction_add_set(struct transaction *tx, enum set_id id)
{
	const struct set *set = set_get(id);
	struct nftnl_set *nft CLEANUP(set) = nftnl_set_alloc();
	struct nlmsghdr *message;

	if (!nft || nftnl_set_set_str(nft, NFTNL_SET_TABLE, SET_TABLE) < 0 ||
	    nftnl_set_set_str(nft, NFTNL_SET_NAME, set->name) < 0 ||
	    set_userdata(nft, set) < 0 || set_describe_fields(nft, set) < 0 ||
	    set_describe_counter(nft, set) < 0)
		return transaction_fail(tx);
	set_describe_data(nft, set);
	nftnl_set_set_u32(nft, NFTNL_SET_ID, (uint32_t)id + 1);
	nftnl_set_set_u32(nft, NFTNL_SET_FLAGS, set_flags(set));
	nftnl_set_set_u32(nft, NFTNL_SET_KEY_TYPE, key_type(set));
	nftnl_set_set_u32(nft, NFTNL_SET_KEY_LEN, set_key_length(set));
	message = transaction_message(tx, NFT_MSG_NEWSET,
				      NLM_F_CREATE | NLM_F_EXCL);
	if (!message)
		return;
	nftnl_set_nlmsg_build_payload(message, nft);
	transaction_message_end(tx, message);
}

/**
 * transaction_add_chain() - add a chain, empty
 * @tx: where; its commit fails with -EEXIST where it is there
 * @chain: which
 */
void transaction_add_chain(struct transaction *tx,
			   const struct ruleset_chain *chain)
{
	struct nftnl_chain *nft CLEANUP(chain) = nftnl_chain_alloc();
	struct nlmsghdr *message;

	if (!nft ||
	    nftnl_chain_set_str(nft, NFTNL_CHAIN_TABLE, SET_TABLE) < 0 ||
	    nftnl_chain_set_str(nft, NFTNL_CHAIN_NAME, chain->name) < 0)
		return transaction_fail(tx);
	if (chain->type) {
		if (nftnl_chain_set_str(nft, NFTNL_CHAIN_TYPE, chain->type) < 0)
			return transaction_fail(tx);
		nftnl_chain_set_u32(nft, NFTNL_CHAIN_HOOKNUM, chain->hook);
		nftnl_chain_set_s32(nft, NFTNL_CHAIN_PRIO, chain->priority);
		nftnl_chain_set_u32(nft, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	}
	message = transaction_message(tx, NFT_MSG_NEWCHAIN,
				      NLM_F_CREATE | NLM_F_EXCL);
	if (!message)
		return;
	nftnl_chain_nlmsg_build_payload(message, nft);
	transaction_message_end(tx, message);
}

/**
 * transaction_add_rule() - add a rule to a chain
 * @tx: where
 * @rule: which
 */
void transaction_add_rule(struct transaction *tx,
			  const struct ruleset_rule *rule)
{
	struct nftnl_rule *nft CLEANUP(rule) = nftnl_rule_alloc();
	struct expr expr = { .rule = nft };
	struct nlmsghdr *message;

	if (!nft || nftnl_rule_set_str(nft, NFTNL_RULE_TABLE, SET_TABLE) < 0 ||
	    nftnl_rule_set_str(nft, NFTNL_RULE_CHAIN, rule->chain) < 0)
		return transaction_fail(tx);
	rule->build(&expr, rule);
	if (expr.error)
		return transaction_fail(tx);
	message = transaction_message(
		tx, NFT_MSG_NEWRULE,
		rule->first ? NLM_F_CREATE : NLM_F_CREATE | NLM_F_APPEND);
	if (!message)
		return;
	nftnl_rule_nlmsg_build_payload(message, nft);
	transaction_message_end(tx, message);
}

/**
 * transaction_flush_chain() - delete all rules of a chain
 * @tx: where; its commit fails with -ENOENT where there is no such chain
 * @chain: its name
 */
void transaction_flush_chain(struct transaction *tx, const char *chain)
{
	struct nlmsghdr *message = transaction_message(tx, NFT_MSG_DELRULE, 0);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, SET_TABLE);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	transaction_message_end(tx, message);
}

/**
 * transaction_add_ruleset() - add what is laid together
 * @tx: where; its commit fails with -EEXIST where the table has one of the
 *	sets or chains
 * @ruleset: which
 */
void transaction_add_ruleset(struct transaction *tx,
			     const struct ruleset *ruleset)
{
	for (int i = 0; i < ruleset->set_count; i++)
		transaction_add_set(tx, (enum set_id)(ruleset->first_set + i));
	for (size_t i = 0; i < ruleset->chain_count; i++)
		transaction_add_chain(tx, &ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->rule_count; i++)
		transaction_add_rule(tx, &ruleset->rules[i]);
}

/**
 * transaction_add_table() - create the table, empty
 * @tx: where; its commit fails with -EEXIST where the table has a set or
 *	chain already
 */
void transaction_add_table(struct transaction *tx)
{
	lay_table(tx);
	transaction_add_ruleset(tx, &ruleset_base);
}

static void flush_chain(struct transaction *tx,
			const struct ruleset_chain *chain)
{
	struct nftnl_rule *rules CLEANUP(rule) = nftnl_rule_alloc();
	struct nlmsghdr *message;

	if (!rules ||
	    nftnl_rule_set_str(rules, NFTNL_RULE_TABLE, SET_TABLE) < 0 ||
	    nftnl_rule_set_str(rules, NFTNL_RULE_CHAIN, chain->name) < 0)
		return transaction_fail(tx);
	message = transaction_message(tx, NFT_MSG_DELRULE, 0);
	if (!message)
		return;
	nftnl_rule_nlmsg_build_payload(message, rules);
	transaction_message_end(tx, message);
}

static void delete_chain(struct transaction *tx, const char *name)
{
	struct nftnl_chain *chain CLEANUP(chain) = nftnl_chain_alloc();
	struct nlmsghdr *message;

	if (!chain ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, SET_TABLE) < 0 ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name) < 0)
		return transaction_fail(tx);
	message = transaction_message(tx, NFT_MSG_DELCHAIN, 0);
	if (!message)
		return;
	nftnl_chain_nlmsg_build_payload(message, chain);
	transaction_message_end(tx, message);
}

static void delete_set(struct transaction *tx, const char *name)
{
	struct nftnl_set *set CLEANUP(set) = nftnl_set_alloc();
	struct nlmsghdr *message;

	if (!set || nftnl_set_set_str(set, NFTNL_SET_TABLE, SET_TABLE) < 0 ||
	    nftnl_set_set_str(set, NFTNL_SET_NAME, name) < 0)
		return transaction_fail(tx);
	message = transaction_message(tx, NFT_MSG_DELSET, 0);
	if (!message)
		return;
	nftnl_set_nlmsg_build_payload(message, set);
	transaction_message_end(tx, message);
}

/**
 * transaction_delete_ruleset() - delete what was laid together
 * @tx: where; its commit fails with -ENOENT where a part is not there
 * @ruleset: which; all its rules are in its own chains
 */
void transaction_delete_ruleset(struct transaction *tx,
				const struct ruleset *ruleset)
{
	/* what rules lead to, or look in, can't be deleted */
	for (size_t i = 0; i < ruleset->chain_count; i++)
		flush_chain(tx, &ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->chain_count; i++)
		delete_chain(tx, ruleset->chains[i].name);
	for (int i = 0; i < ruleset->set_count; i++)
		delete_set(
			tx,
			set_get((enum set_id)(ruleset->first_set + i))->name);
}

/* says that it was the library, whatever its program is called */
static void lay_farewell(struct transaction *tx)
{
	struct nftnl_chain *chain CLEANUP(chain) = nftnl_chain_alloc();
	struct nlmsghdr *message;

	if (!chain ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, SET_TABLE) < 0 ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, SET_FAREWELL) < 0)
		return transaction_fail(tx);
	message = transaction_message(tx, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	if (!message)
		return;
	nftnl_chain_nlmsg_build_payload(message, chain);
	transaction_message_end(tx, message);
}

/**
 * transaction_delete_table() - delete the table with all that is in it
 * @tx: where; its commit fails with -ENOENT where there is no table
 */
void transaction_delete_table(struct transaction *tx)
{
	struct nftnl_table *table CLEANUP(table) = nftnl_table_alloc();
	struct nlmsghdr *message;

	if (!table ||
	    nftnl_table_set_str(table, NFTNL_TABLE_NAME, SET_TABLE) < 0)
		return transaction_fail(tx);
	lay_farewell(tx);
	message = transaction_message(tx, NFT_MSG_DELTABLE, 0);
	if (!message)
		return;
	nftnl_table_nlmsg_build_payload(message, table);
	transaction_message_end(tx, message);
}
