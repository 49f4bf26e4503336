/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PORTS column, as docker ps writes it.
 *
 * Ports are sorted by target port, host address, host port and protocol.  Where
 * host and target numbers agree, consecutive ports of one address and protocol
 * are joined to a run.  docker walks through the sorted ports and prints a run
 * when it meets the next one of that address and protocol; then the last run of
 * each address and protocol, in the order in which it met these; at last, the
 * ports whose numbers don't agree.
 */
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "util/cleanup.h"
#include "util/strbuf.h"

#include <errno.h>
#include <string.h>

/* in the order in which docker prints them */
enum turn {
	TURN_RUN,      /* another run of its address and protocol follows */
	TURN_LAST_RUN, /* none does */
	TURN_SHIFTED,  /* host and target numbers differ */
};

/**
 * struct piece - what is printed as one
 * @key: host side
 * @target: target ports
 * @turn: which pieces it is printed with
 * @met: the port at which docker prints it, or for TURN_LAST_RUN met the first
 *	one of its address and protocol
 */
struct piece {
	struct pubport_key key;
	struct pubport_ports target;
	enum turn turn;
	uint16_t met;
};

/* those that can be joined become neighbours */
static int compare_for_joining(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = (int)a->turn - (int)b->turn;

	if (!order)
		order = (int)a->key.protocol - (int)b->key.protocol;
	if (!order)
		order = key_compare_hosts(&a->key, &b->key);
	if (!order)
		order = a->target.first - b->target.first;
	if (!order)
		order = a->target.last - b->target.last;
	return order ? order : a->key.ports.first - b->key.ports.first;
}

static int compare_for_printing(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = (int)a->turn - (int)b->turn;

	if (!order)
		order = a->met - b->met;
	if (!order)
		order = key_compare_hosts(&a->key, &b->key);
	if (!order && a->turn == TURN_SHIFTED)
		order = a->key.ports.first - b->key.ports.first;
	if (order)
		return order;
	/* sctp, tcp, udp */
	return strcmp(pubport_protocol_name(a->key.protocol),
		      pubport_protocol_name(b->key.protocol));
}

static struct piece piece_of(const struct pubport_mapping *mapping)
{
	uint16_t port = mapping->target_ports.first;

	struct piece piece = {
		.key = mapping->key,
		.target = mapping->target_ports,
		.turn = mapping->key.ports.first == port ? TURN_LAST_RUN
							 : TURN_SHIFTED,
		.met = port,
	};

	/* an interface is written alike in both families */
	if (mapping_is_by_interface(mapping))
		piece.key.host.family = PUBPORT_IPV4;
	return piece;
}

/* whether two pieces are runs of one address and protocol */
static bool are_runs_of_one(const struct piece *a, const struct piece *b)
{
	return a->turn == TURN_LAST_RUN && b->turn == TURN_LAST_RUN &&
	       a->key.protocol == b->key.protocol &&
	       !key_compare_hosts(&a->key, &b->key);
}

/* joins neighbours; returns how many pieces are left */
static size_t join(struct piece *pieces, size_t count)
{
	size_t joined = 0;

	qsort(pieces, count, sizeof(*pieces), compare_for_joining);
	for (size_t i = 0; i < count; i++) {
		struct piece next = pieces[i];
		struct piece *run = joined ? &pieces[joined - 1] : NULL;

		if (i && !compare_for_joining(&next, &pieces[i - 1]))
			continue;
		if (!run || !are_runs_of_one(run, &next)) {
			pieces[joined++] = next;
		} else if (next.target.first == run->target.last + 1) {
			run->key.ports.last = run->target.last =
				next.target.last;
		} else {
			next.met = run->met;
			run->turn = TURN_RUN;
			run->met = next.target.first;
			pieces[joined++] = next;
		}
	}
	return joined;
}

static void print(FILE *out, const struct piece *piece)
{
	char host[ADDR_PORTS_TEXT_SIZE];
	char target[PORTS_TEXT_SIZE];

	fprintf(out, "%s->%s/%s",
		key_ports_format(&piece->key, host, sizeof(host)),
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
	struct strbuf text CLEANUP(strbuf_done) = { .out = NULL };

	pieces = calloc(count + 1, sizeof(*pieces));
	if (!pieces || strbuf_open(&text))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		pieces[i] = piece_of(mappings[i]);
	count = join(pieces, count);
	qsort(pieces, count, sizeof(*pieces), compare_for_printing);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", text.out);
		print(text.out, &pieces[i]);
	}
	if (strbuf_close(&text))
		return -ENOMEM;
	*ret_text = TAKE_PTR(text.string);
	return 0;
}
