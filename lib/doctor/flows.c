/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that were there before their mapping, and go on past it; and
 * those that were led by it, but are not answered.
 *
 * The kernel keeps the way of a connection's first packet for as long as the
 * client sends.  Of tcp, only what was never answered counts: the rest may end
 * in peace.
 *
 * Of a target that can't be looked into, such as a virtual machine, nobody can
 * tell its routes.  But if what remote clients ask of it stays unanswered,
 * while it is there for this host, its answers go another way.
 */
#include "doctor/doctor.h"

#include "mapping/addr.h"
#include "mapping/key.h"
#include "mapping/mapping.h"
#include "netlink/conntrack.h"
#include "netlink/kernel.h"
#include "netlink/link.h"
#include "table/allow.h"
#include "table/lookup.h"
#include "util/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <string.h>

static bool is_answered(const struct flow *flow)
{
	return nfct_get_attr_u32(flow->conntrack, ATTR_STATUS) & IPS_SEEN_REPLY;
}

/* whom the mapping is not for goes past it for good reason */
static bool is_meant(const struct doctor *doctor,
		     const struct pubport_mapping *mapping,
		     const struct flow *flow)
{
	if (addr_is_linklocal6(&flow->client))
		return false;
	if (addr_is_loopback(&flow->host))
		return mapping_serves_loopback(mapping);
	return addresses_have(&doctor->scene.addresses, &flow->client) ||
	       allow_permits(mapping, &flow->client);
}

/* the mapping that the flow's first packet would take now */
static const struct pubport_mapping *find_mapping(const struct doctor *doctor,
						  const struct flow *flow)
{
	const struct pubport_mapping *mapping = doctor->scene.mappings.items;
	const struct pubport_key key = flow_key(flow);
	struct pubport_mapping there;

	if (table_lookup(&doctor->scene.context->nft, &key, &there))
		return NULL;
	for (size_t i = 0; i < doctor->scene.mappings.count; i++, mapping++)
		if (!key_compare(&mapping->key, &there.key))
			return mapping;
	return NULL;
}

