/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host's loopback, a target itself and its neighbours need to reach
 * it. */
#include "doctor/doctor.h"

#include "host/needs.h"
#include "host/setting.h"
#include "host/sysctl.h"
#include "mapping/mapping.h"
#include "netlink/link.h"
#include "netlink/neighbour.h"
#include "table/lookup.h"

#include <errno.h>
#include <string.h>

static const struct pubport_mapping *
find_mapping(const struct scene_target *target,
	     bool (*wanted)(const struct pubport_mapping *mapping))
{
	for (size_t i = 0; i < target->count; i++)
		if (wanted(target->mappings[i]))
			return target->mappings[i];
	return NULL;
}

/* whether it is a bridge whose packets pass the host's hooks */
static bool is_filtered(struct report *report, const struct link_info *link,
			enum pubport_family family)
{
	bool filters = false;

	report_fail(report, host_filters_bridge(link, family, &filters));
	return filters;
}

/* by what a bridge shows its packets to the firewall, and what ends that */
static void tell_filter(struct report *report, const struct link_info *bridge,
			enum pubport_family family, bool fix)
{
	bool is_ipv4 = family == PUBPORT_IPV4;
	const char *own = is_ipv4 ? "nf_call_iptables" : "nf_call_ip6tables";
	const char *all = is_ipv4 ? "net.bridge.bridge-nf-call-iptables"
				  : "net.bridge.bridge-nf-call-ip6tables";

	if (bridge->filters[!is_ipv4])
		report_by(report, "%s 1 of the bridge %s", own, bridge->name);
	else
		report_by(report, "%s=1", all);
	if (fix && bridge->filters[!is_ipv4]) {
		report_fix(report, "ip", "link", "set", "dev", bridge->name,
			   "type", "bridge", own, "0");
	} else if (fix) {
		report_fix(report, "sysctl", "-w");
		report_fix_word(report, "%s=0", all);
	}
}

/* --------------------------------------------------------------- loopback */

/* it is ours to turn on, and to turn off again later */
static void tell_setting(struct doctor *doctor,
			 const struct host_setting *setting,
			 const struct pubport_mapping *mapping)
{
	report_wrong(&doctor->report, PUBPORT_CLIENT_LOOPBACK, "loopback",
		     "%s is missing on %s: answers to %s are not taken there",
		     host_setting_name(setting), setting->interface,
		     setting->kind == HOST_LOOPBACK_ROUTE ? "[::1]"
							  : "127.0.0.1");
	report_by(&doctor->report, "%s on %s", host_setting_name(setting),
		  setting->interface);
	report_fix_republish(&doctor->report, &mapping, 1);
}

static void tell_bridge_filter(struct doctor *doctor,
			       const struct link_info *bridge)
{
	struct report *report = &doctor->report;

	report_wrong(report, PUBPORT_CLIENT_LOOPBACK, "loopback",
		     "[::1] gets no answer: br_netfilter translates it while "
		     "it is still on the bridge %s",
		     bridge->name);
	tell_filter(report, bridge, PUBPORT_IPV6, true);
	report_ask_first(report);
}

/**
 * doctor_check_loopback() - look whether 127.0.0.1 or [::1] leads to a target
 *
 * A target_check_fn.
 */
int doctor_check_loopback(struct doctor *doctor, struct scene_target *target)
{
	bool is_ipv4 = target->addr.family == PUBPORT_IPV4;
	struct host_setting setting = {
		.kind = is_ipv4 ? HOST_ROUTE_LOCALNET : HOST_LOOPBACK_ROUTE,
	};
	const struct pubport_mapping *mapping =
		find_mapping(target, mapping_serves_loopback);
	bool on = true;
	int code;

	if (!mapping)
		return 0;
	if (!is_ipv4 &&
	    is_filtered(&doctor->report, target->device, PUBPORT_IPV6)) {
		tell_bridge_filter(doctor, target->device);
		return 0;
	}
	setting.index = target->device->index;
	memcpy(setting.interface, target->device->name,
	       sizeof(setting.interface));
	code = host_setting_get(&doctor->scene.context->route, &setting, &on);
	if (code && code != -ENODEV && code != -ENOENT)
		return code;
	if (!on) {
		tell_setting(doctor, &setting, mapping);
		return 0;
	}
	report_ok(&doctor->report, PUBPORT_CLIENT_LOOPBACK, "loopback",
		  "%s leads to it", is_ipv4 ? "127.0.0.1" : "[::1]");
	return 0;
}

