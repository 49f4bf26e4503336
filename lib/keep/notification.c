/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a transaction of the ruleset did to the mappings.
 *
 * The kernel tells each step of a transaction, then the generation that it led
 * to and the process that it came from.  Nobody ever saw what was between: for
 * each key that was touched, what counts is how it ends.
 */
#include "keep/notification.h"

#include "mapping/mapping.h"
#include "netlink/nfnetlink.h"
#include "table/allow.h"
#include "table/mapping_element.h"
#include "util/error.h"
#include "util/time.h"

#include <assert.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/**
 * struct reading - elements of a message being read
 * @notification: what they are part of
 * @set: of which set they are
 * @now_ms: milliseconds since the epoch
 */
struct reading {
	struct notification *notification;
	enum set_id set;
	int64_t now_ms;
};

/**
 * notification_init() - begin with the first transaction
 * @notification: end with notification_done(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int notification_init(struct notification *notification)
{
	memset(notification, 0, sizeof(*notification));
	return mapping_hash_init(&notification->touched);
}

/**
 * notification_reset() - begin with the next transaction
 * @notification: all that was read of the last one is forgotten
 */
void notification_reset(struct notification *notification)
{
	mapping_hash_clear(&notification->touched);
	notification->table_is_gone = notification->table_exists = false;
	notification->is_farewell = false;
	notification->took_rules = notification->took_sets = false;
	notification->added_bare = notification->added_parts = false;
	notification->pid = 0;
	notification->process[0] = '\0';
}

/**
 * notification_done() - free a transaction
 * @notification: made by notification_init(), or all zero
 */
void notification_done(struct notification *notification)
{
	mapping_hash_done(&notification->touched);
}

/* -------------------------------------------------------------- elements */

static int fail_memory(void)
{
	errno = ENOMEM;
	return MNL_CB_ERROR;
}

static int read_added(const struct element *element, void *data)
{
	const struct reading *reading = data;
	struct pubport_mapping mapping;
	struct mapping_hash_entry *entry;

	if (!mapping_read(reading->set, element, reading->now_ms, &mapping))
		return MNL_CB_OK;
	entry = mapping_hash_add(&reading->notification->touched, &mapping.key);
	if (!entry)
		return fail_memory();
	free(entry->mapping.from);
	entry->mapping = mapping;
	reading->notification->added_bare |= !mapping.created;
	entry->is_there = true;
	entry->ends_ms = 0;
	if (element->timeout_ms)
		entry->ends_ms =
			time_monotonic_ms() + (int64_t)element->left_ms;
	return MNL_CB_OK;
}

/* the key of the mapping that an element belongs to, of whichever set */
static struct pubport_key read_key(enum set_id set,
				   const struct element *element)
{
	struct pubport_key key = mapping_read_key(set, element->key);

	key.ports.last = mapping_read_key(set, element->key_end).ports.first;
	return key;
}

static int read_removed(const struct element *element, void *data)
{
	const struct reading *reading = data;
	struct pubport_key key = read_key(reading->set, element);
	struct mapping_hash_entry *entry;

	entry = mapping_hash_add(&reading->notification->touched, &key);
	if (!entry)
		return fail_memory();
	entry->mapping.connections = element->packets;
	entry->is_there = false;
	entry->was_removed = true;
	return MNL_CB_OK;
}

/* a mapping's networks follow it, in order */
static int read_networks(const struct element *element, void *data)
{
	const struct reading *reading = data;
	struct pubport_key key = read_key(reading->set, element);
	struct mapping_hash_entry *entry =
		mapping_hash_find(&reading->notification->touched, &key);
	size_t taken;

	if (!entry || !entry->is_there ||
	    entry->mapping.from_count > MAPPING_NETWORKS_MAX)
		return MNL_CB_OK;
	return allow_add(element, &entry->mapping, &taken) ? fail_memory()
							   : MNL_CB_OK;
}

static bool is_limit(enum set_id set)
{
	return (set >= SET_LIMITED4 && set <= SET_ALLOWED_RANGE6) ||
	       (set >= SET_LIMITED_INTERFACE4 &&
		set <= SET_ALLOWED_RANGE_INTERFACE6);
}

