/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other people's rules that keep clients from a target.
 *
 * A packet must get through all base chains of all tables: what one accepts,
 * another may drop.  So each one is looked at by itself, for requests as well
 * as for answers.  What drops packets, if nothing is known that may let them by
 * before, is a barrier; otherwise it only may be one.
 */
#include "firewall/blocker.h"

#include "nft/rules.h"
#include "util/array.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

/**
 * barriers_init() - begin to search
 * @barriers: all zero; end with barriers_done()
 * @nfnl: asks for rules
 * @chains: base chains of other tables; must live as long as the search
 */
void barriers_init(struct barriers *barriers, const struct nfnl *nfnl,
		   const struct chains *chains)
{
	barriers->walk.nfnl = nfnl;
	barriers->chains = chains;
}

/**
 * barriers_forget() - forget what was found
 * @barriers: where
 */
void barriers_forget(struct barriers *barriers)
{
	free(barriers->items);
	barriers->items = NULL;
	barriers->count = 0;
}

/**
 * barriers_done() - end the search
 * @barriers: from barriers_init(), or all zero
 */
void barriers_done(struct barriers *barriers)
{
	barriers_forget(barriers);
	walk_done(&barriers->walk);
}

/**
 * barriers_may_be_at() - look whether others filter at a hook
 * @barriers: from barriers_init()
 * @hook: NF_INET_
 *
 * Return: whether there is a chain that may drop packets.
 */
