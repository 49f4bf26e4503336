/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the table, sets, chains and rules into a transaction, to add or to
 * delete them.
 */
#include "nft/objects.h"

#include "nft/expr.h"
#include "nft/sets.h"

/* libnftnl's headers don't compile alone */
#include <stdio.h>

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <netinet/in.h>
#include <string.h>

/* nft packs the numbers of a concatenation's datatypes, six bits each */
#define CONCAT_BITS 6

_Static_assert((int)NFTA_TABLE_NAME == (int)NFTA_CHAIN_TABLE &&
		       (int)NFTA_TABLE_NAME == (int)NFTA_SET_TABLE &&
		       (int)NFTA_TABLE_NAME == (int)NFTA_RULE_TABLE,
	       "the table's name is the same attribute everywhere");

static void transaction_fail(struct transaction *tx)
{
	if (!tx->error)
		tx->error = -ENOMEM;
}

/* for what the name alone says all */
static void put_object(struct transaction *tx, uint16_t type, uint16_t flags,
		       uint16_t attribute, const char *name)
{
	struct nlmsghdr *message = transaction_message(tx, type, flags);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_TABLE_NAME, SET_TABLE);
	if (name)
		mnl_attr_put_strz(message, attribute, name);
	transaction_message_end(tx, message);
}

static void cleanup_nftnl_table(struct nftnl_table **table)
{
	if (*table)
		nftnl_table_free(*table);
}

static void cleanup_nftnl_set(struct nftnl_set **set)
{
	if (*set)
		nftnl_set_free(*set);
}

static void cleanup_nftnl_chain(struct nftnl_chain **chain)
{
	if (*chain)
		nftnl_chain_free(*chain);
}

static void cleanup_nftnl_rule(struct nftnl_rule **rule)
{
	if (*rule)
		nftnl_rule_free(*rule);
}

static void cleanup_udata(struct nftnl_udata_buf **udata)
{
	if (*udata)
		nftnl_udata_buf_free(*udata);
}

/* -------------------------------------------------------------------- sets */

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
	if (set->data == DATA_MARK)
		return set_mark_type()->number;
	if (set->data == DATA_ADDR_PORT)
		return set_addr_type(set)->number << CONCAT_BITS | port;
	return set_addr_type(set)->number;
}

/* without the byte orders "nft list" prints garbage; 0 for concatenations */
static int set_byteorders(struct nftnl_set *nft, const struct set *set)
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
	if (set->data == DATA_MARK)
		data = set_mark_type()->byteorder;
	if (!udata ||
	    !nftnl_udata_put_u32(udata, NFTNL_UDATA_SET_KEYBYTEORDER, key) ||
	    (set->data != DATA_NONE &&
	     !nftnl_udata_put_u32(udata, NFTNL_UDATA_SET_DATABYTEORDER, data)))
		return -1;
	return nftnl_set_set_data(nft, NFTNL_SET_USERDATA,
				  nftnl_udata_buf_data(udata),
				  nftnl_udata_buf_len(udata));
}

/* the kernel must know the fields of the key of an interval set */
static int set_fields(struct nftnl_set *nft, const struct set *set)
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

static int set_counter(struct nftnl_set *nft, const struct set *set)
{
	struct nftnl_expr *counter;

	if (!set_counts(set))
		return 0;
	counter = nftnl_expr_alloc("counter");
	if (!counter)
		return -1;
	nftnl_set_add_expr(nft, counter);
	return 0;
}

/* the commit fails with -EEXIST where it is there */
static void transaction_add_set(struct transaction *tx, enum set_id id)
{
	const struct set *set = set_get(id);
	struct nftnl_set *nft CLEANUP(nftnl_set) = nftnl_set_alloc();
	struct nlmsghdr *message;

	if (!nft || nftnl_set_set_str(nft, NFTNL_SET_TABLE, SET_TABLE) < 0 ||
	    nftnl_set_set_str(nft, NFTNL_SET_NAME, set->name) < 0 ||
	    set_byteorders(nft, set) < 0 || set_fields(nft, set) < 0 ||
	    set_counter(nft, set) < 0)
		return transaction_fail(tx);
	nftnl_set_set_u32(nft, NFTNL_SET_ID, (uint32_t)id + 1);
	nftnl_set_set_u32(nft, NFTNL_SET_FLAGS, set_flags(set));
	nftnl_set_set_u32(nft, NFTNL_SET_KEY_TYPE, key_type(set));
	nftnl_set_set_u32(nft, NFTNL_SET_KEY_LEN, set_key_length(set));
	if (set->data != DATA_NONE) {
		nftnl_set_set_u32(nft, NFTNL_SET_DATA_TYPE, data_type(set));
		nftnl_set_set_u32(nft, NFTNL_SET_DATA_LEN,
				  set_data_length(set));
	}
	message = transaction_message(tx, NFT_MSG_NEWSET,
				      NLM_F_CREATE | NLM_F_EXCL);
	if (!message)
		return;
	nftnl_set_nlmsg_build_payload(message, nft);
	transaction_message_end(tx, message);
}

/* -------------------------------------------------------- chains and rules */

