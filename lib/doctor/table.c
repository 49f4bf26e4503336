/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody did to our own table, and what it does to others. */
#include "doctor/doctor.h"

#include "table/lookup.h"
#include "table/settings.h"
#include "table/verify.h"

#include <errno.h>

/* whatever publishes lays what is missing */
static void fix_missing(struct doctor *doctor)
{
	const struct pubport_mapping *mapping = doctor->scene.mappings.items;

	if (doctor->scene.mappings.count)
		report_fix_republish(&doctor->report, &mapping, 1);
}

static void tell_missing(struct doctor *doctor, const struct table_diff *diff)
{
	const char *chain = verify_find_mixed(diff);
	struct report *report = &doctor->report;
	char text[OBJECT_TEXT_SIZE];

	objects_format(&diff->missing, text);
	report_wrong(report, PUBPORT_CLIENT_ANY, "table",
		     TABLE_TEXT " lacks what pubport laid in it: %s", text);
	report_by(report, "nft flush table, or the like");
	if (!chain)
		return fix_missing(doctor);
	report_fix(report, "nft", "flush", "chain", "inet", SET_TABLE, chain);
	report_ask_first(report);
}

static void tell_altered(struct doctor *doctor, const struct table_diff *diff)
{
	struct report *report = &doctor->report;
	char text[OBJECT_TEXT_SIZE];

	objects_format(&diff->altered, text);
	report_wrong(report, PUBPORT_CLIENT_ANY, "table",
		     TABLE_TEXT ": %s: not as pubport lays it", text);
	report_by(report, "another program");
	report_fix(report, "pubport", "flush");
	report_ask_first(report);
}

static void tell_dormant(struct doctor *doctor)
{
	struct report *report = &doctor->report;

	report_wrong(report, PUBPORT_CLIENT_ANY, "table",
		     TABLE_TEXT " is switched off");
	report_by(report, "flags dormant");
	report_fix(report, "nft", "add", "table", "inet", SET_TABLE);
}

static void tell_notes(struct doctor *doctor, const struct table_diff *diff)
{
	struct report *report = &doctor->report;
	char text[OBJECT_TEXT_SIZE];

	if (diff->owner)
		report_note(report, PUBPORT_CLIENT_ANY, "table",
			    TABLE_TEXT " belongs to another program, which "
				       "alone can change it (netlink port %u)",
			    diff->owner);
	if (!diff->foreign.count)
		return;
	objects_format(&diff->foreign, text);
	report_note(report, PUBPORT_CLIENT_ANY, "table",
		    TABLE_TEXT " has what pubport didn't lay: %s", text);
}

/**
 * doctor_check_table() - look whether our own table is as pubport lays it
 *
 * A host_check_fn.
 */
int doctor_check_table(struct doctor *doctor)
{
	struct table_diff diff CLEANUP(table_diff_done) = { 0 };
	int code = verify_table(&doctor->scene.context->nft, &diff);

	/* who changes the ruleset all the time may be pubport itself */
	if (code || !diff.is_there)
		return code == -EINTR ? 0 : code;
	if (diff.altered.count)
		tell_altered(doctor, &diff);
	else if (diff.missing.count && doctor->scene.mappings.count)
		tell_missing(doctor, &diff);
	if (diff.is_dormant)
		tell_dormant(doctor);
	tell_notes(doctor, &diff);
	return 0;
}

static void tell_guarded(struct doctor *doctor, int family)
{
	struct report *report = &doctor->report;
	const struct pubport_mapping *mapping = doctor->scene.mappings.items;

	report_wrong(
		report, PUBPORT_CLIENT_REMOTE, "forwarding",
		"this host was made a router for IPv%d, but still forwards "
		"to published ports only",
		family);
	report_by(report, TABLE_TEXT);
	report_fix_republish(report, &mapping, 1);
}

/**
 * doctor_check_guard() - look whether a router forwards for pubport alone
 *
 * Any call that looks at the table ends it, but this one changes nothing.
 *
 * A host_check_fn.
 */
int doctor_check_guard(struct doctor *doctor)
{
	bool guarded[2];
	int code =
		forwarding_find_guarded(&doctor->scene.context->nft, guarded);

	if (code || !doctor->scene.mappings.count)
		return code;
	if (guarded[0])
		tell_guarded(doctor, 4);
	if (guarded[1])
		tell_guarded(doctor, 6);
	return 0;
}
