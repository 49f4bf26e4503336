/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel: what many mappings cost without pubport: the kernel's own share. */
/*
 * "add" builds the batch that "pubport add" would send, by the library's own
 * functions, and prints how long it takes the kernel to receive, carry out and
 * answer it, in microseconds by the clock and of CPU time: only
 * transaction_commit() is timed, which sends one message and receives one.
 *
 * "dump" asks for the sets that "pubport ls" reads, by the same socket and
 * buffer, and throws away what comes.  It is timed from outside, as "pubport
 * ls" is, so that both start a process.
 */
#include "netlink/nfnetlink.h"
#include "nft/element.h"
#include "publish/request.h"
#include "pubport.h"
#include "table/mapping_element.h"
#include "util/cleanup.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <time.h>

static double now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* -------------------------------------------------------------------- add */

static int parse(char **texts, size_t count, struct pubport_spec *specs)
{
	int code = 0;

	for (size_t i = 0; i < count && !code; i++)
		code = pubport_spec_parse(texts[i], &specs[i], NULL);
	return code;
}

static int make_plan(const struct pubport_add_request *request,
		     struct plan *ret_plan)
{
	struct pubport *context;
	int code = pubport_open(&context, NULL);

	if (code)
		return code;
	code = request_plan(context, request, ret_plan, NULL);
	pubport_close(context);
	return code;
}

static int commit(struct netlink *nft, const struct pubport_mappings *mappings)
{
	struct transaction tx CLEANUP(transaction_done) = { .data = NULL };
	struct element_list list = { .tx = &tx, .verb = ELEMENT_ADD };
	double start, cpu_start;
	int code;

	transaction_init(&tx, TRANSACTION_ANY_GENERATION);
	mappings_put(mappings, 0, element_list_put, &list);
	element_list_end(&list);
	start = now_us(CLOCK_MONOTONIC);
	cpu_start = now_us(CLOCK_PROCESS_CPUTIME_ID);
	code = transaction_commit(&tx, nft, NULL);
	if (!code)
		printf("%.1f %.1f\n", now_us(CLOCK_MONOTONIC) - start,
		       now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_start);
	return code;
}

static int add(struct netlink *nft, const char *target, char **texts,
	       size_t count)
{
	struct pubport_spec *specs CLEANUP(free) = NULL;
	struct pubport_add_request request = {
		.size = sizeof(request),
		.spec_count = count,
		.targets = &target,
		.target_count = 1,
	};
	struct plan plan = { .inputs = NULL };
	int code;

	specs = calloc(count, sizeof(*specs));
	if (!specs)
		return -ENOMEM;
	request.specs = specs;
	code = parse(texts, count, specs);
	if (!code)
		code = make_plan(&request, &plan);
	if (!code)
		code = commit(nft, &plan.mappings);
	plan_done(&plan);
	return code;
}

/* ------------------------------------------------------------------- dump */

static int dump_set(struct netlink *nft, const char *name)
{
	struct request request = { .header = NULL };

	nfnl_begin(&request, NFNL_NFT(NFT_MSG_GETSETELEM), NLM_F_DUMP,
		   NFPROTO_INET);
	mnl_attr_put_strz(request.header, NFTA_SET_ELEM_LIST_TABLE, SET_TABLE);
	mnl_attr_put_strz(request.header, NFTA_SET_ELEM_LIST_SET, name);
	return netlink_talk(nft, &request, NULL, NULL);
}

static int dump(struct netlink *nft)
{
	int code = 0;

	for (int set = 0; set < SET_COUNT && !code; set++)
		if (set_holds_mappings((enum set_id)set))
			code = dump_set(nft, set_get((enum set_id)set)->name);
	return code;
}

int main(int argc, char **argv)
{
	struct netlink nft CLEANUP(netlink_close) = { .socket = NULL };
	bool adds = argc > 3 && !strcmp(argv[1], "add");
	int code;

	if (!adds && (argc != 2 || strcmp(argv[1], "dump") != 0)) {
		fputs("usage: kernel add TARGET SPEC...\n"
		      "       kernel dump\n",
		      stderr);
		return 2;
	}
	code = netlink_open(&nft, NETLINK_NETFILTER);
	if (!code && adds)
		code = add(&nft, argv[2], argv + 3, (size_t)argc - 3);
	else if (!code)
		code = dump(&nft);
	if (code)
		fprintf(stderr, "kernel: %s: %s\n", argv[1], strerror(-code));
	return code ? EXIT_FAILURE : EXIT_SUCCESS;
}
