/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells who publishes what other tables do with his ports.
 *
 * Of two tables that translate the destination of a packet, the one whose chain
 * comes first does.  So whoever publishes a port that another table translates
 * is told, and which of both comes first.
 *
 * An accept of ours doesn't overrule what another table drops.  So he is told
 * which rules keep remote clients out, as the doctor would tell it later, and
 * which command lets them by.
 *
 * Other tables are only read.  Mostly there are none: that is one question, and
 * all that it costs.
 */
#include "firewall/notice.h"

#include "firewall/blocker.h"
#include "mapping/addr.h"
#include "nft/rules.h"
#include "util/array.h"

#include <errno.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <string.h>

/* more notices of a kind than these are only counted */
#define NOTICES_MAX 8
/* enough to read some ten thousand rules, for each kind of notice */
#define TIME_MAX_MS 200

/* ----------------------------------------------------------------- claims */

enum precedence {
	OURS_FIRST,
	THEIRS_FIRST,
	UNDECIDED, /* at the same priority: who was laid last */
};

/**
 * struct claim - ports that another table translates
 * @chain: one of its chains that does
 * @precedence: which table comes first
 * @protocol: of the packets
 * @ports: their destination ports
 */
struct claim {
	const struct chain *chain;
	enum precedence precedence;
	enum pubport_protocol protocol;
	struct port_set ports;
};

/**
 * struct claims - the search for ports that other tables translate
 * @items: what was found; on the heap
 * @count: number of @items
 * @protocol: of the packets that walk
 * @walk: through the rules
 */
struct claims {
	struct claim *items;
	size_t count;
	enum pubport_protocol protocol;
	struct walk walk;
};

static void cleanup_claims(struct claims *claims)
{
	walk_done(&claims->walk);
	free(claims->items);
}

static enum precedence precedence_of(const struct chain *chain)
{
	const struct ruleset_chain *ours = ruleset_base.chains;
	const struct ruleset_chain *end = ours + ruleset_base.chain_count;

	while (ours < end && (!ours->type || strcmp(ours->type, "nat") != 0 ||
			      ours->hook != chain->hook))
		ours++;
	if (ours == end || ours->priority == chain->priority)
		return UNDECIDED;
	return ours->priority < chain->priority ? OURS_FIRST : THEIRS_FIRST;
}

/* the claim of a chain's table, made if it isn't there */
static struct claim *find_claim(struct claims *claims,
				const struct chain *chain)
{
	enum precedence precedence = precedence_of(chain);
	struct claim *claim = claims->items;

	for (size_t i = 0; i < claims->count; i++, claim++)
		if (claim->precedence == precedence &&
		    claim->protocol == claims->protocol &&
		    claim->chain->family == chain->family &&
		    !strcmp(claim->chain->table, chain->table))
			return claim;
	claim = array_grow(claims->items, claims->count, sizeof(*claim));
	if (!claim)
		return NULL;
	claims->items = claim;
	claim += claims->count++;
	memset(claim, 0, sizeof(*claim));
	claim->chain = chain;
	claim->precedence = precedence;
	claim->protocol = claims->protocol;
	return claim;
}

static int take_claim(const struct walk_end *end, void *data)
{
	struct claims *claims = data;
	struct claim *claim;

	if (end->outcome->action != RULE_TRANSLATE)
		return 0;
	claim = find_claim(claims, end->base);
	if (!claim)
		return -ENOMEM;
	port_set_join(&claim->ports, end->outcome->ports);
	return 0;
}

/* chains that translate see connections that nobody has translated yet, ours or
 * the others, whichever come first */
static int claim_traffic(struct claims *claims, const struct chains *chains,
			 const struct traffic *traffic)
{
	struct passage first = *traffic_next(traffic, NULL);
	const struct chain *chain = chains->items;
	int code = 0;

	first.last = INT_MAX;
	claims->protocol = traffic->service->protocol;
	for (size_t i = 0; !code && i < chains->count; i++, chain++)
		if (!strcmp(chain->type, "nat"))
			code = passage_walk(&first, traffic, chain,
					    &claims->walk);
	return code;
}

static bool has_remote_host(const struct service *service)
{
	for (size_t i = 0; i < service->host_count; i++)
		if (!addr_is_loopback(&service->hosts[i]))
			return true;
	return false;
}

