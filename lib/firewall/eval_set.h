/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks packets that are known in part up in other people's sets and maps. */
#ifndef FIREWALL_EVAL_SET_H
#define FIREWALL_EVAL_SET_H

#include "firewall/eval.h"
#include "util/cleanup.h"

/**
 * struct hit - an element that packets may find
 * @ports: destination ports of these packets
 * @certain: whether all of them surely find it
 * @ends: whether it is none, but says where an interval has ended
 * @otherwise: whether it is for those who find no other; hits like that are the
 *	last ones
 * @verdict: of a verdict map, NF_ or NFT_
 * @chain: where @verdict leads to a chain, its name on the heap; or NULL
 */
struct hit {
	struct pubport_ports ports;
	bool certain;
	bool ends;
	bool otherwise;
	int32_t verdict;
	char *chain;
};

/**
 * struct hits - the elements that packets may find
 * @items: free with hits_done()
 * @count: number of @items
 */
struct hits {
	struct hit *items;
	size_t count;
};

void hits_done(struct hits *hits);

DEFINE_CLEANUP(hits_done, struct hits)

int lookup_ask(const struct eval *eval, const char *set, uint32_t number,
	       bool map, struct hits *ret_hits);

#endif
