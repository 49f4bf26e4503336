/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table's life: what comes with the first mapping and goes with the last.
 *
 * Host settings can't be part of a transaction, and any number of processes
 * may publish and unpublish at once.  These rules keep it right, whoever is
 * killed and when:
 *
 *  1. A setting that pubport turned on is remembered in the table.  It is
 *     remembered before it is turned on, and turned off before it is forgotten,
 *     each under one lock.  So what is on and not remembered is somebody
 *     else's.
 *  2. A mapping's transaction remembers its settings once more, which does
 *     nothing where they are remembered, and whether they are on is looked up
 *     once more after it.
 *  3. Whoever deletes the table turns the settings off first, and deletes it
 *     only if nobody changed the ruleset since he looked.  If somebody did, he
 *     looks again, and turns on again what is needed.  By then the mappings are
 *     gone, so that none is left without its settings.
 *
 * Killed in between, he leaves an empty table that remembers its settings, and
 * the next rm, flush or failed add goes on from there.  When somebody else's
 * "nft flush ruleset" takes the table, it takes the memory: settings stay on.
 */
#include "lifecycle.h"

#include "error.h"
#include "inspect.h"
#include "lock.h"
#include "remains.h"
#include "skeleton.h"
#include "table.h"

#include <errno.h>
#include <string.h>

/* how often the end is tried when it fails */
#define END_TRIES 3

static int setting_error(struct pubport_error *error, int code,
			 const struct host_setting *setting)
{
	char what[64];

	snprintf(what, sizeof(what), "%s on %s", host_setting_name(setting),
		 setting->interface);
	error_kernel(error, code, what);
	if (setting->kind == SET_ROUTE_LOCALNET ||
	    setting->kind == SET_LOOPBACK_ROUTE)
		error_hint(error, "pubport help add");
	return code;
}

/* the interface went away, and its settings with it */
static bool is_gone(int code)
{
	return code == -ENOENT || code == -ENODEV;
}

/* bridges are remembered, but nothing is turned on for it */
static bool is_switch(const struct host_setting *setting)
{
	return setting->kind <= SET_HAIRPIN_MODE;
}

/* a host that was made a router since forwards on each interface by itself */
static int stays_on(const struct host_setting *setting, bool *ret_stays)
{
	*ret_stays = false;
	return setting->kind == SET_FORWARDING4
		       ? host_forwards(PUBPORT_IPV4, ret_stays)
		       : 0;
}

static int turn_one(struct pubport *context, const struct host_setting *setting,
		    bool on)
{
	bool is_on, stays = false;
	int code = 0;

	if (!is_switch(setting))
		return 0;
	if (!on)
		code = stays_on(setting, &stays);
	if (code || stays)
		return code;
	code = host_get(&context->route, setting, &is_on);
	if (!code && is_on != on)
		code = host_set(&context->route, setting, on);
	return is_gone(code) ? 0 : code;
}

static int turn(struct pubport *context, const struct host_settings *settings,
		bool on, struct pubport_error *error)
{
	const struct host_setting *setting = settings->items;
	int code;

	for (size_t i = 0; i < settings->count; i++, setting++) {
		code = turn_one(context, setting, on);
		if (code)
			return setting_error(error, code, setting);
	}
	return 0;
}

/* turns on again what somebody turned off, unless he forgot it as well */
static int turn_on_again(struct pubport *context,
			 const struct host_settings *settings,
			 struct pubport_error *error)
{
	const struct host_setting *setting = settings->items;
	bool on, remembered = false;
	int code;

	for (size_t i = 0; i < settings->count; i++, setting++) {
		if (!is_switch(setting))
			continue;
		code = host_get(&context->route, setting, &on);
		if (!code && !on)
			code = table_remembers(&context->nft, setting,
					       &remembered);
		if (!code && !on && remembered)
			code = host_set(&context->route, setting, true);
		if (code && !is_gone(code))
			return setting_error(error, code, setting);
	}
	return 0;
}

