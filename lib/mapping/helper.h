/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's helpers for protocols that open connections of their own. */
#ifndef MAPPING_HELPER_H
#define MAPPING_HELPER_H

#include "pubport.h"

/* numbers are part of a mapping's record: new ones come last */
enum helper {
	HELPER_NONE,
	HELPER_AMANDA,
	HELPER_FTP,
	HELPER_H323_TCP,
	HELPER_H323_UDP,
	HELPER_IRC,
	HELPER_PPTP,
	HELPER_SIP_TCP,
	HELPER_SIP_UDP,
	HELPER_TFTP,
	HELPER_COUNT,
};

/**
 * struct helper_info - a helper
 * @name: as the user gives it: what its modules are called, nf_conntrack_NAME
 *	and nf_nat_NAME
 * @protocol: of the connections that it looks into
 * @kernel_name: as the kernel calls it
 * @object: the object of our table that stands for it, and the chain that uses
 *	that
 */
struct helper_info {
	const char *name;
	enum pubport_protocol protocol;
	const char *kernel_name;
	const char *object;
};

const struct helper_info *helper_get(enum helper helper);
enum helper helper_find(const char *name, enum pubport_protocol protocol);
enum helper helper_of(const struct pubport_mapping *mapping);
bool helper_is_none(const char *name);
int helper_check(const char *name, struct pubport_error *error);

#endif
