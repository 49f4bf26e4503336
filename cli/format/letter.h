/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Letters of UTF-8. */
#ifndef CLI_FORMAT_LETTER_H
#define CLI_FORMAT_LETTER_H

#include <stddef.h>
#include <stdio.h>
#include <wchar.h>

/* what stands for a byte that belongs to no letter */
#define LETTER_NONE L'\xfffd'

size_t letter_read(const char *text, size_t length, wchar_t *ret_letter);
size_t letter_width(wchar_t letter);
void letter_write(wchar_t letter, FILE *out);

#endif
