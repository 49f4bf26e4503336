/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of others: their chains, rules and sets, as they are searched for what
 * is in the way of published ports.
 *
 * Whatever they are, what is told of them is printable, and the search ends.
 */
#include "firewall/notice.h"

#include "harness/fuzz.h"
#include "harness/kernel.h"

static void cleanup_context(struct pubport **context)
{
	pubport_close(*context);
}

static void take_notice(void *data, const char *message)
{
	(void)data;
	CHECK(*message && text_is_printable(message));
}

static struct pubport_mapping sample[] = {
	{
		.key = {
			.host = { PUBPORT_IPV4, { 0 } },
			.protocol = PUBPORT_TCP,
			.ports = { 8080, 8080 },
		},
		.target_addr = { PUBPORT_IPV4, { 172, 17, 0, 2 } },
		.target_ports = { 80, 80 },
		.name = "flask",
		.target = "docker:flask",
	},
	{
		.key = {
			.host = { PUBPORT_IPV6, { 0xfd, 0x33, [15] = 2 } },
			.protocol = PUBPORT_UDP,
			.ports = { 1000, 2000 },
		},
		.target_addr = { PUBPORT_IPV6, { 0xfd, 0x17, [15] = 2 } },
		.target_ports = { 1000, 2000 },
		.name = "dns",
		.target = "netns:dns",
	},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pubport_mappings mappings = { sample, ARRAY_SIZE(sample) };
	CLEANUP(context) struct pubport *context = NULL;

	kernel_begin(data, size);
	CHECK(!pubport_open(&context, NULL));
	pubport_set_notice(context, take_notice, NULL);
	notice_other_tables(context, &mappings);
	return 0;
}
