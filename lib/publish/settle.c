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
#include "nft/userdata.h"
#include "publish/flows.h"
#include "table/forwarding.h"
#include "table/lifecycle.h"
#include "table/lookup.h"
#include "table/mapping_element.h"
#include "util/time.h"

#include <errno.h>
#include <string.h>

/* how often it is tried when it fails */
#define SETTLEMENT_TRIES 3

/* --------------------------------------------------------------- a change */

/**
 * struct memory - what is remembered
 * @take: takes each element, or NULL
 * @data: handed to @take
 * @count: how many there were
 */
struct memory {
	element_put_fn take;
	void *data;
	size_t count;
};

typedef void (*remember_fn)(const struct settlement *settlement,
			    struct memory *memory);

static void remember(struct memory *memory,
		     const struct pubport_mapping *mapping, size_t index)
{
	memory->count++;
	if (memory->take)
		mapping_put_note(SET_SETTLING4, mapping, memory->take,
				 memory->data, index);
}

/* of those that others took the place of, TCP may end in peace */
static void remember_removed(const struct settlement *settlement,
			     struct memory *memory)
{
	const struct pubport_mappings *removed = settlement->removed;

	for (size_t i = 0; i < removed->count; i++)
		if (i < settlement->gone ||
		    removed->items[i].key.protocol == PUBPORT_UDP)
			remember(memory, &removed->items[i], i);
}

/* TCP that was there before goes on as it did */
static void remember_added(const struct settlement *settlement,
			   struct memory *memory)
{
	const struct pubport_mappings *added = settlement->added;

	for (size_t i = 0; i < added->count; i++)
		if (added->items[i].key.protocol == PUBPORT_UDP)
			remember(memory, &added->items[i], i);
}

/**
 * settlement_is_remembered() - look whether something must be remembered
 * @settlement: of a transaction
 *
 * Return: whether it needs ruleset_settling.
 */
bool settlement_is_remembered(const struct settlement *settlement)
{
	struct memory memory = { .take = NULL };

	remember_removed(settlement, &memory);
	remember_added(settlement, &memory);
	return memory.count;
}

/**
 * settlement_emit() - hand on the elements that remember what is to be settled
 * @settlement: of a transaction
 * @take: takes each; what comes in the place of its like comes twice
 * @data: handed to @take
 */
void settlement_emit(const struct settlement *settlement, element_put_fn take,
		     void *data)
{
	struct memory memory = { .take = take, .data = data };

	remember_removed(settlement, &memory);
	remember_added(settlement, &memory);
}

static int make(struct pubport *context, const struct settlement *settlement)
{
	struct pubport_mappings gone = *settlement->removed, replaced = gone;
	int code;

	gone.count = settlement->gone;
	replaced.count -= gone.count;
	if (replaced.count)
		replaced.items += gone.count;
	code = flows_cut(context, &gone);
	if (!code)
		code = flows_move(context, &replaced);
	if (!code)
		code = flows_drop_stale(context, settlement->added);
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
			const struct settlement *settlement,
			remember_fn remember_those, struct netlink *there)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = {
		.tx = &tx,
		.verb = ELEMENT_DELETE,
		.there = there,
	};
	struct memory memory = { .take = element_list_put, .data = &list };

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	remember_those(settlement, &memory);
	return commit(nft, &list);
}

/* what came in the place of its like stands there only once */
static int forget(struct netlink *nft, const struct settlement *settlement)
{
	bool some = settlement->removed->count;
	int code = forget_those(nft, settlement, remember_removed, NULL);

	if (!code)
		code = forget_those(nft, settlement, remember_added,
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

	for (int i = 0; (made || forgotten) && i < SETTLEMENT_TRIES; i++) {
		made = make(context, settlement);
		if (!made)
			forgotten = forget(&context->nft, settlement);
	}
	if (made)
		context_notice(context,
			       "connections may go on as before, until the "
			       "next command of pubport: %s",
			       strerror(-made));
}

/* ----------------------------------------------------------- what was left */

/**
 * struct harvest - mappings whose connections nobody settled
 * @set: the set that is being dumped
 * @now: seconds since the epoch
 * @changed: those that were removed, and UDP that was added
 * @ended: those that should have ended by now
 */
struct harvest {
	enum set_id set;
	int64_t now;
	struct pubport_mappings changed;
	struct pubport_mappings ended;
};

static void cleanup_harvest(struct harvest *harvest)
{
	pubport_mappings_done(&harvest->changed);
	pubport_mappings_done(&harvest->ended);
}

static void read_memory(enum set_id set, const struct element *element,
			struct pubport_mapping *ret_mapping)
{
	struct pubport_mapping mapping = { .flags = 0 };
	struct element_fields fields;

	element_read_key(set_get(set), element->key, &fields);
	userdata_read(element, &mapping);
	mapping.key.host = fields.daddr;
	mapping.key.protocol = fields.protocol;
	mapping.key.ports.first = fields.port;
	mapping.key.ports.last = fields.last_port;
	mapping.target_addr = fields.target;
	/* without a record it may have ended long ago */
	if (!mapping.expires)
		mapping.expires = 1;
	*ret_mapping = mapping;
}

static int take(const struct element *element, void *data)
{
	struct harvest *harvest = data;
	bool ends = harvest->set <= SET_ENDING6;
	struct pubport_mapping mapping;
	int code;

	read_memory(harvest->set, element, &mapping);
	if (ends && mapping.expires > harvest->now)
		return MNL_CB_OK;
	code = mappings_move(ends ? &harvest->ended : &harvest->changed,
			     &mapping);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

/* the clock may have been set */
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

static int find_left(struct netlink *nft, struct harvest *harvest)
{
	bool filled[SET_SETTLING6 - SET_ENDING4 + 1] = { false };
	int code =
		table_find_filled(nft, SET_ENDING4, ARRAY_SIZE(filled), filled);

	harvest->now = time_now_ms() / 1000;
	for (size_t i = 0; !code && i < ARRAY_SIZE(filled); i++) {
		if (!filled[i])
			continue;
		harvest->set = (enum set_id)(SET_ENDING4 + i);
		code = element_dump(nft, harvest->set, take, harvest);
	}
	keep_ended(nft, &harvest->ended);
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
static void settle_left(struct pubport *context)
{
	struct harvest harvest CLEANUP(harvest) = { .set = SET_ENDING4 };
	const struct pubport_mappings none = { .count = 0 };
	struct settlement left = { &none, &harvest.changed, 0 };

	if (find_left(&context->nft, &harvest) ||
	    !(harvest.changed.count + harvest.ended.count) ||
	    make_again(context, &harvest.changed) ||
	    flows_cut(context, &harvest.ended))
		return;
	left.gone = harvest.changed.count;
	(void)forget(&context->nft, &left);
	forget_ended(&context->nft, &harvest.ended);
	(void)lifecycle_retire(context, NULL);
}

/**
 * catch_up() - do what each command does first: what happened since the last
 * @context: where
 *
 * The connections that others left are settled.  If the mappings that ended
 * were the last ones, the settings of the host are undone.  A host that was
 * made a router since forwards all again.
 */
void catch_up(struct pubport *context)
{
	settle_left(context);
	forwarding_release(context);
}