bool barriers_may_be_at(const struct barriers *barriers, uint32_t hook)
{
	for (size_t i = 0; i < barriers->chains->count; i++)
		if (barriers->chains->items[i].hook == hook &&
		    strcmp(barriers->chains->items[i].type, "nat") != 0)
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

	if (base->family == NFPROTO_INET || base->hook >= ARRAY_SIZE(chains))
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

/* those whose chains packets passed on the way; @chain: where they ended */
static enum barrier_owner owner_in_filter(const struct walk *walk,
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
	if (has_docker && (!has_ufw || begins_with(chain, "DOCKER")))
		return OWNER_DOCKER;
	return has_ufw ? OWNER_UFW : OWNER_IPTABLES;
}

static enum barrier_owner
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

/* ------------------------------------------------------------------ search */

/* the same rule, met by other packets of the same form; what firewalld lets by,
 * goes by the host's ports */
static bool is_same(const struct barrier *barrier, const struct walk_end *end,
		    const struct barrier *other)
{
	if (barrier->service != other->service &&
	    (barrier->service->protocol != other->service->protocol ||
	     barrier->owner == OWNER_FIREWALLD_STRICT))
		return false;
	return barrier->handle == end->handle &&
	       barrier->certain == other->certain &&
	       barrier->is_translated == other->is_translated &&
	       barrier->is_tracked == other->is_tracked &&
	       barrier->base.family == end->base->family &&
	       !strcmp(barrier->base.table, end->base->table) &&
	       !strcmp(barrier->base.name, end->base->name) &&
	       !strcmp(barrier->chain, end->chain);
}

static struct barrier *add_barrier(struct barriers *barriers,
				   const struct walk_end *end,
				   const struct barrier *like)
{
	struct barrier *items =
		array_grow(barriers->items, barriers->count, sizeof(*items));

	if (!items)
		return NULL;
	barriers->items = items;
	items += barriers->count++;
	*items = *like;
	items->base = *end->base;
	snprintf(items->chain, sizeof(items->chain), "%s", end->chain);
	items->handle = end->handle;
	items->action = end->outcome->action;
	items->owner = find_owner(&barriers->walk, end->base, end->chain);
	items->first = barriers->traffic->from;
	return items;
}

static int keep_barrier(struct barriers *barriers, const struct walk_end *end,
			const struct port_view *ports, bool certain)
{
	const struct passage *passage = barriers->passage;
	const struct barrier like = {
		.service = barriers->traffic->service,
		.certain = certain,
		.is_tracked = passage_is_tracked(passage, end->base->priority),
		.is_translated = passage->is_translated || passage->is_answer,
	};
	struct barrier *barrier = barriers->items;
	size_t i = 0;

	if (port_view_is_empty(ports))
		return 0;
	while (i < barriers->count && !is_same(barrier, end, &like))
		i++, barrier++;
	if (i == barriers->count)
		barrier = add_barrier(barriers, end, &like);
	if (!barrier)
		return -ENOMEM;
	barrier->stops_answers |= passage->is_answer;
	barrier->stops_requests |= !passage->is_answer;
	barrier->clients |= 1U << barriers->traffic->client;
	port_view_join(&barrier->ports, ports);
	return 0;
}

/* of two chains that translate at the same priority, the one that was laid last
 * comes first */
static bool is_undecided(const struct chain *base)
{
	return !strcmp(base->type, "nat") &&
	       base->priority == TRAFFIC_TRANSLATED;
}

/* containers in different networks are kept apart on purpose */
static bool is_wanted(const struct walk_end *end)
{
	return begins_with(end->chain, "DOCKER-ISOLATION");
}

/* those that may have been let by are told apart */
static int take_stopped(struct barriers *barriers, const struct walk_end *end)
{
	struct port_view ports = { .hull = { 0, 0 } };
	int code;

	if (is_wanted(end))
		return 0;
	if (is_undecided(end->base))
		return keep_barrier(barriers, end, end->outcome->ports, false);

	port_view_copy(&ports, end->outcome->ports);
	port_view_subtract(&ports, &barriers->let_by);
	code = keep_barrier(barriers, end, &ports, true);
	if (code)
		return code;
	port_view_copy(&ports, end->outcome->ports);
	port_view_intersect(&ports, &barriers->let_by);
	return keep_barrier(barriers, end, &ports, false);
}

/* who comes to the policy of a chain surely meets it */
static bool is_certain(const struct walk_end *end)
{
	return end->outcome->certain || !*end->chain;
}

static int take_end(const struct walk_end *end, void *data)
{
	struct barriers *barriers = data;

	switch (end->outcome->action) {
	case RULE_TRANSLATE:
	case RULE_DROP:
	case RULE_REJECT:
		return is_certain(end) ? take_stopped(barriers, end) : 0;
	case RULE_ACCEPT:
	case RULE_QUEUE:
	case RULE_JUMP:
	case RULE_GOTO:
	case RULE_RETURN:
	default:
		if (!is_certain(end))
			port_view_join(&barriers->let_by, end->outcome->ports);
		return 0;
	}
}

static bool is_of_other_family(const struct chain *base,
			       const struct traffic *traffic)
{
	return base->family == (traffic->service->target.family == PUBPORT_IPV4
					? NFPROTO_IPV6
					: NFPROTO_IPV4);
}

static int search_chain(struct barriers *barriers, const struct chain *base)
{
	struct packet packet CLEANUP(packet_done) = { .is_answer = false };
	int code = passage_know(barriers->passage, barriers->traffic,
				base->priority, &packet);

	port_view_clear(&barriers->let_by);
	return code ? code
		    : walk_run(&barriers->walk, base, &packet,
			       passage_ports(barriers->passage,
					     barriers->traffic->service));
}

/**
 * barriers_search() - look for what some connections meet
 * @barriers: from barriers_init(); what is found is added
 * @traffic: which connections; their service must live as long as what is
 *	found
 *
 * Return: 0, -ETIME when there was no time for all rules, -ENOMEM, or another
 * negative errno from walk_run().
 */
int barriers_search(struct barriers *barriers, const struct traffic *traffic)
{
	const struct passage *passage = NULL;
	const struct chains *chains = barriers->chains;
	int code = 0;

	barriers->walk.each = take_end;
	barriers->walk.data = barriers;
	barriers->traffic = traffic;
	while (!code && (passage = traffic_next(traffic, passage))) {
		barriers->passage = passage;
		for (size_t i = 0; !code && i < chains->count; i++)
			if (!is_of_other_family(&chains->items[i], traffic) &&
			    passage_leads_by(passage, &chains->items[i]))
				code = search_chain(barriers,
						    &chains->items[i]);
	}
	return code;
}

/**
 * barrier_format() - name the chain that stops packets
 * @barrier: which
 * @buffer: receives its table and its name; not printable perhaps
 * @size: bytes of @buffer; BARRIER_TEXT_SIZE is enough
 *
 * Return: @buffer.
 */
const char *barrier_format(const struct barrier *barrier, char *buffer,
			   size_t size)
{
	snprintf(buffer, size, "table %s %.64s, chain %.64s",
		 chain_family_name(&barrier->base), barrier->base.table,
		 *barrier->chain ? barrier->chain : barrier->base.name);
	return buffer;
}
