/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other people's rules that keep clients from a target. */
#ifndef FIREWALL_BLOCKER_H
#define FIREWALL_BLOCKER_H

#include "firewall/service.h"
#include "mapping/finding.h"
#include "util/cleanup.h"

/* whose rules they are, and so by which tool they are changed */
enum blocker_owner {
	OWNER_TABLE, /* somebody's own table, by nft */
	OWNER_IPTABLES,
	OWNER_DOCKER,
	OWNER_DOCKER_INTERNAL, /* for a network with --internal */
	OWNER_UFW,
	OWNER_FIREWALLD,
	OWNER_FIREWALLD_STRICT, /* with StrictForwardPorts */
	OWNER_FIREWALLD_DIRECT, /* with iptables behind it */
	OWNER_FIREWALLD_PANIC,
};

/**
 * struct blocker - a chain that packets don't get through
 * @base: the base chain
 * @chain: the chain whose rule it is, or "" for the policy of @base
 * @handle: number of that rule
 * @action: what it does with them
 * @certain: whether it surely does
 * @owner: whose it is
 * @is_tracked: whether connections are known there
 * @is_translated: whether @ports are the target's, no more the host's
 * @is_answer: where connections aren't known, whether they are answers
 * @stops_requests: whether it is clients' packets
 * @stops_answers: whether it is the target's
 * @clients: whose: 1 << PUBPORT_CLIENT_, or'ed
 * @service: what it keeps them from
 * @first: network of the first clients that it stops
 * @ports: which ports
 */
struct blocker {
	struct chain base;
	char chain[NFT_NAME_MAXLEN];
	uint64_t handle;
	enum rule_action action;
	bool certain;
	enum blocker_owner owner;
	bool is_tracked;
	bool is_translated;
	bool is_answer;
	bool stops_requests;
	bool stops_answers;
	unsigned int clients;
	const struct service *service;
	struct pubport_network first;
	struct port_set ports;
};

/**
 * struct blockers - the search for them
 * @items: those that were found; free with blockers_done()
 * @count: number of @items
 * @chains: base chains of other tables; borrowed
 * @remote_only: whether only clients of other machines matter
 * @walk: through their rules
 * @traffic: whose packets walk
 * @passage: where
 * @let_by: ports of those that some rule may have let by
 * @zones: what puts packets of @traffic into zones of connection tracking
 * @zone_count: number of @zones
 */
struct blockers {
	struct blocker *items;
	size_t count;
	const struct chains *chains;
	bool remote_only;
	struct walk walk;
	const struct traffic *traffic;
	const struct passage *passage;
	struct port_set let_by;
	struct zone_rule *zones;
	size_t zone_count;
};

void blockers_init(struct blockers *blockers, const struct nfnl *nfnl,
		   const struct chains *chains);
bool blockers_may_be_at(const struct chains *chains, uint32_t hook);
int blockers_search(struct blockers *blockers, const struct scene *scene,
		    const struct services *services);
void blockers_forget(struct blockers *blockers);
void blockers_done(struct blockers *blockers);

#define BLOCKER_TEXT_SIZE 160

const char *blocker_format(const struct blocker *blocker, char *buffer,
			   size_t size);
bool blocker_stops(const struct blocker *blocker);
const char *blocker_owner_name(const struct blocker *blocker);
void blocker_fix(struct report *report, const struct blocker *blocker,
		 struct pubport_ports ports);

DEFINE_CLEANUP(blockers_done, struct blockers)

#endif
