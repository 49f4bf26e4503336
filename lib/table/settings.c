/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns settings of the host on and off, and has the table remember them.
 *
 * In which order that is done, so that it is right whoever is killed, and when,
 * is said in lifecycle.c.
 */
#include "table/settings.h"

#include "host/forwarding.h"
#include "host/lock.h"
#include "nft/element.h"
#include "nft/objects.h"
#include "nft/transaction.h"
#include "nft/userdata.h"
#include "table/lookup.h"
#include "table/verify.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static int setting_error(struct pubport_error *error, int code,
			 const struct host_setting *setting)
{
	char what[64];

	snprintf(what, sizeof(what), "%s on %s", host_setting_name(setting),
		 setting->interface);
	error_kernel(error, code, what);
	if (setting->kind == HOST_ROUTE_LOCALNET ||
	    setting->kind == HOST_LOOPBACK_ROUTE)
		error_hint(error, "pubport help add");
	return code;
}

/* the interface went away, and its settings with it */
static bool is_gone(int code)
{
	return code == -ENOENT || code == -ENODEV;
}

/* a host that was made a router since forwards on each interface by itself */
static int is_routers(const struct host_setting *setting, bool *ret_is)
{
	*ret_is = false;
	if (setting->kind == HOST_FORWARDING4)
		return host_forwards(PUBPORT_IPV4, ret_is);
	if (setting->kind == HOST_FORWARDING6 ||
	    setting->kind == HOST_FORWARDING_ALL)
		return host_forwards(PUBPORT_IPV6, ret_is);
	return 0;
}

/* but for force_forwarding, that is the same switch as ours */
static int stays_on(const struct host_setting *setting, bool *ret_stays)
{
	*ret_stays = false;
	return setting->kind != HOST_FORWARDING6
		       ? is_routers(setting, ret_stays)
		       : 0;
}

static int turn_one(struct pubport *context, const struct host_setting *setting,
		    bool on)
{
	bool is_on, stays = false;
	int code = 0;

	if (!host_setting_is_switch(setting->kind))
		return 0;
	if (!on)
		code = stays_on(setting, &stays);
	if (code || stays)
		return code;
	code = host_setting_get(&context->route, setting, &is_on);
	if (!code && is_on != on)
		code = host_setting_set(&context->route, setting, on);
	return is_gone(code) ? 0 : code;
}

/**
 * settings_turn() - turn settings on or off
 * @context: whose host
 * @settings: which; those of an interface that went away are passed over
 * @on: to what; off, forwarding stays on where the host was made a router since
 * @error: why it failed, or NULL
 *
 * Return: 0, -EPERM or -EACCES without the right to it, -EROFS where /proc is
 * read-only, or another negative errno from the kernel.
 */