/* ---------------------------------------------------------------- hairpin */

/* the bridge carries translated packets by itself, as far as it may */
static void tell_isolated(struct report *report,
			  const struct scene_target *target,
			  const struct link_info *port)
{
	report_wrong(report, PUBPORT_CLIENT_NEIGHBOUR, "hairpin",
		     "neighbours behind isolated ports, and the target itself, "
		     "don't reach it: with br_netfilter, its port %s of %s "
		     "must not be isolated",
		     port->name, target->device->name);
	tell_filter(report, target->device, target->addr.family, true);
	report_ask_first(report);
}

static void tell_hairpin(struct report *report,
			 const struct scene_target *target,
			 const struct link_info *port)
{
	report_wrong(report, PUBPORT_CLIENT_NEIGHBOUR, "hairpin",
		     "the target does not reach itself: with br_netfilter, its "
		     "port %s of %s needs hairpin mode",
		     port->name, target->device->name);
	tell_filter(report, target->device, target->addr.family, false);
	report_fix(report, "bridge", "link", "set", "dev", port->name,
		   "hairpin", "on");
}

/**
 * doctor_check_hairpin() - look whether a target reaches itself
 *
 * A target_check_fn.
 */
int doctor_check_hairpin(struct doctor *doctor, struct scene_target *target)
{
	struct netlink *route = &doctor->scene.context->route;
	struct report *report = &doctor->report;
	struct bridge_port at = { .addr = target->addr };
	struct link_info port;
	int code;

	if (!find_mapping(target, scene_is_remote) ||
	    !is_filtered(report, target->device, target->addr.family))
		return 0;
	at.bridge = target->device->index;
	code = bridge_find_ports(route, &at, 1);
	/* a port that can't be found is no cause */
	if (code || !at.index)
		return code;
	code = link_get(route, at.index, &port);
	if (code)
		return code == -ENODEV ? 0 : code;
	if (port.isolated)
		tell_isolated(report, target, &port);
	else if (!port.hairpin)
		tell_hairpin(report, target, &port);
	else
		report_ok(report, PUBPORT_CLIENT_NEIGHBOUR, "hairpin",
			  "%s is in hairpin mode", port.name);
	return 0;
}

/* ------------------------------------------------------------- neighbours */

static void tell_unmasked(struct doctor *doctor,
			  const struct scene_target *target,
			  const struct needs_network *network)
{
	const struct pubport_mapping *mapping =
		find_mapping(target, scene_is_remote);
	char first[PUBPORT_ADDR_TEXT_SIZE], last[PUBPORT_ADDR_TEXT_SIZE];
	struct report *report = &doctor->report;

	report_wrong(report, PUBPORT_CLIENT_NEIGHBOUR, "neighbours",
		     "the target answers %s to %s on %s past this host: they "
		     "are not masqueraded",
		     pubport_addr_format(&network->first, first, sizeof(first)),
		     pubport_addr_format(&network->last, last, sizeof(last)),
		     target->device->name);
	report_by(report, "networks of %s that came after the mapping",
		  target->device->name);
	report_fix_republish(report, &mapping, 1);
}

/**
 * doctor_check_neighbours() - look whether all on a target's link reach it
 *
 * A target_check_fn.
 */
int doctor_check_neighbours(struct doctor *doctor, struct scene_target *target)
{
	struct pubport *context = doctor->scene.context;
	struct needs needs CLEANUP(needs_done) = { .link = 0 };
	bool left = false;
	struct route route;
	int code;

	if (!find_mapping(target, scene_is_remote))
		return 0;
	code = route_lookup(&context->route, &target->addr, &route);
	if (!code)
		code = needs_add_networks(context, &target->addr, &route,
					  &needs);
	for (size_t i = 0; !code && !left && i < needs.network_count; i++) {
		struct needs_network network = needs.networks[i];

		code = table_trim_network(&context->nft, &network, &left);
		if (!code && left)
			tell_unmasked(doctor, target, &needs.networks[i]);
	}
	return code == -ENETUNREACH ? 0 : code;
}
