/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the connections of mappings do, and the counting of their packets.
 *
 * All connections so far are counted by the mappings' own elements.  Those that
 * are open are what the kernel tracks: each flow is given to the mapping that
 * led it, which is found by bisection, however many there are.
 *
 * Packets and bytes are counted by elements that are there for that; where they
 * aren't, the kernel may count those of the flows that it tracks.
 */
#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "mapping/mapping_index.h"
#include "netlink/context.h"
#include "netlink/kernel.h"
#include "netlink/link.h"
#include "nft/objects.h"
#include "table/counter.h"
#include "table/list.h"
#include "table/lookup.h"
#include "table/mapping_element.h"
#include "util/error.h"
#include "util/time.h"

#include <libmnl/libmnl.h>
#include <string.h>
#include <time.h>

/* how often counters are read again because somebody changed the table */
#define READ_TRIES 32

/**
 * struct tally - connections being counted
 * @mappings: whose
 * @cover: the same, to be found by what they cover
 * @stats: of each of them, in the same order
 * @has_counters: whether elements count packets and bytes
 * @local: addresses of the host
 */
struct tally {
	const struct pubport_mappings *mappings;
	struct mapping_index cover;
	struct pubport_stats stats;
	bool has_counters;
	struct addresses local;
};

static void cleanup_tally(struct tally *tally)
{
	mapping_index_done(&tally->cover);
	pubport_stats_done(&tally->stats);
	addresses_done(&tally->local);
}

/* ------------------------------------------------------------------ finding */

static struct pubport_stat *stat_of(const struct tally *tally,
				    const struct pubport_mapping *mapping)
{
	return &tally->stats.items[mapping - tally->mappings->items];
}

/* the most specific mapping that leads where the flow went */
static struct pubport_stat *find_leader(const struct tally *tally,
					const struct flow *flow)
{
	const struct pubport_key key = flow_key(flow);
	struct mapping_index_walk walk = mapping_index_walk_packet(
		&tally->cover, &key,
		addresses_have(&tally->local, &flow->host));
	const struct pubport_mapping *mapping;

	while ((mapping = mapping_index_next(&walk)))
		if (mapping_leads_there(mapping, flow))
			return stat_of(tally, mapping);
	return NULL;
}

/* the mapping that a counter counts for, unless it counts for several: the
 * kernel doesn't remember by which interface a connection came in */
static struct pubport_stat *find_counted(const struct tally *tally,
					 const struct pubport_mapping *counted)
{
	struct mapping_index_walk walk = mapping_index_walk_packet(
		&tally->cover, &counted->key,
		pubport_addr_is_any(&counted->key.host));
	const struct pubport_mapping *mapping, *found = NULL;

	while ((mapping = mapping_index_next(&walk))) {
		if (mapping == found ||
		    mapping->key.ports.first != counted->key.ports.first ||
		    mapping->key.ports.last != counted->key.ports.last ||
		    !addr_equal(&mapping->target_addr, &counted->target_addr))
			continue;
		if (found)
			return NULL;
		found = mapping;
	}
	return found ? stat_of(tally, found) : NULL;
}

/* ----------------------------------------------------------------- counting */

static int count_flow(const struct flow *flow, void *data)
{
	const struct tally *tally = data;
	struct pubport_stat *stat = NULL;
	struct conntrack_count in, out;

	if (flow->translated)
		stat = find_leader(tally, flow);
	if (!stat)
		return MNL_CB_OK;
	stat->connections_now += flow_is_open(flow);
	if (tally->has_counters)
		return MNL_CB_OK;
	conntrack_count(flow, &in, &out);
	stat->packets_in += in.packets;
	stat->packets_out += out.packets;
	stat->bytes_in += in.bytes;
	stat->bytes_out += out.bytes;
	return MNL_CB_OK;
}

static int take_counter(const struct counter *counter, void *data)
{
	const struct pubport_mapping *mapping = &counter->mapping;
	const struct tally *tally = data;
	struct pubport_stat *stat = find_counted(tally, mapping);

	if (!stat)
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

/* takes the networks of the mappings over */
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
		mappings->items[i].from = NULL;
	}
	tally->mappings = mappings;
	return mapping_index_init(&tally->cover, mappings);
}

static int compare(const void *a, const void *b)
{
	const struct pubport_stat *x = a, *y = b;

	return key_compare(&x->mapping.key, &y->mapping.key);
}

