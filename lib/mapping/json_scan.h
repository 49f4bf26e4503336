/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things stand in a text that may be JSON. */
#ifndef MAPPING_JSON_SCAN_H
#define MAPPING_JSON_SCAN_H

#include "pubport.h"

const char *json_skip_blanks(const char *at);
const char *json_skip_item(const char *at);
const char *json_find_nul(const char *at, const char *end);
size_t json_line(const char *text, const char *place);
int json_refuse(const char *text, const char *place,
		struct pubport_error *error);

#endif
