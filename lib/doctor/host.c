/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is true of the host as a whole: forwarding, reverse path, tracking. */
#include "doctor/doctor.h"

#include "host/forwarding.h"
#include "host/sysctl.h"
#include "mapping/addr.h"
#include "netlink/kernel.h"
#include "netlink/link.h"
#include "table/lookup.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* from which share of the table on it counts as full, in percent: what is
 * about to be forgotten early makes room now and then */
#define TRACKING_FULL 95

/* a kernel without it doesn't have the file */
static bool read_number(struct report *report, const char *path,
			uint64_t *ret_number)
{
	char buffer[64];
	FILE *file CLEANUP(fclose) = open_whole(path, buffer, sizeof(buffer));
	bool is_read = file && fscanf(file, "%" SCNu64, ret_number) == 1;

	if (file ? ferror(file) : errno != ENOENT)
		report_fail(report, -errno);
	return is_read;
}

static bool forwards(struct report *report, enum pubport_family family)
{
	bool on = true;

	report_fail(report, host_forwards(family, &on));
	return on;
}

/* ------------------------------------------------------------- forwarding */

/**
 * struct idle - interfaces that don't let packets through
 * @family: packets of this family
 * @links: the interfaces
 * @count: number of @links
 * @remembered: whether the table knows all of them as turned on for mappings
 */
struct idle {
	enum pubport_family family;
	const struct link_info **links;
	size_t count;
	bool remembered;
};

static void cleanup_idle(struct idle *idle)
{
	free(idle->links);
}

/* the first mapping of a family by which packets are forwarded */
static const struct pubport_mapping *find_remote(const struct doctor *doctor,
						 enum pubport_family family)
{
	const struct scene_target *target = doctor->scene.targets;

	for (size_t i = 0; i < doctor->scene.target_count; i++, target++)
		for (size_t j = 0; !target->is_local && j < target->count; j++)
			if (target->addr.family == family &&
			    scene_is_remote(target->mappings[j]))
				return target->mappings[j];
	return NULL;
}

/* packets to targets come in by the ways of clients, and answers by theirs */
static bool is_on_the_way(const struct doctor *doctor,
			  const struct link_info *link,
			  enum pubport_family family)
{
	for (size_t i = 0; i < doctor->scene.target_count; i++)
		if (doctor->scene.targets[i].device == link &&
		    doctor->scene.targets[i].addr.family == family)
			return true;
	for (size_t i = 0; i < doctor->scene.client_count; i++)
		if (doctor->scene.clients[i].interface == link &&
		    doctor->scene.clients[i].addr.family == family)
			return true;
	return false;
}

/* an interface that went away forwards nothing, and doesn't matter */
static int look_at_link(struct doctor *doctor, const struct link_info *link,
			struct idle *idle)
{
	struct host_setting setting;
	bool on = false, remembered = false;
	int code;

	host_setting_of_forwarding(idle->family, link->index, link->name,
				   &setting);
	code = host_setting_get(&doctor->scene.context->route, &setting, &on);
	if (code == -ENODEV || code == -ENOENT)
		code = 0;
	if (code || on)
		return code;
	code = table_remembers(&doctor->scene.context->nft, &setting,
			       &remembered);
	idle->remembered &= remembered;
	idle->links[idle->count++] = link;
	return code;
}

static int find_idle(struct doctor *doctor, struct idle *idle)
{
	const struct links *links = &doctor->scene.host.links;
	int code = 0;

	idle->links = calloc(links->count + 1, sizeof(struct link_info *));
	if (!idle->links)
		return -ENOMEM;
	idle->remembered = true;
	/* IPv6 has one switch for all, and then one for each */
	if (idle->family == PUBPORT_IPV6 &&
	    forwards(&doctor->report, PUBPORT_IPV6))
		return 0;
	for (size_t i = 0; !code && i < links->count; i++)
		if (links->items[i].up &&
		    is_on_the_way(doctor, &links->items[i], idle->family))
			code = look_at_link(doctor, &links->items[i], idle);
	return code;
}

