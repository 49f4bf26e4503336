/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runtimes of containers and virtual machines: asked by their own commands.
 *
 * One row of the table below each.  runtime_query.c runs the commands,
 * runtime_output.c reads what they print.  A new runtime needs
 *
 *  - a row here, and RUNTIME_COUNT in runtime.h;
 *  - a reader in runtime_output.c, unless it prints what another one does;
 *  - its kind in target_name_is_prefix() of mapping/target_name.c;
 *  - its name in docs/pubport.8 and in the help of cli/commands/targets.c.
 */
#include "target/runtime.h"

#include <string.h>

/* an object a line, the same of docker and podman but for one word */
#define CONTAINER(id)                                                          \
	"{\"id\":{{json ." id "}},\"name\":{{json .Name}},"                    \
	"\"image\":{{json .Config.Image}},"                                    \
	"\"running\":{{json .State.Running}},\"pid\":{{json .State.Pid}},"     \
	"\"networks\":{{json .NetworkSettings.Networks}}}"

const struct runtime runtime_table[RUNTIME_COUNT] = {
	{
		.kind = "docker",
		.start = "docker start",
		.list = { "docker", "ps", "--quiet", "--no-trunc" },
		.show = { { "docker", "inspect", "--type", "container",
			    "--format", CONTAINER("Id"), "--" } },
		.takes_names = true,
		.read = read_containers,
		.unknown = "No such container",
		.off = { "the docker daemon running", "the daemon is running" },
	},
	{
		.kind = "podman",
		.start = "podman start",
		.list = { "podman", "ps", "--quiet", "--no-trunc" },
		.show = { { "podman", "inspect", "--type", "container",
			    "--format", CONTAINER("ID"), "--" } },
		.takes_names = true,
		.read = read_containers,
		.unknown = "no such container",
	},
	{
		.kind = "machine",
		.start = "machinectl start",
		.list = { "machinectl", "list", "--no-legend", "--no-pager" },
		.show = { { "machinectl", "show", "--no-pager",
			    "--property=Name", "--property=Class",
			    "--property=Leader", "--" } },
		.takes_names = true,
		.read = read_machines,
		.unknown = "No machine",
		.off = { "System has not been booted with systemd" },
	},
	{
		.kind = "lxc",
		.start = "lxc-start --name",
		.list = { "lxc-ls", "--running", "-1" },
		.show = { { "lxc-info", "--pid", "--no-humanize", "--name" } },
		.read = read_pid,
		.unknown = "doesn't exist",
	},
	{
		.kind = "incus",
		.start = "incus start",
		.show = { { "incus", "list", "--format", "json", "local:" } },
		.takes_names = true,
		.read = read_incus,
		.unknown = "not found",
		.off = { "unix.socket: connect: " },
	},
	{
		.kind = "libvirt",
		.start = "virsh start",
		.list = { "virsh", "list", "--name" },
		.show = { { "virsh", "domifaddr", "--source", "lease",
			    "--domain" },
			  { "virsh", "domifaddr", "--source", "agent",
			    "--domain" },
			  { "virsh", "domifaddr", "--source", "arp",
			    "--domain" } },
		.read = read_domifaddr,
		.unknown = "failed to get domain",
		.idle = "domain is not running",
		.off = { "failed to connect to the hypervisor" },
	},
};

/**
 * runtime_find() - find the runtime that a target's kind names
 * @target: a target as written
 * @ret_name: what stands behind the kind, in @target
 *
 * Return: the runtime, or NULL for a target of another kind or of none.
 */
const struct runtime *runtime_find(const char *target, const char **ret_name)
{
	size_t length = strcspn(target, ":");

	for (size_t i = 0; target[length] && i < RUNTIME_COUNT; i++) {
		if (strlen(runtime_table[i].kind) != length ||
		    memcmp(runtime_table[i].kind, target, length) != 0)
			continue;
		*ret_name = target + length + 1;
		return &runtime_table[i];
	}
	return NULL;
}

/**
 * runtime_program() - tell what has to be installed to ask a runtime
 * @runtime: which one
 *
 * Return: the name of its command, such as "virsh".
 */
const char *runtime_program(const struct runtime *runtime)
{
	return runtime->show[0][0];
}
