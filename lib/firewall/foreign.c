/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other people's rules that want the same ports.
 *
 * Of two tables that translate the destination of a packet, the one whose chain
 * comes first does.  So whoever publishes a port that another table translates
 * is told, and which of both comes first.  Other tables are only read.
 *
 * Mappings that differ in nothing but their ports are searched for together:
 * one walk through the rules answers for all of their ports.
 */
#include "firewall/foreign.h"

#include "firewall/opening.h"
#include "firewall/walk.h"
#include "netlink/address.h"
#include "nft/rules.h"
#include "util/array.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <string.h>

/* more notices than these are only counted */
#define NOTICES_MAX 8
/* enough to read some ten thousand rules */
#define TIME_MAX_MS 200

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
 * struct search - a search for ports that other tables translate
 * @mappings: for which mappings
 * @chains: base chains of other tables
 * @addresses: of the host
 * @walk: through their rules
 * @searched: one of each mappings that are alike but for their ports; on the
 *	heap
 * @searched_count: number of @searched
 * @protocol: of the packets that walk
 * @claims: what was found
 * @claim_count: number of @claims
 */
struct search {
	const struct pubport_mappings *mappings;
	const struct chains *chains;
	struct addresses addresses;
	struct walk walk;
	const struct pubport_mapping **searched;
	size_t searched_count;
	enum pubport_protocol protocol;
	struct claim *claims;
	size_t claim_count;
};

static void cleanup_search(struct search *search)
{
	walk_done(&search->walk);
	addresses_done(&search->addresses);
	free(search->searched);
	free(search->claims);
}

/* ----------------------------------------------------------------- claims */

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
static struct claim *find_claim(struct search *search,
				const struct chain *chain)
{
	enum precedence precedence = precedence_of(chain);
	struct claim *claim = search->claims;

	for (size_t i = 0; i < search->claim_count; i++, claim++)
		if (claim->precedence == precedence &&
		    claim->protocol == search->protocol &&
		    claim->chain->family == chain->family &&
		    !strcmp(claim->chain->table, chain->table))
			return claim;
	claim = array_grow(search->claims, search->claim_count, sizeof(*claim));
	if (!claim)
		return NULL;
	search->claims = claim;
	claim += search->claim_count++;
	memset(claim, 0, sizeof(*claim));
	claim->chain = chain;
	claim->precedence = precedence;
	claim->protocol = search->protocol;
	return claim;
}

static int take_end(const struct walk_end *end, void *data)
{
	struct search *search = data;
	struct claim *claim;

	if (end->outcome->action != RULE_TRANSLATE)
		return 0;
	claim = find_claim(search, end->base);
	if (!claim)
		return -ENOMEM;
	port_set_join(&claim->ports, end->outcome->ports);
	return 0;
}

/* ----------------------------------------------------------------- search */

static bool is_passed(const struct chain *chain, const struct opening *opening)
{
	uint8_t other = opening->like->key.host.family == PUBPORT_IPV4
				? NFPROTO_IPV6
				: NFPROTO_IPV4;

	return !strcmp(chain->type, "nat") && chain->hook == opening->hook &&
	       chain->family != other;
}

static int search_at(struct search *search, const struct pubport_mapping *like,
		     uint32_t hook)
{
	CLEANUP(opening_done)
	struct opening opening = {
		.like = like,
		.hook = hook,
	};
	int code = opening_know(&opening, search->mappings, &search->addresses);

	search->protocol = like->key.protocol;
	for (size_t i = 0; !code && i < search->chains->count; i++)
		if (is_passed(&search->chains->items[i], &opening) &&
		    !port_set_is_empty(&opening.ports))
			code = walk_run(&search->walk,
					&search->chains->items[i],
					&opening.packet, &opening.ports);
	return code;
}

static bool is_searched(const struct search *search,
			const struct pubport_mapping *mapping)
{
	/* thousands are mostly like the last one, or the one before */
	for (size_t i = search->searched_count; i > 0; i--)
		if (opening_is_alike(search->searched[i - 1], mapping))
			return true;
	return false;
}

static int search_for(struct search *search,
		      const struct pubport_mapping *mapping)
{
	const struct pubport_mapping **items;
	int code;

	if (is_searched(search, mapping))
		return 0;
	if (nfnl_is_late(search->walk.nfnl))
		return -ETIME;
	items = array_grow(search->searched, search->searched_count,
			   sizeof(*items));
	if (!items)
		return -ENOMEM;
	search->searched = items;
	search->searched[search->searched_count++] = mapping;
	code = search_at(search, mapping, NF_INET_PRE_ROUTING);
	return code ? code : search_at(search, mapping, NF_INET_LOCAL_OUT);
}

static int search_all(struct search *search)
{
	const struct pubport_mappings *mappings = search->mappings;
	int code = 0;

	for (size_t i = 0; !code && i < mappings->count; i++)
		code = search_for(search, &mappings->items[i]);
	return code;
}

static bool has_nat(const struct chains *chains)
{
	for (size_t i = 0; i < chains->count; i++)
		if (!strcmp(chains->items[i].type, "nat"))
			return true;
	return false;
}

/* ---------------------------------------------------------------- notices */

static void tell(struct pubport *context, const struct claim *claim,
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

static void tell_claims(struct pubport *context, const struct search *search)
{
	size_t count = 0;

	for (size_t i = 0; i < search->claim_count; i++) {
		const struct claim *claim = &search->claims[i];
		struct pubport_ports run = { 0, 0 };

		while (port_set_next(&claim->ports, &run))
			if (count++ < NOTICES_MAX)
				tell(context, claim, run);
	}
	if (count > NOTICES_MAX)
		context_notice(context,
			       "other tables lead %zu more ports or ranges "
			       "elsewhere",
			       count - NOTICES_MAX);
}

/**
 * foreign_tell() - tell which ports other tables translate, too
 * @context: whose host; told
 * @mappings: what is published
 * @chains: base chains of other tables
 *
 * Conditions of rules that can't be told from the outside, such as a mark, may
 * hold.  What can't be read, or not in time, is passed over: it isn't ours.
 */
void foreign_tell(struct pubport *context,
		  const struct pubport_mappings *mappings,
		  const struct chains *chains)
{
	CLEANUP(netlink_close) struct netlink netlink = { .socket = NULL };
	CLEANUP(search)
	struct search search = {
		.mappings = mappings,
		.chains = chains,
	};
	struct nfnl nfnl;

	if (!has_nat(chains) || netlink_open(&netlink, NETLINK_NETFILTER))
		return;
	nfnl_init(&nfnl, &netlink, TIME_MAX_MS);
	search.walk.nfnl = &nfnl;
	search.walk.each = take_end;
	search.walk.data = &search;
	if (addresses_read(&context->route, &search.addresses))
		return;
	/* when it ends early, what it found is so all the same */
	(void)search_all(&search);
	tell_claims(context, &search);
}