static int look(struct pubport *context, const struct host_setting *setting,
		bool *ret_on, bool *ret_ours)
{
	int code;

	code = host_get(&context->route, setting, ret_on);
	*ret_ours = !code && !*ret_on;
	if (code || !*ret_on)
		return code;
	/* keep says so, or its protocol number, even if the table was lost */
	*ret_ours = setting->is_known || setting->kind == SET_LOOPBACK_ROUTE;
	if (*ret_ours)
		return 0;
	code = table_remembers(&context->nft, setting, ret_ours);
	/* for a dry run it is somebody else's */
	if (table_cant_be_asked(code))
		return 0;
	/* whoever forgot it meanwhile had turned it off before */
	if (!code && !*ret_ours)
		code = host_get(&context->route, setting, ret_on);
	if (!code && !*ret_on)
		*ret_ours = true;
	return code;
}

static int survey_setting(struct pubport *context,
			  const struct host_setting *setting,
			  struct host_settings *ours,
			  struct pubport_error *error)
{
	bool on = true, is_ours = true;
	int code = 0;

	if (is_switch(setting))
		code = look(context, setting, &on, &is_ours);
	if (is_gone(code))
		return 0;
	if (code)
		return setting_error(error, code, setting);
	if (!is_ours)
		return 0;
	if (host_settings_add(ours, setting->kind, setting->interface))
		return error_memory(error);
	ours->items[ours->count - 1].is_off = !on;
	memcpy(ours->items[ours->count - 1].lladdr, setting->lladdr,
	       sizeof(setting->lladdr));
	return 0;
}

/**
 * lifecycle_survey() - find out which settings are to be remembered
 * @context: whose host
 * @needs: what mappings need
 * @ret_ours: those that are off, or on because of us; free with
 *	host_settings_done(), also after a failure
 * @error: why it failed, or NULL
 *
 * Return: 0, -EPERM, -ENOMEM, or another negative errno from the kernel.
 */
int lifecycle_survey(struct pubport *context, const struct needs *needs,
		     struct host_settings *ret_ours,
		     struct pubport_error *error)
{
	int code = 0;

	for (size_t i = 0; !code && i < needs->settings.count; i++)
		code = survey_setting(context, &needs->settings.items[i],
				      ret_ours, error);
	return code;
}

static bool turns_on_forwarding(const struct host_setting *setting)
{
	return setting->kind == SET_FORWARDING4 ||
	       setting->kind == SET_FORWARDING6;
}

/**
 * lifecycle_forwards() - look whether settings turn on forwarding
 * @ours: from lifecycle_survey()
 *
 * Return: whether the chains of the forward hook are needed.
 */
bool lifecycle_forwards(const struct host_settings *ours)
{
	for (size_t i = 0; i < ours->count; i++)
		if (turns_on_forwarding(&ours->items[i]))
			return true;
	return false;
}

/**
 * lifecycle_changes() - look whether settings are to be turned on
 * @ours: from lifecycle_survey()
 *
 * Return: whether lifecycle_prepare() has something to do.
 */
bool lifecycle_changes(const struct host_settings *ours)
{
	for (size_t i = 0; i < ours->count; i++)
		if (ours->items[i].is_off)
			return true;
	return false;
}

/* what a transaction answers when another one laid or deleted the table; one
 * whose answer was lost does no harm if it is made twice */
static int again(int code)
{
	return code == -EEXIST || code == -ENOENT || code == BATCH_UNKNOWN
		       ? LIFECYCLE_AGAIN
		       : code;
}

static int lay_and_remember(struct pubport *context,
			    const struct host_settings *ours)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	struct element_list list = { .batch = &batch, .verb = ELEMENT_ENSURE };
	bool laid, has_forward = false;
	int code;

	code = table_is_laid(&context->nft, &laid);
	if (!code && laid)
		code = table_has(&context->nft, &ruleset_forward, &has_forward);
	if (code)
		return code;
	batch_init(&batch, BATCH_ANY_GENERATION);
	if (!laid)
		skeleton_lay(&batch);
	if (lifecycle_forwards(ours) && !has_forward)
		skeleton_lay_ruleset(&batch, &ruleset_forward);
	lifecycle_emit(ours, element_list_put, &list);
	element_list_end(&list);
	return again(batch_commit(&batch, &context->nft, NULL));
}

