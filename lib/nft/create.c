/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lays the table without any mapping, or what is laid when it is first needed,
 * and takes it away again.
 */
#include "nft/create.h"

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

static void batch_fail(struct batch *batch)
{
	if (!batch->error)
		batch->error = -ENOMEM;
}

/* ----------------------------------------------------------- to messages */

static void lay_table(struct batch *batch)
{
	struct nftnl_table *table CLEANUP(table) = nftnl_table_alloc();
	struct nftnl_udata_buf *udata CLEANUP(udata) =
		nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	struct nlmsghdr *message;

	if (!table || !udata ||
	    !nftnl_udata_put_strz(udata, NFTNL_UDATA_TABLE_COMMENT,
				  SCHEMA_COMMENT) ||
	    nftnl_table_set_str(table, NFTNL_TABLE_NAME, SCHEMA_TABLE) < 0 ||
	    nftnl_table_set_data(table, NFTNL_TABLE_USERDATA,
				 nftnl_udata_buf_data(udata),
				 nftnl_udata_buf_len(udata)) < 0)
		return batch_fail(batch);
	message = batch_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	if (!message)
		return;
	nftnl_table_nlmsg_build_payload(message, table);
	batch_message_end(batch, message);
}

static uint32_t key_type(const struct schema_set *set)
{
	uint32_t type = 0;

	for (size_t i = 0; i < schema_field_count(set); i++)
		type = type << CONCAT_BITS | schema_field_type(set, i)->number;
	return type;
}

static uint32_t data_type(const struct schema_set *set)
{
	uint32_t port = schema_port_type()->number;

	if (set->data == DATA_PORT)
		return port;
	if (set->data == DATA_ADDR_PORT)
		return schema_addr_type(set)->number << CONCAT_BITS | port;
	return schema_addr_type(set)->number;
}

/* without the byte orders "nft list" prints garbage; 0 for concatenations */
static int set_userdata(struct nftnl_set *nft, const struct schema_set *set)
{
	struct nftnl_udata_buf *udata CLEANUP(udata) =
		nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	uint32_t key = 0, data = 0;

	if (schema_field_count(set) == 1)
		key = schema_field_type(set, 0)->byteorder;
	if (set->data == DATA_ADDR)
		data = schema_addr_type(set)->byteorder;
	if (set->data == DATA_PORT)
		data = schema_port_type()->byteorder;
	if (!udata ||
	    !nftnl_udata_put_u32(udata, NFTNL_UDATA_SET_KEYBYTEORDER, key) ||
	    (set->data != DATA_NONE &&
	     !nftnl_udata_put_u32(udata, NFTNL_UDATA_SET_DATABYTEORDER, data)))
		return -ENOMEM;
	return nftnl_set_set_data(nft, NFTNL_SET_USERDATA,
				  nftnl_udata_buf_data(udata),
				  nftnl_udata_buf_len(udata));
}

static int set_describe_fields(struct nftnl_set *nft,
			       const struct schema_set *set)
{
	uint8_t lengths[SCHEMA_KEY_FIELDS] = { 0 };
	size_t count = schema_field_count(set);

	for (size_t i = 0; i < count; i++)
		lengths[i] = (uint8_t)schema_field_type(set, i)->length;
	if (!set->interval)
		return 0;
	return nftnl_set_set_data(nft, NFTNL_SET_DESC_CONCAT, lengths,
				  (uint32_t)count);
}

static void set_describe_data(struct nftnl_set *nft,
			      const struct schema_set *set)
{
	if (set->data == DATA_NONE)
		return;
	nftnl_set_set_u32(nft, NFTNL_SET_DATA_TYPE, data_type(set));
	nftnl_set_set_u32(nft, NFTNL_SET_DATA_LEN, schema_data_length(set));
}

static int set_describe_counter(struct nftnl_set *nft,
				const struct schema_set *set)
{
	struct nftnl_expr *counter;

	if (!schema_counts(set))
		return 0;
	counter = nftnl_expr_alloc("counter");
	if (!counter)
		return -ENOMEM;
	nftnl_set_add_expr(nft, counter);
	return 0;
}

/**
 * skeleton_lay_set() - add a set or map
 * @batch: where; its commit fails with -EEXIST where it is there
 * @id: which
 */