static int refuse(struct pubport_error *error, int code)
{
	const char *missing = kernel_missing_conntrack(code);

	if (!missing)
		return error_kernel(error, code, "connections");
	error_set(error, PUBPORT_FAILED, code,
		  "connections: this kernel lacks %s", missing);
	error_hint(error, "modprobe %s", missing);
	return code;
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
	struct tally tally CLEANUP(tally) = { .mappings = NULL };
	int code = pubport_list(context, &mappings, error);

	if (code)
		return code;
	progress_begin(progress, "counting", 0);
	code = counters_exist(&context->nft, &tally.has_counters);
	if (!code)
		code = begin(&tally, &mappings);
	if (!code && tally.has_counters)
		code = read_counters(&context->nft, &tally);
	if (!code)
		code = addresses_read(&context->route, &tally.local);
	if (!code)
		code = conntrack_dump(&mappings, count_flow, &tally);
	if (code)
		return refuse(error, code);
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

/* --------------------------------------------------- packets and bytes */

/*
 * Both the beginning and the end of counting are one transaction.  What is
 * published while counting begins is found when it is asked for once more.
 */

/* leaves those that have no counters */
static int drop_counted(struct netlink *nft, struct pubport_mappings *mappings)
{
	size_t count = mappings->count;
	bool miss = true;
	int code = 0;

	mappings->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!code)
			code = counters_miss(nft, &mappings->items[i], &miss);
		if (miss || code)
			mappings->items[mappings->count++] = mappings->items[i];
		else
			free(mappings->items[i].from);
	}
	return code;
}

static int add_counters(struct netlink *nft,
			const struct pubport_mappings *uncounted, bool are_laid,
			uint32_t generation)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = { .tx = &tx, .verb = ELEMENT_ENSURE };
	int code;

	transaction_init(&tx, generation);
	if (!are_laid)
		transaction_add_ruleset(&tx, &ruleset_counters);
	code = counters_put(uncounted, time_now_ms() / 1000, element_list_put,
			    &list);
	element_list_end(&list);
	return code ? code : transaction_commit(&tx, nft, NULL);
}

/* one try; -ERESTART or -EINTR: try again */
static int begin_once(struct netlink *nft)
{
	struct pubport_mappings mappings CLEANUP(pubport_mappings_done) = { 0 };
	bool is_laid = false, are_laid = false;
	uint32_t generation = 0;
	int code = table_generation(nft, &generation);

	if (!code)
		code = table_exists(nft, &is_laid);
	if (code || !is_laid)
		return code;
	code = counters_exist(nft, &are_laid);
	if (!code)
		code = table_list(nft, &mappings);
	if (!code && are_laid)
		code = drop_counted(nft, &mappings);
	if (code || (are_laid && !mappings.count))
		return code;
	return add_counters(nft, &mappings, are_laid, generation);
}

/* one try, as well */
static int end_once(struct netlink *nft)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	bool are_laid = false;
	uint32_t generation = 0;
	int code = table_generation(nft, &generation);

	if (!code)
		code = counters_exist(nft, &are_laid);
	if (code || !are_laid)
		return code;
	transaction_init(&tx, generation);
	transaction_delete_ruleset(&tx, &ruleset_counters);
	return transaction_commit(&tx, nft, NULL);
}

/**
 * pubport_stats_count() - begin or end to count packets and bytes
 * @context: where
 * @counts: whether they are to be counted, of all mappings that there are and
 *	that are added later, until the last one goes
 * @error: why it failed, or NULL
 *
 * It takes rules that each packet of a published port meets; without them, none
 * does.  What is counted already goes on.  Without a mapping, nothing is done.
 *
 * Return: 0; -ESTALE for a table that somebody changed by hand; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_stats_count(struct pubport *context, bool counts,
				       struct pubport_error *error)
{
	PROGRESS_OF(context);
	int code = -ERESTART;

	for (int i = 0; i < TABLE_TRIES; i++) {
		code = counts ? begin_once(&context->nft)
			      : end_once(&context->nft);
		/* made twice, it does no harm */
		if (code != -ERESTART && code != -EINTR &&
		    code != TRANSACTION_UNKNOWN)
			break;
	}
	if (code != -ENOENT && code != -EEXIST)
		return code ? table_error(&context->nft, code, error) : 0;
	error_set(error, PUBPORT_FAILED, -ESTALE,
		  "%s: it is not as pubport makes it", TABLE_TEXT);
	error_hint(error, "pubport flush");
	return -ESTALE;
}
