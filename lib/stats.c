/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the connections of mappings do.
 *
 * All connections so far are counted by the mappings' own elements.  Those that
 * are open are what the kernel tracks: each flow is given to the mapping that
 * led it, which is found by bisection, however many there are.
 *
 * Packets and bytes are counted by elements that are there for that; where they
 * aren't, the kernel may count those of the flows that it tracks.
 */
#include "addr.h"
#include "context.h"
#include "counters.h"
#include "error.h"
#include "mapping.h"
#include "order.h"
#include "route.h"

#include <libmnl/libmnl.h>
#include <string.h>
#include <time.h>

/* how often counters are read again because somebody changed the table */
#define READ_TRIES 32

/**
 * struct tally - connections being counted
 * @stats: those of single ports first, then those of ranges; in order
 * @single_count: how many there are of the former
 * @has_counters: whether elements count packets and bytes
 * @local: addresses of the host
 */
struct tally {
	struct pubport_stats stats;
	size_t single_count;
	bool has_counters;
	struct route_addresses local;
};

static void cleanup_tally(struct tally *tally)
{
	pubport_stats_done(&tally->stats);
	route_addresses_done(&tally->local);
}

/* ------------------------------------------------------------------ finding */

static int compare(const void *a, const void *b)
{
	const struct pubport_stat *x = a, *y = b;

	return order_compare(&x->mapping.key, &y->mapping.key);
}

static int compare_apart(const void *a, const void *b)
{
	const struct pubport_stat *x = a, *y = b;
	int order =
		mapping_is_range(&x->mapping) - mapping_is_range(&y->mapping);

	return order ? order : compare(a, b);
}

static bool is_local(const struct tally *tally, const struct pubport_addr *addr)
{
	if (addr_is_loopback(addr))
		return true;
	for (size_t i = 0; i < tally->local.count; i++)
		if (addr_equal(&tally->local.items[i].addr, addr))
			return true;
	return false;
}

/* that of a mapping of that host address which has the flow's port; mappings
 * of one kind don't overlap, so it is the last that doesn't come after it */
static struct pubport_stat *find(struct pubport_stat *items, size_t count,
				 const struct pubport_addr *host,
				 const struct flow *flow)
{
	struct pubport_key key = { *host,
				   flow->protocol,
				   { flow->port, UINT16_MAX } };
	size_t first = 0, middle;

	while (first < count) {
		middle = first + (count - first) / 2;
		if (order_compare(&items[middle].mapping.key, &key) > 0)
			count = middle;
		else
			first = middle + 1;
	}
	if (!first)
		return NULL;
	key.ports = items[first - 1].mapping.key.ports;
	if (order_compare(&items[first - 1].mapping.key, &key) ||
	    flow->port > key.ports.last)
		return NULL;
	return &items[first - 1];
}

/* the most specific mapping that leads where the flow went */
static struct pubport_stat *find_leader(const struct tally *tally,
					const struct flow *flow)
{
	const struct pubport_addr any = { .family = flow->host.family };
	const struct pubport_addr *hosts[] = {
		&flow->host, is_local(tally, &flow->host) ? &any : NULL
	};
	size_t singles = tally->single_count;
	struct pubport_stat *items = tally->stats.items;
	struct pubport_stat *found[2];

	for (size_t i = 0; i < ARRAY_SIZE(hosts) && hosts[i]; i++) {
		found[0] = find(items, singles, hosts[i], flow);
		found[1] = find(items + singles, tally->stats.count - singles,
				hosts[i], flow);
		for (size_t j = 0; j < ARRAY_SIZE(found); j++)
			if (found[j] &&
			    mapping_leads_there(&found[j]->mapping, flow))
				return found[j];
	}
	return NULL;
}

/* ----------------------------------------------------------------- counting */

static int count_flow(const struct flow *flow, void *data)
{
	const struct tally *tally = data;
	struct pubport_stat *stat = NULL;
	struct flow_count in, out;

	if (flow->translated)
		stat = find_leader(tally, flow);
	if (!stat)
		return MNL_CB_OK;
	stat->connections_now += flow_is_open(flow);
	if (tally->has_counters)
		return MNL_CB_OK;
	flow_count(flow, &in, &out);
	stat->packets_in += in.packets;
	stat->packets_out += out.packets;
	stat->bytes_in += in.bytes;
	stat->bytes_out += out.bytes;
	return MNL_CB_OK;
}

