/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other people's rules that keep clients from a target.
 *
 * A packet must get through all base chains of all tables: what one accepts,
 * another may drop.  So each one is looked at by itself, for requests as well
 * as for answers.  What drops packets, if nothing is known that may let them by
 * before, is a blocker; otherwise it only may be one.
 *
 * What isn't tracked as one connection isn't translated.  So a rule that takes
 * packets out of connection tracking is a blocker, too, and one that puts them
 * into a zone where answers aren't looked for, or answers into one of their
 * own.  One that translates the source of packets stops nobody, but the target
 * doesn't see any more who connects.
 */
#include "firewall/blocker.h"

#include "nft/rules.h"
#include "util/array.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

/**
 * blockers_init() - begin to search
 * @blockers: all zero; end with blockers_done()
 * @nfnl: asks for rules
 * @chains: base chains of other tables; must live as long as the search
 */
void blockers_init(struct blockers *blockers, const struct nfnl *nfnl,
		   const struct chains *chains)
{
	blockers->walk.nfnl = nfnl;
	blockers->chains = chains;
}

/**
 * blockers_forget() - forget what was found
 * @blockers: where
 */
void blockers_forget(struct blockers *blockers)
{
	free(blockers->items);
	blockers->items = NULL;
	blockers->count = 0;
}

/**
 * blockers_done() - end the search
 * @blockers: from blockers_init(), or all zero
 */
void blockers_done(struct blockers *blockers)
{
	blockers_forget(blockers);
	free(blockers->zones);
	walk_done(&blockers->walk);
}

/**
 * blockers_may_be_at() - look whether others filter at a hook
 * @chains: base chains of other tables
 * @hook: NF_INET_, HOOK_INGRESS or HOOK_EGRESS
 *
 * Return: whether there is a chain that may drop packets.
 */
bool blockers_may_be_at(const struct chains *chains, uint32_t hook)
{
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i].hook == hook &&
		    strcmp(chains->items[i].type, "nat") != 0)
			return true;
	return false;
}

/* ------------------------------------------------------------------ owners */

static bool begins_with(const char *name, const char *start)
{
	return strncmp(name, start, strlen(start)) == 0;
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), skip = strlen(end);

	return length >= skip && !strcmp(name + length - skip, end);
}

/* iptables has tables and chains of these names, and no others */
static bool is_of_iptables(const struct chain *base)
{
	static const char *const tables[] = { "filter", "nat", "mangle", "raw",
					      "security" };
	static const char *const chains[] = {
		[NF_INET_PRE_ROUTING] = "PREROUTING",
		[NF_INET_LOCAL_IN] = "INPUT",
		[NF_INET_FORWARD] = "FORWARD",
		[NF_INET_LOCAL_OUT] = "OUTPUT",
		[NF_INET_POST_ROUTING] = "POSTROUTING",
	};
	bool found = false;

	if ((base->family != NFPROTO_IPV4 && base->family != NFPROTO_IPV6) ||
	    base->hook >= ARRAY_SIZE(chains))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		found |= !strcmp(base->table, tables[i]);
	return found && !strcmp(base->name, chains[base->hook]);
}

static const char *ufw_chain(const struct chain *base)
{
	bool is_ipv6 = base->family == NFPROTO_IPV6;

	switch (base->hook) {
	case NF_INET_LOCAL_IN:
		return is_ipv6 ? "ufw6-user-input" : "ufw-user-input";
	case NF_INET_LOCAL_OUT:
		return is_ipv6 ? "ufw6-user-output" : "ufw-user-output";
	default:
		return is_ipv6 ? "ufw6-user-forward" : "ufw-user-forward";
	}
}

