/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that go on until somebody ends them. */
#ifndef CLI_TERMINAL_SIGNALS_H
#define CLI_TERMINAL_SIGNALS_H

#include <stdbool.h>

void ending_expect(void);
bool ending_wait(int fd, int timeout_ms);

#endif