/* what anyone sends, and what the host itself does */
static int claim_service(struct claims *claims, const struct chains *chains,
			 const struct service *service)
{
	static const struct link_info any_interface = { .index = 0 };
	const struct traffic remote = {
		.service = service,
		.client = PUBPORT_CLIENT_REMOTE,
		.interface = &any_interface,
	};
	const struct traffic own = {
		.service = service,
		.client = PUBPORT_CLIENT_LOOPBACK,
	};
	int code = 0;

	if (nfnl_is_late(claims->walk.nfnl))
		return -ETIME;
	if (has_remote_host(service))
		code = claim_traffic(claims, chains, &remote);
	return code ? code : claim_traffic(claims, chains, &own);
}

static void tell_claim(struct pubport *context, const struct claim *claim,
		       struct pubport_ports ports)
{
	static const char *const precedences[] = {
		[OURS_FIRST] = ", too; pubport comes first",
		[THEIRS_FIRST] = ", and comes first",
		[UNDECIDED] = (", too, at the same priority: the table that "
			       "was laid last comes first"),
	};
	bool single = ports.first == ports.last;
	char text[16];

	if (single)
		snprintf(text, sizeof(text), "%u", ports.first);
	else
		snprintf(text, sizeof(text), "%u-%u", ports.first, ports.last);
	context_notice(context, "%s/%s: table %s %.64s leads %s elsewhere%s",
		       text, pubport_protocol_name(claim->protocol),
		       chain_family_name(claim->chain), claim->chain->table,
		       single ? "this port" : "these ports",
		       precedences[claim->precedence]);
}

static void tell_claims(struct pubport *context, const struct claims *claims)
{
	size_t count = 0;

	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];
		struct pubport_ports run = { 0, 0 };

		while (port_set_next(&claim->ports, &run))
			if (count++ < NOTICES_MAX)
				tell_claim(context, claim, run);
	}
	if (count > NOTICES_MAX)
		context_notice(context,
			       "other tables lead %zu more ports or ranges "
			       "elsewhere",
			       count - NOTICES_MAX);
}

/* ---------------------------------------------------------------- blockers */

/* "remote clients will be dropped by TABLE, CHAIN (OWNER)" */
static void describe(struct report *report, const struct blocker *blocker)
{
	static const char *const fates[] = {
		[RULE_DROP] = "dropped",
		[RULE_REJECT] = "rejected",
		[RULE_UNTRACK] = "taken out of connection tracking",
		[RULE_ZONE] = "put into another zone of connection tracking",
	};
	const char *owner = blocker_owner_name(blocker);
	char chain[BLOCKER_TEXT_SIZE];

	report_wrong(report, PUBPORT_CLIENT_REMOTE, "rules",
		     "remote clients will be %s by %s%s%s%s",
		     fates[blocker->action],
		     blocker_format(blocker, chain, sizeof(chain)),
		     *owner ? " (" : "", owner, *owner ? ")" : "");
}

/* who is led elsewhere is told by tell_claims() */
static void describe_all(struct report *report, const struct blockers *blockers)
{
	for (size_t i = 0; i < blockers->count; i++) {
		const struct blocker *blocker = &blockers->items[i];
		struct pubport_ports run = { 0, 0 };

		if (!blocker_stops(blocker) ||
		    blocker->action == RULE_TRANSLATE)
			continue;
		while (port_set_next(&blocker->ports, &run)) {
			describe(report, blocker);
			blocker_fix(report, blocker, run);
		}
	}
}

static bool has_same_fix(const struct pubport_finding *a,
			 const struct pubport_finding *b)
{
	size_t i = 0;

	if (!a->fix || !b->fix)
		return false;
	while (a->fix[i] && b->fix[i] && !strcmp(a->fix[i], b->fix[i]))
		i++;
	return !a->fix[i] && !b->fix[i];
}

/* one command may let by what several chains stop */
static bool is_told(const struct pubport_finding *const *told, size_t count,
		    const struct pubport_finding *finding)
{
	for (size_t i = 0; i < count; i++)
		if (has_same_fix(told[i], finding))
			return true;
	return false;
}

