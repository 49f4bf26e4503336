/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What add finds published just so already, and leaves alone.
 *
 * Scripts, units and configuration tools ask again and again for what they
 * have.  With --ignore-existing that is fine; with --replace it is not replaced
 * by its like.  Either way its connections, its flows and its time stay.
 */
#include "publish/existing.h"

#include "mapping/key.h"
#include "mapping/mapping.h"
#include "publish/upkeep.h"
#include "table/allow.h"
#include "table/list.h"
#include "table/lookup.h"
#include "table/verify.h"
#include "util/error.h"

#include <errno.h>

/**
 * existing_done() - free what existing_leave() found
 * @existing: filled in by it, or all zero
 */
void existing_done(struct existing *existing)
{
	pubport_mappings_done(&existing->mappings);
	free(existing->at);
}

/* A script that runs again asks for what it got: the names of that may be
 * others.  Whoever replaces wants all of it, and a new end. */
static bool is_just_so(const struct pubport_mapping *there,
		       const struct pubport_mapping *planned, bool replace)
{
	if (replace)
		return !there->expires && !planned->expires &&
		       mapping_equal(there, planned,
				     MAPPING_TARGET | MAPPING_CLIENTS |
					     MAPPING_WORDS);
	return !there->expires == !planned->expires &&
	       mapping_equal(there, planned, MAPPING_TARGET | MAPPING_CLIENTS);
}

/* @ret_there: is set where it is just so */
static int look_up(const struct change *change,
		   const struct pubport_mapping *planned,
		   struct pubport_mapping *ret_there, bool *ret_is_just_so)
{
	struct netlink *nft = &change->context->nft;
	struct pubport_mapping there;
	int code = table_find(nft, &planned->key, &there);

	*ret_is_just_so = false;
	if (code)
		return code == -ENOENT || table_cant_be_asked(code) ? 0 : code;
	code = allow_complete(nft, &there);
	*ret_is_just_so = !code && is_just_so(&there, planned, change->replace);
	if (*ret_is_just_so)
		*ret_there = there;
	else
		free(there.from);
	return code;
}

/* whether this may be what the spec of a mapping, whose host port it left open,
 * got before */
static bool is_choice(const struct plan *plan, size_t index,
		      const struct pubport_mapping *there)
{
	const struct pubport_key *key = &plan->mappings.items[index].key;
	const struct pubport_ports *from =
		&plan->request->specs[plan->inputs[index]].host_ports;
	const struct pubport_ports *ports = &there->key.ports;

	return there->flags & PUBPORT_MAPPING_CHOSEN &&
	       there->key.protocol == key->protocol &&
	       !key_compare_hosts(&there->key, key) &&
	       ports_width(ports) == ports_width(&key->ports) &&
	       ports_within(ports, from);
}

static bool have_same_ports(const struct pubport_key *a,
			    const struct pubport_key *b)
{
	return a->protocol == b->protocol && a->ports.first == b->ports.first;
}

/* whether all mappings that share the ports of the one at @first, which were
 * chosen for them, are published just so at @ports, and no others ask for it */
static int all_are_so(const struct change *change, size_t first,
		      const struct pubport_key *at, bool *ret_are)
{
	const struct pubport_mappings *planned = &change->plan.mappings;
	const struct pubport_key *own = &planned->items[first].key;
	struct pubport_mapping there = { .from = NULL }, wanted;
	int code = 0;

	*ret_are = true;
	for (size_t i = 0; !code && *ret_are && i < planned->count; i++) {
		wanted = planned->items[i];
		if (!have_same_ports(&wanted.key, own)) {
			*ret_are = !have_same_ports(&wanted.key, at);
			continue;
		}
		wanted.key.ports = at->ports;
		code = look_up(change, &wanted, &there, ret_are);
		if (*ret_are)
			free(there.from);
	}
	return code;
}

static int find_choice(struct change *change, size_t first,
		       const struct pubport_mappings *all)
{
	struct pubport_mappings *planned = &change->plan.mappings;
	const struct pubport_key own = planned->items[first].key;
	const struct pubport_key *at = NULL;
	bool are_so = false;
	int code = 0;

	for (size_t i = 0; !code && !are_so && i < all->count; i++) {
		at = &all->items[i].key;
		if (is_choice(&change->plan, first, &all->items[i]))
			code = all_are_so(change, first, at, &are_so);
	}
	for (size_t i = first; are_so && i < planned->count; i++)
		if (have_same_ports(&planned->items[i].key, &own))
			planned->items[i].key.ports = at->ports;
	return code;
}

/* whether a port was chosen, and not for a mapping before this one as well */
static bool was_chosen_first(const struct pubport_mappings *planned,
			     size_t index)
{
	const struct pubport_mapping *mapping = &planned->items[index];
	size_t first = 0;

	while (!have_same_ports(&planned->items[first].key, &mapping->key))
		first++;
	return first == index && mapping->flags & PUBPORT_MAPPING_CHOSEN;
}

