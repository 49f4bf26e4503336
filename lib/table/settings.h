/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns settings of the host on and off, and has the table remember them. */
#ifndef TABLE_SETTINGS_H
#define TABLE_SETTINGS_H

#include "host/needs.h"
#include "netlink/context.h"
#include "nft/element.h"

int settings_survey(struct pubport *context, const struct needs *needs,
		    struct host_settings *ret_ours,
		    struct pubport_error *error);
int settings_turn(struct pubport *context, const struct host_settings *settings,
		  bool on, struct pubport_error *error);
int settings_turn_on_again(struct pubport *context,
			   const struct host_settings *settings,
			   struct pubport_error *error);
int settings_find_lost(struct pubport *context, struct host_settings *wanted,
		       bool *ret_forgotten);
void settings_forget_gone(struct netlink *nft);
bool settings_any_off(const struct host_settings *ours);
int settings_turn_on(struct pubport *context, const struct host_settings *ours,
		     struct pubport_error *error);
bool settings_forward(const struct host_settings *ours);
void settings_put(const struct host_settings *ours, element_put_fn put,
		  void *data);
void settings_confirm(struct pubport *context,
		      const struct host_settings *ours);

int forwarding_find_guarded(struct netlink *nft, bool ret_guarded[2]);
void forwarding_release(struct pubport *context);

#endif
