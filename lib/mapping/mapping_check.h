/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings as somebody gives them: what was left out, and what is wrong. */
#ifndef MAPPING_MAPPING_CHECK_H
#define MAPPING_MAPPING_CHECK_H

#include "pubport.h"

void mapping_complete(struct pubport_mapping *mapping);
const char *spec_why_wrong(const struct pubport_spec *spec);
const char *mapping_why_wrong(const struct pubport_mapping *mapping,
			      const char **ret_field);
int mappings_check(const struct pubport_mappings *mappings,
		   struct pubport_error *error);

#endif
