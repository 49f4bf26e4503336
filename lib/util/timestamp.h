/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as text: "2026-11-23T10:00:00Z". */
#ifndef UTIL_TIMESTAMP_H
#define UTIL_TIMESTAMP_H

#include "pubport.h"

#define TIMESTAMP_SIZE 32

const char *timestamp_format(int64_t seconds, char *ret_text);
int timestamp_parse(const char *text, int64_t *ret_seconds);

#endif
