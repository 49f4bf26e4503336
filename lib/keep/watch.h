/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a watch knows, for those inside. */
#ifndef KEEP_WATCH_H
#define KEEP_WATCH_H

#include "keep/loss.h"
#include "mapping/mapping_hash.h"

const struct mapping_hash *watch_known(const struct pubport_watch *watch);
struct loss watch_take_loss(struct pubport_watch *watch);

#endif
