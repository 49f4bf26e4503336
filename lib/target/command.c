/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs: run without a shell, within bounds of time and output.
 *
 * They are looked for in fixed places, never in the caller's PATH: pubport
 * often runs as root.
 *
 * A program gets nothing to read, no file that the caller has open, and of the
 * environment what says where a runtime is, and whose.  It is the first of a
 * session of its own: it can't ask the terminal anything, and what it started
 * can be killed with it.  One that ends in time may leave others running, as
 * podman does.
 */
#include "target/command.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/time.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum {
	/* that many at once */
	SLOTS = 8,
	OUTPUT_MAX = COMMAND_MEBIBYTES * 1024 * 1024,
	/* only the first line counts */
	COMPLAINT_MAX = 64 * 1024,
	/* how long one that was killed may take to end */
	DEATH_MS = 1000,
};

/* ----------------------------------------------------- where and with what */

/* in this order */
#define SAFE_PATH                                                              \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"

/**
 * command_path() - look for a program
 * @name: its name, without a folder
 * @ret_path: where it is
 *
 * Return: 0, or -ENOENT where it isn't installed.
 */
int command_path(const char *name, char ret_path[PATH_MAX])
{
	const char *folder = SAFE_PATH;
	int length;

	while (*folder) {
		length = (int)strcspn(folder, ":");
		snprintf(ret_path, PATH_MAX, "%.*s/%s", length, folder, name);
		if (access(ret_path, X_OK) == 0)
			return 0;
		folder += length;
		folder += *folder == ':';
	}
	return -ENOENT;
}

/* what says where a runtime is, and whose */
static bool is_kept(const char *variable)
{
	static const char *const prefixes[] = {
		"HOME=",   "USER=", "LOGNAME=",	 "XDG_",   "DBUS_",
		"DOCKER_", "SSH_",  "CONTAINER", "INCUS_", "LIBVIRT_",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(variable, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* the array alone is on the heap; NULL without memory */
static char **make_environment(void)
{
	static char path[] = "PATH=" SAFE_PATH, locale[] = "LC_ALL=C";
	size_t count = 0, kept = 0;
	char **variables;

	/* not where the caller has fewer rights than this process */
	if (environ && !getauxval(AT_SECURE))
		while (environ[count])
			count++;
	variables = calloc(count + 3, sizeof(*variables));
	if (!variables)
		return NULL;
	variables[kept++] = path;
	variables[kept++] = locale;
	for (size_t i = 0; i < count; i++)
		if (is_kept(environ[i]))
			variables[kept++] = environ[i];
	return variables;
}

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

/* ---------------------------------------------------------------- slots */

/* what a slot waits for */
enum {
	END, /* the process, as a file */
	OUTPUT,
	COMPLAINT,
	FDS,
};

/**
 * struct slot - room for a program that runs
 * @command: what it is, or NULL for a free slot
 * @pid: its process, and its group
 * @streams: what it writes; none for END
 */
struct slot {
	struct command *command;
	pid_t pid;
	struct stream streams[FDS];
};

/**
 * struct runner - programs that run
 * @environment: theirs
 * @deadline_ms: when they must have ended, of the monotonic clock
 * @slots: each for one of them
 * @polls: for each slot, the FDS files that it waits for
 */
struct runner {
	char **environment;
	int64_t deadline_ms;
	struct slot slots[SLOTS];
	struct pollfd polls[SLOTS * FDS];
};

static struct pollfd *polls_of(struct runner *runner, size_t index)
{
	return &runner->polls[index * FDS];
}

static void take_first_line(struct command *command, const char *text)
{
	text += strspn(text, "\n");
	snprintf(command->complaint, sizeof(command->complaint), "%.*s",
		 (int)strcspn(text, "\n"), text);
	text_make_printable(command->complaint);
}

/* hands over what came of a program, and frees its slot */
static void slot_finish(struct runner *runner, size_t index, int code)
{
	struct slot *slot = &runner->slots[index];
	struct stream *output = &slot->streams[OUTPUT];
	struct stream *complaint = &slot->streams[COMPLAINT];
	struct pollfd *polls = polls_of(runner, index);

	slot->command->code = code;
	slot->command->output = output->text;
	if (complaint->text)
		take_first_line(slot->command, complaint->text);
	free(complaint->text);
	memset(slot, 0, sizeof(*slot));
	for (size_t i = 0; i < FDS; i++) {
		cleanup_close(&polls[i].fd);
		polls[i].fd = -1;
	}
}

/* takes the exit status of a program that has ended */
static int slot_reap(const struct slot *slot)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)slot->pid, &info, WEXITED | WNOHANG) < 0)
		return -errno;
	slot->command->status = info.si_code == CLD_EXITED
					? info.si_status
					: 128 + info.si_status;
	return 0;
}