int settings_turn(struct pubport *context, const struct host_settings *settings,
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

/**
 * settings_turn_on_again() - turn on what somebody turned off meanwhile
 * @context: whose host
 * @settings: which; what he forgot as well stays off
 * @error: why it failed, or NULL
 *
 * Return: as settings_turn().
 */
int settings_turn_on_again(struct pubport *context,
			   const struct host_settings *settings,
			   struct pubport_error *error)
{
	const struct host_setting *setting = settings->items;
	bool on, remembered = false;
	int code;

	for (size_t i = 0; i < settings->count; i++, setting++) {
		if (!host_setting_is_switch(setting->kind))
			continue;
		code = host_setting_get(&context->route, setting, &on);
		if (!code && !on)
			code = table_remembers(&context->nft, setting,
					       &remembered);
		if (!code && !on && remembered)
			code = host_setting_set(&context->route, setting, true);
		if (code && !is_gone(code))
			return setting_error(error, code, setting);
	}
	return 0;
}

static int look(struct pubport *context, const struct host_setting *setting,
		bool *ret_on, bool *ret_ours)
{
	int code;

	code = host_setting_get(&context->route, setting, ret_on);
	*ret_ours = !code && !*ret_on;
	if (code || !*ret_on)
		return code;
	/* keep says so, or its protocol number or value, even if the table was
	 * lost */
	*ret_ours = setting->is_known || setting->kind == HOST_LOOPBACK_ROUTE ||
		    setting->kind == HOST_FORWARDING_ALL;
	if (*ret_ours)
		return 0;
	code = table_remembers(&context->nft, setting, ret_ours);
	/* for a dry run it is somebody else's */
	if (table_cant_be_asked(code))
		return 0;
	/* whoever forgot it meanwhile had turned it off before */
	if (!code && !*ret_ours)
		code = host_setting_get(&context->route, setting, ret_on);
	if (!code && !*ret_on)
		*ret_ours = true;
	return code;
}

static int survey_setting(struct pubport *context,
			  const struct host_setting *setting,
			  struct host_settings *ours,
			  struct pubport_error *error)
{
	bool on = true, is_ours = true, is_theirs = false;
	int code = is_routers(setting, &is_theirs);

	if (!code && is_theirs)
		return 0;
	if (!code && host_setting_is_switch(setting->kind))
		code = look(context, setting, &on, &is_ours);
	if (is_gone(code))
		return 0;
	if (code)
		return setting_error(error, code, setting);
	if (!is_ours)
		return 0;
	if (host_settings_add(ours, setting->kind, setting->index,
			      setting->interface))
		return error_memory(error);
	ours->items[ours->count - 1].is_off = !on;
	return 0;
}

/**
 * settings_survey() - find out which settings are to be remembered
 * @context: whose host
 * @needs: what mappings need
 * @ret_ours: those that are off, or on because of us; free with
 *	host_settings_done(), also after a failure
 * @error: why it failed, or NULL
 *
 * Return: 0, -EPERM, -ENOMEM, or another negative errno from the kernel.
 */
int settings_survey(struct pubport *context, const struct needs *needs,
		    struct host_settings *ret_ours, struct pubport_error *error)
{
	int code = 0;

	for (size_t i = 0; !code && i < needs->settings.count; i++)
		code = survey_setting(context, &needs->settings.items[i],
				      ret_ours, error);
	return code;
}

/**
 * settings_find_lost() - find out what is off, though mappings need it
 * @context: whose host
 * @wanted: what published mappings need; of each setting that is off, and was
 *	not somebody's by himself, @is_off is set
 * @ret_forgotten: whether the table lacks what rules have to know
 *
 * Return: 0, -EPERM, or another negative errno from the kernel.
 */
int settings_find_lost(struct pubport *context, struct host_settings *wanted,
		       bool *ret_forgotten)
{
	struct host_setting *setting = wanted->items;
	bool on, remembered;
	int code = 0;

	*ret_forgotten = false;
	for (size_t i = 0; !code && i < wanted->count; i++, setting++) {
		on = remembered = true;
		if (host_setting_is_switch(setting->kind))
			code = host_setting_get(&context->route, setting, &on);
		else
			code = table_remembers(&context->nft, setting,
					       &remembered);
		setting->is_off = !on;
		*ret_forgotten |= !remembered;
		if (is_gone(code))
			code = 0;
	}
	return code;
}

/* as far as can be seen; an interface that went away counts as on */
static bool settings_are_on(struct pubport *context,
			    const struct host_settings *ours)
{
	bool on;

	for (size_t i = 0; i < ours->count; i++)
		if (host_setting_is_switch(ours->items[i].kind) &&
		    !host_setting_get(&context->route, &ours->items[i], &on) &&
		    !on)
			return false;
	return true;
}

/* -------------------------------------------------------------- remembered */

static bool turns_on_forwarding(const struct host_setting *setting)
{
	return setting->kind == HOST_FORWARDING4 ||
	       setting->kind == HOST_FORWARDING6 ||
	       setting->kind == HOST_FORWARDING_ALL;
}

/**
 * settings_forward() - look whether settings turn on forwarding
 * @ours: from settings_survey()
 *
 * Return: whether the chains of the forward hook are needed.
 */
bool settings_forward(const struct host_settings *ours)
{
	for (size_t i = 0; i < ours->count; i++)
		if (turns_on_forwarding(&ours->items[i]))
			return true;
	return false;
}

/**
 * settings_any_off() - look whether settings are to be turned on
 * @ours: from settings_survey()
 *
 * Return: whether settings_turn_on() has something to do.
 */
bool settings_any_off(const struct host_settings *ours)
{
	for (size_t i = 0; i < ours->count; i++)
		if (ours->items[i].is_off)
			return true;
	return false;
}

/* what a transaction answers when somebody else created or deleted the table;
 * one whose answer was lost does no harm if it is made twice */
static int again(int code)
{
	return code == -EEXIST || code == -ENOENT || code == TRANSACTION_UNKNOWN
		       ? TABLE_AGAIN
		       : code;
}

/**
 * struct strays - elements of interfaces that are not there any more
 * @kind: of which set
 * @list: deletes them
 */
struct strays {
	enum host_setting_kind kind;
	struct element_list list;
};

static int forget_stray(const struct element *element, void *data)
{
	struct strays *strays = data;
	struct host_setting setting;

	if (!table_read_setting(strays->kind, element, &setting))
		element_list_put(&strays->list, table_set_of(strays->kind),
				 element, TRANSACTION_NO_INDEX);
	return MNL_CB_OK;
}

/* the kernel may give their indices to others */
static int forget_strays(struct netlink *nft, struct transaction *tx)
{
	struct strays strays = {
		.list = { .tx = tx, .verb = ELEMENT_DELETE },
	};
	int code = 0;

	for (int kind = 0; !code && kind <= HOST_FORWARDING_ALL; kind++) {
		strays.kind = (enum host_setting_kind)kind;
		code = element_dump(nft, table_set_of(strays.kind),
				    forget_stray, &strays);
	}
	element_list_end(&strays.list);
	return code == -EINTR ? TABLE_AGAIN : code;
}

/**
 * settings_forget_gone() - forget interfaces that are not there any more
 * @nft: open NETLINK_NETFILTER socket
 *
 * What fails is left to whoever turns on a setting next.
 */
void settings_forget_gone(struct netlink *nft)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	if (!forget_strays(nft, &tx) && !transaction_is_empty(&tx))
		(void)transaction_commit(&tx, nft, NULL);
}

