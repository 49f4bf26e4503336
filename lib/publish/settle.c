/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What connections do after a change of the mappings.
 *
 * Those of a mapping that is gone are cut, and UDP goes the new way.  That
 * can't be a part of the transaction that changes the mappings, and whoever
 * made it may be killed before he comes to that.  So what he removes, and UDP
 * that he adds, stands in settling4 and settling6 from that transaction on,
 * until its connections are settled.
 *
 * The kernel ends a mapping, but not its live connections, and with the mapping
 * goes all that is known of it.  So mappings that end stand in ending4 and
 * ending6 for as long as they last, and then until it is seen.
 *
 * Each command looks at these sets first, and settles what is left.  What
 * others are about to settle at that moment is settled twice, which does no
 * harm.
 */
#include "publish/settle.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "netlink/kernel.h"
#include "nft/userdata.h"
#include "publish/flows.h"
#include "publish/reserve.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "table/mapping_element.h"
#include "table/settings.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

/* how often it is tried when it fails */
#define SETTLE_TRIES 3

/* --------------------------------------------------------------- a change */

/* notes down mappings of a settlement, and what of them must be settled */
typedef void (*note_fn)(const struct settlement *settlement, element_put_fn put,
			void *data);

/* of those that others took the place of, TCP may end in peace */
static void note_removed(const struct settlement *settlement,
			 element_put_fn put, void *data)
{
	const struct pubport_mapping *mapping = settlement->removed->items;

	for (size_t i = 0; i < settlement->removed->count; i++, mapping++)
		if (i < settlement->gone ||
		    mapping->key.protocol == PUBPORT_UDP)
			mapping_put_note(NOTE_SETTLING, mapping, put, data, i);
}

/* TCP that was there before goes on as it did */
static void note_added(const struct settlement *settlement, element_put_fn put,
		       void *data)
{
	const struct pubport_mapping *mapping = settlement->added->items;

	for (size_t i = 0; i < settlement->added->count; i++, mapping++)
		if (mapping->key.protocol == PUBPORT_UDP)
			mapping_put_note(NOTE_SETTLING, mapping, put, data, i);
}

/**
 * settlement_is_noted() - look whether something must be noted down
 * @settlement: of a transaction
 *
 * Return: whether it needs ruleset_settling.
 */
bool settlement_is_noted(const struct settlement *settlement)
{
	return settlement->gone || mappings_have_udp(settlement->removed) ||
	       mappings_have_udp(settlement->added);
}

/**
 * settlement_put() - hand on the elements that note what is to be settled
 * @settlement: of a transaction
 * @put: takes each; what comes in the place of its like comes twice
 * @data: handed to @put
 */
void settlement_put(const struct settlement *settlement, element_put_fn put,
		    void *data)
{
	note_removed(settlement, put, data);
	note_added(settlement, put, data);
}

static int make(struct pubport *context, const struct settlement *settlement)
{
	struct pubport_mappings gone = *settlement->removed, replaced = gone;
	int code;

	gone.count = settlement->gone;
	replaced.count -= gone.count;
	if (replaced.count)
		replaced.items += gone.count;
	code = flows_forget(context, FLOWS_OF_REMOVED, &gone);
	if (!code)
		code = flows_forget(context, FLOWS_OF_REPLACED, &replaced);
	if (!code)
		code = flows_forget(context, FLOWS_OF_ADDED, settlement->added);
	if (!code)
		flows_keep_own(context, settlement->added);
	return code;
}

/* whoever was faster did the same */
static int commit(struct netlink *nft, struct element_list *list)
{
	int code;

	element_list_end(list);
	if (transaction_is_empty(list->tx))
		return 0;
	code = transaction_commit(list->tx, nft, NULL);
	return code == -ENOENT ? 0 : code;
}

/* @there: where to ask for each, or NULL */
static int forget_those(struct netlink *nft,
			const struct settlement *settlement, note_fn note,
			struct netlink *there)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = {
		.tx = &tx,
		.verb = ELEMENT_DELETE,
		.there = there,
	};

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	note(settlement, element_list_put, &list);
	return commit(nft, &list);
}

/* what came in the place of its like stands there only once */
static int forget(struct netlink *nft, const struct settlement *settlement)
{
	bool some = settlement->removed->count;
	int code = forget_those(nft, settlement, note_removed, NULL);

	if (!code)
		code = forget_those(nft, settlement, note_added,
				    some ? nft : NULL);
	return code;
}

/**
 * settlement_make() - have connections do what the mappings say now
 * @context: where; told what fails, which is left to the next command
 * @settlement: of a transaction that took place
 */
void settlement_make(struct pubport *context,
		     const struct settlement *settlement)
{
	int made = -EAGAIN, forgotten = -EAGAIN;
	const char *missing;

	for (int i = 0; (made || forgotten) && i < SETTLE_TRIES; i++) {
		made = make(context, settlement);
		if (!made)
			forgotten = forget(&context->nft, settlement);
	}
	missing = kernel_missing_conntrack(made);
	if (made)
		context_notice(context,
			       "connections may go on as before, until the "
			       "next command of pubport: %s%s",
			       missing ? "this kernel lacks " : "",
			       missing ? missing : strerror(-made));
}

/* ----------------------------------------------------------- what was left */

/**
 * struct leftovers - mappings whose connections nobody settled
 * @set: the set that is being dumped
 * @now_ms: of CLOCK_MONOTONIC, as kernel and mappings count their time
 * @changed: those that were removed, and UDP that was added
 * @ended: those that should have ended by now
 */
