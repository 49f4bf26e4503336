/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live connections of mappings.
 *
 * A connection keeps the way that it took with its first packet.  So after a
 * change the kernel is made to forget some:
 *
 *  - UDP to a port that was just published, when it was not translated, or by
 *    a mapping of ours that comes after the new one: it would go past the
 *    mapping for as long as the client sends.
 *  - What a mapping translated that was removed: it would go on.
 *  - Of these, UDP alone, where a mapping was replaced: TCP may end in peace.
 *
 * The change is committed first, then connections are deleted, so that their
 * next packets take the new way.  They are told by their original destination,
 * which is the host's address and port, and by where they were translated to;
 * and, where something is published on an interface, by the one that leads to
 * the client, since the kernel doesn't remember by which they came in.
 * Those of a mapping that is still there, or of another table, are left alone.
 */
#include "publish/flows.h"

#include "host/listener.h"
#include "mapping/addr.h"
#include "mapping/helper.h"
#include "mapping/mapping.h"
#include "mapping/mapping_index.h"
#include "netlink/conntrack.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "publish/reset.h"
#include "table/allow.h"
#include "table/lookup.h"

#include <errno.h>
#include <string.h>

struct sweep;

/* whether a flow to a port of a mapping is to be forgotten */
typedef bool (*sweep_fn)(const struct sweep *sweep,
			 const struct pubport_mapping *mapping,
			 const struct flow *flow);

/**
 * struct sweep - the search for connections to forget
 * @context: where
 * @mappings: whose connections
 * @cover: the same, to be found by their keys
 * @condemns: which ones
 * @local: addresses of the host
 * @interfaces: on which something is published
 * @links: the host's, if something is
 * @tells: whether the ends of TCP connections are told
 * @resets: those that are
 * @look_only: forget nothing, stop at the first
 * @found: whether there was any
 */
struct sweep {
	struct pubport *context;
	const struct pubport_mappings *mappings;
	struct mapping_index cover;
	sweep_fn condemns;
	struct addresses local;
	struct table_interfaces interfaces;
	struct links links;
	bool tells;
	struct resets resets;
	bool look_only;
	bool found;
};

static void cleanup_sweep(struct sweep *sweep)
{
	addresses_done(&sweep->local);
	table_interfaces_done(&sweep->interfaces);
	links_done(&sweep->links);
	mapping_index_done(&sweep->cover);
	resets_done(&sweep->resets);
}

/* ---------------------------------------------------------------- matching */

/* the key of a flow, as if it came in by the interface of that number; the
 * last one is none.  The kernel doesn't remember by which it was. */
static struct pubport_key key_by(const struct sweep *sweep,
				 const struct flow *flow, size_t interface)
{
	struct pubport_key key = flow_key(flow);

	if (interface < sweep->interfaces.count)
		memcpy(key.interface, sweep->interfaces.names[interface],
		       sizeof(key.interface));
	return key;
}

/* by which interface a flow is taken to have come in, as key_by() numbers them:
 * that by which its client is reached, as a symmetric mapping's mark tells it;
 * @ret_last: or others up to this one */
static size_t came_by(const struct sweep *sweep, const struct flow *flow,
		      size_t *ret_last)
{
	const struct table_interfaces *interfaces = &sweep->interfaces;
	const struct route_packet answer = {
		.from = flow->host,
		.to = flow->client,
		.protocol = flow->protocol,
		.from_port = flow->port,
		.mark = flow_mark(flow),
	};
	struct route_choice choice = { .code = 0 };
	const struct link_info *link;
	size_t first = 0;

	*ret_last = interfaces->count;
	if (!interfaces->count ||
	    route_choose(&sweep->context->route, &answer, &choice) ||
	    choice.code)
		return 0;
	link = links_find(&sweep->links, choice.interface);
	while (first < interfaces->count &&
	       (!link || strcmp(interfaces->names[first], link->name) != 0))
		first++;
	*ret_last = first;
	return first;
}

/* whether some mapping of ours translates a flow to where it went, also one
 * that others come before by now */
static bool is_ours(const struct sweep *sweep, const struct flow *flow)
{
	struct pubport_mapping covering[TABLE_COVERING_MAX];
	struct pubport_key key;
	size_t count;

	for (size_t i = 0; i <= sweep->interfaces.count; i++) {
		key = key_by(sweep, flow, i);
		if (table_covering(&sweep->context->nft, &key, covering,
				   &count))
			return false;
		for (size_t j = 0; j < count; j++)
			if (mapping_leads_there(&covering[j], flow))
				return true;
	}
	return false;
}

