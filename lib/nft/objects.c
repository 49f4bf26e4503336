/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the table, sets, chains and rules into a transaction, to add or to
 * delete them.
 */
#include "nft/objects.h"

#include "nft/expr.h"
#include "nft/sets.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* nft packs the numbers of a concatenation's datatypes, six bits each */
#define CONCAT_BITS 6

/* userdata is a sequence of TLVs: a byte of type, one of length, the value;
 * the types are nft's: enum nftnl_udata_table_types, nftnl_udata_set_types */
enum {
	UDATA_TABLE_COMMENT = 0,
	UDATA_SET_KEYBYTEORDER = 0,
	UDATA_SET_DATABYTEORDER = 1,
};

_Static_assert((int)NFTA_TABLE_NAME == (int)NFTA_CHAIN_TABLE &&
		       (int)NFTA_TABLE_NAME == (int)NFTA_SET_TABLE &&
		       (int)NFTA_TABLE_NAME == (int)NFTA_RULE_TABLE,
	       "the table's name is the same attribute everywhere");

/* a message about the table, or about what it has by that name */
static struct nlmsghdr *object_begin(struct transaction *tx, uint16_t type,
				     uint16_t flags, uint16_t attribute,
				     const char *name)
{
	struct nlmsghdr *message = transaction_message(tx, type, flags);

	if (!message)
		return NULL;
	mnl_attr_put_strz(message, NFTA_TABLE_NAME, SET_TABLE);
	if (name)
		mnl_attr_put_strz(message, attribute, name);
	return message;
}

/* for what the name alone says all */
static void put_object(struct transaction *tx, uint16_t type, uint16_t flags,
		       uint16_t attribute, const char *name)
{
	struct nlmsghdr *message =
		object_begin(tx, type, flags, attribute, name);

	if (message)
		transaction_message_end(tx, message);
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(message, type, htonl(value));
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
	if (set->data == DATA_ADDR_PORT)
		return set_addr_type(set)->number << CONCAT_BITS | port;
	return set_addr_type(set)->number;
}

static size_t put_byteorder(uint8_t *tlv, uint8_t type, uint32_t byteorder)
{
	tlv[0] = type;
	tlv[1] = sizeof(byteorder);
	memcpy(tlv + 2, &byteorder, sizeof(byteorder));
	return 2 + sizeof(byteorder);
}

/* without the byte orders "nft list" prints garbage; 0 for concatenations */
static void put_byteorders(struct nlmsghdr *message, const struct set *set)
{
	uint32_t key = 0, data = 0;
	uint8_t userdata[32];
	size_t length;

	if (set_field_count(set) == 1)
		key = set_field_type(set, 0)->byteorder;
	if (set->data == DATA_ADDR)
		data = set_addr_type(set)->byteorder;
	if (set->data == DATA_PORT)
		data = set_port_type()->byteorder;
	length = put_byteorder(userdata, UDATA_SET_KEYBYTEORDER, key);
	if (set->data != DATA_NONE)
		length += put_byteorder(userdata + length,
					UDATA_SET_DATABYTEORDER, data);
	mnl_attr_put(message, NFTA_SET_USERDATA, length, userdata);
}

/* the kernel must know the fields of the key of an interval set */
static void put_fields(struct nlmsghdr *message, const struct set *set)
{
	struct nlattr *desc, *concat, *field;

	desc = mnl_attr_nest_start(message, NFTA_SET_DESC);
	concat = mnl_attr_nest_start(message, NFTA_SET_DESC_CONCAT);
	for (size_t i = 0; i < set_field_count(set); i++) {
		field = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
		put_u32(message, NFTA_SET_FIELD_LEN,
			set_field_type(set, i)->length);
		mnl_attr_nest_end(message, field);
	}
	mnl_attr_nest_end(message, concat);
	mnl_attr_nest_end(message, desc);
}

/**
 * transaction_add_set() - add a set or map
 * @tx: where; its commit fails with -EEXIST where it is there
 * @id: which
 */
void transaction_add_set(struct transaction *tx, enum set_id id)
{
	const struct set *set = set_get(id);
	struct nlmsghdr *message = object_begin(tx, NFT_MSG_NEWSET,
						NLM_F_CREATE | NLM_F_EXCL,
						NFTA_SET_NAME, set->name);

	if (!message)
		return;
	put_u32(message, NFTA_SET_ID, (uint32_t)id + 1);
	put_u32(message, NFTA_SET_FLAGS, set_flags(set));
	put_u32(message, NFTA_SET_KEY_TYPE, key_type(set));
	put_u32(message, NFTA_SET_KEY_LEN, set_key_length(set));
	if (set->data != DATA_NONE) {
		put_u32(message, NFTA_SET_DATA_TYPE, data_type(set));
		put_u32(message, NFTA_SET_DATA_LEN, set_data_length(set));
	}
	if (set->interval)
		put_fields(message, set);
	put_byteorders(message, set);
	if (set_counts(set))
		expr_counter(message);
	transaction_message_end(tx, message);
}

/* -------------------------------------------------------- chains and rules */

/**
 * transaction_add_chain() - add a chain, empty
 * @tx: where; its commit fails with -EEXIST where it is there
 * @chain: which
 */
void transaction_add_chain(struct transaction *tx,
			   const struct ruleset_chain *chain)
{
	struct nlmsghdr *message = object_begin(tx, NFT_MSG_NEWCHAIN,
						NLM_F_CREATE | NLM_F_EXCL,
						NFTA_CHAIN_NAME, chain->name);
	struct nlattr *hook;

	if (!message)
		return;
	if (chain->type) {
		hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
		put_u32(message, NFTA_HOOK_HOOKNUM, chain->hook);
		put_u32(message, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
		mnl_attr_nest_end(message, hook);
		put_u32(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
		mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, chain->type);
	}
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
	struct nlmsghdr *message = object_begin(
		tx, NFT_MSG_NEWRULE,
		rule->first ? NLM_F_CREATE : NLM_F_CREATE | NLM_F_APPEND,
		NFTA_RULE_CHAIN, rule->chain);
	struct nlattr *list;

	if (!message)
		return;
	list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	rule_build(rule, message);
	mnl_attr_nest_end(message, list);
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
	uint8_t userdata[2 + sizeof(SET_COMMENT)] = { UDATA_TABLE_COMMENT,
						      sizeof(SET_COMMENT) };
	struct nlmsghdr *message =
		object_begin(tx, NFT_MSG_NEWTABLE, NLM_F_CREATE, 0, NULL);

	if (!message)
		return;
	memcpy(userdata + 2, SET_COMMENT, sizeof(SET_COMMENT));
	mnl_attr_put(message, NFTA_TABLE_USERDATA, sizeof(userdata), userdata);
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
