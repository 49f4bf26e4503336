/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pubport add: publishes ports. */
#include "cleanup.h"
#include "cli.h"
#include "output.h"
#include "prefixes.h"
#include "util/error.h"

#include <stddef.h>

static const struct option add_options[] = {
	{ "to", 't', OPTION_LIST, "TARGET", offsetof(struct cli, targets),
	  "where it leads; may be given once a family" },
	{ "name", 'n', OPTION_TEXT, "NAME", offsetof(struct cli, name),
	  "instead of the target's own name" },
	{ "ttl", 0, OPTION_TEXT, "DURATION", offsetof(struct cli, ttl),
	  "unpublish by itself after 90s, 10m, 1h30m, 2d" },
	{ "from", 0, OPTION_LIST, "CIDR,...", offsetof(struct cli, from),
	  "only for clients of these networks, and this host" },
	{ "publish-all", 'P', OPTION_FLAG, NULL,
	  offsetof(struct cli, publish_all),
	  "each port on which it listens, to a free one" },
	{ "replace", 0, OPTION_FLAG, NULL, offsetof(struct cli, replace),
	  "take the place of a published mapping, without a gap" },
	{ "ignore-existing", 0, OPTION_FLAG, NULL,
	  offsetof(struct cli, ignore_existing),
	  "what leads there already, for the same clients, is fine" },
	{ "force", 0, OPTION_FLAG, NULL, offsetof(struct cli, force),
	  "despite a local listener, or a host address that isn't there" },
	{ "shield", 0, OPTION_FLAG, NULL, offsetof(struct cli, shield),
	  "let nobody reach the target past its mappings" },
	{ "masquerade", 0, OPTION_FLAG, NULL, offsetof(struct cli, masquerade),
	  "let the target see this host instead of its clients" },
	{ "symmetric", 0, OPTION_FLAG, NULL, offsetof(struct cli, symmetric),
	  "let answers leave by the uplink that the client came in by" },
	{ "helper", 0, OPTION_TEXT, "NAME", offsetof(struct cli, helper),
	  "have the kernel look into it: ftp, tftp, sip, ..." },
	{ "no-loopback", 0, OPTION_FLAG, NULL,
	  offsetof(struct cli, no_loopback),
	  "not through 127.0.0.1 and [::1]" },
	{ "dry-run", 0, OPTION_FLAG, NULL, offsetof(struct cli, dry_run),
	  "print the transaction as nft syntax, change nothing" },
	OPTIONS_END
};

static const char add_details[] =
	"SPEC is [HOST:][HOSTPORTS:][TARGET:]PORTS[/PROTO], as after docker\n"
	"run -p or ssh -L.  HOST is an address of the host, or %IFACE for what\n"
	"comes in by an interface; without it, all addresses are meant.  Without\n"
	"HOSTPORTS, a free port is chosen.  Without a TARGET here, after --to or\n"
	"in PUBPORT_TARGET, it leads to the only one that pubport targets finds.\n"
	"Prints a line for each mapping; with -q, its key.  With -P, no SPEC is\n"
	"needed.\n"
	"\n"
	"Examples:\n"
	"  pubport add 8080:80\n"
	"  pubport add --name flask --to 172.17.0.2 8080:80 53:53/udp\n"
	"  pubport add --to netns:web 192.168.33.2:8000-8010:8000-8010\n"
	"  pubport add --from 192.168.33.0/24,fd33::/64 8080:80\n"
	"  pubport add --to web %eth1:8080:80\n"
	"  pubport add --to web -P\n"
	"  pubport add --to host 8080:80\n";