/* whether a flow goes as it would if it began now */
static bool is_led(const struct pubport_mapping *mapping,
		   const struct flow *flow)
{
	return mapping_leads_there(mapping, flow) &&
	       (flow->masqueraded ||
		!(mapping->flags & PUBPORT_MAPPING_MASQUERADE)) &&
	       !strcmp(flow_helper(flow),
		       helper_get(helper_of(mapping))->kernel_name);
}

/* whether the flow would take the way that it has, if it began now; if not,
 * @ret_other tells whether it would take another one */
static bool is_up_to_date(const struct sweep *sweep, const struct flow *flow,
			  struct pubport_mapping *ret_there, bool *ret_other)
{
	struct pubport_key key;
	size_t last;

	*ret_other = false;
	for (size_t i = came_by(sweep, flow, &last); i <= last; i++) {
		key = key_by(sweep, flow, i);
		if (table_lookup(&sweep->context->nft, &key, ret_there))
			continue;
		if (is_led(ret_there, flow))
			return true;
		*ret_other = true;
	}
	return false;
}

static bool is_stale(const struct sweep *sweep,
		     const struct pubport_mapping *mapping,
		     const struct flow *flow)
{
	struct pubport_mapping there;
	bool goes_elsewhere;

	if (flow->protocol != PUBPORT_UDP || is_led(mapping, flow) ||
	    (mapping->flags & PUBPORT_MAPPING_NO_LOOPBACK &&
	     addr_is_loopback(&flow->host)))
		return false;
	if (!flow->translated)
		return true;
	/* a more specific one that was there before keeps its flows */
	return is_ours(sweep, flow) &&
	       !is_up_to_date(sweep, flow, &there, &goes_elsewhere) &&
	       goes_elsewhere;
}

/* the host itself always may */
static bool may_connect(const struct sweep *sweep,
			struct pubport_mapping *mapping,
			const struct flow *flow)
{
	bool may;

	if (addresses_have(&sweep->local, &flow->client))
		return true;
	may = allow_read(&sweep->context->nft, mapping) ||
	      allow_permits(mapping, &flow->client);
	free(mapping->from);
	return may;
}

/* a mapping's flow may as well be another one's, which is still there */
static bool is_cut(const struct sweep *sweep,
		   const struct pubport_mapping *mapping,
		   const struct flow *flow)
{
	struct pubport_mapping there;
	bool goes_elsewhere;

	return mapping_leads_there(mapping, flow) &&
	       (!is_up_to_date(sweep, flow, &there, &goes_elsewhere) ||
		!may_connect(sweep, &there, flow));
}

static bool is_live(const struct sweep *sweep,
		    const struct pubport_mapping *mapping,
		    const struct flow *flow)
{
	(void)sweep;
	return mapping_leads_there(mapping, flow);
}

static bool is_moved(const struct sweep *sweep,
		     const struct pubport_mapping *mapping,
		     const struct flow *flow)
{
	return flow->protocol == PUBPORT_UDP && is_cut(sweep, mapping, flow);
}

static bool is_condemned(const struct sweep *sweep, const struct flow *flow)
{
	const struct pubport_key key = flow_key(flow);
	struct mapping_index_walk walk = mapping_index_walk_packet(
		&sweep->cover, &key,
		addresses_have(&sweep->local, &flow->host));
	const struct pubport_mapping *mapping;

	while ((mapping = mapping_index_next(&walk)))
		if (sweep->condemns(sweep, mapping, flow))
			return true;
	return false;
}

/* ------------------------------------------------------------------ sweeps */