static int remember(struct pubport *context, const struct host_settings *ours)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = { .tx = &tx, .verb = ELEMENT_ENSURE };
	bool exists, has_forward = false;
	int code;

	code = table_exists(&context->nft, &exists);
	if (!code && exists)
		code = table_has(&context->nft, &ruleset_forward, &has_forward);
	if (code)
		return code;
	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	if (!exists)
		transaction_add_table(&tx);
	else
		code = forget_strays(&context->nft, &tx);
	if (code)
		return code;
	if (settings_forward(ours) && !has_forward)
		transaction_add_ruleset(&tx, &ruleset_forward);
	settings_put(ours, element_list_put, &list);
	element_list_end(&list);
	return again(transaction_commit(&tx, &context->nft, NULL));
}

/* "turning on IPv4 forwarding on eth1, docker0, ..." */
static void tell_forwarding(struct pubport *context,
			    const struct host_settings *ours,
			    enum host_setting_kind kind)
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
					   kind == HOST_FORWARDING_ALL
						   ? "all interfaces"
						   : setting->interface);
	}
	if (length)
		context_notice(context,
			       "turning on IPv%d forwarding on %s, for "
			       "published ports only, until the last one goes",
			       kind == HOST_FORWARDING4 ? 4 : 6, interfaces);
}

/**
 * settings_turn_on() - remember settings and turn them on
 * @context: whose host; told of forwarding that is turned on
 * @ours: from settings_survey()
 * @error: why it failed, or NULL
 *
 * Return: 0, TABLE_AGAIN, -EPERM, -EROFS where /proc is read-only,
 * -ENOMEM, or another negative errno from the kernel.
 */
int settings_turn_on(struct pubport *context, const struct host_settings *ours,
		     struct pubport_error *error)
{
	/* held until the end of the function */
	int lock CLEANUP(close) = lock_take();
	int code = remember(context, ours);

	(void)lock;
	if (code == TABLE_AGAIN)
		return code;
	if (code)
		return verify_explain(&context->nft, code, error);
	tell_forwarding(context, ours, HOST_FORWARDING4);
	tell_forwarding(context, ours, HOST_FORWARDING6);
	tell_forwarding(context, ours, HOST_FORWARDING_ALL);
	return settings_turn(context, ours, true, error);
}

/**
 * settings_put() - hand on the elements that remember settings
 * @ours: from settings_survey()
 * @put: gets each
 * @data: handed to @put
 */
