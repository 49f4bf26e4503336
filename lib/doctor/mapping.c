/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is true of one mapping: its address, and who may connect. */
#include "doctor/doctor.h"

#include "mapping/addr.h"
#include "mapping/mapping.h"
#include "netlink/link.h"
#include "netlink/neighbour.h"
#include "netlink/route.h"
#include "table/allow.h"
#include "util/strbuf.h"

#include <string.h>

/* more networks than that are not told one by one */
#define NETWORKS_SHOWN 8

/* -------------------------------------------------------------- address */

/* it may be put back where its network still is, unless another machine has it
 * by now; one that doesn't answer may have it as well, as that of a pair which
 * share it */
static bool fix_address(struct doctor *doctor, const struct pubport_addr *addr)
{
	struct netlink *netlink = &doctor->scene.context->route;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	const struct link_info *link;
	struct route route;
	bool taken = true;

	if (route_lookup(netlink, addr, &route) || !route_is_on_link(&route) ||
	    !route.prefix)
		return false;
	link = links_find(&doctor->scene.host.links, route.interface);
	if (!link ||
	    neighbour_answers(netlink, route.interface, addr, &taken) || taken)
		return false;
	report_fix(&doctor->report, "ip", "address", "add");
	report_fix_word(&doctor->report, "%s/%u",
			pubport_addr_format(addr, text, sizeof(text)),
			route.prefix);
	report_fix(&doctor->report, "dev", link->name);
	return true;
}

/* all clients must come in by it */
static void check_interface(struct doctor *doctor, const char *name)
{
	const struct link_info *link =
		links_find_name(&doctor->scene.host.links, name);

	if (!link)
		report_wrong(&doctor->report, PUBPORT_CLIENT_ANY, "interface",
			     "this host has no interface %s now, by which all "
			     "clients must come in",
			     name);
	else if (!link->up)
		report_wrong(&doctor->report, PUBPORT_CLIENT_ANY, "interface",
			     "%s is down, by which all clients must come in",
			     name);
	if (link && !link->up)
		report_fix(&doctor->report, "ip", "link", "set", "dev", name,
			   "up");
}

/**
 * doctor_check_address() - look whether the host has a mapping's address, or
 * interface
 *
 * A mapping_check_fn.
 */
int doctor_check_address(struct doctor *doctor, struct scene_target *target,
			 const struct pubport_mapping *mapping)
{
	struct report *report = &doctor->report;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	bool is_own = true;
	int code = 0;

	(void)target;
	if (mapping_is_by_interface(mapping))
		check_interface(doctor, mapping->key.interface);
	if (!pubport_addr_is_any(&mapping->key.host))
		code = route_is_own(&doctor->scene.context->route,
				    &mapping->key.host, &is_own);
	if (code || is_own)
		return code;
	pubport_addr_format(&mapping->key.host, text, sizeof(text));
	report_wrong(report, PUBPORT_CLIENT_ANY, "address",
		     "this host does not have the address %s", text);
	if (!fix_address(doctor, &mapping->key.host))
		report_fix(report, "pubport", "rm", report->key);
	report_ask_first(report);
	return 0;
}

/* --------------------------------------------------------------- client */

/**
 * doctor_check_client() - look whether a client can be served at all
 *
 * A host_check_fn.
 */
int doctor_check_client(struct doctor *doctor)
{
	const struct pubport_addr *client = doctor->scene.client;
	char text[PUBPORT_ADDR_TEXT_SIZE];

	if (client && addr_is_linklocal6(client))
		report_wrong(
			&doctor->report, PUBPORT_CLIENT_REMOTE, "client",
			"%s is link-local: no target beyond its link could "
			"answer it, so it is led nowhere",
			pubport_addr_format(client, text, sizeof(text)));
	return 0;
}

/* ----------------------------------------------------------------- from */

static void print_networks(FILE *out, const struct pubport_mapping *mapping)
{
	char text[PUBPORT_NETWORK_TEXT_SIZE];

	for (size_t i = 0; i < mapping->from_count && i < NETWORKS_SHOWN; i++)
		fprintf(out, "%s%s", i ? ", " : "",
			pubport_network_format(&mapping->from[i], text,
					       sizeof(text)));
	if (mapping->from_count > NETWORKS_SHOWN)
		fprintf(out, " and %zu more",
			mapping->from_count - NETWORKS_SHOWN);
}

static void fix_from(struct doctor *doctor,
		     const struct pubport_mapping *mapping)
{
	struct pubport_network *networks;
	struct pubport_mapping copy = *mapping;
	const struct pubport_mapping *one = &copy;

	networks = calloc(mapping->from_count + 1, sizeof(*networks));
	if (!networks) {
		doctor->report.error = -ENOMEM;
		return;
	}
	memcpy(networks, mapping->from,
	       mapping->from_count * sizeof(*networks));
	networks[copy.from_count].addr = *doctor->scene.client;
	networks[copy.from_count++].prefix =
		(unsigned int)(8 * addr_length(doctor->scene.client));
	copy.from = networks;
	report_fix_republish(&doctor->report, &one, 1);
	free(networks);
}

/* that some may not connect is what was asked for; that this one may not is
 * what the user wants to know */
static void tell_from(struct doctor *doctor,
		      const struct pubport_mapping *mapping,
		      const char *networks)
{
	struct report *report = &doctor->report;
	char text[PUBPORT_ADDR_TEXT_SIZE];
	bool is_asked = doctor->scene.client &&
			doctor->scene.client->family ==
				mapping->key.host.family;

	if (!is_asked && mapping_is_by_interface(mapping) &&
	    mapping->from_count == 1 &&
	    addr_is_loopback(&mapping->from[0].addr)) {
		report_note(report, PUBPORT_CLIENT_REMOTE, "from",
			    "nobody may connect by IPv%d: --from has no "
			    "network of it",
			    mapping->key.host.family);
	} else if (!is_asked) {
		report_note(report, PUBPORT_CLIENT_REMOTE, "from",
			    "only %s may connect%s: that is what --from says",
			    networks,
			    mapping_is_by_interface(mapping)
				    ? ""
				    : ", and this host");
	} else if (allow_permits(mapping, doctor->scene.client)) {
		report_ok(report, PUBPORT_CLIENT_REMOTE, "from", "%s is in %s",
			  pubport_addr_format(doctor->scene.client, text,
					      sizeof(text)),
			  networks);
	} else {
		report_wrong(report, PUBPORT_CLIENT_REMOTE, "from",
			     "the client %s may not connect, only %s",
			     pubport_addr_format(doctor->scene.client, text,
						 sizeof(text)),
			     networks);
		fix_from(doctor, mapping);
	}
	report_by(report, "--from of this mapping");
}

/**
 * doctor_check_from() - tell who may connect
 *
 * A mapping_check_fn.
 */
int doctor_check_from(struct doctor *doctor, struct scene_target *target,
		      const struct pubport_mapping *mapping)
{
	struct strbuf networks CLEANUP(strbuf_done) = { .out = NULL };

	(void)target;
	if (!(mapping->flags & PUBPORT_MAPPING_LIMITED))
		return 0;
	if (strbuf_open(&networks))
		return -ENOMEM;
	print_networks(networks.out, mapping);
	if (strbuf_close(&networks))
		return -ENOMEM;
	tell_from(doctor, mapping, networks.string);
	return 0;
}
