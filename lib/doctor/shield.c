/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether all addresses of shielded targets are covered. */
#include "doctor/doctor.h"

#include "mapping/addr.h"
#include "table/shield.h"
#include "target/ward.h"

#include <errno.h>

static const struct pubport_mapping *find_mapping(const struct doctor *doctor,
						  const struct ward *ward)
{
	const struct pubport_mapping *mapping = doctor->scene.mappings.items;

	while (!(mapping->flags & PUBPORT_MAPPING_SHIELD) ||
	       !addr_equal(&mapping->target_addr, &ward->of))
		mapping++;
	return mapping;
}

static void tell_open(struct doctor *doctor, const struct ward *ward)
{
	const struct pubport_mapping *mapping = find_mapping(doctor, ward);
	struct report *report = &doctor->report;
	char text[PUBPORT_ADDR_TEXT_SIZE];

	pubport_addr_format(&ward->addr, text, sizeof(text));
	report_wrong(report, PUBPORT_CLIENT_REMOTE, "shield",
		     "the target %s is shielded, but its address %s is not",
		     mapping->target, text);
	report_by(report, "%s, which came after the mapping", text);
	report_fix_republish(report, &mapping, 1);
}

/* what can't be shielded was told by add; who may not look into namespaces is
 * told of none */
static int find_wards(struct doctor *doctor, struct wards *wards)
{
	struct pubport *context = doctor->scene.context;
	pubport_notice_fn notice = context->notice;
	int code;

	context->notice = NULL;
	code = wards_find(context, &doctor->scene.mappings, wards);
	context->notice = notice;
	return code == -EPERM || code == -EACCES ? 0 : code;
}

/**
 * doctor_check_shield() - look whether shields cover what they should
 *
 * A host_check_fn.
 */
int doctor_check_shield(struct doctor *doctor)
{
	struct wards wards CLEANUP(wards_done) = { .items = NULL };
	struct netlink *nft = &doctor->scene.context->nft;
	int code = find_wards(doctor, &wards);
	bool covers, all = true;

	for (size_t i = 0; !code && i < wards.count; i++) {
		code = shield_covers(nft, &wards.items[i].addr, &covers);
		if (!code && !covers)
			tell_open(doctor, &wards.items[i]);
		all &= !code && covers;
	}
	if (wards.count && all)
		report_ok(&doctor->report, PUBPORT_CLIENT_REMOTE, "shield",
			  "all addresses of shielded targets are covered");
	return code;
}
