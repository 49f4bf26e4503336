/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lays again what published mappings need and somebody took away.
 *
 * What they need is found out as for mappings that are to be published, and is
 * laid by the same transaction, without the mappings: settings of the host,
 * what the table remembers of interfaces, networks on the links of targets, and
 * addresses that are shielded.
 */
#include "publish/upkeep.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "publish/commit.h"
#include "publish/reserve.h"
#include "table/lookup.h"
#include "table/settings.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

/**
 * upkeep_done() - free what a survey found out
 * @upkeep: filled or all zero
 */
void upkeep_done(struct upkeep *upkeep)
{
	plan_done(&upkeep->plan);
}

/* ------------------------------------------------------------ what is needed
 */

static void swap(struct pubport_mapping *a, struct pubport_mapping *b)
{
	struct pubport_mapping taken = *a;

	*a = *b;
	*b = taken;
}

/* mappings that went, or lead elsewhere by now, need nothing here */
static int drop_gone(struct netlink *nft, struct plan *plan, bool *ret_late)
{
	struct pubport_mapping there, *mappings = plan->mappings.items;
	size_t count = plan->mappings.count, kept = 0;
	int code = 0;

	for (size_t i = 0; !code && i < count; i++) {
		code = table_find(nft, &mappings[i].key, &there);
		if (!code &&
		    addr_equal(&there.target_addr, &mappings[i].target_addr))
			swap(&mappings[kept++], &mappings[i]);
		if (code == -ENOENT)
			code = 0;
	}
	for (size_t i = kept; i < count; i++)
		free(mappings[i].from);
	plan->mappings.count = kept;
	*ret_late = kept < count;
	return code;
}

static void drop_settings(struct host_settings *settings,
			  const struct host_settings *but)
{
	size_t kept = 0;

	for (size_t i = 0; i < settings->count; i++)
		if (!host_settings_find(but, settings->items[i].kind,
					settings->items[i].index))
			settings->items[kept++] = settings->items[i];
	settings->count = kept;
}

/* ------------------------------------------------------------- what is lost */

static int find_lost_networks(struct netlink *nft, const struct needs *needs,
			      bool *lost)
{
	struct needs_network rest;
	bool left;
	int code = 0;

	for (size_t i = 0; !code && i < needs->network_count; i++) {
		rest = needs->networks[i];
		code = table_trim_network(nft, &rest, &left);
		*lost |= !code && left;
	}
	return code;
}

static int find_lost_shields(struct pubport *context, const struct plan *plan,
			     bool *lost)
{
	static const struct pubport_mappings none;
	const struct mapping_change mappings = {
		.removed = &none,
		.added = &plan->mappings,
		.wards = &plan->wards,
		.now = plan->now,
	};
	struct shield_change shields CLEANUP(shield_change_done) = { 0 };
	int code = shield_find(&context->nft, &mappings, &shields);

	*lost |= shields.old.count || shields.new.count;
	return code;
}

static int find_lost_uplinks(struct netlink *nft, const struct uplinks *uplinks,
			     bool *lost)
{
	struct element_fields fields = { .iif = 0 };
	uint8_t key[ELEMENT_KEY_MAX];
	struct element element;
	int code = 0;

	for (size_t i = 0; !code && i < uplinks->count; i++) {
		fields.iif = uplinks->items[i].interface;
		element_write_key(set_get(SET_UPLINKS), &fields, key);
		code = element_get(nft, SET_UPLINKS, key, &element);
		*lost |= code == -ENOENT;
		if (code == -ENOENT)
			code = 0;
	}
	return code;
}

/**
 * upkeep_find_lost() - find out whether what mappings need is there
 * @context: whose host
 * @upkeep: with a checked plan of them; settings that are off are marked, and
 *	is_lost is set
 *
 * Return: 0, -EPERM, -ENOMEM, or another negative errno from the kernel.
 */
int upkeep_find_lost(struct pubport *context, struct upkeep *upkeep)
{
	struct needs *needs = &upkeep->plan.needs;
	bool forgotten = false;
	int code = settings_find_lost(context, &needs->settings, &forgotten);

	upkeep->is_lost = forgotten || settings_any_off(&needs->settings);
	if (!code)
		code = find_lost_networks(&context->nft, needs,
					  &upkeep->is_lost);
	if (!code && upkeep->plan.is_symmetric)
		code = find_lost_uplinks(&context->nft, &upkeep->plan.uplinks,
					 &upkeep->is_lost);
	return code ? code
		    : find_lost_shields(context, &upkeep->plan,
					&upkeep->is_lost);
}

