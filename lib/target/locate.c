/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an instance of a runtime is, and how the host reaches it.
 *
 * The namespace of its process tells best which addresses it has, and by which
 * wires they are reached.  But the process may be on another machine, where the
 * runtime is; then its number is that of anything here.  A virtual machine's
 * process is in the host's own namespace.  For these, what the runtime tells
 * has to do.
 */
#include "target/locate.h"

#include "util/error.h"

#include "host/netns.h"
#include "mapping/addr.h"

#include <errno.h>
#include <string.h>

static int open_netns(const struct reach_host *host,
		      const struct instance *instance, int *ret_fd)
{
	CLEANUP(close) int fd = -1;
	char text[sizeof("pid:2147483647")];
	int code;

	if (!instance->pid)
		return -EADDRNOTAVAIL;
	snprintf(text, sizeof(text), "pid:%d", instance->pid);
	code = netns_open(text, &fd, NULL);
	if (code)
		return code;
	if (netns_same(fd, host->netns_fd))
		return -ELOOP;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static const struct instance_addr *find_told(const struct instance *instance,
					     const struct pubport_addr *addr)
{
	for (size_t i = 0; i < instance->addr_count; i++)
		if (addr_equal(&instance->addrs[i].addr, addr))
			return &instance->addrs[i];
	return NULL;
}

/* whether what a namespace has can be what the runtime tells of */
static bool agrees(const struct instance *instance, const struct reach *reach)
{
	if (!instance->addr_count)
		return true;
	if (!reach->count)
		return reach->has_others;
	for (size_t i = 0; i < reach->count; i++)
		if (find_told(instance, &reach->addrs[i].addr))
			return true;
	return false;
}

static bool tells_family(const struct instance *instance,
			 enum pubport_family family)
{
	for (size_t i = 0; i < instance->addr_count; i++)
		if (instance->addrs[i].addr.family == family)
			return true;
	return false;
}

/* what an instance gave itself counts only in a family of which its runtime
 * tells nothing: it may be the address of another one */
static void keep_told(const struct instance *instance, struct reach *reach)
{
	const struct pubport_target_addr *at = reach->addrs;
	size_t kept = 0;

	for (size_t i = 0; i < reach->count; i++) {
		if (tells_family(instance, at[i].addr.family) &&
		    !find_told(instance, &at[i].addr))
			continue;
		reach->addrs[kept] = reach->addrs[i];
		reach->backs[kept++] = reach->backs[i];
	}
	reach->has_others |= kept < reach->count;
	reach->count = kept;
}

/**
 * locate_instance() - find the addresses of an instance that the host reaches
 * @host: the host
 * @instance: one that runs
 * @ret_netns_fd: its namespace, or -1 where the runtime's word has to do; close
 *	it
 * @ret_reach: its addresses, perhaps none
 *
 * Return: 0; -ELOOP where it is in the host's own namespace; -EADDRNOTAVAIL
 * where neither a process nor an address of it is known; -ENOENT where its
 * process is not on this machine; -EPERM or -EACCES without the right to look
 * into it; or another negative errno.
 */
int locate_instance(const struct reach_host *host,
		    const struct instance *instance, int *ret_netns_fd,
		    struct reach *ret_reach)
{
	CLEANUP(close) int fd = -1;
	struct reach reach;
	int code;

	code = open_netns(host, instance, &fd);
	if (!code)
		code = reach_inspect(host, fd, &reach);
	if (code && (error_is_shortage(code) || !instance->addr_count))
		return code;
	if (!code && agrees(instance, &reach)) {
		keep_told(instance, &reach);
		*ret_netns_fd = TAKE_FD(fd);
		*ret_reach = reach;
		return 0;
	}
	memset(&reach, 0, sizeof(reach));
	code = 0;
	for (size_t i = 0; !code && i < instance->addr_count; i++)
		code = reach_told(host, &instance->addrs[i].addr, &reach);
	if (code)
		return code;
	*ret_netns_fd = -1;
	*ret_reach = reach;
	return 0;
}

/**
 * locate_network() - tell what network an address is in
 * @instance: whose address
 * @addr: the address
 *
 * Return: the runtime's name for the network, or else the host's interface
 * towards it.
 */
const char *locate_network(const struct instance *instance,
			   const struct pubport_target_addr *addr)
{
	const struct instance_addr *told = find_told(instance, &addr->addr);

	return told && told->network[0] ? told->network : addr->interface;
}