static bool is_isolation(const char *chain)
{
	static const char *const names[] = {
		"DOCKER-ISOLATION",
		"DOCKER-INTERNAL",
		"NETAVARK-ISOLATION",
		"NETAVARK_ISOLATION",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (begins_with(chain, names[i]))
			return true;
	return false;
}

/* those whose chains packets passed on the way; @chain: where they ended */
static enum blocker_owner owner_in_filter(const struct walk *walk,
					  const struct chain *base,
					  const char *chain)
{
	bool is_routed = base->hook == NF_INET_FORWARD;
	bool has_ufw = walk_has_read(walk, base, ufw_chain(base));
	bool has_docker = is_routed && walk_has_read(walk, base, "DOCKER-USER");

	if (!strcmp(chain, "FORWARD_dnat"))
		return OWNER_FIREWALLD_STRICT;
	if (is_routed && walk_has_read(walk, base, "FORWARD_direct"))
		return OWNER_FIREWALLD_DIRECT;
	if (has_docker && is_isolation(chain))
		return OWNER_DOCKER_INTERNAL;
	if (has_docker && (!has_ufw || begins_with(chain, "DOCKER")))
		return OWNER_DOCKER;
	return has_ufw ? OWNER_UFW : OWNER_IPTABLES;
}

static enum blocker_owner
find_owner(const struct walk *walk, const struct chain *base, const char *chain)
{
	if (!strcmp(base->table, "firewalld_policy_drop"))
		return OWNER_FIREWALLD_PANIC;
	if (!strcmp(base->table, "firewalld"))
		return ends_with(chain, "_dnat") ? OWNER_FIREWALLD_STRICT
						 : OWNER_FIREWALLD;
	if (!is_of_iptables(base))
		return OWNER_TABLE;
	return strcmp(base->table, "filter") == 0
		       ? owner_in_filter(walk, base, chain)
		       : OWNER_IPTABLES;
}

/**
 * blocker_stops() - tell what keeps clients from their target
 * @blocker: which
 *
 * Return: false for what may, and for what only hides who they are.
 */
bool blocker_stops(const struct blocker *blocker)
{
	return blocker->certain && blocker->action != RULE_SOURCE;
}

/* ------------------------------------------------------------------ search */

/* the same rule, met by other packets of the same form; what firewalld lets by,
 * goes by the host's ports */
static bool is_same(const struct blocker *blocker, const struct walk_end *end,
		    const struct blocker *other)
{
	if (blocker->service != other->service &&
	    (blocker->service->protocol != other->service->protocol ||
	     blocker->owner == OWNER_FIREWALLD_STRICT))
		return false;
	return blocker->handle == end->handle &&
	       blocker->action == end->outcome->action &&
	       blocker->certain == other->certain &&
	       blocker->is_translated == other->is_translated &&
	       blocker->is_tracked == other->is_tracked &&
	       blocker->is_answer == other->is_answer &&
	       blocker->base.family == end->base->family &&
	       !strcmp(blocker->base.table, end->base->table) &&
	       !strcmp(blocker->base.name, end->base->name) &&
	       !strcmp(blocker->chain, end->chain);
}

static struct blocker *add_blocker(struct blockers *blockers,
				   const struct walk_end *end,
				   const struct blocker *like)
{
	struct blocker *items =
		array_grow(blockers->items, blockers->count, sizeof(*items));

	if (!items)
		return NULL;
	blockers->items = items;
	items += blockers->count++;
	*items = *like;
	items->base = *end->base;
	snprintf(items->chain, sizeof(items->chain), "%s", end->chain);
	items->handle = end->handle;
	items->action = end->outcome->action;
	items->owner = find_owner(&blockers->walk, end->base, end->chain);
	items->first = blockers->traffic->from;
	return items;
}

static int keep_blocker(struct blockers *blockers, const struct walk_end *end,
			const struct port_set *ports, bool certain)
{
	const struct passage *passage = blockers->passage;
	bool is_tracked = passage_is_tracked(passage, end->base->priority);
	const struct blocker like = {
		.service = blockers->traffic->service,
		.certain = certain,
		.is_tracked = is_tracked,
		.is_translated = !passage_has_host_ports(passage),
		.is_answer = passage->is_answer && !is_tracked,
	};
	struct blocker *blocker = blockers->items;
	size_t i = 0;

	if (port_set_is_empty(ports))
		return 0;
	while (i < blockers->count && !is_same(blocker, end, &like))
		i++, blocker++;
	if (i == blockers->count)
		blocker = add_blocker(blockers, end, &like);
	if (!blocker)
		return -ENOMEM;
	blocker->stops_answers |= passage->is_answer;
	blocker->stops_requests |= !passage->is_answer;
	blocker->clients |= 1U << blockers->traffic->client;
	port_set_join(&blocker->ports, ports);
	return 0;
}

/* of two chains that translate at the same priority, the one that was laid last
 * comes first; which that is in a table that was there before ours, nobody can
 * tell */
static bool is_undecided(const struct chains *chains, const struct chain *base)
{
	return !strcmp(base->type, "nat") &&
	       base->priority == TRAFFIC_TRANSLATED &&
	       !chains_came_later(chains, base);
}

/* containers in different networks are kept apart on purpose; whoever else is,
 * meets a network with --internal */
static bool is_wanted(const struct blockers *blockers,
		      const struct walk_end *end)
{
	const struct traffic *traffic = blockers->traffic;

	return is_isolation(end->chain) && traffic->interface &&
	       traffic->from.prefix &&
	       !strcmp(traffic->interface->kind, "bridge");
}

/* those that may have been let by are told apart */
static int take_stopped(struct blockers *blockers, const struct walk_end *end)
{
	struct port_set ports = { .hull = { 0, 0 } };
	int code;

	if (is_wanted(blockers, end))
		return 0;
	if (is_undecided(blockers->chains, end->base))
		return keep_blocker(blockers, end, end->outcome->ports, false);

	port_set_copy(&ports, end->outcome->ports);
	port_set_subtract(&ports, &blockers->let_by);
	code = keep_blocker(blockers, end, &ports, true);
	if (code)
		return code;
	port_set_copy(&ports, end->outcome->ports);
	port_set_intersect(&ports, &blockers->let_by);
	return keep_blocker(blockers, end, &ports, false);
}

static bool sees_clients(const struct service *service)
{
	for (size_t i = 0; i < service->count; i++)
		if (!(service->mappings[i]->flags & PUBPORT_MAPPING_MASQUERADE))
			return true;
	return false;
}

/* what somebody masquerades of the networks of his own bridges is what these
 * begin, to whomever */
static int take_masqueraded(struct blockers *blockers,
			    const struct walk_end *end)
{
	const struct traffic *traffic = blockers->traffic;

	if (!end->outcome->certain || !sees_clients(traffic->service) ||
	    (traffic->from.prefix &&
	     !strcmp(traffic->interface->kind, "bridge")))
		return 0;
	return keep_blocker(blockers, end, end->outcome->ports, true);
}

/* who comes to the policy of a chain surely meets it */
static bool is_certain(const struct walk_end *end)
{
	return end->outcome->certain || !*end->chain;
}

/**
 * struct zone_rule - a rule that puts packets into a zone
 * @end: which rule; its outcome is @outcome
 * @chain: name of the chain that it is in
 * @outcome: what it does with them; of its ports, it is @ports
 * @ports: which packets
 * @passage: where
 */
struct zone_rule {
	struct walk_end end;
	char chain[NFT_NAME_MAXLEN];
	struct rule_outcome outcome;
	struct port_set ports;
	const struct passage *passage;
};

static int keep_zone(struct blockers *blockers, const struct walk_end *end)
{
	struct zone_rule *rule = array_grow(
		blockers->zones, blockers->zone_count, sizeof(*rule));

	if (!rule)
		return -ENOMEM;
	blockers->zones = rule;
	rule += blockers->zone_count++;
	rule->end = *end;
	rule->outcome = *end->outcome;
	rule->passage = blockers->passage;
	snprintf(rule->chain, sizeof(rule->chain), "%s", end->chain);
	port_set_copy(&rule->ports, end->outcome->ports);
	return 0;
}

/* whether what goes the other way comes into the same zone */
static bool has_way_back(const struct blockers *blockers,
			 const struct zone_rule *rule)
{
	const struct zone_rule *other = blockers->zones;

	for (size_t i = 0; i < blockers->zone_count; i++, other++)
		if (other->outcome.zone == rule->outcome.zone &&
		    other->passage->is_answer != rule->passage->is_answer)
			return true;
	return false;
}

static int take_zones(struct blockers *blockers)
{
	struct zone_rule *rule = blockers->zones;
	int code = 0;

	for (size_t i = 0; !code && i < blockers->zone_count; i++, rule++) {
		if (has_way_back(blockers, rule))
			continue;
		rule->end.chain = rule->chain;
		rule->end.outcome = &rule->outcome;
		blockers->passage = rule->passage;
		code = keep_blocker(blockers, &rule->end, &rule->ports,
				    rule->outcome.certain);
	}
	return code;
}

static int take_end(const struct walk_end *end, void *data)
{
	struct blockers *blockers = data;

	switch (end->outcome->action) {
	case RULE_TRANSLATE:
	case RULE_DROP:
	case RULE_REJECT:
	case RULE_UNTRACK:
		return is_certain(end) ? take_stopped(blockers, end) : 0;
	case RULE_SOURCE:
		return take_masqueraded(blockers, end);
	case RULE_ZONE:
		return keep_zone(blockers, end);
	case RULE_ACCEPT:
	case RULE_QUEUE:
	case RULE_JUMP:
	case RULE_GOTO:
	case RULE_RETURN:
	default:
		if (!is_certain(end))
			port_set_join(&blockers->let_by, end->outcome->ports);
		return 0;
	}
}

/* of packets that only may pass a chain, all may be let by */
static void begin_chain(struct blockers *blockers, const struct chain *chain)
{
	const struct service *service = blockers->traffic->service;

	port_set_clear(&blockers->let_by);
	if (passage_leads_by(blockers->passage, blockers->traffic, chain) ==
	    ANSWER_MAYBE)
		port_set_copy(&blockers->let_by,
			      passage_has_host_ports(blockers->passage)
				      ? &service->host_ports
				      : &service->target_ports);
}

static int search_traffic(const struct traffic *traffic, void *data)
{
	struct blockers *blockers = data;
	const struct chains *chains = blockers->chains;
	const struct passage *passage = NULL;
	int code = 0;

	if (blockers->remote_only && traffic->client != PUBPORT_CLIENT_REMOTE)
		return 0;
	blockers->traffic = traffic;
	blockers->zone_count = 0;
	while (!code && (passage = traffic_next(traffic, passage))) {
		blockers->passage = passage;
		for (size_t i = 0; !code && i < chains->count; i++) {
			begin_chain(blockers, &chains->items[i]);
			code = passage_walk(passage, traffic, &chains->items[i],
					    &blockers->walk);
		}
	}
	return code ? code : take_zones(blockers);
}

/**
 * blockers_search() - look for what connections to services meet
 * @blockers: from blockers_init(); what is found is added
 * @scene: on which host
 * @services: which; they must live as long as what is found
 *
 * Return: 0, -ETIME when there was no time for all rules, -ENOMEM, or another
 * negative errno from walk_run().
 */
int blockers_search(struct blockers *blockers, const struct scene *scene,
		    const struct services *services)
{
	int code = 0;

	blockers->walk.each = take_end;
	blockers->walk.data = blockers;
	for (size_t i = 0; !code && i < services->count; i++)
		code = service_each_traffic(&services->items[i], scene,
					    search_traffic, blockers);
	return code;
}

/**
 * blocker_format() - name the chain that stops packets
 * @blocker: which
 * @buffer: receives its table and its name; not printable perhaps
 * @size: bytes of @buffer; BLOCKER_TEXT_SIZE is enough
 *
 * Return: @buffer.
 */
const char *blocker_format(const struct blocker *blocker, char *buffer,
			   size_t size)
{
	snprintf(buffer, size, "table %s %.64s, chain %.64s",
		 chain_family_name(&blocker->base), blocker->base.table,
		 *blocker->chain ? blocker->chain : blocker->base.name);
	return buffer;
}
