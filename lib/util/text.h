/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others that is shown on a terminal or pasted into a shell. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdio.h>

void text_make_printable(char *text);
void shell_quote(FILE *out, const char *word);

#endif