/*
 * Where the table guards these interfaces, or the host is a router anyhow, they
 * are just turned on, if each has a switch of its own.  Else the host would
 * become a router by that: pubport turns them on with a guard when something is
 * published.
 */
static void fix_forwarding(struct doctor *doctor, const struct idle *idle)
{
	struct report *report = &doctor->report;
	bool is_ipv4 = idle->family == PUBPORT_IPV4;
	const struct pubport_mapping *mapping =
		find_remote(doctor, idle->family);

	if ((!is_ipv4 && !kernel_forwards_alone()) ||
	    (!idle->remembered && !forwards(report, idle->family))) {
		report_fix_republish(report, &mapping, 1);
		return;
	}
	report_fix(report, "sysctl", "-w");
	for (size_t i = 0; i < idle->count; i++)
		report_fix_sysctl(report, is_ipv4 ? "ipv4" : "ipv6",
				  idle->links[i]->name,
				  is_ipv4 ? "forwarding" : "force_forwarding",
				  1);
}

static void list_links(const struct idle *idle, char *ret_text, size_t size)
{
	size_t length = 0;

	ret_text[0] = '\0';
	for (size_t i = 0; i < idle->count && length < size; i++)
		length += (size_t)snprintf(ret_text + length, size - length,
					   "%s%s", i ? ", " : "",
					   idle->links[i]->name);
}

static int check_family(struct doctor *doctor, enum pubport_family family)
{
	struct idle idle CLEANUP(idle) = { .family = family };
	struct report *report = &doctor->report;
	char names[256];
	int code;

	if (!find_remote(doctor, family))
		return 0;
	code = find_idle(doctor, &idle);
	if (code)
		return code;
	if (!idle.count) {
		report_ok(report, PUBPORT_CLIENT_REMOTE, "forwarding",
			  "IPv%d packets are forwarded", (int)family);
		return 0;
	}
	list_links(&idle, names, sizeof(names));
	report_wrong(report, PUBPORT_CLIENT_REMOTE, "forwarding",
		     "forwarding is off: IPv%d packets that come in by %s go "
		     "no further",
		     (int)family, names);
	if (family == PUBPORT_IPV6)
		report_by(report, "net.ipv6.conf.all.forwarding=0");
	else if (forwards(report, family))
		report_by(report, "net.ipv4.conf.%s.forwarding=0",
			  idle.links[0]->name);
	else
		report_by(report, "net.ipv4.ip_forward=0");
	fix_forwarding(doctor, &idle);
	return 0;
}

/**
 * doctor_check_forwarding() - look whether the host forwards packets
 *
 * A host_check_fn.
 */
int doctor_check_forwarding(struct doctor *doctor)
{
	int code = check_family(doctor, PUBPORT_IPV4);

	return code ? code : check_family(doctor, PUBPORT_IPV6);
}

/* ----------------------------------------------------------- reverse path */

/* packets that the reverse path filter dropped: a line of names, then one of
 * numbers */
static uint64_t count_dropped(struct report *report)
{
	FILE *file CLEANUP(fclose) =
		fopen("/proc/thread-self/net/netstat", "re");
	char *names CLEANUP(free) = NULL;
	char *numbers CLEANUP(free) = NULL;
	char *name, *number, *name_rest, *number_rest;
	size_t name_size = 0, number_size = 0;

	while (file && getline(&names, &name_size, file) > 0 &&
	       getline(&numbers, &number_size, file) > 0) {
		name = strtok_r(names, " \n", &name_rest);
		number = strtok_r(numbers, " \n", &number_rest);
		while (name && number) {
			if (!strcmp(name, "IPReversePathFilter"))
				return strtoull(number, NULL, 10);
			name = strtok_r(NULL, " \n", &name_rest);
			number = strtok_r(NULL, " \n", &number_rest);
		}
	}
	if (file ? !feof(file) : errno != ENOENT)
		report_fail(report, -errno);
	return 0;
}

/* whether clients may come in by an interface, rather than answers of targets
 */