void settings_put(const struct host_settings *ours, element_put_fn put,
		  void *data)
{
	for (size_t i = 0; i < ours->count; i++) {
		const struct host_setting *setting = &ours->items[i];
		enum set_id set = table_set_of(setting->kind);
		struct element element = { .timeout_ms = 0 };

		table_write_setting(setting, element.key);
		userdata_write_interface(&element, setting->interface);
		put(data, set, &element, TRANSACTION_NO_INDEX);
	}
}

/**
 * settings_confirm() - see to it that settings are on, after the transaction
 * @context: whose host; told what can't be turned on
 * @ours: from settings_survey()
 */
void settings_confirm(struct pubport *context, const struct host_settings *ours)
{
	int lock CLEANUP(close) = -1;
	struct pubport_error error;

	if (settings_are_on(context, ours))
		return;
	lock = lock_take();
	(void)lock;
	if (settings_turn_on_again(context, ours, &error))
		context_notice(context, "%s", error.message);
}

/* ----------------------------------------- a host that was made a router */

/*
 * A host that somebody made a router since pubport turned on forwarding.
 *
 * As long as it was none, what comes in by the interfaces in forwarding4 and
 * forwarding6 is forwarded to published ports only.  Now all of it is to be
 * forwarded, and these interfaces do so on somebody else's behalf.
 */

static const enum pubport_family families[] = { PUBPORT_IPV4, PUBPORT_IPV6 };

static bool forwards_family(const struct host_setting *setting,
			    enum pubport_family family)
{
	return turns_on_forwarding(setting) &&
	       (setting->kind == HOST_FORWARDING4) == (family == PUBPORT_IPV4);
}

/**
 * forwarding_find_guarded() - look whether a router forwards for pubport alone
 * @nft: open NETLINK_NETFILTER socket
 * @ret_guarded: for IPv4, and for IPv6, whether the host forwards it by itself,
 *	and the table still keeps it from that
 *
 * Return: 0, -EPERM, or another negative errno.
 */
int forwarding_find_guarded(struct netlink *nft, bool ret_guarded[2])
{
	bool forwards[2] = { false }, filled[2] = { false }, all = false;
	int code = host_forwards(PUBPORT_IPV4, &forwards[0]);

	if (!code)
		code = host_forwards(PUBPORT_IPV6, &forwards[1]);
	if (!code && (forwards[0] || forwards[1]))
		code = table_find_filled(nft, SET_FORWARDING4, 2, filled);
	if (!code && forwards[1] && !filled[1])
		code = table_find_filled(nft, SET_FORWARDING_ALL, 1, &all);
	filled[1] |= all;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		ret_guarded[i] = !code && forwards[i] && filled[i];
	return code;
}

/* those of the table's settings that forward packets of a family */
static int find_forwarding(struct netlink *nft, enum pubport_family family,
			   struct host_settings *forwarding)
{
	struct host_settings all CLEANUP(host_settings_done) = { 0 };
	int code = table_settings(nft, &all);

	for (size_t i = 0; !code && i < all.count; i++)
		if (forwards_family(&all.items[i], family))
			code = host_settings_add(forwarding, all.items[i].kind,
						 all.items[i].index,
						 all.items[i].interface);
	return code;
}

static int forget(struct netlink *nft, const struct host_settings *forwarding)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = {
		.tx = &tx,
		.verb = ELEMENT_DELETE,
		.there = nft,
	};

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	settings_put(forwarding, element_list_put, &list);
	element_list_end(&list);
	return transaction_is_empty(&tx) ? 0
					 : transaction_commit(&tx, nft, NULL);
}

/* what fails is left to the next command */
static void release(struct pubport *context, enum pubport_family family)
{
	struct host_settings forwarding CLEANUP(host_settings_done) = { 0 };
	int lock CLEANUP(close) = lock_take();

	(void)lock;
	if (find_forwarding(&context->nft, family, &forwarding) ||
	    settings_turn(context, &forwarding, false, NULL) ||
	    forget(&context->nft, &forwarding) || !forwarding.count)
		return;
	context_notice(context,
		       "this host was made a router for IPv%d: it forwards "
		       "more than published ports again",
		       family);
}

/**
 * forwarding_release() - let a host forward that was made a router since
 * @context: whose host; told of it
 */
void forwarding_release(struct pubport *context)
{
	bool guarded[2];

	(void)forwarding_find_guarded(&context->nft, guarded);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (guarded[i])
			release(context, families[i]);
}