static unsigned int flags_of(const struct cli *cli)
{
	return (cli->publish_all ? PUBPORT_ADD_EVERY_PORT : 0U) |
	       (cli->replace ? PUBPORT_ADD_REPLACE : 0U) |
	       (cli->ignore_existing ? PUBPORT_ADD_IGNORE_EXISTING : 0U) |
	       (cli->force ? PUBPORT_ADD_FORCE : 0U) |
	       (cli->shield ? PUBPORT_ADD_SHIELD : 0U) |
	       (cli->symmetric ? PUBPORT_ADD_SYMMETRIC : 0U) |
	       (cli->masquerade ? PUBPORT_ADD_MASQUERADE : 0U) |
	       (cli->no_loopback ? PUBPORT_ADD_NO_LOOPBACK : 0U);
}

static int parse_specs(const struct cli *cli, struct pubport_spec *ret_specs,
		       struct pubport_error *error)
{
	int code = 0;

	for (size_t i = 0; i < cli->operands.count && code >= 0; i++)
		code = pubport_spec_parse(cli->operands.items[i], &ret_specs[i],
					  error);
	return code;
}

/* what PUBPORT_TARGET says, if one of the specs is left without a target */
static const char *default_target(const struct cli *cli,
				  const struct pubport_spec *specs)
{
	const char *target = getenv("PUBPORT_TARGET");

	if (cli->targets.count || !target || !*target)
		return NULL;
	for (size_t i = 0; i < cli->operands.count; i++)
		if (!*specs[i].target)
			return target;
	return cli->publish_all ? target : NULL;
}

static int plan(const struct cli *cli, struct pubport *context,
		const struct pubport_add_request *request,
		struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings planned = { 0 };
	CLEANUP(free) char *nft = NULL;
	bool objects = cli->json || cli->quiet;
	int code = pubport_plan(context, request, &planned,
				objects ? NULL : &nft, error);

	if (code < 0)
		return code;
	if (objects)
		return output_mappings(cli, &planned, error);
	output_text(nft);
	return 0;
}

static int publish(const struct cli *cli, struct pubport *context,
		   const struct pubport_add_request *request,
		   struct pubport_error *error)
{
	CLEANUP(mappings) struct pubport_mappings added = { 0 };
	int code = pubport_add(context, request, &added, error);

	return code < 0 ? code : output_mappings(cli, &added, error);
}

static int run_add(const struct cli *cli, struct pubport_error *error)
{
	CLEANUP(context) struct pubport *context = NULL;
	CLEANUP(networks) struct networks from = { 0 };
	CLEANUP(free) struct pubport_spec *specs = NULL;
	const char *target;
	uint32_t ttl = 0;
	int code;

	if (!cli->operands.count && !cli->publish_all) {
		code = error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"add\": operand missing: %s",
				 add_command.operands);
		error_hint(error, "pubport help add");
		return code;
	}
	if (cli->replace && cli->ignore_existing)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"--ignore-existing\": not with "
				 "\"--replace\"");
	specs = calloc(cli->operands.count + 1, sizeof(*specs));
	if (!specs)
		return error_memory(error);
	code = parse_specs(cli, specs, error);
	if (code >= 0 && cli->ttl)
		code = pubport_duration_parse(cli->ttl, &ttl, error);
	if (code >= 0)
		code = networks_parse(&cli->from, &from, error);
	if (code < 0)
		return code;
	target = default_target(cli, specs);

	struct pubport_add_request request = {
		.size = sizeof(request),
		.specs = specs,
		.spec_count = cli->operands.count,
		.targets = target ? &target : cli->targets.items,
		.target_count = target ? 1 : cli->targets.count,
		.name = cli->name,
		.flags = flags_of(cli),
		.ttl = ttl,
		.from = from.items,
		.from_count = from.count,
		.helper = cli->helper,
	};

	code = cli_open(cli, &context, error);
	if (code < 0)
		return code;
	return cli->dry_run ? plan(cli, context, &request, error)
			    : publish(cli, context, &request, error);
}

const struct command add_command = {
	.name = "add",
	.operands = "SPEC...",
	.max = OPERANDS_ANY,
	.options = add_options,
	.run = run_add,
	.help = "publish ports, all or none",
	.details = add_details,
};
