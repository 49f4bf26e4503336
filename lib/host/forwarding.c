/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a host forwards, and what makes it do so.
 *
 * Before Linux 6.17 there is one switch for IPv6 on all interfaces,
 * net.ipv6.conf.all.forwarding.  It does three things: packets are forwarded;
 * each interface becomes that of a router, which hears no other routers any
 * more; and the routes that were learned from these are deleted.  Only the
 * first of them is wanted.  So each interface gets its own switch back, by
 * which nothing is forwarded, and while they are written, accept_ra is 2 where
 * it is 1: with that the routes stay.
 *
 * What is written into "all" is 2, which is the same as 1 to the kernel.  So it
 * can be told at any time who did it: somebody else, who makes the host a
 * router, writes 1.
 */
#include "host/forwarding.h"

#include "host/sysctl.h"
#include "util/array.h"
#include "util/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#define CONF4 "ipv4/conf/"
#define CONF6 "ipv6/conf/"
#define FORWARDING "forwarding"
#define ACCEPT_RA "accept_ra"

/* values of CONF6 "all" FORWARDING, and of accept_ra */
#define BY_US 2
#define HEARS_ROUTERS 1
#define HEARS_ROUTERS_AS_ONE 2

/**
 * host_forwards() - tell a router from a host
 * @family: of the packets
 * @ret_on: whether somebody turned forwarding on for all interfaces, or there
 * is no such setting
 *
 * Return: 0, or a negative errno when it can't be read.
 */
int host_forwards(enum pubport_family family, bool *ret_on)
{
	bool is_ipv4 = family == PUBPORT_IPV4;
	int value = 1, code = sysctl_read(is_ipv4 ? CONF4 : CONF6,
					  FORWARDING_ALL, FORWARDING, &value);

	if (code && code != -ENOENT)
		return code;
	*ret_on = value && (is_ipv4 || value != BY_US);
	return 0;
}

/* ---------------------------------------------------- IPv6 on all interfaces
 */

/**
 * forwarding_all_get() - look whether IPv6 is forwarded
 * @ret_on: whether it is, by whomever
 *
 * Return: 0, -ENOENT without IPv6, or another negative errno.
 */
int forwarding_all_get(bool *ret_on)
{
	return sysctl_get(CONF6, FORWARDING_ALL, FORWARDING, ret_on);
}

/**
 * struct own - what an interface has by itself, or those have that come later
 * @name: its name, or "default"
 * @forwarding: whether it is that of a router
 * @accept_ra: whether it hears routers
 */
struct own {
	char name[PUBPORT_IFNAME_SIZE];
	int forwarding;
	int accept_ra;
};

struct owns {
	struct own *items;
	size_t count;
};

static void cleanup_owns(struct owns *owns)
{
	free(owns->items);
}

/* one that goes away meanwhile has nothing */
static int read_own(const char *name, struct owns *owns)
{
	struct own *items, own = { .forwarding = 0 };
	int code = sysctl_read(CONF6, name, FORWARDING, &own.forwarding);

	if (!code)
		code = sysctl_read(CONF6, name, ACCEPT_RA, &own.accept_ra);
	if (code)
		return code == -ENOENT ? 0 : code;
	/* whoever turned it on was killed */
	if (own.forwarding == BY_US)
		own.forwarding = 0;
	snprintf(own.name, sizeof(own.name), "%.15s", name);
	items = array_grow(owns->items, owns->count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	owns->items = items;
	items[owns->count++] = own;
	return 0;
}

static int read_owns(struct owns *owns)
{
	DIR *directory CLEANUP(closedir) = opendir("/proc/sys/net/" CONF6);
	const struct dirent *entry;
	int code = 0;

	if (!directory)
		return -errno;
	while (!code && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
		    strcmp(entry->d_name, FORWARDING_ALL) != 0)
			code = read_own(entry->d_name, owns);
	return code;
}

static int write_own(const struct own *own, const char *sysctl, int value)
{
	int code = sysctl_write(CONF6, own->name, sysctl, value);

	return code == -ENOENT ? 0 : code;
}

/* @value: for those that hear routers */
static int write_accept_ra(const struct owns *owns, int value)
{
	int code = 0, last = 0;

	for (size_t i = 0; i < owns->count; i++) {
		if (owns->items[i].accept_ra == HEARS_ROUTERS)
			last = write_own(&owns->items[i], ACCEPT_RA, value);
		code = code ? code : last;
	}
	return code;
}

static int write_forwarding(const struct owns *owns)
{
	int code = 0;

	for (size_t i = 0; !code && i < owns->count; i++)
		code = write_own(&owns->items[i], FORWARDING,
				 owns->items[i].forwarding);
	return code;
}

/**
 * forwarding_all_set() - turn forwarding of IPv6 on or off
 * @on: to what
 *
 * All else stays as it is.
 *
 * Return: 0, -ENOENT without IPv6, -ENOMEM, -EPERM or -EACCES without the right
 * to it, -EROFS where /proc is read-only, or another negative errno.
 */
int forwarding_all_set(bool on)
{
	struct owns owns CLEANUP(owns) = { .count = 0 };
	int code = read_owns(&owns), back;

	if (code)
		return code;
	code = write_accept_ra(&owns, HEARS_ROUTERS_AS_ONE);
	if (!code)
		code = sysctl_write(CONF6, FORWARDING_ALL, FORWARDING,
				    on ? BY_US : 0);
	if (!code)
		code = write_forwarding(&owns);
	back = write_accept_ra(&owns, HEARS_ROUTERS);
	return code ? code : back;
}
