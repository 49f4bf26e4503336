/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's helpers for protocols that open connections of their own.
 *
 * These are the ones that can translate what they find in packets; others see
 * where the new connection leads, but it would lead past the mapping.
 */
#include "mapping/helper.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static const struct helper_info helpers[] = {
	[HELPER_NONE] = { "", PUBPORT_TCP, "", "" },
	[HELPER_AMANDA] = { "amanda", PUBPORT_UDP, "amanda", "helper_amanda" },
	[HELPER_FTP] = { "ftp", PUBPORT_TCP, "ftp", "helper_ftp" },
	[HELPER_H323_TCP] = { "h323", PUBPORT_TCP, "Q.931", "helper_h323_tcp" },
	[HELPER_H323_UDP] = { "h323", PUBPORT_UDP, "RAS", "helper_h323_udp" },
	[HELPER_IRC] = { "irc", PUBPORT_TCP, "irc", "helper_irc" },
	[HELPER_PPTP] = { "pptp", PUBPORT_TCP, "pptp", "helper_pptp" },
	[HELPER_SIP_TCP] = { "sip", PUBPORT_TCP, "sip", "helper_sip_tcp" },
	[HELPER_SIP_UDP] = { "sip", PUBPORT_UDP, "sip", "helper_sip_udp" },
	[HELPER_TFTP] = { "tftp", PUBPORT_UDP, "tftp", "helper_tftp" },
};

_Static_assert(ARRAY_SIZE(helpers) == HELPER_COUNT, "each is described");

/**
 * helper_get() - describe a helper
 * @helper: which
 *
 * Return: its description, constant; of HELPER_NONE, without a name.
 */
const struct helper_info *helper_get(enum helper helper)
{
	return &helpers[helper];
}

/**
 * helper_find() - find a helper
 * @name: as the user gives it
 * @protocol: of the connections that it is to look into
 *
 * Return: which, or HELPER_NONE where there is none.
 */
enum helper helper_find(const char *name, enum pubport_protocol protocol)
{
	for (int i = HELPER_NONE + 1; i < HELPER_COUNT; i++)
		if (!strcmp(helpers[i].name, name) &&
		    helpers[i].protocol == protocol)
			return (enum helper)i;
	return HELPER_NONE;
}

/**
 * helper_of() - say which helper a mapping has
 * @mapping: which
 *
 * Return: the helper, or HELPER_NONE.
 */
enum helper helper_of(const struct pubport_mapping *mapping)
{
	if (!mapping->helper[0])
		return HELPER_NONE;
	return helper_find(mapping->helper, mapping->key.protocol);
}

/**
 * helper_is_none() - tell the word for no helper
 * @name: as the user gives it
 *
 * Return: whether it is "none".
 */
bool helper_is_none(const char *name)
{
	return !strcmp(name, "none");
}

/**
 * helper_check() - find out whether there is a helper of some name
 * @name: as the user gives it
 * @error: names those that there are, or NULL
 *
 * Return: 0 or -EINVAL.
 */
int helper_check(const char *name, struct pubport_error *error)
{
	if (helper_find(name, PUBPORT_TCP) || helper_find(name, PUBPORT_UDP) ||
	    helper_is_none(name))
		return 0;
	return error_set(error, PUBPORT_USAGE, -EINVAL,
			 "--helper \"%.64s\": not one of amanda, ftp, h323, "
			 "irc, none, pptp, sip, tftp",
			 name);
}
