/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels differ in, from Linux 5.10 on.
 *
 * All of it is looked for at run time, and here: nobody else asks for a
 *version, or whether something is there.
 *
 *	IPv6				may be left out, or off since the boot
 *	tcp_diag, udp_diag, sctp_diag	are modules, which may be left out
 *	helpers that translate		are modules that nothing loads by itself
 *	the number of elements of a set	is told since Linux 6.16
 */
#include "netlink/kernel.h"

#include "netlink/nfnetlink.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/**
 * kernel_has_ipv6() - look whether there is IPv6 at all
 *
 * Return: false where it was not built, or the kernel was booted with
 * ipv6.disable=1; true where it is turned off by sysctls alone.
 */
bool kernel_has_ipv6(void)
{
	return !access("/proc/thread-self/net/if_inet6", F_OK);
}

/**
 * kernel_lacks_family() - tell an address family that there isn't
 * @code: what rtnetlink answered to a question about it
 *
 * Without IPv6 nobody has its routes: RTM_GETROUTE isn't supported, and of
 * RTM_GETRULE the family is not.
 *
 * Return: whether the kernel hasn't that family.
 */
bool kernel_lacks_family(int code)
{
	return code == -EOPNOTSUPP || code == -EAFNOSUPPORT;
}

/**
 * kernel_lacks_diag() - tell that nobody answers for the sockets of a protocol
 * @code: what sock_diag answered to a question for them
 *
 * Return: whether the kernel lacks a module for that, or the protocol.
 */
bool kernel_lacks_diag(int code)
{
	return code == -ENOENT || code == -EPROTONOSUPPORT;
}

static bool has_module_file(const char *module, const char *name,
			    const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s%s/%s", module, name, file);
	return !access(path, F_OK);
}

/**
 * kernel_lacks_nat_helper() - look for the half of a helper that translates
 * @name: of the helper, whose other half is there
 *
 * Each half is a module, or both are built in.
 *
 * Return: whether it is a module that is not loaded.
 */
bool kernel_lacks_nat_helper(const char *name)
{
	return has_module_file("nf_conntrack_", name, "initstate") &&
	       !has_module_file("nf_nat_", name, "");
}

/* of enum nft_set_attributes: older headers lack it */
#define SET_ATTRIBUTE_COUNT 20

/**
 * kernel_counts_elements() - read whether a set has elements
 * @set: what the kernel tells of it, NFT_MSG_NEWSET
 * @ret_some: whether it has some; where the kernel doesn't tell, true
 *
 * Return: whether the kernel tells.
 */
bool kernel_counts_elements(const struct nlmsghdr *set, bool *ret_some)
{
	const struct nlattr *count = nfnl_find(set, SET_ATTRIBUTE_COUNT);

	*ret_some = nfnl_u32(count, 1);
	return count;
}
