/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans of mappings that somebody gives.
 *
 * Nothing is chosen or resolved here, and what the mappings themselves can
 * tell is right already.  This host is asked: whether it has their addresses,
 * whether a local process listens on their ports, and what they need.
 */
#include "publish/plan_given.h"

#include "host/listener.h"
#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "netlink/route.h"
#include "util/error.h"

#include <errno.h>

/**
 * plan_given_refuse() - describe why a mapping can't be published
 * @plan: with the mapping
 * @mapping: its index there
 * @code: -EADDRNOTAVAIL for an address that the host hasn't; what else there
 *	is, is a conflict
 * @why: words that follow its key in a sentence
 * @error: receives it, with the index of the input, or NULL
 *
 * Return: @code.
 */
int plan_given_refuse(const struct plan *plan, size_t mapping, int code,
		      const char *why, struct pubport_error *error)
{
	enum pubport_status status = code == -EADDRNOTAVAIL ? PUBPORT_USAGE
							    : PUBPORT_CONFLICT;
	const struct pubport_key *key = &plan->mappings.items[mapping].key;
	char text[PUBPORT_KEY_TEXT_SIZE];

	error_set(error, status, code, "entry %zu, %s: %s",
		  plan->specs[mapping] + 1,
		  pubport_key_format(key, text, sizeof(text)), why);
	error_index(error, plan->specs[mapping]);
	return code;
}

/* in the order of keys, each address is asked for once */
static int check_hosts(struct pubport *context, const struct plan *plan,
		       struct pubport_error *error)
{
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
		if (!is_own)
			return plan_given_refuse(plan, i, -EADDRNOTAVAIL,
						 "not an address of this host",
						 error);
		last = host;
	}
	return 0;
}

static int check_listeners(const struct plan *plan, struct pubport_error *error)
{
	char why[OCCUPANT_TEXT_SIZE];
	struct listener listener;
	int code = listener_find(&plan->mappings, &listener);

	if (code)
		return code == -ENOENT ? 0
				       : error_kernel(error, code, "sockets");
	return plan_given_refuse(plan, listener.mapping, -EADDRINUSE,
				 listener_describe(&listener, why), error);
}

/* mappings with the same needs stand together */
static int compare_needs(const void *a, const void *b)
{
	const struct pubport_mapping *const *x = a, *const *y = b;
	int order =
		pubport_addr_compare(&(*x)->target_addr, &(*y)->target_addr);

	if (!order)
		order = mapping_serves_loopback(*x) -
			mapping_serves_loopback(*y);
	return order ? order
		     : addr_is_loopback(&(*x)->key.host) -
			       addr_is_loopback(&(*y)->key.host);
}

static int find_needs(struct pubport *context, struct plan *plan,
		      struct pubport_error *error)
{
	const struct pubport_mapping **sorted CLEANUP(free) = NULL;
	size_t count = plan->mappings.count;
	int code = 0;

	sorted = calloc(count + 1, sizeof(*sorted));
	if (!sorted)
		return error_memory(error);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &plan->mappings.items[i];
	qsort(sorted, count, sizeof(*sorted), compare_needs);
	for (size_t i = 0; i < count; i++) {
		if (i && !compare_needs(&sorted[i - 1], &sorted[i]))
			continue;
		code = needs_add(context, sorted[i], &plan->needs);
		if (code)
			return error_kernel(error, code, sorted[i]->target);
	}
	code = needs_complete(context, &plan->needs);
	return code ? error_kernel(error, code, "bridges") : 0;
}

/**
 * plan_given() - find out whether mappings can be published, and what they need
 * @context: whose host; told what can't be had
 * @force: whether on addresses that the host hasn't, and despite listeners
 * @plan: the mappings, in the order of their keys; its needs are set
 * @error: why it failed, or NULL
 *
 * Return: 0; -EADDRNOTAVAIL for an address that is not the host's own;
 * -EADDRINUSE when a local process listens on a port; -ENOMEM; or another
 * negative errno from the kernel.
 */
int plan_given(struct pubport *context, bool force, struct plan *plan,
	       struct pubport_error *error)
{
	int code = 0;

	if (!force)
		code = check_hosts(context, plan, error);
	if (!code && !force)
		code = check_listeners(plan, error);
	return code ? code : find_needs(context, plan, error);
}
