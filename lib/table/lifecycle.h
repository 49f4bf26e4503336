/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table's life: what comes with the first mapping and goes with the last.
 */
#ifndef TABLE_LIFECYCLE_H
#define TABLE_LIFECYCLE_H

#include "host/needs.h"
#include "netlink/context.h"
#include "nft/element.h"

/* the table came or went while we looked: look again */
#define TABLE_AGAIN (-EAGAIN)

bool settings_any_off(const struct host_settings *ours);
int settings_turn_on(struct pubport *context, const struct host_settings *ours,
		     struct pubport_error *error);
bool settings_forward(const struct host_settings *ours);
void settings_put(const struct host_settings *ours, element_put_fn emit,
		  void *data);
void settings_confirm(struct pubport *context,
		      const struct host_settings *ours);
int lifecycle_retire(struct pubport *context, struct pubport_error *error);
void lifecycle_settle(struct pubport *context);
int lifecycle_end(struct pubport *context, struct pubport_error *error);

#endif
