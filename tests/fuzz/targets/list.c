/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table `inet pubport` that anyone may have made, as ls and stats read it,
 * and one mapping of it looked up.
 *
 * Whatever the kernel answers, what is listed are mappings, texts are
 * printable, and JSON of them is what apply takes.
 */
#include "harness/fuzz.h"
#include "harness/kernel.h"
#include "mapping/mapping.h"
#include "netlink/context.h"
#include "table/allow.h"
#include "table/lookup.h"

static void cleanup_context(struct pubport **context)
{
	pubport_close(*context);
}

static void cleanup_stats(struct pubport_stats *stats)
{
	pubport_stats_done(stats);
}

static void list(struct pubport *context)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings mappings = { 0 };
	struct pubport_error error;
	int code = pubport_list(context, &mappings, &error);

	if (code)
		check_error(&error, code);
	else
		check_mappings(&mappings);
}

static void look_up(struct pubport *context)
{
	const struct pubport_key key = {
		.host = { PUBPORT_IPV4, { 192, 168, 33, 2 } },
		.protocol = PUBPORT_TCP,
		.ports = { 8000, 8010 },
	};
	struct pubport_mapping found;
	int code = table_find(&context->nft, &key, &found);

	if (code)
		return;
	CHECK(!found.from);
	code = allow_complete(&context->nft, &found);
	check_mapping(&found);
	free(found.from);
}

static void count(struct pubport *context)
{
	CLEANUP(stats) struct pubport_stats stats = { 0 };
	CLEANUP(free) char *json = NULL;
	struct pubport_error error;
	int code = pubport_stats_list(context, &stats, &error);

	if (code) {
		check_error(&error, code);
		return;
	}
	for (size_t i = 0; i < stats.count; i++)
		check_mapping(&stats.items[i].mapping);
	CHECK(!pubport_stats_to_json(&stats, &json));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(context) struct pubport *context = NULL;

	kernel_begin(data, size);
	CHECK(!pubport_open(&context, NULL));
	list(context);
	look_up(context);
	count(context);
	return 0;
}
