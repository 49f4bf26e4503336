/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells who publishes something which rules keep remote clients out.
 *
 * An accept of ours doesn't overrule what another table drops.  So whoever
 * publishes is told, as the doctor would tell it later, and which command lets
 * clients by.
 */
#include "firewall/notice.h"

#include "doctor/doctor.h"
#include "firewall/fix.h"
#include "firewall/service.h"
#include "netlink/address.h"

#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <string.h>

/* more notices than these are only counted */
#define NOTICES_MAX 8
/* enough to read some ten thousand rules */
#define TIME_MAX_MS 200

/* the mappings are their owner's */
static void cleanup_examined(struct doctor *doctor)
{
	free(doctor->targets);
	free(doctor->order);
	free(doctor->clients);
	addresses_done(&doctor->addresses);
	reach_host_done(&doctor->host);
	pubport_findings_done(&doctor->report.findings);
}

static int look_around(struct doctor *doctor)
{
	struct netlink *route = &doctor->context->route;
	int code = reach_host_init(&doctor->host, route);

	if (!code)
		code = addresses_read(route, &doctor->addresses);
	if (!code)
		code = doctor_find_targets(doctor);
	return code ? code : doctor_find_clients(doctor);
}

static int search_remote(const struct traffic *traffic, void *data)
{
	return traffic->client == PUBPORT_CLIENT_REMOTE
		       ? blockers_search(data, traffic)
		       : 0;
}

/* "remote clients will be dropped by TABLE, CHAIN (OWNER)" */
static void describe(struct report *report, const struct blocker *blocker)
{
	char chain[BARRIER_TEXT_SIZE], owner[64];

	remedy_owner(blocker, owner, sizeof(owner));
	report_wrong(report, PUBPORT_CLIENT_REMOTE, "rules",
		     "remote clients will be %s by %s%s%s%s",
		     blocker->action == RULE_REJECT ? "rejected" : "dropped",
		     blocker_format(blocker, chain, sizeof(chain)),
		     *owner ? " (" : "", owner, *owner ? ")" : "");
}

/* who is led elsewhere is told by foreign_tell() */
static void describe_all(struct report *report, const struct blockers *blockers)
{
	for (size_t i = 0; i < blockers->count; i++) {
		const struct blocker *blocker = &blockers->items[i];
		struct pubport_ports run = { 0, 0 };

		if (!blocker->certain || blocker->action == RULE_TRANSLATE)
			continue;
		while (port_set_next(&blocker->ports, &run)) {
			describe(report, blocker);
			remedy_fix(report, blocker, run);
		}
	}
}

static bool has_same_fix(const struct pubport_finding *a,
			 const struct pubport_finding *b)
{
	size_t i = 0;

	if (!a->fix || !b->fix)
		return false;
	while (a->fix[i] && b->fix[i] && !strcmp(a->fix[i], b->fix[i]))
		i++;
	return !a->fix[i] && !b->fix[i];
}

/**
 * struct told - findings that were told
 * @items: the first of them
 * @count: number of @items
 * @more: how many there were besides
 */
struct told {
	const struct pubport_finding *items[NOTICES_MAX];
	size_t count;
	size_t more;
};

/* one command may let by what several chains stop */
static bool is_told(const struct told *told,
		    const struct pubport_finding *finding)
{
	for (size_t i = 0; i < told->count; i++)
		if (has_same_fix(told->items[i], finding))
			return true;
	return false;
}

static void tell(struct pubport *context, const struct pubport_finding *finding)
{
	char *command CLEANUP(free) = NULL;

	(void)pubport_finding_fix_format(finding, &command);
	context_notice(context, "%s%s%s", finding->message, command ? ": " : "",
		       command ? command : "");
}

static void tell_all(struct pubport *context,
		     const struct pubport_findings *findings)
{
	struct told told = { .count = 0 };

	for (size_t i = 0; i < findings->count; i++) {
		const struct pubport_finding *finding = &findings->items[i];

		if (is_told(&told, finding))
			continue;
		if (told.count == NOTICES_MAX) {
			told.more++;
			continue;
		}
		told.items[told.count++] = finding;
		tell(context, finding);
	}
	if (told.more)
		context_notice(context,
			       "other tables keep remote clients from %zu more "
			       "ports or ranges",
			       told.more);
}

/* when it ends early, what it found is so all the same */
static void examine(struct doctor *doctor, struct blockers *blockers,
		    const struct doctor_target *target)
{
	struct services services CLEANUP(services_done) = { .count = 0 };
	int code = services_find(&services, doctor, target);

	for (size_t i = 0; !code && i < services.count; i++)
		code = service_each_traffic(&services.items[i], doctor,
					    search_remote, blockers);
	describe_all(&doctor->report, blockers);
	blockers_forget(blockers);
}

static bool may_stop(const struct blockers *blockers)
{
	return blockers_may_be_at(blockers, NF_INET_FORWARD) ||
	       blockers_may_be_at(blockers, NF_INET_LOCAL_IN) ||
	       blockers_may_be_at(blockers, NF_INET_PRE_ROUTING);
}

/**
 * warn_of_barriers() - tell which rules keep remote clients from mappings
 * @context: whose host; told
 * @mappings: what is published
 * @chains: base chains of other tables
 *
 * What can't be read, or not in time, is passed over.
 */
void warn_of_barriers(struct pubport *context,
		      const struct pubport_mappings *mappings,
		      const struct chains *chains)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };
	struct blockers blockers CLEANUP(blockers_done) = { .count = 0 };
	struct doctor doctor CLEANUP(examined) = {
		.context = context,
		.mappings = *mappings,
		.host.netns_fd = -1,
	};
	struct nfnl nfnl = { .netlink = NULL };

	blockers_init(&blockers, &nfnl, chains);
	if (!may_stop(&blockers) || netlink_open(&netlink, NETLINK_NETFILTER))
		return;
	nfnl_init(&nfnl, &netlink, TIME_MAX_MS);
	if (look_around(&doctor))
		return;
	for (size_t i = 0; i < doctor.target_count; i++)
		examine(&doctor, &blockers, &doctor.targets[i]);
	if (!doctor.report.error)
		tell_all(context, &doctor.report.findings);
}