void skeleton_lay_set(struct batch *batch, enum schema_set_id id)
{
	const struct schema_set *set = schema_set(id);
	struct nftnl_set *nft CLEANUP(set) = nftnl_set_alloc();
	struct nlmsghdr *message;

	if (!nft || nftnl_set_set_str(nft, NFTNL_SET_TABLE, SCHEMA_TABLE) < 0 ||
	    nftnl_set_set_str(nft, NFTNL_SET_NAME, set->name) < 0 ||
	    set_userdata(nft, set) < 0 || set_describe_fields(nft, set) < 0 ||
	    set_describe_counter(nft, set) < 0)
		return batch_fail(batch);
	set_describe_data(nft, set);
	nftnl_set_set_u32(nft, NFTNL_SET_ID, (uint32_t)id + 1);
	nftnl_set_set_u32(nft, NFTNL_SET_FLAGS, schema_flags(set));
	nftnl_set_set_u32(nft, NFTNL_SET_KEY_TYPE, key_type(set));
	nftnl_set_set_u32(nft, NFTNL_SET_KEY_LEN, schema_key_length(set));
	message =
		batch_message(batch, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL);
	if (!message)
		return;
	nftnl_set_nlmsg_build_payload(message, nft);
	batch_message_end(batch, message);
}

/**
 * skeleton_lay_chain() - add a chain, empty
 * @batch: where; its commit fails with -EEXIST where it is there
 * @chain: which
 */
void skeleton_lay_chain(struct batch *batch, const struct ruleset_chain *chain)
{
	struct nftnl_chain *nft CLEANUP(chain) = nftnl_chain_alloc();
	struct nlmsghdr *message;

	if (!nft ||
	    nftnl_chain_set_str(nft, NFTNL_CHAIN_TABLE, SCHEMA_TABLE) < 0 ||
	    nftnl_chain_set_str(nft, NFTNL_CHAIN_NAME, chain->name) < 0)
		return batch_fail(batch);
	if (chain->type) {
		if (nftnl_chain_set_str(nft, NFTNL_CHAIN_TYPE, chain->type) < 0)
			return batch_fail(batch);
		nftnl_chain_set_u32(nft, NFTNL_CHAIN_HOOKNUM, chain->hook);
		nftnl_chain_set_s32(nft, NFTNL_CHAIN_PRIO, chain->priority);
		nftnl_chain_set_u32(nft, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	}
	message = batch_message(batch, NFT_MSG_NEWCHAIN,
				NLM_F_CREATE | NLM_F_EXCL);
	if (!message)
		return;
	nftnl_chain_nlmsg_build_payload(message, nft);
	batch_message_end(batch, message);
}

/**
 * skeleton_lay_rule() - add a rule to a chain
 * @batch: where
 * @rule: which
 */
void skeleton_lay_rule(struct batch *batch, const struct ruleset_rule *rule)
{
	struct nftnl_rule *nft CLEANUP(rule) = nftnl_rule_alloc();
	struct expr expr = { .rule = nft };
	struct nlmsghdr *message;

	if (!nft ||
	    nftnl_rule_set_str(nft, NFTNL_RULE_TABLE, SCHEMA_TABLE) < 0 ||
	    nftnl_rule_set_str(nft, NFTNL_RULE_CHAIN, rule->chain) < 0)
		return batch_fail(batch);
	rule->build(&expr, rule);
	if (expr.error)
		return batch_fail(batch);
	message = batch_message(batch, NFT_MSG_NEWRULE,
				rule->first ? NLM_F_CREATE
					    : NLM_F_CREATE | NLM_F_APPEND);
	if (!message)
		return;
	nftnl_rule_nlmsg_build_payload(message, nft);
	batch_message_end(batch, message);
}

/**
 * skeleton_empty_chain() - delete all rules of a chain
 * @batch: where; its commit fails with -ENOENT where there is no such chain
 * @chain: its name
 */
void skeleton_empty_chain(struct batch *batch, const char *chain)
{
	struct nlmsghdr *message = batch_message(batch, NFT_MSG_DELRULE, 0);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, SCHEMA_TABLE);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	batch_message_end(batch, message);
}

/**
 * skeleton_lay_ruleset() - add what is laid together
 * @batch: where; its commit fails with -EEXIST where the table has one of the
 *	sets or chains
 * @ruleset: which
 */