static int keep_flow(struct doctor_flows *flows,
		     const struct pubport_mapping *mapping,
		     const struct flow *flow)
{
	struct doctor_stale *items;

	for (size_t i = 0; i < flows->count; i++) {
		if (flows->items[i].mapping != mapping)
			continue;
		flows->items[i].count++;
		return 0;
	}
	items = array_grow(flows->items, flows->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	flows->items = items;
	items[flows->count++] = (struct doctor_stale){
		.mapping = mapping,
		.count = 1,
		.client = flow->client,
		.client_port = ntohs(
			nfct_get_attr_u16(flow->conntrack, ATTR_ORIG_PORT_SRC)),
		.host = flow->host,
		.port = flow->port,
	};
	return 0;
}

/**
 * struct flow_search - the search for connections that matter
 * @doctor: of which host
 * @ports: host ports of its mappings
 */
struct flow_search {
	struct doctor *doctor;
	struct port_bits ports;
};

/* that of a remote client, who sees the target's answers as they are */
static bool is_remote(const struct doctor *doctor, const struct flow *flow)
{
	return !flow->masqueraded &&
	       !addresses_have(&doctor->scene.addresses, &flow->client);
}

static int look_at_flow(const struct flow *flow, void *data)
{
	struct flow_search *search = data;
	struct doctor *doctor = search->doctor;
	const struct pubport_mapping *mapping;
	int code = 0;

	if (!port_bits_has(&search->ports, flow->port) ||
	    (flow->protocol != PUBPORT_UDP && is_answered(flow)))
		return MNL_CB_OK;
	mapping = find_mapping(doctor, flow);
	if (!mapping)
		return MNL_CB_OK;
	if (mapping_leads_there(mapping, flow)) {
		if (!is_answered(flow) && is_remote(doctor, flow))
			code = keep_flow(&doctor->unanswered, mapping, flow);
	} else if (addresses_have(&doctor->scene.addresses, &flow->host) &&
		   is_meant(doctor, mapping, flow)) {
		code = keep_flow(&doctor->stale, mapping, flow);
	}
	errno = -code;
	return code ? MNL_CB_ERROR : MNL_CB_OK;
}

/* whether a target answers others, after all */
static int look_at_answers(const struct flow *flow, void *data)
{
	struct doctor *doctor = data;
	struct doctor_stale *item = doctor->unanswered.items;

	if (!flow->translated || !is_answered(flow) || !is_remote(doctor, flow))
		return MNL_CB_OK;
	for (size_t i = 0; i < doctor->unanswered.count; i++, item++) {
		const struct pubport_key *key = &item->mapping->key;

		if (key->protocol == flow->protocol &&
		    key->ports.first <= flow->port &&
		    flow->port <= key->ports.last &&
		    mapping_leads_there(item->mapping, flow))
			item->is_answered = true;
	}
	return MNL_CB_OK;
}

/**
 * doctor_find_flows() - find connections that go past their mapping, or that
 * nobody answers
 * @doctor: these are set
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
int doctor_find_flows(struct doctor *doctor)
{
	struct flow_search search = { .doctor = doctor };
	const struct pubport_mappings *mappings = &doctor->scene.mappings;
	const char *missing;
	int code;

	for (size_t i = 0; i < mappings->count; i++)
		port_bits_add_range(&search.ports,
				    mappings->items[i].key.ports);
	code = conntrack_dump(mappings, look_at_flow, &search);
	if (!code && doctor->unanswered.count)
		code = conntrack_dump(mappings, look_at_answers, doctor);
	missing = kernel_missing_conntrack(code);
	if (!missing)
		return code;
	report_about_host(&doctor->report);
	report_note(&doctor->report, PUBPORT_CLIENT_ANY, "connections",
		    "this kernel lacks %s: connections are neither seen nor "
		    "ended",
		    missing);
	report_fix(&doctor->report, "modprobe", missing);
	report_ask_first(&doctor->report);
	return 0;
}

/**
 * doctor_check_unanswered() - tell of remote clients whom a target doesn't
 * answer
 *
 * Of udp they may not want an answer.
 *
 * A target_check_fn.
 */
int doctor_check_unanswered(struct doctor *doctor, struct scene_target *target)
{
	const struct doctor_stale *item = doctor->unanswered.items;
	struct report *report = &doctor->report;
	char client[PUBPORT_ADDR_TEXT_SIZE];

	if (target->interior.known)
		return 0;
	for (size_t i = 0; i < doctor->unanswered.count; i++, item++) {
		if (item->is_answered ||
		    pubport_addr_compare(&item->mapping->target_addr,
					 &target->addr))
			continue;
		report_add(report,
			   item->mapping->key.protocol == PUBPORT_UDP
				   ? PUBPORT_FINDING_NOTE
				   : PUBPORT_FINDING_WRONG,
			   PUBPORT_CLIENT_REMOTE, "way back",
			   "the target was asked by %s port %u, and did not "
			   "answer: perhaps its answers go by another router, "
			   "not by this host",
			   pubport_addr_format(&item->client, client,
					       sizeof(client)),
			   item->client_port);
		report_by(report, "connection tracking");
		answers_fix(doctor, target, PUBPORT_MAPPING_MASQUERADE);
		break;
	}
	return 0;
}

static void fix_flows(struct report *report, const struct doctor_stale *stale)
{
	bool is_udp = stale->mapping->key.protocol == PUBPORT_UDP;
	char client[PUBPORT_ADDR_TEXT_SIZE], host[PUBPORT_ADDR_TEXT_SIZE];

	pubport_addr_format(&stale->client, client, sizeof(client));
	pubport_addr_format(&stale->host, host, sizeof(host));
	report_fix(report, "conntrack", "-D", "-f",
		   stale->host.family == PUBPORT_IPV4 ? "ipv4" : "ipv6", "-p",
		   pubport_protocol_name(stale->mapping->key.protocol),
		   "--orig-dst", host, "--orig-port-dst");
	report_fix_word(report, "%u", stale->port);
	/* others of udp just take the right way once more */
	if (is_udp && stale->count > 1)
		return;
	report_fix(report, "--orig-src", client, "--orig-port-src");
	report_fix_word(report, "%u", stale->client_port);
}

/**
 * doctor_check_flows() - tell of connections that go past a mapping
 *
 * A mapping_check_fn.
 */
int doctor_check_flows(struct doctor *doctor, struct scene_target *target,
		       const struct pubport_mapping *mapping)
{
	struct report *report = &doctor->report;
	char client[PUBPORT_ADDR_TEXT_SIZE];
	const struct doctor_stale *stale = doctor->stale.items;

	(void)target;
	for (size_t i = 0; i < doctor->stale.count; i++, stale++) {
		if (stale->mapping != mapping)
			continue;
		report_wrong(report, PUBPORT_CLIENT_ANY, "connections",
			     "%zu stale conntrack %s past the mapping, such as "
			     "that of %s port %u",
			     stale->count,
			     stale->count == 1 ? "entry leads" : "entries lead",
			     pubport_addr_format(&stale->client, client,
						 sizeof(client)),
			     stale->client_port);
		report_by(report, "connection tracking");
		fix_flows(report, stale);
	}
	return 0;
}
