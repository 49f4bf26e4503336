/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs: what they print, and the bounds that they are kept in. */
#include "target/command.h"
#include "unit.h"
#include "util/program.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SHELL(script) ARGV("sh", "-c", script)

static struct command run(const char *const *argv)
{
	struct command command = { .argv = argv };

	commands_run(&command, 1, -1);
	return command;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void prints(const char *const *argv, const char *expected)
{
	struct command command = run(argv);

	assert_int_equal(command.code, 0);
	assert_int_equal(command.status, 0);
	assert_string_equal(command.output ? command.output : "", expected);
	command_done(&command);
}

static void arguments_arrive_as_they_are(void **state)
{
	(void)state;
	prints(ARGV("echo", "a b", "$(c)", "*", "", "'\""),
	       "a b $(c) *  '\"\n");
	prints(ARGV("true"), "");
}

static void status_and_complaint_are_told(void **state)
{
	struct command command;

	(void)state;
	command = run(SHELL("echo x; printf '\\nbad \\033[31mred\\nmore' >&2; "
			    "exit 7"));
	assert_int_equal(command.code, 0);
	assert_int_equal(command.status, 7);
	assert_string_equal(command.output, "x\n");
	assert_string_equal(command.complaint, "bad ?[31mred");
	command_done(&command);
	command = run(SHELL("kill -9 $$"));
	assert_int_equal(command.code, 0);
	assert_int_equal(command.status, 128 + SIGKILL);
	command_done(&command);
}

static void what_is_not_installed_is_not_found(void **state)
{
	struct command command;
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(program_find("sh", path), 0);
	assert_int_equal(program_find("no-such-program", path), -ENOENT);
	command = run(ARGV("no-such-program"));
	assert_int_equal(command.code, -ENOENT);
	/* the caller's PATH does not count */
	setenv("PATH", "/nowhere", 1);
	assert_int_equal(program_find("sh", path), 0);
}

static void little_is_inherited(void **state)
{
	FILE *open_file = fopen("/dev/zero", "r");

	(void)state;
	assert_non_null(open_file);
	setenv("HOME", "/home/somebody", 1);
	setenv("DOCKER_HOST", "unix:///nowhere", 1);
	setenv("LD_PRELOAD_NOT", "1", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	signal(SIGPIPE, SIG_IGN);
	prints(SHELL("echo $HOME $DOCKER_HOST $LD_PRELOAD_NOT $LC_ALL"),
	       "/home/somebody unix:///nowhere C\n");
	/* nothing to read, no file but the three, SIGPIPE as usual */
	prints(SHELL("cat; echo /proc/self/fd/*"),
	       "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 "
	       "/proc/self/fd/3\n");
	prints(SHELL("(yes; echo $? >&3) 3>&1 | head -n 1"), "y\n");
	signal(SIGPIPE, SIG_DFL);
	fclose(open_file);
}

static void much_output_arrives_whole(void **state)
{
	struct command command =
		run(ARGV("head", "-c", "4194304", "/dev/zero"));

	(void)state;
	assert_int_equal(command.code, 0);
	command_done(&command);
	command = run(SHELL("yes 12345678 | head -n 400000; echo end"));
	assert_int_equal(command.code, 0);
	assert_int_equal(strlen(command.output), 9 * 400000 + 4);
	command_done(&command);
}

static void too_much_output_ends_it(void **state)
{
	static const char *const scripts[] = { "yes", "yes >&2" };
	double before = seconds();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct command command = run(SHELL(scripts[i]));

		assert_int_equal(command.code, -EFBIG);
		command_done(&command);
	}
	assert_true(seconds() - before < 4);
}

static void a_child_that_stays_is_not_waited_for(void **state)
{
	double before = seconds();

	(void)state;
	prints(SHELL("sleep 3 & echo done"), "done\n");
	assert_true(seconds() - before < 2);
}

static void many_run_at_once(void **state)
{
	const char *const *argv = SHELL("sleep 0.2; echo done");
	struct command commands[20] = { 0 };
	double before = seconds();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		commands[i].argv = argv;
	commands_run(commands, ARRAY_SIZE(commands), -1);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		assert_int_equal(commands[i].code, 0);
		assert_string_equal(commands[i].output, "done\n");
		command_done(&commands[i]);
	}
	assert_true(seconds() - before < 2);
}

/* what has ended has no command line any more, perhaps not even a number */
static bool lives(int pid)
{
	char path[32];
	FILE *file CLEANUP(fclose) = NULL;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	file = fopen(path, "r");
	return file && fgetc(file) != EOF;
}

static void one_that_hangs_is_killed_with_its_children(void **state)
{
	struct command commands[] = {
		{ .argv = SHELL("trap '' TERM; sleep 1000 & echo $!; wait") },
		{ .argv = SHELL("echo quick") },
		{ .argv = SHELL("exec >&- 2>&-; sleep 1000") },
	};
	double before = seconds();

	(void)state;
	commands_run(commands, ARRAY_SIZE(commands), -1);
	assert_true(seconds() - before > 4.9);
	assert_true(seconds() - before < 7);
	assert_int_equal(commands[0].code, -ETIMEDOUT);
	assert_int_equal(commands[1].code, 0);
	assert_string_equal(commands[1].output, "quick\n");
	assert_int_equal(commands[2].code, -ETIMEDOUT);
	/* the kernel may take a moment to end what was killed */
	for (int i = 0; i < 200 && lives(atoi(commands[0].output)); i++)
		usleep(10000);
	assert_false(lives(atoi(commands[0].output)));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		command_done(&commands[i]);
}

static void one_that_is_not_waited_for_is_killed(void **state)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 100000000 };
	CLEANUP(close) int stop = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct command command = { .argv = SHELL("echo $$; exec sleep 1000") };
	double before = seconds();

	(void)state;
	assert_int_equal(timerfd_settime(stop, 0, &soon, NULL), 0);
	commands_run(&command, 1, stop);
	assert_true(seconds() - before < 2);
	assert_int_equal(command.code, -ECANCELED);
	assert_non_null(command.output);
	assert_false(lives(atoi(command.output)));
	command_done(&command);
	/* the next one isn't even started */
	commands_run(&command, 1, stop);
	assert_int_equal(command.code, -ECANCELED);
	assert_null(command.output);
}

/* valgrind lets through what it knows */
static bool has_pidfd_open(void)
{
	CLEANUP(close) int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return fd >= 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_arrive_as_they_are),
		cmocka_unit_test(status_and_complaint_are_told),
		cmocka_unit_test(what_is_not_installed_is_not_found),
		cmocka_unit_test(little_is_inherited),
		cmocka_unit_test(much_output_arrives_whole),
		cmocka_unit_test(too_much_output_ends_it),
		cmocka_unit_test(a_child_that_stays_is_not_waited_for),
		cmocka_unit_test(many_run_at_once),
		cmocka_unit_test(one_that_hangs_is_killed_with_its_children),
		cmocka_unit_test(one_that_is_not_waited_for_is_killed),
	};

	if (!has_pidfd_open()) {
		puts("1..0 # SKIP no pidfd_open(2) here");
		return 0;
	}
	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
