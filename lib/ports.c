/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * docker's PORTS column.
 *
 * docker walks the ports of a row in the order of target port, host address,
 * host port and protocol.  Where host and target numbers agree, it collects
 * consecutive ports of one address and protocol into a run.  A run is printed
 * when a gap breaks it; then follow the runs still open, in the order in which
 * their address and protocol were first seen; then all ports whose numbers
 * differ.
 *
 * We get the same without a table of open runs: sort by address and protocol,
 * where runs are neighbours, give each run the place in docker's order at which
 * it would be printed, and sort by that.
 */
#include "key.h"
#include "util.h"

#include <errno.h>
#include <string.h>

/* the order in which docker prints */
enum rank {
	RANK_BROKEN,	/* a run with a gap after it */
	RANK_OPEN,	/* the last run of its address and protocol */
	RANK_DIFFERING, /* host and target numbers differ */
};

/**
 * struct piece - what is printed as one
 * @key: host side
 * @target: target ports
 * @rank: when it is printed
 * @place_target: first target port of the mapping that has it printed: the one
 *	after the gap, the first one of the address and protocol, or itself
 * @place_host: first host port of that mapping
 */
struct piece {
	struct pubport_key key;
	struct pubport_ports target;
	enum rank rank;
	uint16_t place_target;
	uint16_t place_host;
};

static struct piece piece_make(const struct pubport_mapping *mapping)
{
	uint16_t host = mapping->key.ports.first;
	uint16_t target = mapping->target_ports.first;

	return (struct piece){
		.key = mapping->key,
		.target = mapping->target_ports,
		.rank = host == target ? RANK_OPEN : RANK_DIFFERING,
		.place_target = target,
		.place_host = host,
	};
}

static int compare_groups(const struct piece *a, const struct piece *b)
{
	int order = (int)a->rank - (int)b->rank;

	if (!order)
		order = pubport_addr_compare(&a->key.host, &b->key.host);
	return order ? order : (int)a->key.protocol - (int)b->key.protocol;
}

static int compare_for_merging(const void *left, const void *right)
{
	const struct piece *a = left;
	const struct piece *b = right;
	int order = compare_groups(a, b);

	return order ? order : a->target.first - b->target.first;
}

static int compare_for_printing(const void *left, const void *right)
{
	const struct piece *a = left;
	const struct piece *b = right;
	int order = (int)a->rank - (int)b->rank;

	if (!order)
		order = a->place_target - b->place_target;
	if (!order)
		order = pubport_addr_compare(&a->key.host, &b->key.host);
	if (!order)
		order = a->place_host - b->place_host;
	if (order)
		return order;
	/* sctp, tcp, udp */
	return strcmp(pubport_protocol_name(a->key.protocol),
		      pubport_protocol_name(b->key.protocol));
}

/* makes @run longer by what touches or overlaps it; false where it doesn't */
static bool run_extend(struct piece *run, const struct piece *next)
{
	if (next->target.first > run->target.last + 1)
		return false;
	if (next->target.last > run->target.last)
		run->target.last = next->target.last;
	run->key.ports = run->target;
	return true;
}

static void run_break(struct piece *run, struct piece *next)
{
	uint16_t first_of_group = run->place_target;

	run->rank = RANK_BROKEN;
	run->place_target = run->place_host = next->place_target;
	next->place_target = next->place_host = first_of_group;
}

/* joins neighbours; returns how many pieces are left */
static size_t pieces_merge(struct piece *pieces, size_t count)
{
	size_t merged = 0;

	qsort(pieces, count, sizeof(*pieces), compare_for_merging);
	for (size_t i = 0; i < count; i++) {
		struct piece *run = merged ? &pieces[merged - 1] : NULL;
		struct piece next = pieces[i];

		if (run && next.rank == RANK_OPEN &&
		    !compare_groups(run, &next)) {
			if (run_extend(run, &next))
				continue;
			run_break(run, &next);
		}
		pieces[merged++] = next;
	}
	return merged;
}

static void piece_print(FILE *out, const struct piece *piece)
{
	char host[ADDR_PORTS_TEXT_SIZE];
	char target[PORTS_TEXT_SIZE];

	fprintf(out, "%s->%s/%s",
		addr_ports_format(&piece->key.host, piece->key.ports, host,
				  sizeof(host)),
		ports_format(piece->target, target, sizeof(target)),
		pubport_protocol_name(piece->key.protocol));
}

/**
 * pubport_ports_format() - write what docker ps shows as PORTS
 * @mappings: the mappings of one row, in any order
 * @count: number of @mappings
 * @ret_text: "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"; free with free(3)
 *
 * Return: 0, or -ENOMEM.
 */
PUBPORT_EXPORT int
pubport_ports_format(const struct pubport_mapping *const *mappings,
		     size_t count, char **ret_text)
{
	struct piece *pieces CLEANUP(free) = NULL;
	char *text CLEANUP(free) = NULL;
	size_t length;
	FILE *out;

	pieces = malloc((count ? count : 1) * sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		pieces[i] = piece_make(mappings[i]);
	count = pieces_merge(pieces, count);
	qsort(pieces, count, sizeof(*pieces), compare_for_printing);
	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		piece_print(out, &pieces[i]);
	}
	if (ferror(out) | fclose(out))
		return -ENOMEM;
	*ret_text = TAKE_PTR(text);
	return 0;
}