/* empty; the commit fails with -EEXIST where it is there */
static void transaction_add_chain(struct transaction *tx,
				  const struct ruleset_chain *chain)
{
	struct nftnl_chain *nft CLEANUP(nftnl_chain) = nftnl_chain_alloc();
	struct nlmsghdr *message;

	if (!nft ||
	    nftnl_chain_set_str(nft, NFTNL_CHAIN_TABLE, SET_TABLE) < 0 ||
	    nftnl_chain_set_str(nft, NFTNL_CHAIN_NAME, chain->name) < 0 ||
	    (chain->type &&
	     nftnl_chain_set_str(nft, NFTNL_CHAIN_TYPE, chain->type) < 0))
		return transaction_fail(tx);
	if (chain->type) {
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
	struct nftnl_rule *nft CLEANUP(nftnl_rule) = nftnl_rule_alloc();
	struct rule_builder builder = { .nft = nft };
	struct nlmsghdr *message;

	if (!nft || nftnl_rule_set_str(nft, NFTNL_RULE_TABLE, SET_TABLE) < 0 ||
	    nftnl_rule_set_str(nft, NFTNL_RULE_CHAIN, rule->chain) < 0)
		return transaction_fail(tx);
	rule_build(rule, &builder);
	if (builder.error)
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
	put_object(tx, NFT_MSG_DELRULE, 0, NFTA_RULE_CHAIN, chain);
}

/* ---------------------------------------------------------- named objects */

/* the commit fails with -ENOENT where the kernel has no such helper */
static void transaction_add_helper(struct transaction *tx, enum helper helper)
{
	const struct helper_info *info = helper_get(helper);
	struct nlmsghdr *message =
		transaction_message(tx, NFT_MSG_NEWOBJ, NLM_F_CREATE);
	struct nlattr *data;

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_OBJ_TABLE, SET_TABLE);
	mnl_attr_put_strz(message, NFTA_OBJ_NAME, info->object);
	mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_CT_HELPER));
	data = mnl_attr_nest_start(message, NFTA_OBJ_DATA);
	mnl_attr_put_strz(message, NFTA_CT_HELPER_NAME, info->kernel_name);
	mnl_attr_put_u8(message, NFTA_CT_HELPER_L4PROTO,
			(uint8_t)info->protocol);
	mnl_attr_nest_end(message, data);
	transaction_message_end(tx, message);
}

static void transaction_add_timeout(struct transaction *tx)
{
	struct nlmsghdr *message =
		transaction_message(tx, NFT_MSG_NEWOBJ, NLM_F_CREATE);
	struct nlattr *data, *timeouts;

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_OBJ_TABLE, SET_TABLE);
	mnl_attr_put_strz(message, NFTA_OBJ_NAME, RULE_TIMEOUT);
	mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_CT_TIMEOUT));
	data = mnl_attr_nest_start(message, NFTA_OBJ_DATA);
	/* it is for both families; nft has no word for that */
	mnl_attr_put_u16(message, NFTA_CT_TIMEOUT_L3PROTO, htons(NFPROTO_IPV4));
	mnl_attr_put_u8(message, NFTA_CT_TIMEOUT_L4PROTO, IPPROTO_UDP);
	timeouts = mnl_attr_nest_start(message, NFTA_CT_TIMEOUT_DATA);
	mnl_attr_put_u32(message, CTA_TIMEOUT_UDP_UNREPLIED,
			 htonl(RULE_TIMEOUT_S));
	mnl_attr_nest_end(message, timeouts);
	mnl_attr_nest_end(message, data);
	transaction_message_end(tx, message);
}

/**
 * helper_try() - find out whether the kernel has a helper
 * @netlink: open NETLINK_NETFILTER socket
 * @helper: which; a module of it is loaded
 *
 * No message asks for that.  So the kernel is told to make it in our table, in
 * a transaction that fails in the end whatever it says to that.
 *
 * Return: 0 where it has it, -ENOENT where not, -EPERM, or another negative
 * errno.
 */
int helper_try(struct netlink *netlink, enum helper helper)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	int code;

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	put_object(&tx, NFT_MSG_NEWTABLE, NLM_F_CREATE, 0, NULL);
	transaction_add_helper(&tx, helper);
	put_object(&tx, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, 0, NULL);
	code = transaction_commit(&tx, netlink, NULL);
	return code == -EEXIST ? 0 : code;
}

/* --------------------------------------------------------- what is together */

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
	if (ruleset->helper)
		transaction_add_helper(tx, ruleset->helper);
	if (ruleset->has_timeout)
		transaction_add_timeout(tx);
	for (size_t i = 0; i < ruleset->chain_count; i++)
		transaction_add_chain(tx, &ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->rule_count; i++)
		transaction_add_rule(tx, &ruleset->rules[i]);
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
		transaction_flush_chain(tx, ruleset->chains[i].name);
	for (size_t i = 0; i < ruleset->chain_count; i++)
		put_object(tx, NFT_MSG_DELCHAIN, 0, NFTA_CHAIN_NAME,
			   ruleset->chains[i].name);
	for (int i = 0; i < ruleset->set_count; i++)
		put_object(
			tx, NFT_MSG_DELSET, 0, NFTA_SET_NAME,
			set_get((enum set_id)(ruleset->first_set + i))->name);
}

/**
 * transaction_add_table() - create the table, empty
 * @tx: where; its commit fails with -EEXIST where the table has a set or
 *	chain already
 */
void transaction_add_table(struct transaction *tx)
{
	struct nftnl_table *table CLEANUP(nftnl_table) = nftnl_table_alloc();
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
	transaction_add_ruleset(tx, &ruleset_base);
}

/**
 * transaction_delete_table() - delete the table with all that is in it
 * @tx: where; its commit fails with -ENOENT where there is no table
 *
 * The chain that is added before says that it was the library, whatever its
 * program is called.
 */
void transaction_delete_table(struct transaction *tx)
{
	put_object(tx, NFT_MSG_NEWCHAIN, NLM_F_CREATE, NFTA_CHAIN_NAME,
		   SET_FAREWELL);
	put_object(tx, NFT_MSG_DELTABLE, 0, 0, NULL);
}
