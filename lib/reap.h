/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends the connections of mappings that ended by themselves. */
#ifndef REAP_H
#define REAP_H

#include "context.h"

void reap_ended(struct pubport *context);

#endif
