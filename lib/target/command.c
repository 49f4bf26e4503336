/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs: run without a shell, within bounds of time and output.
 *
 * A program gets nothing to read and no file that the caller has open.  It is
 * the first of a session of its own: it can't ask the terminal anything, and
 * what it started can be killed with it.  One that ends in time may leave
 * others running, as podman does.
 */
#include "target/command.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/libc.h"
#include "util/program.h"
#include "util/time.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum {
	/* besides the caller's */
	THREADS = 7,
	OUTPUT_MAX = COMMAND_MEBIBYTES * 1024 * 1024,
	/* only the first line counts */
	COMPLAINT_MAX = 64 * 1024,
	/* how long one that was killed may take to end */
	DEATH_MS = 1000,
};

/* --------------------------------------------------------------- reading */

/**
 * struct stream - what a program writes to one of its outputs
 * @text: so far, and a NUL; or NULL before anything came
 * @length: bytes of it
 * @size: bytes that @text has room for
 * @limit: the most that it may be
 */
struct stream {
	char *text;
	size_t length;
	size_t size;
	size_t limit;
};

static int stream_make_room(struct stream *stream)
{
	size_t size = stream->size ? 2 * stream->size : 4096;
	char *text;

	if (stream->length > stream->limit)
		return -EFBIG;
	if (stream->length + 1 < stream->size)
		return 0;
	text = realloc(stream->text, size);
	if (!text)
		return -ENOMEM;
	text[stream->length] = '\0';
	stream->text = text;
	stream->size = size;
	return 0;
}

/* reads what is there by now; closes the pipe at its end */
static int stream_read(struct stream *stream, int *fd)
{
	ssize_t got;
	int code;

	while (*fd >= 0) {
		code = stream_make_room(stream);
		if (code)
			return code;
		got = read(*fd, stream->text + stream->length,
			   stream->size - stream->length - 1);
		if (got < 0 && errno != EINTR)
			return errno == EAGAIN ? 0 : -errno;
		if (got > 0)
			stream->length += (size_t)got;
		stream->text[stream->length] = '\0';
		if (!got)
			close(TAKE_FD(*fd));
	}
	return 0;
}

/* ------------------------------------------------------------- a program */

/* what a program is waited for by */
enum {
	END, /* the process, as a file */
	OUTPUT,
	COMPLAINT,
	STOP, /* the caller doesn't want to wait */
	FDS,
};

/**
 * struct program - a program that runs
 * @pid: its process, and its group; 0 before it was started
 * @polls: the files that it is waited for by
 * @streams: what it writes to OUTPUT and COMPLAINT
 */
struct program {
	pid_t pid;
	struct pollfd polls[FDS];
	struct stream streams[FDS];
};

static void cleanup_program(struct program *program)
{
	for (size_t i = 0; i < STOP; i++) {
		cleanup_close(&program->polls[i].fd);
		free(program->streams[i].text);
	}
}

static int make_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = fds[0];
	*ret_write = fds[1];
	return fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int set_files(posix_spawn_file_actions_t *files, int output,
		     int complaint)
{
	int error;

	error = posix_spawn_file_actions_addopen(files, STDIN_FILENO,
						 "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(files, output,
							 STDOUT_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(files, complaint,
							 STDERR_FILENO);
	if (!error)
		error = posix_spawn_file_actions_addclosefrom_np(
			files, STDERR_FILENO + 1);
	return -error;
}

static void set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID |
						     POSIX_SPAWN_SETSIGDEF |
						     POSIX_SPAWN_SETSIGMASK);
}

/* what spawning needs besides, set up and taken down */
static int spawn(const char *const *argv, char **environment, int output,
		 int complaint, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	char path[PATH_MAX];
	int code = program_find(argv[0], path);

	if (code)
		return code;
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	set_attributes(&attributes);
	code = set_files(&files, output, complaint);
	if (!code)
		/* it takes them as they are, whatever its declaration says */
		code = -posix_spawn(ret_pid, path, &files, &attributes,
				    (char *const *)(uintptr_t)argv,
				    environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return code;
}

static int start(struct program *program, const char *const *argv,
		 char **environment)
{
	int output CLEANUP(close) = -1, complaint CLEANUP(close) = -1;
	int code = make_pipe(&program->polls[OUTPUT].fd, &output);

	if (!code)
		code = make_pipe(&program->polls[COMPLAINT].fd, &complaint);
	if (!code)
		code = spawn(argv, environment, output, complaint,
			     &program->pid);
	if (code)
		return code;
	program->polls[END].fd = (int)syscall(SYS_pidfd_open, program->pid, 0);
	return program->polls[END].fd < 0 ? -errno : 0;
}

/* reads what it writes until it ends */
static int wait_for(struct program *program, int64_t deadline_ms)
{
	struct pollfd *polls = program->polls;
	int64_t left_ms;
	int code = 0;

	while (!code && !polls[END].revents) {
		left_ms = deadline_ms - time_monotonic_ms();
		if (left_ms <= 0)
			return -ETIMEDOUT;
		poll(polls, FDS, (int)left_ms);
		if (polls[STOP].revents)
			return -ECANCELED;
		for (size_t i = OUTPUT; !code && i < STOP; i++)
			code = stream_read(&program->streams[i], &polls[i].fd);
	}
	return code;
}

/* takes the exit status of a program that has ended */
static int reap(const struct program *program, int *ret_status)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOHANG) < 0)
		return -errno;
	*ret_status = info.si_code == CLD_EXITED ? info.si_status
						 : 128 + info.si_status;
	return 0;
}

