/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be published: mappings, and what they need of the host.
 *
 * The mappings come from the specs of a request, see request.c, or somebody
 * gives them, as apply and keep do.  This host is asked here: whether it has
 * their addresses, whether a local process listens on their ports, and which
 * settings they need.  Nothing is changed.
 */
#include "publish/plan.h"

#include "host/listener.h"
#include "mapping/add_command.h"
#include "mapping/addr.h"
#include "mapping/helper.h"
#include "mapping/mapping.h"
#include "netlink/kernel.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "nft/objects.h"
#include "table/lookup.h"
#include "util/array.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/**
 * plan_append() - make room for a mapping
 * @plan: where
 * @input: index of the spec that asks for it, or of what was given
 *
 * Return: the mapping, all zero, which may move with the next one; or NULL
 * without memory.
 */
struct pubport_mapping *plan_append(struct plan *plan, size_t input)
{
	size_t *inputs =
		array_grow(plan->inputs, plan->mappings.count, sizeof(*inputs));
	struct pubport_mapping *mapping;

	if (!inputs)
		return NULL;
	plan->inputs = inputs;
	mapping = mappings_append(&plan->mappings);
	if (!mapping)
		return NULL;
	inputs[plan->mappings.count - 1] = input;
	memset(mapping, 0, sizeof(*mapping));
	return mapping;
}

/**
 * plan_copy() - plan to publish a mapping that somebody gives
 * @plan: where
 * @input: its index among what was given
 * @mapping: copied
 *
 * Return: 0 or -ENOMEM.
 */
int plan_copy(struct plan *plan, size_t input,
	      const struct pubport_mapping *mapping)
{
	struct pubport_mapping *copy = plan_append(plan, input);

	return copy ? mapping_copy(mapping, copy) : -ENOMEM;
}

/**
 * plan_clear() - begin to plan, perhaps once more
 * @plan: its mappings and needs are forgotten; it begins now
 */
void plan_clear(struct plan *plan)
{
	plan_done(plan);
	plan->now = time(NULL);
}

/**
 * plan_done() - free a plan
 * @plan: filled in, or all zero; then it is empty
 */
void plan_done(struct plan *plan)
{
	pubport_mappings_done(&plan->mappings);
	every_port_done(&plan->every);
	needs_done(&plan->needs);
	uplinks_done(&plan->uplinks);
	plan->is_symmetric = false;
	wards_done(&plan->wards);
	free(plan->inputs);
	plan->inputs = NULL;
}

/**
 * plan_refuse() - describe why a mapping can't be published
 * @plan: with the mapping
 * @mapping: its index there
 * @code: -EINVAL or -EADDRNOTAVAIL for what is wrong by itself,
 *	-EPROTONOSUPPORT for what the kernel lacks; what else there is, is a
 *	conflict
 * @why: the reason, as a sentence
 * @error: receives it with the user's words and the index of the input, or NULL
 *
 * Return: @code.
 */
int plan_refuse(const struct plan *plan, size_t mapping, int code,
		const char *why, struct pubport_error *error)
{
	const struct pubport_key *key = &plan->mappings.items[mapping].key;
	bool is_wrong = code == -EINVAL || code == -EADDRNOTAVAIL;
	enum pubport_status status = is_wrong ? PUBPORT_USAGE
				     : code == -EPROTONOSUPPORT
					     ? PUBPORT_FAILED
					     : PUBPORT_CONFLICT;
	size_t input = plan->inputs[mapping];
	char text[PUBPORT_KEY_TEXT_SIZE];

	if (plan->request)
		error_set(error, status, code, "\"%s\": %s",
			  plan->request->specs[input].text, why);
	else
		error_set(error, status, code, "entry %zu, %s: %s", input + 1,
			  pubport_key_format(key, text, sizeof(text)), why);
	error_index(error, input);
	return code;
}

/* what is published by force only */
static int refuse_unforced(const struct plan *plan, size_t mapping, int code,
			   const char *why, struct pubport_error *error)
{
	plan_refuse(plan, mapping, code, why, error);
	if (plan->request)
		add_command_hint(error, plan->request, "--force");
	return code;
}

/* of mappings that follow each other, each address is asked for once */
static int check_hosts(struct pubport *context, const struct plan *plan,
		       struct pubport_error *error)
{
	int not_own = plan->request ? -EINVAL : -EADDRNOTAVAIL;
	char text[PUBPORT_ADDR_TEXT_SIZE], why[PUBPORT_ADDR_TEXT_SIZE + 64];
	const struct pubport_addr *host, *last = NULL;
	bool is_own;
	int code;