/* A script that runs again, and leaves a host port open, means the one that it
 * got the first time. */
static int find_choices(struct change *change)
{
	struct pubport_mappings all CLEANUP(pubport_mappings_done) = { 0 };
	const struct pubport_mappings *planned = &change->plan.mappings;
	bool has_all = false;
	int code = 0;

	for (size_t i = 0; !code && i < planned->count; i++) {
		if (!was_chosen_first(planned, i))
			continue;
		if (!has_all)
			code = table_list(&change->context->nft, &all);
		has_all = true;
		if (!code)
			code = find_choice(change, i, &all);
	}
	return table_cant_be_asked(code) ? 0 : code;
}

static int find_existing(const struct change *change, struct existing *existing)
{
	const struct pubport_mapping *planned = change->plan.mappings.items;
	struct pubport_mapping there = { .from = NULL };
	int code = 0;

	for (size_t i = 0; !code && i < existing->count; i++) {
		code = look_up(change, &planned[i], &there, &existing->at[i]);
		if (!code && existing->at[i])
			code = mappings_move(&existing->mappings, &there);
	}
	free(there.from);
	return code;
}

/**
 * existing_has_come() - tell whether somebody published what the kernel refused
 * @change: with the index of that in @blamed
 *
 * Return: whether it is published just so meanwhile.
 */
bool existing_has_come(const struct change *change)
{
	struct pubport_mapping there = { .from = NULL };
	bool is_so = false;

	(void)look_up(change, &change->plan.mappings.items[change->blamed],
		      &there, &is_so);
	free(there.from);
	return is_so;
}

/* Whoever replaces has what it needs of the host and of the table laid again,
 * as the doctor does: then nothing is left alone. */
static int lacks_something(const struct change *change, bool *ret_lacks)
{
	struct upkeep upkeep = { .plan = change->plan };
	bool has_table, is_whole = true;
	int code = upkeep_find_lost(change->context, &upkeep);

	if (!code && !upkeep.is_lost)
		code = verify_quickly(&change->context->nft, &has_table,
				      &is_whole);
	*ret_lacks = upkeep.is_lost || !is_whole;
	return code;
}

/**
 * existing_leave() - take what is published just so out of a plan
 * @change: with the plan, of which only the rest is left
 * @request: that asks for it; without a flag that says so, nothing is taken out
 * @ret_existing: what was taken out; end with existing_done(), also after a
 *	failure
 *
 * Return: 0, or a negative errno, described.
 */
int existing_leave(struct change *change,
		   const struct pubport_add_request *request,
		   struct existing *ret_existing)
{
	const unsigned int flags = PUBPORT_ADD_REPLACE |
				   PUBPORT_ADD_IGNORE_EXISTING;
	struct netlink *nft = &change->context->nft;
	struct plan *plan = &change->plan;
	bool lacks = false;
	size_t left = 0;
	int code = 0;

	if (request->flags & PUBPORT_ADD_REPLACE)
		code = lacks_something(change, &lacks);
	if (code)
		return table_error(nft, code, change->error);
	if (!(request->flags & flags) || lacks)
		return 0;
	ret_existing->count = plan->mappings.count;
	ret_existing->at =
		calloc(plan->mappings.count + 1, sizeof(*ret_existing->at));
	if (!ret_existing->at)
		return error_memory(change->error);
	if (request->flags & PUBPORT_ADD_IGNORE_EXISTING)
		code = find_choices(change);
	if (!code)
		code = find_existing(change, ret_existing);
	if (code)
		return table_error(nft, code, change->error);
	for (size_t i = 0; i < ret_existing->count; i++) {
		if (ret_existing->at[i]) {
			free(plan->mappings.items[i].from);
			continue;
		}
		plan->mappings.items[left] = plan->mappings.items[i];
		plan->inputs[left++] = plan->inputs[i];
	}
	plan->mappings.count = left;
	return 0;
}

/**
 * existing_join() - put what was taken out and the rest together again
 * @change: with the rest of the plan, which is moved
 * @existing: what was taken out, which is moved
 * @ret_mappings: both, in the order of the specs
 *
 * Return: 0, or -ENOMEM, described.
 */
int existing_join(struct change *change, struct existing *existing,
		  struct pubport_mappings *ret_mappings)
{
	struct pubport_mappings all CLEANUP(pubport_mappings_done) = { 0 };
	struct pubport_mapping *was = existing->mappings.items;
	struct pubport_mapping *added = change->plan.mappings.items;
	int code = 0;

	if (!existing->mappings.count) {
		*ret_mappings = mappings_take(&change->plan.mappings);
		return 0;
	}
	for (size_t i = 0; !code && i < existing->count; i++)
		code = mappings_move(&all, existing->at[i] ? was++ : added++);
	if (code)
		return error_memory(change->error);
	*ret_mappings = mappings_take(&all);
	return 0;
}
