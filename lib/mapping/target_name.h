/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of a user may consist of: targets and names. */
#ifndef MAPPING_TARGET_NAME_H
#define MAPPING_TARGET_NAME_H

#include "pubport.h"

#define DIGITS "0123456789"
#define ALNUM                                                                  \
	DIGITS "abcdefghijklmnopqrstuvwxyz"                                    \
	       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* what else a mapping's name may have, though not at its beginning */
#define NAME_MARKS "_.-:/@+,"

bool word_consists_of(const char *word, const char *characters);
bool word_is_name(const char *word);
bool target_name_is_prefix(const char *word, size_t length);
const char *target_name_why_wrong(const char *target);
void target_name_to_mapping(const char *target, const char *own_name,
			    char *ret_name);

#endif