static int sweep_flow(const struct flow *flow, void *data)
{
	struct sweep *sweep = data;
	int code;

	if (!is_condemned(sweep, flow))
		return MNL_CB_OK;
	sweep->found = true;
	if (sweep->look_only)
		return MNL_CB_STOP;
	/* a client that has no answer yet asks again */
	if (sweep->tells && flow->protocol == PUBPORT_TCP &&
	    flow_is_open(flow) && flow_was_answered(flow) &&
	    !resets_add(&sweep->resets, flow))
		return MNL_CB_OK;
	code = conntrack_delete(&sweep->context->nft, flow);
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

static int run(struct sweep *sweep)
{
	struct progress *progress = &sweep->context->progress;
	int code = mapping_index_init(&sweep->cover, sweep->mappings);

	progress_begin(progress, "looking at connections", 0);
	if (!code)
		code = addresses_read(&sweep->context->route, &sweep->local);
	if (!code)
		code = table_interfaces(&sweep->context->nft,
					&sweep->interfaces);
	if (!code && sweep->interfaces.count)
		code = links_read(&sweep->context->route, &sweep->links);
	if (!code)
		code = conntrack_dump(sweep->mappings, sweep_flow, sweep);
	return code ? code : resets_make(&sweep->resets, &sweep->context->nft);
}

/**
 * flows_forget() - have the kernel forget connections after a change
 * @context: where
 * @change: what became of the mappings
 * @mappings: those that were added, or as they were before they were removed
 *	or replaced
 *
 * Return: 0, -ENOMEM, or another negative errno from the kernel.
 */
int flows_forget(struct pubport *context, enum flows_change change,
		 const struct pubport_mappings *mappings)
{
	static const sweep_fn condemns[] = {
		[FLOWS_OF_ADDED] = is_stale,
		[FLOWS_OF_REMOVED] = is_cut,
		[FLOWS_OF_ENDED] = is_cut,
		[FLOWS_OF_REPLACED] = is_moved,
	};
	struct sweep sweep CLEANUP(sweep) = {
		.context = context,
		.mappings = mappings,
		.condemns = condemns[change],
		.tells = change == FLOWS_OF_REMOVED,
		.resets = RESETS_NONE,
	};

	if (!mappings->count ||
	    (condemns[change] != is_cut && !mappings_have_udp(mappings)))
		return 0;
	return run(&sweep);
}

/**
 * flows_have_live() - look whether mappings have connections
 * @context: where
 * @mappings: mappings that exist
 * @ret_has: whether one of them has any
 *
 * Return: 0, -ENOMEM, or another negative errno from the kernel.
 */
int flows_have_live(struct pubport *context,
		    const struct pubport_mappings *mappings, bool *ret_has)
{
	struct sweep sweep CLEANUP(sweep) = {
		.context = context,
		.mappings = mappings,
		.condemns = is_live,
		.resets = RESETS_NONE,
		.look_only = true,
	};
	int code = run(&sweep);

	if (!code)
		*ret_has = sweep.found;
	return code;
}

/* ------------------------------------------------------------ the host's own
 */

static bool takes_any(const struct pubport_mappings *mappings,
		      const struct socket_entry *socket)
{
	for (size_t i = 0; i < mappings->count; i++)
		if (listener_takes(&mappings->items[i], socket))
			return true;
	return false;
}

/**
 * flows_keep_own() - have the host's own connections by UDP go on
 * @context: whose host
 * @mappings: that are added
 *
 * The kernel may not track them, since they began before it did; then the next
 * packet of a peer would be led to the target.  Of TCP, a rule looks for the
 * socket, see nft/rules.c; but of UDP it would find those too that are bound,
 * and with them whoever binds a published port.  What fails is left as it is.
 */
void flows_keep_own(struct pubport *context,
		    const struct pubport_mappings *mappings)
{
	struct netlink diag CLEANUP(netlink_close) = { .socket = NULL };
	struct sockets sockets CLEANUP(sockets_done) = { .items = NULL };
	const struct socket_entry *socket;
	struct port_bits ports = { 0 };
	struct segment_way way;

	if (!mappings_have_udp(mappings) || sock_diag_open(-1, &diag) ||
	    sock_diag_connected(&diag, PUBPORT_UDP, &sockets))
		return;
	for (size_t i = 0; i < mappings->count; i++)
		port_bits_add_range(&ports, mappings->items[i].key.ports);
	for (size_t i = 0; i < sockets.count; i++) {
		socket = &sockets.items[i];
		if (!socket->peer_port ||
		    !port_bits_has(&ports, socket->port) ||
		    !takes_any(mappings, socket))
			continue;
		way = (struct segment_way){ socket->addr, socket->port,
					    socket->peer, socket->peer_port };
		(void)conntrack_add(&context->nft, PUBPORT_UDP, &way);
	}
}
