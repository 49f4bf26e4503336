/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that somebody made a router since pubport turned on forwarding.
 *
 * As long as it was none, what comes in by the interfaces in forwarding4 and
 * forwarding6 is forwarded to published ports only.  Now all of it is to be
 * forwarded, and these interfaces do so on somebody else's behalf.
 */
#include "table/forwarding.h"

#include "host/lock.h"
#include "host/sysctl.h"
#include "nft/element.h"
#include "nft/transaction.h"
#include "table/lookup.h"
#include "table/settings.h"

static const enum pubport_family families[] = { PUBPORT_IPV4, PUBPORT_IPV6 };

static enum host_setting_kind forwarding_of(enum pubport_family family)
{
	return family == PUBPORT_IPV4 ? HOST_FORWARDING4 : HOST_FORWARDING6;
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
	bool forwards[2] = { false }, filled[2] = { false };
	int code = host_forwards(PUBPORT_IPV4, &forwards[0]);

	if (!code)
		code = host_forwards(PUBPORT_IPV6, &forwards[1]);
	if (!code && (forwards[0] || forwards[1]))
		code = table_find_filled(nft, SET_FORWARDING4, 2, filled);
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
		if (all.items[i].kind == forwarding_of(family))
			code = host_settings_add(forwarding, all.items[i].kind,
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
