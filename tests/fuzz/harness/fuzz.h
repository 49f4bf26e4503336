/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every fuzzer needs: what libFuzzer calls, and checks. */
#ifndef FUZZ_H
#define FUZZ_H

#include "table/mapping_element.h"
#include "util/cleanup.h"

#include <errno.h>
#include <string.h>

/* what libFuzzer calls, and replay.c */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ends the process, unlike assert() also where NDEBUG is set */
#define CHECK(condition)                                                       \
	((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

void check_failed(const char *condition, const char *file, int line)
	__attribute__((noreturn));

char *text_of(const uint8_t *data, size_t size);
bool text_is_printable(const char *text);
void check_error(const struct pubport_error *error, int code);
void check_untouched(const void *bytes, size_t size);
void check_mapping(const struct pubport_mapping *mapping);
void check_mappings(const struct pubport_mappings *mappings);

/* what check_untouched() expects */
#define UNTOUCHED 0xa5

#endif
