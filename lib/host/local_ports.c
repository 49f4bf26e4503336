/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports that the kernel gives to programs which ask for any: those of a range,
 * without the reserved ones.  Both are settings of a network namespace.
 */
#include "host/local_ports.h"

#include "host/sysctl.h"
#include "util/cleanup.h"
#include "util/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LOCAL_RANGE "/proc/sys/net/ipv4/ip_local_port_range"
#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define PORT_MAX 65535u
/* as text, each second one by itself */
#define RESERVED_SIZE ((PORT_MAX + 1) / 2 * sizeof("65535"))

/* what a kernel doesn't tell has its default; what can't be read is an error */
static int read_result(FILE *file)
{
	if (file ? ferror(file) : errno != ENOENT)
		return -errno;
	return 0;
}

/**
 * local_ports_range() - read the range
 * @ret_range: the ports
 *
 * Return: 0, or a negative errno when it can't be read.
 */
int local_ports_range(struct pubport_ports *ret_range)
{
	char buffer[64];
	FILE *file CLEANUP(fclose) =
		open_whole(LOCAL_RANGE, buffer, sizeof(buffer));
	unsigned int first, last;

	/* the kernel's default */
	*ret_range = (struct pubport_ports){ 32768, 60999 };
	if (file && fscanf(file, "%u %u", &first, &last) == 2 && first &&
	    first <= last && last <= PORT_MAX)
		*ret_range = (struct pubport_ports){ (uint16_t)first,
						     (uint16_t)last };
	return read_result(file);
}

/**
 * local_ports_reserved_watch() - be told when others reserve ports
 * @inotify: tells it
 *
 * Return: as sysctl_watch().
 */
int local_ports_reserved_watch(int inotify)
{
	return sysctl_watch(inotify, "ipv4", "", "ip_local_reserved_ports");
}

/**
 * local_ports_reserved() - read which ports are reserved
 * @set: they are added to it
 *
 * Return: 0, -ENOMEM, or another negative errno when it can't be read.
 */
int local_ports_reserved(struct port_bits *set)
{
	char *buffer CLEANUP(free) = malloc(RESERVED_SIZE);
	FILE *file CLEANUP(fclose) = NULL;
	unsigned int first, last;

	if (!buffer)
		return -ENOMEM;
	file = open_whole(RESERVED, buffer, RESERVED_SIZE);
	/* "8080,9148-9150" */
	while (file && fscanf(file, " %u", &first) == 1) {
		if (fscanf(file, "-%u", &last) != 1)
			last = first;
		for (; first <= last && first <= PORT_MAX; first++)
			port_bits_add(set, (uint16_t)first);
		if (fscanf(file, "%*1[,]") == EOF)
			break;
	}
	return read_result(file);
}

static void write_set(const struct port_bits *set, FILE *out)
{
	struct pubport_ports run = { 0, 0 };
	struct port_set view = { *set, PORT_SET_ALL };
	const char *gap = "";

	for (; port_set_next(&view, &run); gap = ",")
		fprintf(out, run.first < run.last ? "%s%u-%u" : "%s%u", gap,
			run.first, run.last);
	fputc('\n', out);
}

/* the kernel takes a page at once */
static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t written = TEMP_FAILURE_RETRY(write(fd, text, length));

		if (written < 0)
			return -errno;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

/**
 * local_ports_reserve() - set which ports are reserved
 * @set: these, and no others
 *
 * Return: 0, -ENOENT when there is no such setting, -EPERM or -EACCES without
 * the right to it, -EROFS where /proc is read-only, -ENOMEM, or another
 * negative errno.
 */
int local_ports_reserve(const struct port_bits *set)
{
	struct strbuf text CLEANUP(strbuf_done) = { .out = NULL };
	int fd CLEANUP(close) = -1;

	if (strbuf_open(&text))
		return -ENOMEM;
	write_set(set, text.out);
	if (strbuf_close(&text))
		return -ENOMEM;
	fd = (int)TEMP_FAILURE_RETRY(open(RESERVED, O_WRONLY | O_CLOEXEC));
	return fd < 0 ? -errno : write_all(fd, text.string, text.length);
}
