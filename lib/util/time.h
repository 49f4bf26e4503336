/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks, and points in time as text: "2026-11-23T10:00:00Z". */
#ifndef UTIL_TIME_H
#define UTIL_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define TIMESTAMP_SIZE 32

/* a century: whoever asks for more made a mistake */
#define DURATION_MAX (INT64_C(100) * 365 * 24 * 3600)

int64_t time_now_ms(void);
int64_t time_boot(void);
bool time_was_set(int64_t boot_then);
int64_t time_follow_clock(int64_t seconds, int64_t boot_then);
int64_t time_monotonic_ms(void);
int64_t time_thread_ns(void);

const char *timestamp_format(int64_t seconds, char *ret_text);
int timestamp_parse(const char *text, int64_t *ret_seconds);

#endif
