/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other people's rules that keep clients out, as the doctor tells them.
 *
 * What surely stops packets is wrong.  What may stop them, since something of
 * the packets isn't known, may as well be what somebody wants.
 */
#include "doctor/doctor.h"

#include "firewall/blocker.h"
#include "mapping/key.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <string.h>

/* enough to read some hundred thousand rules */
#define TIME_MAX_MS 2000

/* ---------------------------------------------------------------- findings */

static enum pubport_client client_of(const struct blocker *blocker)
{
	const unsigned int remote = 1U << PUBPORT_CLIENT_REMOTE;
	const unsigned int neighbour = 1U << PUBPORT_CLIENT_NEIGHBOUR;
	const unsigned int own = 1U << PUBPORT_CLIENT_LOOPBACK;

	if (blocker->clients == (remote | neighbour | own))
		return PUBPORT_CLIENT_ANY;
	if (blocker->clients & remote)
		return PUBPORT_CLIENT_REMOTE;
	return (blocker->clients & neighbour) ? PUBPORT_CLIENT_NEIGHBOUR
					      : PUBPORT_CLIENT_LOOPBACK;
}

/* what it does, or may do, with packets, and what comes of it */
static const struct deed {
	const char *does;
	const char *may;
	const char *so;
} deeds[] = {
	[RULE_DROP] = { "drops", "may drop", "" },
	[RULE_REJECT] = { "rejects", "may reject", "" },
	[RULE_TRANSLATE] = { "leads", "may lead", " elsewhere" },
	[RULE_SOURCE] = { "masquerades", "may masquerade",
			  ": the target sees this host instead of the client" },
	[RULE_UNTRACK] = { "takes", "may take",
			   " out of connection tracking: what is not tracked "
			   "is not translated" },
	[RULE_ZONE] = { "puts", "may put",
			" into a zone of connection tracking where the other "
			"direction is not looked for" },
};

/* "packets to port 80/tcp, and the answers" */
static void format_packets(const struct blocker *blocker,
			   struct pubport_ports ports, char *buffer,
			   size_t size)
{
	char text[PORTS_TEXT_SIZE];

	snprintf(buffer, size, "%s port%s %s/%s%s",
		 blocker->stops_requests ? "packets to" : "answers of",
		 ports.first == ports.last ? "" : "s",
		 ports_format(ports, text, sizeof(text)),
		 pubport_protocol_name(blocker->service->protocol),
		 blocker->stops_requests && blocker->stops_answers
			 ? ", and the answers"
			 : "");
}

static void tell_by(struct report *report, const struct blocker *blocker)
{
	const char *owner = blocker_owner_name(blocker);
	char chain[BLOCKER_TEXT_SIZE], rule[48] = "the policy";

	blocker_format(blocker, chain, sizeof(chain));
	if (*blocker->chain)
		snprintf(rule, sizeof(rule), "rule handle %" PRIu64,
			 blocker->handle);
	report_by(report, "%s%s%s, %s", owner, *owner ? ": " : "", chain, rule);
}

static void tell(struct report *report, const struct blocker *blocker,
		 struct pubport_ports ports)
{
	enum pubport_client client = client_of(blocker);
	const struct deed *deed = &deeds[blocker->action];
	char chain[BLOCKER_TEXT_SIZE], packets[96];

	blocker_format(blocker, chain, sizeof(chain));
	format_packets(blocker, ports, packets, sizeof(packets));
	report_add(report,
		   blocker_stops(blocker) ? PUBPORT_FINDING_WRONG
					  : PUBPORT_FINDING_NOTE,
		   client, "rules", "%s %s %s%s", chain,
		   blocker->certain ? deed->does : deed->may, packets,
		   deed->so);
	tell_by(report, blocker);
	if (blocker_stops(blocker))
		blocker_fix(report, blocker, ports);
}

static void tell_all(struct report *report, const struct blockers *blockers)
{
	for (size_t i = 0; i < blockers->count; i++) {
		const struct blocker *blocker = &blockers->items[i];
		struct pubport_ports run = { 0, 0 };

		while (port_set_next(&blocker->ports, &run))
			tell(report, blocker, run);
	}
}

/* ------------------------------------------------------------------- checks */

static bool has_wrong(const struct blockers *blockers)
{
	for (size_t i = 0; i < blockers->count; i++)
		if (blocker_stops(&blockers->items[i]))
			return true;
	return false;
}

/**
 * doctor_check_rules() - look for other people's rules that keep clients out
 *
 * A target_check_fn.
 */
int doctor_check_rules(struct doctor *doctor, struct scene_target *target)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };
	struct services services CLEANUP(services_done) = { .count = 0 };
	struct chains chains CLEANUP(chains_done) = { .count = 0 };
	struct blockers blockers CLEANUP(blockers_done) = { .count = 0 };
	struct report *report = &doctor->report;
	struct nfnl nfnl;
	int code = netlink_open(&netlink, NETLINK_NETFILTER);

	if (code)
		return code;
	nfnl_init(&nfnl, &netlink, TIME_MAX_MS);
	code = services_find(&services, &doctor->scene, target);
	if (!code)
		code = chains_read(&nfnl, &chains);
	blockers_init(&blockers, &nfnl, &chains);
	if (!code)
		code = blockers_search(&blockers, &doctor->scene, &services);
	if (code && code != -ETIME)
		return code;
	tell_all(report, &blockers);
	if (code)
		report_note(report, PUBPORT_CLIENT_ANY, "rules",
			    "there are too many rules of others to look at");
	else if (!has_wrong(&blockers))
		report_ok(report, PUBPORT_CLIENT_ANY, "rules",
			  "no rule of another table keeps clients out");
	return 0;
}

static bool has_content(struct report *report, const char *path)
{
	FILE *file CLEANUP(fclose) = fopen(path, "re");
	bool has = file && fgetc(file) != EOF;

	if (file ? ferror(file) : errno != ENOENT && errno != EACCES)
		report_fail(report, -errno);
	return has;
}

/**
 * doctor_check_legacy() - look for rules that can't be read
 *
 * The kernel shows those of iptables-legacy to nobody else.
 *
 * A host_check_fn.
 */
int doctor_check_legacy(struct doctor *doctor)
{
	struct report *report = &doctor->report;

	if (has_content(report, "/proc/thread-self/net/ip_tables_names") ||
	    has_content(report, "/proc/thread-self/net/ip6_tables_names"))
		report_note(report, PUBPORT_CLIENT_ANY, "rules",
			    "iptables-legacy is in use: its rules are not "
			    "looked at");
	return 0;
}
