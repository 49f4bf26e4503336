/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PORTS column, as docker ps writes it.
 *
 * Ports are sorted by target port, host address, host port and protocol.  Where
 * host and target numbers agree, consecutive ports of one address and protocol
 * are joined to a run, which stands where its first port stands.
 */
#include "mapping/key.h"
#include "util/cleanup.h"
#include "util/strbuf.h"

#include <errno.h>
#include <string.h>

/**
 * struct piece - what is printed as one
 * @key: host side
 * @target: target ports
 */
struct piece {
	struct pubport_key key;
	struct pubport_ports target;
};

static bool numbers_agree(const struct piece *piece)
{
	return piece->key.ports.first == piece->target.first;
}

/* those that can be joined become neighbours */
static int compare_for_joining(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = numbers_agree(b) - numbers_agree(a);

	if (!order)
		order = (int)a->key.protocol - (int)b->key.protocol;
	if (!order)
		order = pubport_addr_compare(&a->key.host, &b->key.host);
	if (!order)
		order = a->target.first - b->target.first;
	return order ? order : a->target.last - b->target.last;
}

static int compare_for_printing(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = a->target.first - b->target.first;

	if (!order)
		order = pubport_addr_compare(&a->key.host, &b->key.host);
	if (!order)
		order = a->key.ports.first - b->key.ports.first;
	if (order)
		return order;
	/* sctp, tcp, udp */
	return strcmp(pubport_protocol_name(a->key.protocol),
		      pubport_protocol_name(b->key.protocol));
}

static bool continues(const struct piece *run, const struct piece *next)
{
	return numbers_agree(run) && numbers_agree(next) &&
	       run->key.protocol == next->key.protocol &&
	       next->target.first == run->target.last + 1 &&
	       !pubport_addr_compare(&run->key.host, &next->key.host);
}

/* joins neighbours; returns how many pieces are left */
static size_t join(struct piece *pieces, size_t count)
{
	size_t joined = 0;

	qsort(pieces, count, sizeof(*pieces), compare_for_joining);
	for (size_t i = 0; i < count; i++) {
		struct piece *run = joined ? &pieces[joined - 1] : NULL;

		if (run && continues(run, &pieces[i]))
			run->key.ports.last = run->target.last =
				pieces[i].target.last;
		else
			pieces[joined++] = pieces[i];
	}
	return joined;
}

static void print(FILE *out, const struct piece *piece)
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
	struct strbuf text CLEANUP(strbuf_done) = { .out = NULL };

	pieces = calloc(count + 1, sizeof(*pieces));
	if (!pieces || strbuf_open(&text))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		pieces[i].key = mappings[i]->key;
		pieces[i].target = mappings[i]->target_ports;
	}
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