struct leftovers {
	enum set_id set;
	int64_t now_ms;
	struct pubport_mappings changed;
	struct pubport_mappings ended;
};

static void cleanup_leftovers(struct leftovers *leftovers)
{
	pubport_mappings_done(&leftovers->changed);
	pubport_mappings_done(&leftovers->ended);
}

static void read_note(enum set_id set, const struct element *element,
		      struct pubport_mapping *ret_mapping)
{
	struct pubport_mapping mapping = { .flags = 0 };
	struct element_fields fields;

	element_read_key(set_get(set), element->key, &fields);
	userdata_read(element, &mapping);
	mapping.key = mapping_read_key(set, element->key);
	mapping.key.ports.last = fields.last_port;
	mapping.target_addr = fields.target;
	/* its end is a note of its own */
	mapping.expires = 1;
	*ret_mapping = mapping;
}

static int keep_leftover(const struct element *element, void *data)
{
	struct leftovers *leftovers = data;
	struct pubport_mapping mapping;
	bool ends;
	int code;

	read_note(leftovers->set, element, &mapping);
	ends = leftovers->set == mapping_note_set(NOTE_ENDING, &mapping.key);
	/* without a record it may have ended long ago */
	if (ends && userdata_read_end(element) > leftovers->now_ms)
		return MNL_CB_OK;
	code = mappings_move(ends ? &leftovers->ended : &leftovers->changed,
			     &mapping);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

/* the kernel takes its time */
static bool lives(struct netlink *nft, const struct pubport_mapping *mapping)
{
	struct pubport_mapping there;

	return !table_find(nft, &mapping->key, &there) && there.expires &&
	       addr_equal(&there.target_addr, &mapping->target_addr) &&
	       (!mapping->target_ports.first ||
		there.target_ports.first == mapping->target_ports.first);
}

static void keep_ended(struct netlink *nft, struct pubport_mappings *mappings)
{
	size_t kept = 0;

	for (size_t i = 0; i < mappings->count; i++)
		if (!lives(nft, &mappings->items[i]))
			mappings->items[kept++] = mappings->items[i];
	mappings->count = kept;
}

static int find_left(struct netlink *nft, struct leftovers *leftovers)
{
	bool filled[SET_SETTLING_INTERFACE6 - SET_ENDING4 + 1] = { false };
	int code =
		table_find_filled(nft, SET_ENDING4, ARRAY_SIZE(filled), filled);

	leftovers->now_ms = time_monotonic_ms();
	for (size_t i = 0; !code && i < ARRAY_SIZE(filled); i++) {
		if (!filled[i])
			continue;
		leftovers->set = (enum set_id)(SET_ENDING4 + i);
		code = element_dump(nft, leftovers->set, keep_leftover,
				    leftovers);
	}
	keep_ended(nft, &leftovers->ended);
	return code;
}

/* what is there now under the same keys */
static int find_there(struct netlink *nft,
		      const struct pubport_mappings *changed,
		      struct pubport_mappings *there)
{
	struct pubport_mapping mapping;
	int code = 0;

	for (size_t i = 0; !code && i < changed->count; i++)
		if (!table_find(nft, &changed->items[i].key, &mapping))
			code = mappings_move(there, &mapping);
	return code;
}

static void forget_ended(struct netlink *nft,
			 const struct pubport_mappings *ended)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = { .tx = &tx, .verb = ELEMENT_DELETE };

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	mappings_put_endings(ended, element_list_put, &list);
	(void)commit(nft, &list);
}

/* once more what whoever was killed did not come to */
static int make_again(struct pubport *context,
		      const struct pubport_mappings *changed)
{
	struct pubport_mappings there CLEANUP(pubport_mappings_done) = { 0 };
	const struct settlement settlement = { &there, changed,
					       changed->count };
	int code = find_there(&context->nft, changed, &there);

	return code ? code : make(context, &settlement);
}

/* those of mappings that ended by themselves, or whose owner was killed as he
 * changed them; what fails is left to the next command */
static void settle_left(struct pubport *context, bool publishes)
{
	struct leftovers leftovers CLEANUP(leftovers) = { .set = SET_ENDING4 };
	const struct pubport_mappings none = { .count = 0 };
	struct settlement left = { &none, &leftovers.changed, 0 };

	if (find_left(&context->nft, &leftovers) ||
	    !(leftovers.changed.count + leftovers.ended.count) ||
	    make_again(context, &leftovers.changed) ||
	    flows_forget(context, publishes ? FLOWS_OF_ENDED : FLOWS_OF_REMOVED,
			 &leftovers.ended))
		return;
	release_ports(context, &leftovers.changed);
	release_ports(context, &leftovers.ended);
	left.gone = leftovers.changed.count;
	(void)forget(&context->nft, &left);
	forget_ended(&context->nft, &leftovers.ended);
	(void)lifecycle_retire(context, NULL);
}

/**
 * catch_up() - do what each command does first: what happened since the last
 * @context: where
 * @publishes: whether something is published next, perhaps what has just ended:
 *	then its connections go on
 *
 * The connections that others left are settled.  If the mappings that ended
 * were the last ones, the settings of the host are undone.  A host that was
 * made a router since forwards all again.
 */
void catch_up(struct pubport *context, bool publishes)
{
	settle_left(context, publishes);
	forwarding_release(context);
}
