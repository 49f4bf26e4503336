/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table's life: what comes with the first mapping and goes with the last.
 */
#ifndef TABLE_LIFECYCLE_H
#define TABLE_LIFECYCLE_H

#include "netlink/context.h"

int lifecycle_retire(struct pubport *context, struct pubport_error *error);
void lifecycle_settle(struct pubport *context);
int lifecycle_end(struct pubport *context, struct pubport_error *error);

#endif
