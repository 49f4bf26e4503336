/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal that shows a text which changes. */
#ifndef CLI_TERMINAL_SCREEN_H
#define CLI_TERMINAL_SCREEN_H

#include <stdbool.h>
#include <termios.h>

/**
 * struct screen - the terminal on standard input and output
 * @has_keys: whether standard input is one, that keys are read from
 * @before: how it was
 * @signals: file that tells of signals
 */
struct screen {
	bool has_keys;
	struct termios before;
	int signals;
};

int screen_open(struct screen *ret_screen);
void screen_close(struct screen *screen);
void screen_show(const char *text);
bool screen_wait(struct screen *screen, int timeout_ms);

#endif