/* whether a message is about elements of a set of ours, and of which */
static bool find_set(const struct nlmsghdr *message, enum set_id *ret_set)
{
	const char *table =
		nfnl_name(nfnl_find(message, NFTA_SET_ELEM_LIST_TABLE));
	const char *name =
		nfnl_name(nfnl_find(message, NFTA_SET_ELEM_LIST_SET));

	if (nfnl_family(message) != NFPROTO_INET || strcmp(table, SET_TABLE))
		return false;
	for (int set = 0; set < SET_COUNT; set++) {
		*ret_set = (enum set_id)set;
		if (!strcmp(name, set_get(*ret_set)->name))
			return true;
	}
	return false;
}

static int read_elements(struct notification *notification,
			 const struct nlmsghdr *message, bool added)
{
	struct reading reading = { notification, SET_HOST4, time_now_ms() };
	element_fn each = NULL;

	if (!find_set(message, &reading.set))
		return 0;
	notification->added_parts |= added && !set_holds_mappings(reading.set);
	if (set_holds_mappings(reading.set))
		each = added ? read_added : read_removed;
	else if (is_limit(reading.set) && added)
		each = read_networks;
	if (each && element_message_read(message, reading.set, each,
					 &reading) == MNL_CB_ERROR)
		return -errno;
	return 0;
}

/* ----------------------------------------------------------------- the rest */

/* chains, rules and sets name their table as it names itself */
static_assert((int)NFTA_CHAIN_TABLE == NFTA_TABLE_NAME, "of a chain");
static_assert((int)NFTA_RULE_TABLE == NFTA_TABLE_NAME, "of a rule");
static_assert((int)NFTA_SET_TABLE == NFTA_TABLE_NAME, "of a set");

static bool is_our_table(const struct nlmsghdr *message)
{
	return nfnl_family(message) == NFPROTO_INET &&
	       !strcmp(nfnl_name(nfnl_find(message, NFTA_TABLE_NAME)),
		       SET_TABLE);
}

static bool is_farewell(const struct nlmsghdr *message)
{
	return is_our_table(message) &&
	       !strcmp(nfnl_name(nfnl_find(message, NFTA_CHAIN_NAME)),
		       SET_FAREWELL);
}

/* what was done to the table before doesn't matter then */
static void read_table_gone(struct notification *notification)
{
	mapping_hash_clear(&notification->touched);
	notification->table_is_gone = true;
	notification->table_exists = false;
	notification->took_rules = notification->took_sets = false;
}

static void read_generation(struct notification *notification,
			    const struct nlmsghdr *message)
{
	const char *name = nfnl_name(nfnl_find(message, NFTA_GEN_PROC_NAME));

	notification->generation = nfnl_u32(nfnl_find(message, NFTA_GEN_ID), 0);
	notification->port = message->nlmsg_pid;
	notification->pid =
		(int)nfnl_u32(nfnl_find(message, NFTA_GEN_PROC_PID), 0);
	snprintf(notification->process, sizeof(notification->process), "%.*s",
		 (int)sizeof(notification->process) - 1, name);
	text_make_printable(notification->process);
}

/**
 * notification_read() - read one notification
 * @notification: what is part of it is added to it
 * @message: any message of NFNLGRP_NFTABLES; what is not ours is passed over
 * @ret_is_whole: whether that was the last one of the transaction
 *
 * Return: 0 or -ENOMEM.
 */
int notification_read(struct notification *notification,
		      const struct nlmsghdr *message, bool *ret_is_whole)
{
	*ret_is_whole = false;
	if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
		return 0;
	switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
	case NFT_MSG_NEWSETELEM:
		return read_elements(notification, message, true);
	case NFT_MSG_DELSETELEM:
		return read_elements(notification, message, false);
	case NFT_MSG_NEWTABLE:
		notification->table_exists |= is_our_table(message);
		return 0;
	case NFT_MSG_NEWCHAIN:
		notification->is_farewell |= is_farewell(message);
		return 0;
	case NFT_MSG_DELTABLE:
		if (is_our_table(message))
			read_table_gone(notification);
		return 0;
	case NFT_MSG_DELSET:
		notification->took_sets |= is_our_table(message);
		notification->took_rules |= is_our_table(message);
		return 0;
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
		notification->took_rules |= is_our_table(message);
		return 0;
	case NFT_MSG_NEWGEN:
		read_generation(notification, message);
		*ret_is_whole = true;
		return 0;
	default:
		return 0;
	}
}