void skeleton_lay_ruleset(struct batch *batch, const struct ruleset *ruleset)
{
	for (int i = 0; i < ruleset->set_count; i++)
		skeleton_lay_set(batch,
				 (enum schema_set_id)(ruleset->first_set + i));
	for (size_t i = 0; i < ruleset->chain_count; i++)
		skeleton_lay_chain(batch, &ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->rule_count; i++)
		skeleton_lay_rule(batch, &ruleset->rules[i]);
}

/**
 * skeleton_lay() - create the table, empty
 * @batch: where; its commit fails with -EEXIST where the table has a set or
 *	chain already
 */
void skeleton_lay(struct batch *batch)
{
	lay_table(batch);
	skeleton_lay_ruleset(batch, &ruleset_base);
}

static void flush_chain(struct batch *batch, const struct ruleset_chain *chain)
{
	struct nftnl_rule *rules CLEANUP(rule) = nftnl_rule_alloc();
	struct nlmsghdr *message;

	if (!rules ||
	    nftnl_rule_set_str(rules, NFTNL_RULE_TABLE, SCHEMA_TABLE) < 0 ||
	    nftnl_rule_set_str(rules, NFTNL_RULE_CHAIN, chain->name) < 0)
		return batch_fail(batch);
	message = batch_message(batch, NFT_MSG_DELRULE, 0);
	if (!message)
		return;
	nftnl_rule_nlmsg_build_payload(message, rules);
	batch_message_end(batch, message);
}

static void delete_chain(struct batch *batch, const char *name)
{
	struct nftnl_chain *chain CLEANUP(chain) = nftnl_chain_alloc();
	struct nlmsghdr *message;

	if (!chain ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, SCHEMA_TABLE) < 0 ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name) < 0)
		return batch_fail(batch);
	message = batch_message(batch, NFT_MSG_DELCHAIN, 0);
	if (!message)
		return;
	nftnl_chain_nlmsg_build_payload(message, chain);
	batch_message_end(batch, message);
}

static void delete_set(struct batch *batch, const char *name)
{
	struct nftnl_set *set CLEANUP(set) = nftnl_set_alloc();
	struct nlmsghdr *message;

	if (!set || nftnl_set_set_str(set, NFTNL_SET_TABLE, SCHEMA_TABLE) < 0 ||
	    nftnl_set_set_str(set, NFTNL_SET_NAME, name) < 0)
		return batch_fail(batch);
	message = batch_message(batch, NFT_MSG_DELSET, 0);
	if (!message)
		return;
	nftnl_set_nlmsg_build_payload(message, set);
	batch_message_end(batch, message);
}

/**
 * skeleton_delete_ruleset() - delete what was laid together
 * @batch: where; its commit fails with -ENOENT where a part is not there
 * @ruleset: which; all its rules are in its own chains
 */
void skeleton_delete_ruleset(struct batch *batch, const struct ruleset *ruleset)
{
	/* what rules lead to, or look in, can't be deleted */
	for (size_t i = 0; i < ruleset->chain_count; i++)
		flush_chain(batch, &ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->chain_count; i++)
		delete_chain(batch, ruleset->chains[i].name);
	for (int i = 0; i < ruleset->set_count; i++)
		delete_set(batch, schema_set((enum schema_set_id)(
						     ruleset->first_set + i))
					  ->name);
}

/* says that it was the library, whatever its program is called */
static void lay_farewell(struct batch *batch)
{
	struct nftnl_chain *chain CLEANUP(chain) = nftnl_chain_alloc();
	struct nlmsghdr *message;

	if (!chain ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, SCHEMA_TABLE) < 0 ||
	    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, SCHEMA_FAREWELL) < 0)
		return batch_fail(batch);
	message = batch_message(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	if (!message)
		return;
	nftnl_chain_nlmsg_build_payload(message, chain);
	batch_message_end(batch, message);
}

/**
 * skeleton_delete() - delete the table with all that is in it
 * @batch: where; its commit fails with -ENOENT where there is no table
 */
void skeleton_delete(struct batch *batch)
{
	struct nftnl_table *table CLEANUP(table) = nftnl_table_alloc();
	struct nlmsghdr *message;

	if (!table ||
	    nftnl_table_set_str(table, NFTNL_TABLE_NAME, SCHEMA_TABLE) < 0)
		return batch_fail(batch);
	lay_farewell(batch);
	message = batch_message(batch, NFT_MSG_DELTABLE, 0);
	if (!message)
		return;
	nftnl_table_nlmsg_build_payload(message, table);
	batch_message_end(batch, message);
}