static bool is_way_in(const struct doctor *doctor, const struct link_info *link)
{
	for (size_t i = 0; i < doctor->scene.target_count; i++)
		if (doctor->scene.targets[i].device == link)
			return false;
	return link->up && !link->bridge_port &&
	       link->index != LOOPBACK_IFINDEX;
}

/* with one way to the clients, what was dropped was forged */
static int find_strict(struct doctor *doctor, struct idle *strict)
{
	const struct links *links = &doctor->scene.host.links;
	bool is = false;
	size_t ways = 0;

	strict->links = calloc(links->count + 1, sizeof(struct link_info *));
	if (!strict->links)
		return -ENOMEM;
	for (size_t i = 0; i < links->count; i++) {
		if (!is_way_in(doctor, &links->items[i]))
			continue;
		ways++;
		(void)link_is_strict(&doctor->scene.context->route,
				     links->items[i].index, &is);
		if (is)
			strict->links[strict->count++] = &links->items[i];
	}
	if (ways < 2)
		strict->count = 0;
	return 0;
}

/**
 * doctor_check_reverse_path() - look for clients whose answers leave elsewhere
 *
 * By which interface a client comes in, only its packets tell.  So this is told
 * when the kernel has dropped some.
 *
 * A host_check_fn.
 */
int doctor_check_reverse_path(struct doctor *doctor)
{
	struct idle strict CLEANUP(idle) = { .family = PUBPORT_IPV4 };
	struct report *report = &doctor->report;
	uint64_t dropped = count_dropped(report);
	char names[256];
	int code;

	if (!find_remote(doctor, PUBPORT_IPV4))
		return 0;
	code = find_strict(doctor, &strict);
	if (code)
		return code;
	if (!strict.count || !dropped) {
		report_ok(report, PUBPORT_CLIENT_REMOTE, "reverse path",
			  "the reverse path filter lets clients in");
		return 0;
	}
	list_links(&strict, names, sizeof(names));
	report_wrong(report, PUBPORT_CLIENT_REMOTE, "reverse path",
		     "rp_filter is strict on %s and has dropped %" PRIu64
		     " packets: of clients whose answers leave by another "
		     "interface",
		     names, dropped);
	report_by(report, "net.ipv4.conf.%s.rp_filter=1",
		  strict.links[0]->name);
	report_fix(report, "sysctl", "-w");
	for (size_t i = 0; i < strict.count; i++)
		report_fix_sysctl(report, "ipv4", strict.links[i]->name,
				  "rp_filter", 2);
	return 0;
}

/* --------------------------------------------------------------- tracking */

/**
 * doctor_check_tracking() - look whether there is room for connections
 *
 * A host_check_fn.
 */
int doctor_check_tracking(struct doctor *doctor)
{
	static const char max_path[] =
		"/proc/sys/net/netfilter/nf_conntrack_max";
	struct report *report = &doctor->report;
	uint64_t count = 0, max = 0;

	if (!read_number(report, "/proc/sys/net/netfilter/nf_conntrack_count",
			 &count) ||
	    !read_number(report, max_path, &max) || !max)
		return 0;
	if (count < max - max * (100 - TRACKING_FULL) / 100) {
		report_ok(report, PUBPORT_CLIENT_ANY, "tracking",
			  "%" PRIu64 " connections, room for %" PRIu64, count,
			  max);
		return 0;
	}
	report_wrong(report, PUBPORT_CLIENT_ANY, "tracking",
		     "the connection tracking table is full: %" PRIu64
		     " connections, room for %" PRIu64
		     "; new ones are dropped%s",
		     count, max,
		     access(max_path, W_OK) ? ". Only the machine's first "
					      "network namespace can enlarge it"
					    : "");
	report_by(report, "net.netfilter.nf_conntrack_max=%" PRIu64, max);
	report_fix(report, "sysctl", "-w");
	report_fix_word(report, "net.netfilter.nf_conntrack_max=%" PRIu64,
			2 * max);
	report_ask_first(report);
	return 0;
}
