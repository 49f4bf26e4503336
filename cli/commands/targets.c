/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport targets: what can be published. */
#include "cleanup.h"
#include "cli.h"
#include "format/columns.h"
#include "output.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <errno.h>
#include <string.h>

static const char targets_details[] =
	"Containers and machines of docker, podman, machinectl, LXC, incus and\n"
	"libvirt that run and that this host reaches, each under its name\n"
	"there, and other network namespaces.\n"
	"\n"
	"LISTENING shows the ports that are open in each, with the address\n"
	"where it isn't every one.  With -q, prints only what to write after\n"
	"--to.\n"
	"\n"
	"Examples:\n"
	"  pubport targets\n";

static void write_or_dash(FILE *out, const char *text)
{
	fprintf(out, "%s\t", *text ? text : "-");
}

static void write_addrs(FILE *out, const struct pubport_target *target)
{
	char text[PUBPORT_ADDR_TEXT_SIZE];

	for (size_t i = 0; i < target->addr_count; i++)
		fprintf(out, "%s%s", i ? ", " : "",
			pubport_addr_format(&target->addrs[i].addr, text,
					    sizeof(text)));
	fputs(target->addr_count ? "\t" : "-\t", out);
}

static bool interface_is_new(const struct pubport_target *target, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(target->addrs[i].interface,
			    target->addrs[at].interface))
			return false;
	return true;
}

static void write_interfaces(FILE *out, const struct pubport_target *target)
{
	for (size_t i = 0; i < target->addr_count; i++)
		if (interface_is_new(target, i))
			fprintf(out, "%s%s", i ? ", " : "",
				target->addrs[i].interface);
	fputs(target->addr_count ? "\t" : "-\t", out);
}

/* listeners are sorted by port: those of the same port are just before */
static bool listener_is_new(const struct pubport_target *target, size_t at)
{
	const struct pubport_listener *listener = &target->listeners[at];

	for (size_t i = at; i-- > 0;) {
		const struct pubport_listener *other = &target->listeners[i];

		if (other->port != listener->port)
			return true;
		if (other->protocol == listener->protocol &&
		    pubport_addr_is_any(&other->addr) &&
		    pubport_addr_is_any(&listener->addr))
			return false;
	}
	return true;
}

/* 80/tcp; with its address in front where it does not listen on all */
static void write_listener(FILE *out, const struct pubport_listener *listener)
{
	struct pubport_key key = {
		.host = listener->addr,
		.protocol = listener->protocol,
		.ports = { listener->port, listener->port },
	};
	char text[PUBPORT_KEY_TEXT_SIZE];

	if (pubport_addr_is_any(&listener->addr))
		fprintf(out, "%u/%s", listener->port,
			pubport_protocol_name(listener->protocol));
	else
		fputs(pubport_key_format(&key, text, sizeof(text)), out);
}

static void write_listeners(FILE *out, const struct pubport_target *target)
{
	for (size_t i = 0; i < target->listener_count; i++) {
		if (!listener_is_new(target, i))
			continue;
		fputs(i ? ", " : "", out);
		write_listener(out, &target->listeners[i]);
	}
	fputs(target->listener_count ? "\n" : "-\n", out);
}

static int print_table(const struct pubport_targets *targets)
{
	CLEANUP(strbuf_done) struct strbuf text = { 0 };
	FILE *out;

	if (strbuf_open(&text))
		return -ENOMEM;
	out = text.out;
	fputs("TARGET\tADDRESS\tINTERFACE\tIMAGE\tPROCESS\tLISTENING\n", out);
	for (size_t i = 0; i < targets->count; i++) {
		const struct pubport_target *target = &targets->items[i];

		write_or_dash(out, target->text);
		write_addrs(out, target);
		write_interfaces(out, target);
		write_or_dash(out, target->image);
		write_or_dash(out, target->process);
		write_listeners(out, target);
	}
	if (strbuf_close(&text))
		return -ENOMEM;
	return columns_print(text.string, text.length, stdout);
}

static int run_targets(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(targets) struct pubport_targets targets = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	char *json;
	int code = cli_open(cli, &context, error);

	if (!code)
		code = pubport_targets_list(context, &targets, error);
	if (code < 0)
		return code;
	if (cli->quiet && !cli->json) {
		for (size_t i = 0; i < targets.count; i++)
			puts(targets.items[i].text);
		return 0;
	}
	if (!cli->json)
		return print_table(&targets) < 0 ? error_memory(error) : 0;
	code = pubport_targets_to_json(&targets, &json);
	return output_json(code, json, error);
}

const struct command targets_command = {
	.name = "targets",
	.operands = "",
	.run = run_targets,
	.help = "list what can be published",
	.details = targets_details,
};
