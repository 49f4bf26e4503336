/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport port: where a target's ports are published, as docker port. */
#include "cleanup.h"
#include "cli.h"
#include "format/filter.h"
#include "output.h"
#include "util/error.h"

#include <string.h>

static const char port_details[] =
	"With PORT or -q, prints only the host's ends.  PROTO is tcp if not\n"
	"given.\n"
	"\n"
	"Examples:\n"
	"  pubport port flask\n"
	"  pubport port flask 53/udp\n";

static int compare_ports(uint16_t a, uint16_t b)
{
	return (a > b) - (a < b);
}

/* by target port, protocol, host address, host port */
static int compare_mappings(const void *a, const void *b)
{
	const struct pubport_mapping *left = a;
	const struct pubport_mapping *right = b;
	int order = compare_ports(left->target_ports.first,
				  right->target_ports.first);

	if (!order)
		order = strcmp(pubport_protocol_name(left->key.protocol),
			       pubport_protocol_name(right->key.protocol));
	if (!order)
		order = pubport_addr_compare(&left->key.host, &right->key.host);
	if (!order)
		order = compare_ports(left->key.ports.first,
				      right->key.ports.first);
	return order;
}

static bool has_name(const struct pubport_mapping *mapping, const void *name)
{
	return !strcmp(mapping->name, name);
}

/* drops the mappings of other names, sorts the rest */
static void keep_name(struct pubport_mappings *mappings, const char *name)
{
	mappings_keep(mappings, has_name, name);
	if (mappings->count)
		qsort(mappings->items, mappings->count,
		      sizeof(*mappings->items), compare_mappings);
}

static bool leads_to_port(const struct pubport_mapping *mapping,
			  const void *wanted)
{
	const struct pubport_key *key = wanted;

	return mapping->key.protocol == key->protocol &&
	       mapping->target_ports.first <= key->ports.first &&
	       key->ports.first <= mapping->target_ports.last;
}

/* drops what doesn't lead to the wanted port, narrows ranges to it */
static void keep_port(struct pubport_mappings *mappings,
		      const struct pubport_key *wanted)
{
	mappings_keep(mappings, leads_to_port, wanted);
	for (size_t i = 0; i < mappings->count; i++) {
		struct pubport_mapping *mapping = &mappings->items[i];
		uint16_t port = (uint16_t)(mapping->key.ports.first +
					   wanted->ports.first -
					   mapping->target_ports.first);

		mapping->key.ports = (struct pubport_ports){ port, port };
		mapping->target_ports = wanted->ports;
	}
}

static int parse_port(const char *text, struct pubport_key *ret_key,
		      struct pubport_error *error)
{
	bool has_host;

	if (pubport_key_parse(text, &has_host, ret_key, NULL) < 0 || has_host ||
	    ret_key->ports.first != ret_key->ports.last)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%.64s\": not a PORT or PORT/PROTO", text);
	return 0;
}

static void print_target_ports(const struct pubport_mapping *mapping)
{
	printf("%u", mapping->target_ports.first);
	if (mapping->target_ports.last != mapping->target_ports.first)
		printf("-%u", mapping->target_ports.last);
	printf("/%s -> ", pubport_protocol_name(mapping->key.protocol));
}

static void print_host_end(const struct pubport_mapping *mapping)
{
	char key[PUBPORT_KEY_TEXT_SIZE];

	/* a key is that and its protocol */
	pubport_key_format(&mapping->key, key, sizeof(key));
	printf("%.*s\n", (int)(strrchr(key, '/') - key), key);
}

static int print_mappings(const struct cli *cli,
			  const struct pubport_mappings *mappings,
			  struct pubport_error *error)
{
	if (cli->json)
		return output_mappings(cli, mappings, error);
	for (size_t i = 0; i < mappings->count; i++) {
		if (cli->operands.count == 1 && !cli->quiet)
			print_target_ports(&mappings->items[i]);
		print_host_end(&mappings->items[i]);
	}
	return 0;
}

static int fail_unpublished(const struct cli *cli,
			    const struct pubport_key *wanted,
			    struct pubport_error *error)
{
	const char *name = cli->operands.items[0];
	int code = error_set(error, PUBPORT_NOT_FOUND, -ENOENT,
			     "\"%u/%s\": no such port published for \"%s\"",
			     wanted->ports.first,
			     pubport_protocol_name(wanted->protocol), name);

	error_hint(error, "pubport port %s", name);
	return code;
}

static int fail_unknown(const char *name, struct pubport_error *error)
{
	int code = error_set(error, PUBPORT_NOT_FOUND, -ENOENT,
			     "\"%.64s\": nothing published has this name",
			     name);

	error_hint(error, "pubport ls");
	return code;
}

static int run_port(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings mappings = { 0 };
	CLEANUP(context) struct pubport *context = NULL;
	const char *const *operands = cli->operands.items;
	struct pubport_key wanted;
	int code = 0;

	if (cli->operands.count > 1)
		code = parse_port(operands[1], &wanted, error);
	if (!code)
		code = cli_open(cli, &context, error);
	if (!code)
		code = pubport_list(context, &mappings, error);
	if (code < 0)
		return code;
	keep_name(&mappings, operands[0]);
	if (!mappings.count)
		return fail_unknown(operands[0], error);
	if (cli->operands.count > 1)
		keep_port(&mappings, &wanted);
	if (!mappings.count)
		return fail_unpublished(cli, &wanted, error);
	return print_mappings(cli, &mappings, error);
}

const struct command port_command = {
	.name = "port",
	.operands = "NAME [PORT[/PROTO]]",
	.min = 1,
	.max = 2,
	.run = run_port,
	.help = "list where the ports of a name are published",
	.details = port_details,
};
