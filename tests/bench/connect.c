// SPDX-License-Identifier: GPL-2.0-or-later
/* connect: how long a TCP connect takes, in microseconds. */
/*
 * Only connect() is timed.  Each connection ends with a RST, so that no
 * port stays in TIME_WAIT, and costs four packets: SYN, SYN-ACK, ACK, RST.
 * To keep it at four the server lets connections rest in its backlog for a
 * moment: they are dead when it accepts them, and closing sends nothing.
 * That also keeps it from waking up once a connection.
 *
 * Every connect does the same work and noise only ever adds to it, so a
 * chunk counts as its lower quartile, and the result is the lowest decile
 * over chunks: the time on an undisturbed machine.  A mean or a median
 * moves by 20 % with what the neighbours do.  To compare two settings, run
 * them in turns, some forty chunks each; the same setting then repeats to
 * about 1 %.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	CHUNK = 500,
	BACKLOG = 4096,
	COUNT_MAX = 100 * 1000 * 1000,
};

static const struct timespec rest = { .tv_nsec = 1000 * 1000 };

struct endpoint {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
};

static int complain(const char *what)
{
	fprintf(stderr, "connect: %s: %s\n", what, strerror(errno));
	return -1;
}

static int parse_number(const char *text, long max, long *ret_number)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < 1 || number > max) {
		fprintf(stderr, "connect: not a number from 1 to %ld: %s\n",
			max, text);
		return -1;
	}
	*ret_number = number;
	return 0;
}

static int parse_endpoint(const char *address, const char *port,
			  struct endpoint *ret_endpoint)
{
	struct endpoint e = { .len = 0 };
	long number;

	if (parse_number(port, 65535, &number))
		return -1;
	if (inet_pton(AF_INET, address, &e.in.sin_addr) == 1) {
		e.in.sin_family = AF_INET;
		e.in.sin_port = htons((in_port_t)number);
		e.len = sizeof(e.in);
	} else if (inet_pton(AF_INET6, address, &e.in6.sin6_addr) == 1) {
		e.in6.sin6_family = AF_INET6;
		e.in6.sin6_port = htons((in_port_t)number);
		e.len = sizeof(e.in6);
	} else {
		fprintf(stderr, "connect: not an address: %s\n", address);
		return -1;
	}
	*ret_endpoint = e;
	return 0;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int connect_once(const struct endpoint *e, double *ret_us)
{
	const struct linger reset = { .l_onoff = 1 };
	double start;
	int fd, err;

	fd = socket(e->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return complain("socket");
	err = setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (err) {
		complain("setsockopt");
	} else {
		start = now_us();
		err = connect(fd, &e->sa, e->len);
		*ret_us = now_us() - start;
		if (err)
			complain("connect");
	}
	close(fd);
	return err;
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double percentile(double *values, long count, long percent)
{
	qsort(values, (size_t)count, sizeof(*values), compare_doubles);
	return values[(count - 1) * percent / 100];
}

static int connect_chunk(const struct endpoint *e, long count, double *ret_us)
{
	double us[CHUNK];
	long i;

	for (i = 0; i < count; i++) {
		if (connect_once(e, &us[i]))
			return -1;
	}
	*ret_us = percentile(us, count, 25);
	return 0;
}

static int measure(const struct endpoint *e, long count)
{
	long per_chunk = count < CHUNK ? count : CHUNK;
	long i, chunks = count / per_chunk;
	double *us;
	int err = 0;

	us = calloc((size_t)chunks, sizeof(*us));
	if (!us)
		return complain("calloc");
	for (i = 0; i < chunks && !err; i++)
		err = connect_chunk(e, per_chunk, &us[i]);
	if (!err)
		printf("%.3f\n", percentile(us, chunks, 10));
	free(us);
	return err;
}

static int listen_on(const struct endpoint *e)
{
	const int on = 1;
	int fd;

	fd = socket(e->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return complain("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, &e->sa, e->len) || listen(fd, BACKLOG)) {
		complain("listen");
		close(fd);
		return -1;
	}
	return fd;
}

/* Close every connection in the backlog. */
static int drain(int listener)
{
	int fd;

	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd >= 0)
			close(fd);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR && errno != ECONNABORTED)
			return complain("accept");
	}
}

static int serve(const struct endpoint *e)
{
	struct pollfd p = { .events = POLLIN };
	int err = 0;

	p.fd = listen_on(e);
	if (p.fd < 0)
		return -1;
	while (!err) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			err = complain("poll");
		nanosleep(&rest, NULL);
		if (!err)
			err = drain(p.fd);
	}
	close(p.fd);
	return err;
}

static int usage(void)
{
	fputs("usage: connect ADDRESS PORT COUNT\n"
	      "       connect --serve ADDRESS PORT\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct endpoint e;
	long count;
	int err;

	if (argc != 4)
		return usage();
	if (!strcmp(argv[1], "--serve"))
		err = parse_endpoint(argv[2], argv[3], &e) || serve(&e);
	else
		err = parse_endpoint(argv[1], argv[2], &e) ||
		      parse_number(argv[3], COUNT_MAX, &count) ||
		      measure(&e, count);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