	for (size_t i = 0; i < plan->mappings.count; i++) {
		host = &plan->mappings.items[i].key.host;
		if (pubport_addr_is_any(host) ||
		    (last && addr_equal(host, last)))
			continue;
		code = route_is_own(&context->route, host, &is_own);
		if (code)
			return error_kernel(error, code, "routes");
		last = host;
		if (is_own)
			continue;
		snprintf(why, sizeof(why), "%s is not an address of this host",
			 pubport_addr_format(host, text, sizeof(text)));
		return refuse_unforced(plan, i, not_own, why, error);
	}
	return 0;
}

static int check_listeners(const struct plan *plan, struct pubport_error *error)
{
	char why[LISTENER_TEXT_SIZE];
	struct listener listener;
	int code = listener_find(&plan->mappings, &listener);

	if (code)
		return code == -ENOENT ? 0
				       : error_kernel(error, code, "sockets");
	return refuse_unforced(plan, listener.mapping, -EADDRINUSE,
			       listener_describe(&listener, why), error);
}

/* ----------------------------------------------------------------- helpers */

static int refuse_helper(const struct plan *plan, size_t mapping,
			 const char *module, struct pubport_error *error)
{
	const char *helper = plan->mappings.items[mapping].helper;
	char why[96];

	snprintf(why, sizeof(why),
		 "this kernel has no helper \"%s\": module %s%s is not loaded",
		 helper, module, helper);
	plan_refuse(plan, mapping, -EPROTONOSUPPORT, why, error);
	error_hint(error, "modprobe %s%s", module, helper);
	return -EPROTONOSUPPORT;
}

/* what is published again is better without it than not at all */
static void drop_helper(struct pubport *context, struct plan *plan,
			enum helper helper)
{
	struct pubport_mapping *mapping = plan->mappings.items;

	context_notice(context,
		       "this kernel has no helper \"%s\": what needs it is "
		       "published without it",
		       helper_get(helper)->name);
	for (size_t i = 0; i < plan->mappings.count; i++, mapping++)
		if (helper_of(mapping) == helper)
			mapping->helper[0] = '\0';
}

static int check_helper(struct pubport *context, bool force, struct plan *plan,
			size_t mapping, struct pubport_error *error)
{
	const char *name = plan->mappings.items[mapping].helper;
	enum helper helper = helper_of(&plan->mappings.items[mapping]);
	int code = helper_try(&context->nft, helper);

	if (code == -ENOENT || code == -EOPNOTSUPP) {
		if (!force)
			return refuse_helper(plan, mapping, "nf_conntrack_",
					     error);
		drop_helper(context, plan, helper);
		return 0;
	}
	if (code && !table_cant_be_asked(code))
		return error_kernel(error, code, name);
	if (!code && !force && kernel_lacks_nat_helper(name))
		return refuse_helper(plan, mapping, "nf_nat_", error);
	return 0;
}

/* each of them once */
static int check_helpers(struct pubport *context, bool force, struct plan *plan,
			 struct pubport_error *error)
{
	bool seen[HELPER_COUNT] = { true };
	enum helper helper;
	int code = 0;

	for (size_t i = 0; !code && i < plan->mappings.count; i++) {
		helper = helper_of(&plan->mappings.items[i]);
		if (!seen[helper])
			code = check_helper(context, force, plan, i, error);
		seen[helper] = true;
	}
	return code;
}

/* ------------------------------------------------------------------- needs */

/* mappings with the same needs compare equal */
static int compare_needs(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	unsigned int flags =
		((*x)->flags ^ (*y)->flags) &
		(PUBPORT_MAPPING_SHIELD | PUBPORT_MAPPING_SYMMETRIC);
	int order =
		pubport_addr_compare(&(*x)->target_addr, &(*y)->target_addr);

	if (!order)
		order = mapping_serves_loopback(*x) -
			mapping_serves_loopback(*y);
	if (!order)
		order = addr_is_loopback(&(*x)->key.host) -
			addr_is_loopback(&(*y)->key.host);
	return !order && flags ? (((*x)->flags & flags) ? 1 : -1) : order;
}

/**
 * struct needy - mappings whose needs may differ
 * @items: they, as long as they live
 * @count: number of @items
 * @last: for each family, the last one that came
 *
 * Of those that follow each other with the same needs, in one family, there is
 * the first one alone, since most come with others of their target.
 */
struct needy {
	const struct pubport_mapping **items;
	size_t count;
	const struct pubport_mapping *last[2];
};

static void cleanup_needy(struct needy *needy)
{
	free(needy->items);
}

