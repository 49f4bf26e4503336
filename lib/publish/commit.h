/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a change, and sees to what depends on it. */
#ifndef PUBLISH_COMMIT_H
#define PUBLISH_COMMIT_H

#include "publish/change.h"

int commit_look_ahead(struct change *change);
int commit_lay_rules(struct pubport *context, const struct plan *plan);
int commit_change(struct change *change);
int commit_finish(struct change *change, int code);

#endif
