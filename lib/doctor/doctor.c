/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doctor: walks the way of a packet, and says what is in it.
 *
 * There are three rounds: what is true of the host as a whole, of each target,
 * and of each mapping.  So a cause is told once, however many mappings it is
 * the cause of.  Each round is a table of checks, and each check asks the
 * kernel: routes, neighbours, settings, sockets and connections of the host,
 * and of the target's namespace, where it has one.  What can't be known is not
 * told; so a setup that works has nothing wrong.
 *
 * A target that isn't there is told, and nothing else about it: what follows
 * from a cause is no cause.
 */
#include "doctor/doctor.h"

#include "mapping/addr.h"
#include "netlink/link.h"
#include "table/list.h"
#include "table/lookup.h"
#include "table/select.h"
#include "util/error.h"

#include <string.h>

#define STATE_FILE "/var/lib/pubport/state.json"

static const host_check_fn host_checks[] = {
	doctor_check_client,	   doctor_check_table,
	doctor_check_guard,	   doctor_check_forwarding,
	doctor_check_reverse_path, doctor_check_tracking,
	doctor_check_legacy,	   doctor_check_shield,
};

static const target_check_fn target_checks[] = {
	doctor_check_answers, doctor_check_unanswered,
	doctor_check_routing, doctor_check_own_routing,
	doctor_check_uplinks, doctor_check_loopback,
	doctor_check_hairpin, doctor_check_neighbours,
};

static const mapping_check_fn mapping_checks[] = {
	doctor_check_address, doctor_check_shadow,   doctor_check_from,
	doctor_check_flows,   doctor_check_listener,
};

static void cleanup_doctor(struct doctor *doctor)
{
	scene_done(&doctor->scene);
	free(doctor->stale.items);
	free(doctor->unanswered.items);
	free(doctor->uplinks);
	census_done(&doctor->census);
	sockets_done(&doctor->sockets);
	pubport_mappings_done(&doctor->scene.mappings);
	pubport_findings_done(&doctor->report.findings);
}

/* --------------------------------------------------------- what is examined */

/* what isn't published, but should be, is a finding and no mapping */
static int select_one(struct doctor *doctor, const char *text, bool *ret_found)
{
	struct pubport_remove_request request = {
		.size = sizeof(request),
		.texts = &text,
		.text_count = 1,
	};
	int code = select_mappings(doctor->scene.context, &request,
				   &doctor->scene.mappings, doctor->error);

	*ret_found = !code;
	if (code != -ENOENT)
		return code;
	/* where there is none, what was said of that holds */
	code = doctor_check_missing(doctor, text, ret_found);
	if (code)
		return error_kernel(doctor->error, code, "doctor");
	return *ret_found ? 0 : -ENOENT;
}

static int select_all(struct doctor *doctor)
{
	int code = table_list(&doctor->scene.context->nft,
			      &doctor->scene.mappings);

	if (code)
		return table_error(&doctor->scene.context->nft, code,
				   doctor->error);
	code = doctor_check_state(doctor);
	return code ? error_kernel(doctor->error, code, "doctor") : 0;
}

/* ------------------------------------------------------------------- rounds */

static int look_around(struct doctor *doctor)
{
	int code;

	progress_begin(&doctor->scene.context->progress, "looking around", 0);
	code = scene_look_around(&doctor->scene);
	if (!code)
		code = sockets_read(-1, &doctor->sockets);
	if (!code)
		code = census_take(&doctor->census, &doctor->scene.host);
	if (!code)
		code = doctor_find_uplinks(doctor);
	return code ? code : doctor_find_flows(doctor);
}

static int examine_target(struct doctor *doctor, struct scene_target *target)
{
	int code;

	report_about_target(&doctor->report, &target->addr, target->text);
	code = doctor_check_reached(doctor, target);
	for (size_t i = 0;
	     !code && target->is_reached && i < ARRAY_SIZE(target_checks); i++)
		code = target_checks[i](doctor, target);
	if (!code && (target->is_reached || target->is_local))
		code = doctor_check_rules(doctor, target);
	return code;
}

static int examine_mapping(struct doctor *doctor, struct scene_target *target,
			   const struct pubport_mapping *mapping)
{
	int code = 0;

	progress_step(&doctor->scene.context->progress);
	report_about_mapping(&doctor->report, mapping);
	for (size_t i = 0; !code && i < ARRAY_SIZE(mapping_checks); i++)
		code = mapping_checks[i](doctor, target, mapping);
	return code;
}

static int examine(struct doctor *doctor)
{
	struct scene_target *target = doctor->scene.targets;
	int code = 0;

	progress_begin(&doctor->scene.context->progress, "examining mappings",
		       doctor->scene.mappings.count);
	report_about_host(&doctor->report);
	for (size_t i = 0; !code && i < ARRAY_SIZE(host_checks); i++)
		code = host_checks[i](doctor);
	for (size_t i = 0; !code && i < doctor->scene.target_count;
	     i++, target++) {
		code = examine_target(doctor, target);
		for (size_t j = 0; !code && j < target->count; j++)
			code = examine_mapping(doctor, target,
					       target->mappings[j]);
	}
	return code ? code : doctor->report.error;
}

static bool is_client(const struct pubport_addr *addr)
{
	return addr_is_valid(addr) && !pubport_addr_is_any(addr) &&
	       !addr_is_multicast(addr) && !addr_is_v4mapped(addr);
}

/**
 * pubport_doctor() - say why mappings can't be reached
 * @context: where
 * @request: which ones
 * @ret_findings: what was found, also what is fine: of the host, then of each
 *	target and of the mappings to it; free with pubport_findings_done()
 * @error: why it failed, or NULL
 *
 * Nothing is changed.
 *
 * Return: 0, whatever was found; -EINVAL for a text that is no KEY and no SPEC,
 * or a client that is none, such as a multicast address;
 * -ENOENT for one that is not published, nor recorded as such; -EPERM without
 * CAP_NET_ADMIN; -ENOMEM; or another negative errno from the kernel.
 */
PUBPORT_EXPORT int pubport_doctor(struct pubport *context,
				  const struct pubport_doctor_request *request,
				  struct pubport_findings *ret_findings,
				  struct pubport_error *error)
{
	PROGRESS_OF(context);
	struct doctor doctor CLEANUP(doctor) = {
		.scene = {
			.context = context,
			.client = request->client,
			.host.netns_fd = -1,
		},
		.state = request->state ? request->state : STATE_FILE,
		.error = error,
	};
	char text[PUBPORT_ADDR_TEXT_SIZE];
	bool found = true;
	int code;

	if (request->size != sizeof(*request))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "struct pubport_doctor_request: a size that "
				 "this version doesn't know");
	if (request->client && !is_client(request->client))
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"%s\": not the address of a client",
				 pubport_addr_format(request->client, text,
						     sizeof(text)));
	if (request->state && !*request->state)
		return error_set(error, PUBPORT_USAGE, -EINVAL,
				 "\"\": the name of the state file is missing");
	code = request->text ? select_one(&doctor, request->text, &found)
			     : select_all(&doctor);
	if (code)
		return code;
	code = look_around(&doctor);
	if (!code)
		code = examine(&doctor);
	if (code)
		return error_kernel(error, code, "doctor");
	*ret_findings = doctor.report.findings;
	memset(&doctor.report.findings, 0, sizeof(*ret_findings));
	return 0;
}