static void needy_add(struct needy *needy,
		      const struct pubport_mapping *mapping)
{
	bool is6 = mapping->key.host.family == PUBPORT_IPV6;

	if (needy->last[is6] && !compare_needs(&mapping, &needy->last[is6]))
		return;
	needy->last[is6] = needy->items[needy->count++] = mapping;
}

/* each need once */
static void needy_unite(struct needy *needy)
{
	const struct pubport_mapping **items = needy->items;
	size_t kept = 0;

	qsort(items, needy->count, sizeof(*items), compare_needs);
	for (size_t i = 0; i < needy->count; i++)
		if (!i || compare_needs(&items[kept - 1], &items[i]))
			items[kept++] = items[i];
	needy->count = kept;
}

static int find_needs(struct pubport *context, struct plan *plan,
		      struct pubport_error *error)
{
	struct needy needy CLEANUP(needy) = {
		.items = calloc(plan->mappings.count + 1, sizeof(*needy.items)),
	};
	int code;

	if (!needy.items)
		return error_memory(error);
	for (size_t i = 0; i < plan->mappings.count; i++)
		needy_add(&needy, &plan->mappings.items[i]);
	needy_unite(&needy);
	for (size_t i = 0; i < needy.count; i++) {
		code = needs_add(context, needy.items[i], &plan->needs);
		if (code)
			return error_kernel(error, code,
					    needy.items[i]->target);
	}
	code = needs_complete(context, &plan->needs);
	return code ? error_kernel(error, code, "bridges") : 0;
}

/* a shield knows a target's own link by the packets that go back by it */
static int find_wards(struct pubport *context, struct plan *plan,
		      struct pubport_error *error)
{
	const struct ward *ward;
	struct link_info link;
	int code = wards_find(context, &plan->mappings, &plan->wards);

	for (size_t i = 0; !code && i < plan->wards.count; i++) {
		ward = &plan->wards.items[i];
		if (!ward->interface ||
		    (i && ward[-1].interface == ward->interface))
			continue;
		code = link_get(&context->route, ward->interface, &link);
		if (!code)
			code = host_settings_add(&plan->needs.settings,
						 HOST_HAIRPIN_LINK, link.index,
						 link.name);
		else if (code == -ENODEV)
			code = 0;
	}
	return code ? error_kernel(error, code, "targets") : 0;
}

static int find_uplinks(struct pubport *context, struct plan *plan,
			struct pubport_error *error)
{
	int code;

	for (size_t i = 0; i < plan->mappings.count; i++)
		if (plan->mappings.items[i].flags & PUBPORT_MAPPING_SYMMETRIC)
			plan->is_symmetric = true;
	if (!plan->is_symmetric)
		return 0;
	uplinks_done(&plan->uplinks);
	code = uplinks_read(&context->route, &plan->uplinks);
	return code ? error_kernel(error, code, "routes") : 0;
}

/**
 * plan_copy_needy() - plan mappings of which each stands for all with its needs
 * @plan: where; empty
 * @known: mappings
 *
 * Return: 0 or -ENOMEM.
 */
int plan_copy_needy(struct plan *plan, const struct mapping_hash *known)
{
	struct needy needy CLEANUP(needy) = {
		.items = calloc(known->count + 1, sizeof(*needy.items)),
	};
	const struct mapping_hash_entry *entry = mapping_hash_first(known);
	int code = 0;

	if (!needy.items)
		return -ENOMEM;
	for (; entry; entry = mapping_hash_next(entry))
		needy_add(&needy, &entry->mapping);
	needy_unite(&needy);
	for (size_t i = 0; !code && i < needy.count; i++)
		code = plan_copy(plan, i, needy.items[i]);
	return code;
}

/**
 * plan_check() - find out whether mappings can be published, and what they need
 * @context: whose host; told what can't be had
 * @force: whether on addresses that the host lacks, and despite listeners
 * @plan: the mappings; its needs and wards are set
 * @error: why it failed, or NULL
 *
 * Return: 0; for an address that is not the host's own, -EINVAL where a spec
 * asks for it, -EADDRNOTAVAIL where it was given; -EADDRINUSE when a local
 * process listens on a port; -EPROTONOSUPPORT for a helper that the kernel
 * lacks; -ENOMEM; or another negative errno from the
 * kernel.
 */
int plan_check(struct pubport *context, bool force, struct plan *plan,
	       struct pubport_error *error)
{
	int code = 0;

	if (!force)
		code = check_hosts(context, plan, error);
	if (!code && !force)
		code = check_listeners(plan, error);
	if (!code)
		code = check_helpers(context, force, plan, error);
	if (!code)
		code = find_needs(context, plan, error);
	if (!code)
		code = find_uplinks(context, plan, error);
	return code ? code : find_wards(context, plan, error);
}
