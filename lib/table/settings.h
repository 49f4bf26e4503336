/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns settings of the host on and off, as the table remembers them. */
#ifndef TABLE_SETTINGS_H
#define TABLE_SETTINGS_H

#include "host/needs.h"
#include "netlink/context.h"

int settings_survey(struct pubport *context, const struct needs *needs,
		    struct host_settings *ret_ours,
		    struct pubport_error *error);
int settings_turn(struct pubport *context, const struct host_settings *settings,
		  bool on, struct pubport_error *error);
int settings_turn_on_again(struct pubport *context,
			   const struct host_settings *settings,
			   struct pubport_error *error);
bool settings_are_on(struct pubport *context, const struct host_settings *ours);

#endif
