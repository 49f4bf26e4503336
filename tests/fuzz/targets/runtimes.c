/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of container runtimes print, and how they complain.
 *
 * Each text is read by the reader of each runtime.  Whatever it is, names are
 * printable and end, and numbers have bounds.
 */
#include "harness/fuzz.h"
#include "target/runtime_query.h"

typedef int (*read_fn)(const char *output, struct instances *instances);

static void check_text(const char *text, size_t size)
{
	CHECK(strnlen(text, size) < size && text_is_printable(text));
}

static void check_instance(const struct instance *instance)
{
	check_text(instance->name, sizeof(instance->name));
	check_text(instance->id, sizeof(instance->id));
	check_text(instance->image, sizeof(instance->image));
	CHECK(instance->pid >= 0);
	CHECK(instance->addr_count <= PUBPORT_TARGET_ADDRS);
	for (size_t i = 0; i < instance->addr_count; i++) {
		const struct instance_addr *addr = &instance->addrs[i];

		check_text(addr->network, sizeof(addr->network));
		CHECK(addr->addr.family == PUBPORT_IPV4 ||
		      addr->addr.family == PUBPORT_IPV6);
	}
}

static void try_reader(read_fn reader, const char *output)
{
	CLEANUP(instances_done) struct instances instances = { 0 };
	int code = reader(output, &instances);

	CHECK(!code || code == -EBADMSG);
	for (size_t i = 0; i < instances.count; i++)
		check_instance(&instances.items[i]);
}

/* the first line of what it complains, as commands_run() cuts it */
static void try_complaint(const struct runtime *runtime, const char *output)
{
	const char *argv[] = { "docker", "inspect", NULL };
	struct command command = { .argv = argv, .status = 1 };
	struct answer answer = { .runtime = runtime };
	int code;

	snprintf(command.complaint, sizeof(command.complaint), "%s", output);
	code = answer_refusal(runtime, &command);
	CHECK(code == -ENOENT || code == -ENOTCONN || code == -EIO);
	(void)answer_is_idle(&answer, &command);
	answer_fail(&answer, &command, code);
	CHECK(*answer.why && strlen(answer.why) < sizeof(answer.why));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = text_of(data, size);

	try_reader(read_names, text);
	for (size_t i = 0; i < RUNTIME_COUNT; i++) {
		try_reader(runtime_table[i].read, text);
		try_complaint(&runtime_table[i], text);
	}
	return 0;
}
