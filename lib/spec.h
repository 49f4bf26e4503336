/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a target may look like; the grammar of SPEC itself is public. */
#ifndef SPEC_H
#define SPEC_H

#include "pubport.h"

bool target_is_prefix(const char *word, size_t length);
const char *target_why_wrong(const char *target);

#endif