static void take_first_line(struct command *command, const char *text)
{
	text += strspn(text, "\n");
	snprintf(command->complaint, sizeof(command->complaint), "%.*s",
		 (int)strcspn(text, "\n"), text);
	text_make_printable(command->complaint);
}

/**
 * struct work - programs that are to be run
 * @commands: which
 * @count: number of @commands
 * @next: the next one to be started, by whichever thread is free
 * @environment: theirs
 * @deadline_ms: when they must have ended, of the monotonic clock
 * @stop: readable when they must end at once, or -1
 */
struct work {
	struct command *commands;
	size_t count;
	atomic_size_t next;
	char **environment;
	int64_t deadline_ms;
	int stop;
};

static void run(struct command *command, const struct work *work)
{
	struct program program CLEANUP(program) = {
		.polls = { { -1, POLLIN, 0 },
			   { -1, POLLIN, 0 },
			   { -1, POLLIN, 0 },
			   { work->stop, POLLIN, 0 } },
		.streams = { [OUTPUT] = { .limit = OUTPUT_MAX },
			     [COMPLAINT] = { .limit = COMPLAINT_MAX } },
	};
	int code = 0;

	*command = (struct command){ .argv = command->argv };
	if (time_monotonic_ms() >= work->deadline_ms)
		code = -ETIMEDOUT;
	if (poll(&program.polls[STOP], 1, 0) > 0)
		code = -ECANCELED;
	if (!code)
		code = start(&program, command->argv, work->environment);
	if (!code)
		code = wait_for(&program, work->deadline_ms);
	if (!code)
		code = reap(&program, &command->status);
	if (code && program.pid) {
		kill(-program.pid, SIGKILL);
		/* one that the kernel can't end now is left to whoever comes
		 * later */
		if (poll(&program.polls[END], 1, DEATH_MS) > 0)
			reap(&program, &command->status);
	}
	command->code = code;
	command->output = TAKE_PTR(program.streams[OUTPUT].text);
	if (program.streams[COMPLAINT].text)
		take_first_line(command, program.streams[COMPLAINT].text);
}

/* --------------------------------------------------------------- several */

static void *run_next(void *data)
{
	struct work *work = data;
	size_t index;

	while ((index = atomic_fetch_add(&work->next, 1)) < work->count)
		run(&work->commands[index], work);
	return NULL;
}

/* signals are for the caller's own threads */
static size_t start_threads(struct work *work, pthread_t *ret_threads)
{
	size_t count = 0;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (count < THREADS && count + 1 < work->count &&
	       !pthread_create(&ret_threads[count], NULL, run_next, work))
		count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return count;
}

/**
 * commands_run() - run programs, several at once, until all have ended
 * @commands: what to run; all but argv is set
 * @count: number of @commands
 * @stop: a file that is readable when none is to be waited for any more, or -1
 *
 * Each has a thread that waits for it; where there can be no more threads, the
 * caller's waits for one after another.  All that have not ended after
 * COMMAND_SECONDS are killed.  The caller's process must not ignore SIGCHLD.
 */
void commands_run(struct command *commands, size_t count, int stop)
{
	char **environment CLEANUP(free) = program_environment();
	struct work work = {
		.commands = commands,
		.count = count,
		.environment = environment,
		.deadline_ms = time_monotonic_ms() + COMMAND_SECONDS * 1000,
		.stop = stop,
	};
	pthread_t threads[THREADS];
	size_t started = 0;

	for (size_t i = 0; !environment && i < count; i++)
		commands[i] = (struct command){ .argv = commands[i].argv,
						.code = -ENOMEM };
	if (!environment)
		return;
	started = start_threads(&work, threads);
	run_next(&work);
	while (started)
		pthread_join(threads[--started], NULL);
}

/**
 * command_done() - free what a program printed
 * @command: as commands_run() left it
 */
void command_done(struct command *command)
{
	free(command->output);
	command->output = NULL;
}