/* "turning on IPv4 forwarding on eth1, docker0, ..." */
static void tell_forwarding(struct pubport *context,
			    const struct host_settings *ours,
			    enum schema_set_id kind)
{
	const struct host_setting *setting = ours->items;
	char interfaces[256] = "";
	size_t length = 0;

	for (size_t i = 0; i < ours->count; i++, setting++) {
		if (setting->kind != kind || !setting->is_off)
			continue;
		if (length + sizeof(setting->interface) + 2 >
		    sizeof(interfaces))
			break;
		length += (size_t)snprintf(interfaces + length,
					   sizeof(interfaces) - length, "%s%s",
					   length ? ", " : "",
					   setting->interface);
	}
	if (length)
		context_notice(context,
			       "turning on IPv%d forwarding on %s, for "
			       "published ports only, until the last one goes",
			       kind == SET_FORWARDING4 ? 4 : 6, interfaces);
}

/**
 * lifecycle_prepare() - remember settings and turn them on
 * @context: whose host; told of forwarding that is turned on
 * @ours: from lifecycle_survey()
 * @error: why it failed, or NULL
 *
 * Return: 0, LIFECYCLE_AGAIN, -EPERM, -EROFS where /proc is read-only,
 * -ENOMEM, or another negative errno from the kernel.
 */
int lifecycle_prepare(struct pubport *context, const struct host_settings *ours,
		      struct pubport_error *error)
{
	/* held until the end of the function */
	int lock CLEANUP(close) = lock_take();
	int code = lay_and_remember(context, ours);

	(void)lock;
	if (code == LIFECYCLE_AGAIN)
		return code;
	if (code)
		return inspect_explain(&context->nft, code, error);
	tell_forwarding(context, ours, SET_FORWARDING4);
	tell_forwarding(context, ours, SET_FORWARDING6);
	return turn(context, ours, true, error);
}

/**
 * lifecycle_emit() - hand on the elements that remember settings
 * @ours: from lifecycle_survey()
 * @emit: takes each
 * @data: handed to @emit
 */
void lifecycle_emit(const struct host_settings *ours, element_emit_fn emit,
		    void *data)
{
	for (size_t i = 0; i < ours->count; i++) {
		const struct host_setting *setting = &ours->items[i];
		struct element_fields fields = { .port = 0 };
		struct element element = { .timeout_ms = 0 };

		memcpy(fields.iifname, setting->interface,
		       sizeof(fields.iifname));
		memcpy(fields.oifname, setting->interface,
		       sizeof(fields.oifname));
		memcpy(fields.ether_daddr, setting->lladdr,
		       sizeof(fields.ether_daddr));
		element_write_key(schema_set(setting->kind), &fields,
				  element.key);
		emit(data, setting->kind, &element, BATCH_NO_INDEX);
	}
}

/* an interface that went away counts as on */
static bool all_are_on(struct pubport *context,
		       const struct host_settings *ours)
{
	bool on;

	for (size_t i = 0; i < ours->count; i++)
		if (is_switch(&ours->items[i]) &&
		    !host_get(&context->route, &ours->items[i], &on) && !on)
			return false;
	return true;
}

/**
 * lifecycle_confirm() - see to it that settings are on, after the transaction
 * @context: whose host; told what can't be turned on
 * @ours: from lifecycle_survey()
 */
void lifecycle_confirm(struct pubport *context,
		       const struct host_settings *ours)
{
	int lock CLEANUP(close) = -1;
	struct pubport_error error;

	if (all_are_on(context, ours))
		return;
	lock = lock_take();
	(void)lock;
	if (turn_on_again(context, ours, &error))
		context_notice(context, "%s", error.message);
}

/* ---------------------------------------------------------------- the end */

/**
 * struct ending - what is found out before the table is deleted
 * @generation: of the ruleset
 * @laid: whether there is a table of ours
 * @has_mappings: whether something is published
 * @ours: settings of the host that are on because of us
 * @remains: what is in it that is not pubport's, or ""
 */
struct ending {
	uint32_t generation;
	bool laid;
	bool has_mappings;
	struct host_settings ours;
	char remains[REMAINS_TEXT_SIZE];
};

static void cleanup_ending(struct ending *ending)
{
	host_settings_done(&ending->ours);
}

