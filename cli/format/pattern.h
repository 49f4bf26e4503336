/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regular expressions, as docker's filters take them. */
#ifndef CLI_FORMAT_PATTERN_H
#define CLI_FORMAT_PATTERN_H

#include <regex.h>
#include <stddef.h>

int pattern_compile(const char *text, regex_t *ret_pattern, char *why,
		    size_t size);

#endif