/**
 * upkeep_survey() - find out whether what published mappings need is there
 * @context: whose host
 * @known: the mappings
 * @but: settings that are let alone
 * @ret_upkeep: all zero; free with upkeep_done(), also after a failure
 * @error: why it failed, or NULL
 *
 * What can't be had is not told: add told it.
 *
 * Return: 0, -EINTR when the table changed meanwhile, -ENOMEM, -EPERM, or
 * another negative errno from the kernel.
 */
int upkeep_survey(struct pubport *context, const struct mapping_hash *known,
		  const struct host_settings *but, struct upkeep *ret_upkeep,
		  struct pubport_error *error)
{
	struct plan *plan = &ret_upkeep->plan;
	pubport_notice_fn notice = context->notice;
	int code;

	plan_clear(plan);
	code = plan_copy_needy(plan, known);
	if (!code)
		code = drop_gone(&context->nft, plan, &ret_upkeep->is_late);
	if (code)
		return error_kernel(error, code, TABLE_TEXT);
	context->notice = NULL;
	code = plan_check(context, true, plan, error);
	context->notice = notice;
	if (code)
		return code;
	drop_settings(&plan->needs.settings, but);
	code = upkeep_find_lost(context, ret_upkeep);
	return code ? error_kernel(error, code, TABLE_TEXT) : 0;
}

/* ----------------------------------------------------------------- restored */

/* that a port can't be reserved was told when it was chosen */
static int reserve(struct pubport *context, const struct mapping_hash *known)
{
	struct pubport_mappings reserved = { .count = 0 };
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	pubport_notice_fn notice = context->notice;
	struct pubport_mapping *mapping;
	int code = 0;

	for (; !code && entry; entry = mapping_hash_next(entry)) {
		if (!(entry->mapping.flags & PUBPORT_MAPPING_RESERVED))
			continue;
		mapping = mappings_append(&reserved);
		if (mapping)
			*mapping = entry->mapping;
		else
			code = -ENOMEM;
	}
	context->notice = NULL;
	reserve_ports(context, &reserved);
	context->notice = notice;
	/* the networks are those of @known */
	free(reserved.items);
	return code;
}

/**
 * upkeep_lay_rest() - have there be what does no harm if it is there
 * @context: whose host
 * @known: the mappings
 * @upkeep: from upkeep_survey()
 * @error: why it failed, or NULL
 *
 * Routing rules of symmetric mappings are laid, chosen ports reserved, and
 * interfaces forgotten that went.
 *
 * Return: 0, -ENOMEM, -EPERM, or another negative errno from the kernel.
 */
int upkeep_lay_rest(struct pubport *context, const struct mapping_hash *known,
		    const struct upkeep *upkeep, struct pubport_error *error)
{
	int code = reserve(context, known);

	settings_forget_gone(&context->nft);
	if (code)
		return error_memory(error);
	code = commit_lay_rules(context, &upkeep->plan);
	return code ? error_kernel(error, code, "ip rule") : 0;
}

/**
 * struct restoration - what is to be there again
 * @known: mappings that need it
 * @but: settings that are let alone
 */
struct restoration {
	const struct mapping_hash *known;
	const struct host_settings *but;
};

/* a change_look_fn */
static int look(struct change *change)
{
	struct upkeep upkeep CLEANUP(upkeep_done) = { .is_lost = false };
	const struct restoration *restoration = change->data;
	int code = upkeep_survey(change->context, restoration->known,
				 restoration->but, &upkeep, change->error);

	plan_clear(&change->plan);
	if (code)
		return code;
	/* the last mapping may have gone since settings were turned on */
	change->is_last = !upkeep.plan.mappings.count;
	if (!upkeep.is_lost)
		return 0;
	change->plan = upkeep.plan;
	memset(&upkeep.plan, 0, sizeof(upkeep.plan));
	return 0;
}

/**
 * upkeep_restore() - have what published mappings need be there
 * @context: whose host; told of forwarding that is turned on
 * @known: the mappings
 * @but: settings that are let alone
 * @error: why it failed, or NULL
 *
 * Return: 0; -ESTALE for a table that somebody changed by hand; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
int upkeep_restore(struct pubport *context, const struct mapping_hash *known,
		   const struct host_settings *but, struct pubport_error *error)
{
	struct restoration restoration = { known, but };
	struct change change CLEANUP(change_done) = {
		.context = context,
		.is_upkeep = true,
		.look = look,
		.data = &restoration,
		.error = error,
	};
	int code = commit_change(&change);

	return commit_finish(&change, code);
}