static int look_at_table(struct pubport *context, bool whatever_is_in_it,
			 struct ending *ending)
{
	const struct pubport_mappings none = { .count = 0 };
	struct netlink *nft = &context->nft;
	int code = table_generation(nft, &ending->generation);

	if (!code)
		code = table_is_laid(nft, &ending->laid);
	if (!code)
		code = table_settings(nft, &ending->ours);
	if (code || !ending->laid || whatever_is_in_it)
		return code;
	code = table_has_more(&context->peeks, 0, &ending->has_mappings);
	if (!code && !ending->has_mappings)
		code = remains_find(nft, &none, ending->remains);
	return code;
}

/* the table, or where that stays what it remembers of settings */
static int delete_table(struct pubport *context, const struct ending *ending)
{
	struct batch batch CLEANUP(batch_done) = { .data = NULL };
	struct element_list list = {
		.batch = &batch,
		.verb = ELEMENT_DELETE,
		.there = &context->nft,
	};
	int code;

	batch_init(&batch, ending->generation);
	if (!ending->remains[0])
		skeleton_delete(&batch);
	else
		lifecycle_emit(&ending->ours, element_list_put, &list);
	element_list_end(&list);
	/* a transaction that does nothing is not acknowledged */
	if (batch.count == 1)
		return 0;
	code = batch_commit(&batch, &context->nft, NULL);
	if (code == BATCH_UNKNOWN)
		return -ERESTART;
	return code == -ENOENT ? 0 : code;
}

/* one try; -ERESTART or -EINTR: try again */
static int end_once(struct pubport *context, bool whatever_is_in_it,
		    struct pubport_error *error)
{
	struct ending ending CLEANUP(ending) = { .laid = false };
	int lock CLEANUP(close) = lock_take();
	int code = look_at_table(context, whatever_is_in_it, &ending);

	(void)lock;
	if (code)
		return error_kernel(error, code, TABLE_TEXT);
	if (ending.has_mappings)
		return turn_on_again(context, &ending.ours, error);
	code = turn(context, &ending.ours, false, error);
	if (code || (!ending.laid && !whatever_is_in_it))
		return code;
	code = delete_table(context, &ending);
	if (code == -ERESTART)
		return error_kernel(error, code, TABLE_TEXT);
	if (code)
		return inspect_explain(&context->nft, code, error);
	if (ending.remains[0] && error)
		context_notice(context,
			       TABLE_TEXT " stays, for somebody else's %s: "
					  "pubport flush deletes it all",
			       ending.remains);
	return 0;
}

static int end(struct pubport *context, bool whatever_is_in_it,
	       struct pubport_error *error)
{
	int code = -ERESTART, failures = 0;

	/* half of it may be done when it fails: that is no place to give up */
	for (int i = 0; code && i < TABLE_TRIES && failures < END_TRIES; i++) {
		code = end_once(context, whatever_is_in_it, error);
		failures += code != -ERESTART && code != -EINTR;
	}
	return code;
}

/**
 * lifecycle_retire() - undo the settings and delete the table, once it is empty
 * @context: whose table; told if it stays, unless @error is NULL
 * @error: why it failed, or NULL
 *
 * It stays for what somebody else put there; then it forgets the settings.
 *
 * Return: 0, -EPERM, -ERESTART when others changed the ruleset all the time,
 * or another negative errno from the kernel.
 */
int lifecycle_retire(struct pubport *context, struct pubport_error *error)
{
	return end(context, false, error);
}

/**
 * lifecycle_settle() - the same, after the last mappings were unpublished
 * @context: whose table; told what can't be undone now
 *
 * What is gone is gone: what fails is left to the next command.
 */
void lifecycle_settle(struct pubport *context)
{
	struct pubport_error error;

	if (lifecycle_retire(context, &error))
		context_notice(context,
			       "until the next pubport rm or flush: %s",
			       error.message);
}

/**
 * lifecycle_end() - undo the settings and delete the table, whatever is in it
 * @context: whose table
 * @error: why it failed, or NULL
 *
 * Return: as lifecycle_retire().
 */
int lifecycle_end(struct pubport *context, struct pubport_error *error)
{
	return end(context, true, error);
}
