/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal that shows a text which changes.
 *
 * It is written over from its upper left corner, so that nothing flickers; what
 * was shown last stays when it ends.  Keys are read one by one, without being
 * shown.  Signals are read too, so that whoever sends one finds the terminal as
 * it was before.
 */
#include "terminal/screen.h"

#include "util/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TO_CORNER "\033[H"
#define CLEAR_ALL "\033[2J"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

static void read_single_keys(const struct screen *screen)
{
	struct termios single = screen->before;

	if (!screen->has_keys)
		return;
	single.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	single.c_cc[VMIN] = 1;
	single.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &single);
}

static void restore_keys(const struct screen *screen)
{
	if (screen->has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

static int open_signals(void)
{
	static const int numbers[] = { SIGINT,	SIGTERM,  SIGHUP, SIGQUIT,
				       SIGTSTP, SIGWINCH, SIGCONT };
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(&signals, numbers[i]);
	fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (fd >= 0)
		sigprocmask(SIG_BLOCK, &signals, NULL);
	return fd;
}

/**
 * screen_open() - clear the terminal, and read single keys
 * @ret_screen: end with screen_close()
 *
 * Return: 0, or a negative errno from signalfd(2).
 */
int screen_open(struct screen *ret_screen)
{
	ret_screen->signals = open_signals();
	if (ret_screen->signals < 0)
		return -errno;
	ret_screen->has_keys = tcgetattr(STDIN_FILENO, &ret_screen->before) ==
			       0;
	read_single_keys(ret_screen);
	fputs(CLEAR_ALL TO_CORNER, stdout);
	return 0;
}

/**
 * screen_close() - leave the terminal as it was, but for what it shows
 * @screen: opened by screen_open()
 */
void screen_close(struct screen *screen)
{
	putchar('\n');
	restore_keys(screen);
	close(screen->signals);
}

static struct winsize size_now(void)
{
	struct winsize size = { .ws_row = 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	/* it is 0 where nobody set it */
	if (!size.ws_row || !size.ws_col)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	return size;
}

/**
 * screen_show() - show a text instead of the last one
 * @text: lines of printable ASCII; what there is no room for is left out
 */
void screen_show(const char *text)
{
	struct winsize size = size_now();
	const char *gap = TO_CORNER;

	for (int row = 1; row <= size.ws_row && *text; row++) {
		const char *next = strchrnul(text, '\n');
		int length = (int)(next - text);

		next += *next == '\n';
		if (row == size.ws_row && *next)
			printf("%s..." CLEAR_LINE, gap);
		else
			printf("%s%.*s" CLEAR_LINE, gap,
			       length < size.ws_col ? length : size.ws_col,
			       text);
		gap = "\n";
		text = next;
	}
	fputs(CLEAR_BELOW, stdout);
	fflush(stdout);
}

/* others have the terminal meanwhile */
static void stop(const struct screen *screen)
{
	sigset_t stop;

	restore_keys(screen);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	/* here it stops, unless nobody could have it go on */
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	read_single_keys(screen);
}

/* whether a signal is no end: the size changed, or it goes on after a stop */
static bool read_signal(const struct screen *screen)
{
	struct signalfd_siginfo info;

	if (read(screen->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo == SIGTSTP)
		stop(screen);
	if (info.ssi_signo == SIGCONT)
		read_single_keys(screen);
	return info.ssi_signo == SIGTSTP || info.ssi_signo == SIGCONT ||
	       info.ssi_signo == SIGWINCH;
}

static bool read_key(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q';
}

/**
 * screen_wait() - wait for the user
 * @screen: opened by screen_open()
 * @timeout_ms: no longer than that
 *
 * Return: whether to go on: false when the user wants to quit, or is gone.
 */
bool screen_wait(struct screen *screen, int timeout_ms)
{
	struct pollfd polled[] = {
		{ .fd = screen->signals, .events = POLLIN },
		{ .fd = screen->has_keys ? STDIN_FILENO : -1,
		  .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 },
	};

	poll(polled, 3, timeout_ms);
	if (polled[0].revents)
		return read_signal(screen);
	if (polled[1].revents)
		return read_key();
	return !polled[2].revents;
}