static void tell_finding(struct pubport *context,
			 const struct pubport_finding *finding)
{
	char *command CLEANUP(free) = NULL;

	(void)pubport_finding_fix_format(finding, &command);
	context_notice(context, "%s%s%s", finding->message, command ? ": " : "",
		       command ? command : "");
}

static void tell_findings(struct pubport *context,
			  const struct pubport_findings *findings)
{
	const struct pubport_finding *told[NOTICES_MAX];
	size_t count = 0, more = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct pubport_finding *finding = &findings->items[i];

		if (is_told(told, count, finding))
			continue;
		if (count == NOTICES_MAX) {
			more++;
			continue;
		}
		told[count++] = finding;
		tell_finding(context, finding);
	}
	if (more)
		context_notice(context,
			       "other tables keep remote clients from %zu more "
			       "ports or ranges",
			       more);
}

/* ------------------------------------------------------------------- both */

static bool has_nat(const struct chains *chains)
{
	for (size_t i = 0; i < chains->count; i++)
		if (!strcmp(chains->items[i].type, "nat"))
			return true;
	return false;
}

static bool may_stop(const struct chains *chains)
{
	return blockers_may_be_at(chains, NF_INET_FORWARD) ||
	       blockers_may_be_at(chains, NF_INET_LOCAL_IN) ||
	       blockers_may_be_at(chains, NF_INET_PRE_ROUTING) ||
	       blockers_may_be_at(chains, HOOK_INGRESS) ||
	       blockers_may_be_at(chains, HOOK_EGRESS);
}

/* when a search ends early, what it found is so all the same */
static void notice_claims(const struct scene *scene,
			  const struct chains *chains, struct netlink *netlink)
{
	struct claims claims CLEANUP(claims) = { .count = 0 };
	struct nfnl nfnl;
	int code = 0;

	nfnl_init(&nfnl, netlink, TIME_MAX_MS);
	claims.walk.nfnl = &nfnl;
	claims.walk.each = take_claim;
	claims.walk.data = &claims;
	for (size_t i = 0; !code && i < scene->target_count; i++) {
		struct services services CLEANUP(services_done) = { 0 };

		code = services_find(&services, scene, &scene->targets[i]);
		for (size_t j = 0; !code && j < services.count; j++)
			code = claim_service(&claims, chains,
					     &services.items[j]);
	}
	tell_claims(scene->context, &claims);
}

static void notice_blockers(const struct scene *scene,
			    const struct chains *chains,
			    struct netlink *netlink)
{
	struct blockers blockers CLEANUP(blockers_done) = { .count = 0 };
	struct report report CLEANUP(report_done) = { 0 };
	struct nfnl nfnl;

	nfnl_init(&nfnl, netlink, TIME_MAX_MS);
	blockers_init(&blockers, &nfnl, chains);
	blockers.remote_only = true;
	for (size_t i = 0; i < scene->target_count; i++) {
		struct services services CLEANUP(services_done) = { 0 };

		if (!services_find(&services, scene, &scene->targets[i]))
			(void)blockers_search(&blockers, scene, &services);
		describe_all(&report, &blockers);
		blockers_forget(&blockers);
	}
	if (!report.error)
		tell_findings(scene->context, &report.findings);
}

/**
 * notice_other_tables() - tell what other tables do with ports
 * @context: whose host; told
 * @mappings: what is published
 *
 * Conditions of rules that can't be told from the outside, such as a mark, may
 * hold.  What can't be read, or not in time, is passed over: it isn't ours.
 */
void notice_other_tables(struct pubport *context,
			 const struct pubport_mappings *mappings)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };
	struct chains chains CLEANUP(chains_done) = { .count = 0 };
	struct scene scene CLEANUP(scene_done) = {
		.context = context,
		.mappings = *mappings,
		.host.netns_fd = -1,
	};
	bool translates, stops;
	struct nfnl nfnl;

	if (!context->notice || !mappings->count ||
	    netlink_open(&netlink, NETLINK_NETFILTER))
		return;
	nfnl_init(&nfnl, &netlink, TIME_MAX_MS);
	if (chains_read(&nfnl, &chains))
		return;
	translates = has_nat(&chains);
	stops = may_stop(&chains);
	if ((!translates && !stops) || scene_look_around(&scene))
		return;
	if (translates)
		notice_claims(&scene, &chains, &netlink);
	if (stops)
		notice_blockers(&scene, &chains, &netlink);
}
