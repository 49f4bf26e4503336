/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sysctls in /proc/sys: read and written. */
#include "host/sysctl.h"

#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>

/**
 * open_whole() - open a file that tells all that it tells in one read
 * @path: the file, as those of /proc/sys are
 * @buffer: room for all of it, which the C library's own may not have; it must
 *	outlive the file
 * @size: size of @buffer
 *
 * Return: the file, or NULL with errno set.
 */
FILE *open_whole(const char *path, char *buffer, size_t size)
{
	FILE *file = fopen(path, "re");

	if (file)
		(void)setvbuf(file, buffer, _IOFBF, size);
	return file;
}

static int sysctl_open(const char *directory, const char *interface,
		       const char *name, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s%s/%s", directory,
		 interface, name);
	fd = (int)TEMP_FAILURE_RETRY(open(path, flags | O_CLOEXEC));
	return fd < 0 ? -errno : fd;
}

/**
 * sysctl_read() - read a sysctl of an interface
 * @directory: where the interfaces are, such as "ipv4/conf/"
 * @interface: the interface, or "all"
 * @name: the sysctl
 * @ret_value: its number
 *
 * Return: 0, -ENOENT when there is none, or another negative errno.
 */
int sysctl_read(const char *directory, const char *interface, const char *name,
		int *ret_value)
{
	int fd CLEANUP(close) =
		sysctl_open(directory, interface, name, O_RDONLY);
	char text[16] = "";

	if (fd < 0)
		return fd;
	if (TEMP_FAILURE_RETRY(read(fd, text, sizeof(text) - 1)) < 0)
		return -errno;
	*ret_value = (int)strtol(text, NULL, 10);
	return 0;
}

/**
 * sysctl_write() - write a sysctl of an interface
 * @directory: as for sysctl_read()
 * @interface: as for sysctl_read()
 * @name: the sysctl
 * @value: its number
 *
 * Return: 0, -ENOENT when there is none, -EPERM or -EACCES without the right
 * to it, -EROFS where /proc is read-only, or another negative errno.
 */
int sysctl_write(const char *directory, const char *interface, const char *name,
		 int value)
{
	int fd CLEANUP(close) =
		sysctl_open(directory, interface, name, O_WRONLY);
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", value);

	if (fd < 0)
		return fd;
	if (TEMP_FAILURE_RETRY(write(fd, text, (size_t)length)) < 0)
		return -errno;
	return 0;
}

/**
 * sysctl_get() - look whether a sysctl of an interface is on
 * @directory: as for sysctl_read()
 * @interface: as for sysctl_read()
 * @name: the sysctl
 * @ret_on: whether it is not 0
 *
 * Return: as sysctl_read().
 */
int sysctl_get(const char *directory, const char *interface, const char *name,
	       bool *ret_on)
{
	int value = 0, code = sysctl_read(directory, interface, name, &value);

	if (!code)
		*ret_on = value;
	return code;
}

/**
 * sysctl_set() - turn a sysctl of an interface on or off
 * @directory: as for sysctl_read()
 * @interface: as for sysctl_read()
 * @name: the sysctl
 * @on: to what
 *
 * Return: as sysctl_write().
 */
int sysctl_set(const char *directory, const char *interface, const char *name,
	       bool on)
{
	return sysctl_write(directory, interface, name, on);
}

/**
 * sysctl_watch() - be told when somebody writes a sysctl
 * @inotify: tells it, IN_MODIFY
 * @directory: as for sysctl_get()
 * @interface: the interface
 * @name: the sysctl
 *
 * What is written through another mount of /proc is not told; nor is anything
 * where inotify has no room for it.
 *
 * Return: a file to read the value from, which is to be open for as long: the
 * kernel forgets a file of /proc that nobody has open, and makes another one;
 * -ENOENT when there is no such sysctl; or another negative errno.
 */
int sysctl_watch(int inotify, const char *directory, const char *interface,
		 const char *name)
{
	int fd CLEANUP(close) =
		sysctl_open(directory, interface, name, O_RDONLY);
	char path[32];

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)inotify_add_watch(inotify, path, IN_MODIFY);
	return TAKE_FD(fd);
}

/* @otherwise: what counts where there is no such sysctl */
static int sysctl_ask(const char *directory, const char *interface,
		      const char *name, bool otherwise, bool *ret_on)
{
	int code = sysctl_get(directory, interface, name, ret_on);

	if (code != -ENOENT)
		return code;
	*ret_on = otherwise;
	return 0;
}

static const char *bridge_sysctl(enum pubport_family family)
{
	return family == PUBPORT_IPV4 ? "bridge-nf-call-iptables"
				      : "bridge-nf-call-ip6tables";
}

/**
 * host_filters_bridges() - look whether bridged packets pass the hooks
 * @family: of the packets
 * @ret_filters: whether br_netfilter is there and on for all bridges
 *
 * Return: 0, or a negative errno when it can't be read.
 */
int host_filters_bridges(enum pubport_family family, bool *ret_filters)
{
	return sysctl_ask("bridge", "", bridge_sysctl(family), false,
			  ret_filters);
}

/**
 * host_filters_bridge() - look whether packets of a bridge pass the hooks
 * @link: an interface
 * @family: of the packets
 * @ret_filters: whether it is a bridge, and they do
 *
 * Return: 0, or a negative errno.
 */
int host_filters_bridge(const struct link_info *link,
			enum pubport_family family, bool *ret_filters)
{
	bool is_bridge = !strcmp(link->kind, "bridge");

	*ret_filters = is_bridge && link->filters[family == PUBPORT_IPV6];
	return is_bridge && !*ret_filters
		       ? host_filters_bridges(family, ret_filters)
		       : 0;
}

/**
 * host_filters_bridges_watch() - be told when that changes
 * @family: of the packets
 * @inotify: tells it, but for the moment when br_netfilter comes
 *
 * Return: as sysctl_watch().
 */
int host_filters_bridges_watch(enum pubport_family family, int inotify)
{
	return sysctl_watch(inotify, "bridge", "", bridge_sysctl(family));
}
