/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * add, rm, apply and flush, in a table `inet pubport` that anyone may have
 * made.
 *
 * The first message of an input chooses, by its type; the rest is what the
 * kernel answers.  Whatever that is, no transaction touches another table, no
 * setting is written but that of an interface, a failure is described, and what
 * is told of a success are mappings.
 */
#include "harness/fuzz.h"
#include "harness/host_stub.h"
#include "harness/kernel.h"
#include "mapping/mapping.h"

#include <linux/netlink.h>

enum choice {
	CHOICE_ADD,
	CHOICE_REPLACE,
	CHOICE_REMOVE,
	CHOICE_REMOVE_ALL,
	CHOICE_APPLY,
	CHOICE_FLUSH,
	CHOICE_PLAN,
	CHOICE_RANGE,
	CHOICE_COUNT,
};

/* besides CHOICE_, in the first message's type */
#define SETTINGS_ARE_ON 0x80

static const char applied[] =
	"[{\"host_ip\":\"192.168.33.2\",\"host_port\":8080,\"protocol\":\"tcp\","
	"\"target_ip\":\"172.17.0.2\",\"target_port\":80},"
	"{\"host_ip\":\"::\",\"host_port\":7000,\"host_port_end\":7002,"
	"\"protocol\":\"udp\",\"target_ip\":\"fd17::2\",\"target_port\":9000,"
	"\"from\":[\"fd33::/64\"],\"shield\":true}]";

static void cleanup_context(struct pubport **context)
{
	pubport_close(*context);
}

static void cleanup_difference(struct pubport_difference *difference)
{
	pubport_difference_done(difference);
}

static void check_outcome(int code, const struct pubport_error *error,
			  const struct pubport_mappings *mappings)
{
	if (code)
		check_error(error, code);
	else
		check_mappings(mappings);
}

static void take_notice(void *data, const char *message)
{
	(void)data;
	CHECK(*message && text_is_printable(message));
}

/* what SPEC leads where, with which flags; only planned with @ret_nft */
static void add(struct pubport *context, const char *text, unsigned int flags,
		char **ret_nft)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings added = { 0 };
	static const struct pubport_network from = {
		{ PUBPORT_IPV4, { 192, 168, 33 } },
		24,
	};
	const char *target = "172.17.0.2";
	struct pubport_spec spec;
	struct pubport_error error;
	struct pubport_add_request request = {
		.size = sizeof(request),
		.specs = &spec,
		.spec_count = 1,
		.targets = &target,
		.target_count = 1,
		.flags = flags,
		.from = &from,
		.from_count = flags & PUBPORT_ADD_SHIELD ? 1 : 0,
		.ttl = flags & PUBPORT_ADD_REPLACE ? 60 : 0,
	};
	int code;

	CHECK(!pubport_spec_parse(text, &spec, NULL));
	code = ret_nft ? pubport_plan(context, &request, &added, ret_nft,
				      &error)
		       : pubport_add(context, &request, &added, &error);
	check_outcome(code, &error, &added);
}

static void remove_those(struct pubport *context, const char *text,
			 unsigned int flags)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings removed = { 0 };
	struct pubport_error error;
	struct pubport_remove_request request = {
		.size = sizeof(request),
		.texts = &text,
		.text_count = text ? 1 : 0,
		.flags = flags,
	};
	int code = pubport_remove(context, &request, &removed, &error);

	check_outcome(code, &error, &removed);
}

static void apply(struct pubport *context)
{
	CLEANUP(pubport_mappings_done) struct pubport_mappings wanted = { 0 };
	CLEANUP(difference) struct pubport_difference difference = { 0 };
	struct pubport_error error;
	struct pubport_apply_request request = {
		.size = sizeof(request),
		.mappings = &wanted,
	};
	int code;

	CHECK(!pubport_mappings_from_json(applied, &wanted, NULL));
	code = pubport_apply(context, &request, &difference, &error);
	check_outcome(code, &error, &difference.added);
	check_outcome(code, &error, &difference.removed);
}

static void flush(struct pubport *context)
{
	struct pubport_error error;
	int code = pubport_flush(context, 0, &error);

	if (code)
		check_error(&error, code);
}

static void change(struct pubport *context, enum choice choice)
{
	CLEANUP(free) char *nft = NULL;

	switch (choice) {
	case CHOICE_ADD:
		add(context, "192.168.33.2:8080:80", 0, NULL);
		return;
	case CHOICE_REPLACE:
		add(context, "0.0.0.0:8080:80/udp", PUBPORT_ADD_REPLACE, NULL);
		return;
	case CHOICE_RANGE:
		add(context, "192.168.33.2:8000-8002:9000-9002",
		    PUBPORT_ADD_SHIELD, NULL);
		return;
	case CHOICE_PLAN:
		add(context, "192.168.33.2:8000-8002:9000-9002",
		    PUBPORT_ADD_FORCE, &nft);
		return;
	case CHOICE_REMOVE:
		remove_those(context, "192.168.33.2:8080", 0);
		return;
	case CHOICE_REMOVE_ALL:
		remove_those(context, NULL, PUBPORT_REMOVE_ALL);
		return;
	case CHOICE_APPLY:
		apply(context);
		return;
	case CHOICE_FLUSH:
	case CHOICE_COUNT:
		flush(context);
		return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(context) struct pubport *context = NULL;

	struct nlmsghdr first;

	if (size < sizeof(first))
		return 0;
	memcpy(&first, data, sizeof(first));
	host_begin(first.nlmsg_type & SETTINGS_ARE_ON);
	kernel_begin(data + sizeof(first), size - sizeof(first));
	CHECK(!pubport_open(&context, NULL));
	pubport_set_notice(context, take_notice, NULL);
	change(context, first.nlmsg_type % CHOICE_COUNT);
	return 0;
}
