/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as somebody gives them: what was left out, and what is wrong. */
#ifndef GIVEN_H
#define GIVEN_H

#include "pubport.h"

void given_complete(struct pubport_mapping *mapping);
const char *given_why_wrong(const struct pubport_mapping *mapping,
			    const char **ret_field);

#endif