static int count_flows(struct tally *tally, enum pubport_family family)
{
	for (size_t i = 0; i < tally->stats.count; i++)
		if (tally->stats.items[i].mapping.key.host.family == family)
			return flow_dump(family, NULL, count_flow, tally);
	return 0;
}

static int take_counter(const struct counter *counter, void *data)
{
	const struct pubport_mapping *mapping = &counter->mapping;
	const struct tally *tally = data;
	struct pubport_stat wanted = { .mapping.key = mapping->key }, *stat;

	stat = bsearch(&wanted, tally->stats.items, tally->stats.count,
		       sizeof(*stat), compare_apart);
	if (!stat ||
	    !addr_equal(&stat->mapping.target_addr, &mapping->target_addr))
		return MNL_CB_OK;
	stat->is_counted = true;
	stat->counted_since = mapping->created;
	if (counter->is_reply) {
		stat->packets_out = counter->packets;
		stat->bytes_out = counter->bytes;
	} else {
		stat->packets_in = counter->packets;
		stat->bytes_in = counter->bytes;
	}
	return MNL_CB_OK;
}

/* what is read twice is the same */
static int read_counters(struct netlink *nft, struct tally *tally)
{
	int code = -EINTR;

	for (int i = 0; i < READ_TRIES && code == -EINTR; i++)
		code = counters_visit(nft, take_counter, tally);
	return code;
}

static int kernel_counts(bool *ret_counts)
{
	FILE *file CLEANUP(fclose) =
		fopen("/proc/sys/net/netfilter/nf_conntrack_acct", "re");

	*ret_counts = file && fgetc(file) == '1';
	if (file ? ferror(file) : errno != ENOENT)
		return -errno;
	return 0;
}

/* takes the mappings over */
static int begin(struct tally *tally, struct pubport_mappings *mappings)
{
	int64_t now = time(NULL);
	struct pubport_stat *stat;
	bool is_counted = false;
	int code = tally->has_counters ? 0 : kernel_counts(&is_counted);

	if (code)
		return code;
	tally->stats.items =
		calloc(mappings->count + 1, sizeof(*tally->stats.items));
	if (!tally->stats.items)
		return -ENOMEM;
	for (size_t i = 0; i < mappings->count; i++) {
		stat = &tally->stats.items[tally->stats.count++];
		stat->mapping = mappings->items[i];
		stat->time = now;
		stat->is_counted = is_counted;
		tally->single_count += !mapping_is_range(&stat->mapping);
		mappings->items[i].from = NULL;
	}
	qsort(tally->stats.items, tally->stats.count,
	      sizeof(*tally->stats.items), compare_apart);
	return 0;
}

/**
 * pubport_stats_list() - tell what the connections of mappings do
 * @context: where
 * @ret_stats: of each mapping, ordered by host address, protocol and port; free
 *	with pubport_stats_done()
 * @error: why it failed, or NULL
 *
 * Return: 0, -EPERM without CAP_NET_ADMIN, -ENOMEM, or another negative errno
 * from the kernel.
 */
PUBPORT_EXPORT int pubport_stats_list(struct pubport *context,
				      struct pubport_stats *ret_stats,
				      struct pubport_error *error)
{
	PROGRESS_OF(context);
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	struct tally tally CLEANUP(tally) = { .single_count = 0 };
	int code = pubport_list(context, &mappings, error);

	if (code)
		return code;
	progress_begin(progress, "counting", 0);
	code = counters_are_laid(&context->nft, &tally.has_counters);
	if (!code)
		code = begin(&tally, &mappings);
	if (!code && tally.has_counters)
		code = read_counters(&context->nft, &tally);
	if (!code)
		code = route_addresses(&context->route, &tally.local);
	if (!code)
		code = count_flows(&tally, PUBPORT_IPV4);
	if (!code)
		code = count_flows(&tally, PUBPORT_IPV6);
	if (code)
		return error_kernel(error, code, "connections");
	qsort(tally.stats.items, tally.stats.count, sizeof(*tally.stats.items),
	      compare);
	*ret_stats = tally.stats;
	memset(&tally.stats, 0, sizeof(tally.stats));
	return 0;
}

/**
 * pubport_stats_done() - free what pubport_stats_list() stored
 * @stats: filled in by this library, or all zero
 */
PUBPORT_EXPORT void pubport_stats_done(struct pubport_stats *stats)
{
	for (size_t i = 0; i < stats->count; i++)
		free(stats->items[i].mapping.from);
	free(stats->items);
	memset(stats, 0, sizeof(*stats));
}