static void slot_kill(struct runner *runner, size_t index, int code)
{
	struct slot *slot = &runner->slots[index];

	kill(-slot->pid, SIGKILL);
	/* one that the kernel can't end now is left to whoever comes later */
	if (poll(&polls_of(runner, index)[END], 1, DEATH_MS) > 0)
		slot_reap(slot);
	slot_finish(runner, index, code);
}

/* ----------------------------------------------------------------- start */

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
static int spawn(const struct runner *runner, struct slot *slot, int output,
		 int complaint)
{
	const char *const *argv = slot->command->argv;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	char path[PATH_MAX];
	int code = command_path(argv[0], path);

	if (code || !runner->environment)
		return code ? code : -ENOMEM;
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	set_attributes(&attributes);
	code = set_files(&files, output, complaint);
	if (!code)
		/* it takes them as they are, whatever its declaration says */
		code = -posix_spawn(&slot->pid, path, &files, &attributes,
				    (char *const *)(uintptr_t)argv,
				    runner->environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return code;
}

static int open_end(struct runner *runner, size_t index)
{
	struct slot *slot = &runner->slots[index];
	int fd = (int)syscall(SYS_pidfd_open, slot->pid, 0);

	if (fd < 0)
		return -errno;
	polls_of(runner, index)[END].fd = fd;
	return 0;
}

static void slot_start(struct runner *runner, size_t index,
		       struct command *command)
{
	struct slot *slot = &runner->slots[index];
	struct pollfd *polls = polls_of(runner, index);
	CLEANUP(close) int output = -1;
	CLEANUP(close) int complaint = -1;
	int code;

	*command = (struct command){ .argv = command->argv };
	slot->command = command;
	slot->streams[OUTPUT].limit = OUTPUT_MAX;
	slot->streams[COMPLAINT].limit = COMPLAINT_MAX;
	code = time_monotonic_ms() < runner->deadline_ms ? 0 : -ETIMEDOUT;
	if (!code)
		code = make_pipe(&polls[OUTPUT].fd, &output);
	if (!code)
		code = make_pipe(&polls[COMPLAINT].fd, &complaint);
	if (!code)
		code = spawn(runner, slot, output, complaint);
	if (code) {
		slot_finish(runner, index, code);
		return;
	}
	code = open_end(runner, index);
	if (code)
		slot_kill(runner, index, code);
}

/* ------------------------------------------------------------------- run */

/* reads what a program wrote, and notices its end */
static void slot_advance(struct runner *runner, size_t index)
{
	struct slot *slot = &runner->slots[index];
	struct pollfd *polls = polls_of(runner, index);
	int code = 0;

	for (size_t i = OUTPUT; !code && i < FDS; i++)
		code = stream_read(&slot->streams[i], &polls[i].fd);
	if (code)
		slot_kill(runner, index, code);
	else if (polls[END].revents)
		slot_finish(runner, index, slot_reap(slot));
}

static void runner_wait(struct runner *runner)
{
	int64_t left_ms = runner->deadline_ms - time_monotonic_ms();
	bool late = left_ms <= 0;

	if (!late)
		poll(runner->polls, ARRAY_SIZE(runner->polls), (int)left_ms);
	for (size_t i = 0; i < SLOTS; i++) {
		if (!runner->slots[i].command)
			continue;
		if (late)
			slot_kill(runner, i, -ETIMEDOUT);
		else
			slot_advance(runner, i);
	}
}

/* starts as many as there is room for; false when all have ended */
static bool runner_fill(struct runner *runner, struct command **next,
			const struct command *end)
{
	bool busy = false;

	for (size_t i = 0; i < SLOTS; i++) {
		while (!runner->slots[i].command && *next < end)
			slot_start(runner, i, (*next)++);
		busy |= runner->slots[i].command != NULL;
	}
	return busy;
}

/**
 * commands_run() - run programs, several at once, until all have ended
 * @commands: what to run; all but argv is set
 * @count: number of @commands
 *
 * All that have not ended after COMMAND_SECONDS are killed.  The caller's
 * process must not ignore SIGCHLD.
 */
void commands_run(struct command *commands, size_t count)
{
	CLEANUP(free) char **environment = make_environment();
	struct runner runner = {
		.environment = environment,
		.deadline_ms = time_monotonic_ms() + COMMAND_SECONDS * 1000,
	};
	struct command *next = commands;

	for (size_t i = 0; i < ARRAY_SIZE(runner.polls); i++)
		runner.polls[i] = (struct pollfd){ -1, POLLIN, 0 };
	while (runner_fill(&runner, &next, commands + count))
		runner_wait(&runner);
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
