/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other people's rules that keep clients from a target. */
#ifndef FIREWALL_BLOCKER_H
#define FIREWALL_BLOCKER_H

#include "firewall/hooks.h"
#include "firewall/walk.h"

/* whose rules they are, and so by which tool they are changed */
enum barrier_owner {
	OWNER_TABLE, /* somebody's own table, by nft */
	OWNER_IPTABLES,
	OWNER_DOCKER,
	OWNER_UFW,
	OWNER_FIREWALLD,
	OWNER_FIREWALLD_STRICT, /* with StrictForwardPorts */
	OWNER_FIREWALLD_DIRECT, /* with iptables behind it */
	OWNER_FIREWALLD_PANIC,
};

/**
 * struct barrier - a chain that packets don't get through
 * @base: the base chain
 * @chain: the chain whose rule it is, or "" for the policy of @base
 * @handle: number of that rule
 * @action: what it does with them
 * @certain: whether it surely does
 * @owner: whose it is
 * @is_tracked: whether connections are known there
 * @is_translated: whether @ports are the target's, no more the host's
 * @stops_requests: whether it is clients' packets
 * @stops_answers: whether it is the target's
 * @clients: whose: 1 << PUBPORT_CLIENT_, or'ed
 * @service: what it keeps them from
 * @first: network of the first clients that it stops
 * @ports: which ports
 */
struct barrier {
	struct chain base;
	char chain[NFT_NAME_MAXLEN];
	uint64_t handle;
	enum rule_action action;
	bool certain;
	enum barrier_owner owner;
	bool is_tracked;
	bool is_translated;
	bool stops_requests;
	bool stops_answers;
	unsigned int clients;
	const struct service *service;
	struct pubport_network first;
	struct port_view ports;
};

/**
 * struct barriers - the search for them
 * @items: those that were found; free with barriers_done()
 * @count: number of @items
 * @chains: base chains of other tables; borrowed
 * @walk: through their rules
 * @traffic: whose packets walk
 * @passage: where
 * @let_by: ports of those that some rule may have let by
 */
struct barriers {
	struct barrier *items;
	size_t count;
	const struct chains *chains;
	struct walk walk;
	const struct traffic *traffic;
	const struct passage *passage;
	struct port_view let_by;
};

void barriers_init(struct barriers *barriers, const struct nfnl *nfnl,
		   const struct chains *chains);
bool barriers_may_be_at(const struct barriers *barriers, uint32_t hook);
int barriers_search(struct barriers *barriers, const struct traffic *traffic);
void barriers_forget(struct barriers *barriers);
void barriers_done(struct barriers *barriers);

#define BARRIER_TEXT_SIZE 160

const char *barrier_format(const struct barrier *barrier, char *buffer,
			   size_t size);

static inline void cleanup_barriers_done(struct barriers *barriers)
{
	barriers_done(barriers);
}

#endif
