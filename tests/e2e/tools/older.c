/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has a program find a kernel that lacks something: loaded ahead of it by
 * LD_PRELOAD.
 *
 *	OLDER=WORD...	what it lacks:
 *	  set-count		the number of elements of a set (Linux 6.16)
 *	  force-forwarding	the sysctl of that name (Linux 6.17)
 *	  ipv6			IPv6, as after ipv6.disable=1
 *	  sock-diag		tcp_diag and udp_diag
 *	  nfnetlink, nf_tables, nf_conntrack_netlink, nft_chain_nat, nft_ct,
 *	  nft_fib_inet, nft_masq, nft_nat
 *				the module of that name
 *	  ct-helpers		nf_conntrack_tftp and its like
 *	  nat-helpers		nf_nat_tftp and its like, and has the others
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* enum nft_set_attributes: older headers lack it */
#define SET_ATTRIBUTE_COUNT 20
#define UNKNOWN_ATTRIBUTE 0x3fff

/* a family and a protocol for which no kernel has a handler; and a subsystem of
 * nfnetlink that knows none of our messages */
#define NO_FAMILY 12
#define NO_PROTOCOL 0xfe
#define NO_SUBSYSTEM NFNL_SUBSYS_NFT_COMPAT

/* what of a transaction a module is for, by the name in an attribute */
static const struct {
	const char *module;
	uint16_t attribute;
	const char *name;
} modules[] = {
	{ "nft_chain_nat", NFTA_CHAIN_TYPE, "nat" },
	{ "nft_ct", NFTA_EXPR_NAME, "ct" },
	{ "nft_fib_inet", NFTA_EXPR_NAME, "fib" },
	{ "nft_masq", NFTA_EXPR_NAME, "masq" },
	{ "nft_nat", NFTA_EXPR_NAME, "nat" },
};

static bool lacks(const char *word)
{
	const char *words = getenv("OLDER");

	return words && strstr(words, word);
}

/* the next one of this name after this file: C has no cast for it */
static void find(void *ret_function, const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(ret_function, &symbol, sizeof(symbol));
}

/* ------------------------------------------------------------------ netlink */

static int protocol_of(int fd)
{
	int domain = 0, protocol = -1;
	socklen_t size = sizeof(domain);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	size = sizeof(protocol);
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
	return domain == AF_NETLINK ? protocol : -1;
}

static struct nlattr *find_attribute(struct nlmsghdr *message, uint16_t type)
{
	struct nlattr *attribute =
		mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg));
	const char *end = mnl_nlmsg_get_payload_tail(message);

	for (; mnl_attr_ok(attribute, (int)(end - (const char *)attribute));
	     attribute = mnl_attr_next(attribute))
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	return NULL;
}

/* the first attribute in an object's data is its name */
static void misspell_helper(struct nlmsghdr *message)
{
	struct nlattr *data = find_attribute(message, NFTA_OBJ_DATA);

	*(char *)mnl_attr_get_payload(mnl_attr_get_payload(data)) = '?';
}

/* makes another name of each such attribute, in whatever nest it is */
static void misspell(struct nlmsghdr *message, uint16_t type, const char *name)
{
	struct nlattr wanted = {
		.nla_len = (uint16_t)(sizeof(wanted) + strlen(name) + 1),
		.nla_type = type,
	};
	char *at = mnl_nlmsg_get_payload(message);
	const char *end = mnl_nlmsg_get_payload_tail(message);

	for (; at + wanted.nla_len <= end; at += MNL_ALIGNTO)
		if (!memcmp(at, &wanted, sizeof(wanted)) &&
		    !strcmp(at + sizeof(wanted), name))
			at[sizeof(wanted)] = '?';
}

static void hide_subsystem(struct nlmsghdr *message, int subsystem)
{
	struct nfgenmsg *generic = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type >> 8 == subsystem)
		message->nlmsg_type = (uint16_t)(NO_SUBSYSTEM << 8 |
						 (message->nlmsg_type & 0xff));
	if (message->nlmsg_type == NFNL_MSG_BATCH_BEGIN)
		generic->res_id = htons(NO_SUBSYSTEM);
}

static void change_nfnetlink(struct nlmsghdr *message)
{
	if (lacks("ct-helpers") &&
	    message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWOBJ))
		misspell_helper(message);
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
		if (lacks(modules[i].module))
			misspell(message, modules[i].attribute,
				 modules[i].name);
	if (lacks("nf_tables"))
		hide_subsystem(message, NFNL_SUBSYS_NFTABLES);
	if (lacks("nf_conntrack_netlink") &&
	    message->nlmsg_type != NFNL_MSG_BATCH_BEGIN)
		hide_subsystem(message, NFNL_SUBSYS_CTNETLINK);
}

static void change_question(int protocol, struct nlmsghdr *message)
{
	struct inet_diag_req_v2 *query = mnl_nlmsg_get_payload(message);
	struct rtgenmsg *route = mnl_nlmsg_get_payload(message);

	if (protocol == NETLINK_NETFILTER)
		change_nfnetlink(message);
	if (protocol == NETLINK_SOCK_DIAG &&
	    message->nlmsg_type == SOCK_DIAG_BY_FAMILY && lacks("sock-diag"))
		query->sdiag_protocol = NO_PROTOCOL;
	if (protocol == NETLINK_ROUTE && route->rtgen_family == AF_INET6 &&
	    lacks("ipv6"))
		route->rtgen_family = NO_FAMILY;
}

static void hide_attribute(struct nlmsghdr *message, uint16_t type)
{
	struct nlattr *attribute = find_attribute(message, type);

	if (attribute)
		attribute->nla_type = UNKNOWN_ATTRIBUTE;
}

static void change_answer(int protocol, struct nlmsghdr *message)
{
	if (protocol == NETLINK_NETFILTER && lacks("set-count") &&
	    message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSET))
		hide_attribute(message, SET_ATTRIBUTE_COUNT);
}

static void change(int protocol, void *data, size_t length,
		   void (*one)(int protocol, struct nlmsghdr *message))
{
	struct nlmsghdr *message = data;
	int left = (int)length;

	for (; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		one(protocol, message);
}

EXPORT int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int);

	find(&real, "socket");
	if (domain == AF_NETLINK && protocol == NETLINK_NETFILTER &&
	    lacks("nfnetlink")) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return real(domain, type, protocol);
}

EXPORT ssize_t sendto(int fd, const void *buf, size_t n, int flags,
		      const struct sockaddr *addr, socklen_t addr_len)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *,
			socklen_t);
	int protocol = protocol_of(fd);
	void *copy = malloc(n);
	ssize_t sent;

	find(&real, "sendto");
	memcpy(copy, buf, n);
	if (protocol >= 0)
		change(protocol, copy, n, change_question);
	sent = real(fd, copy, n, flags, addr, addr_len);
	free(copy);
	return sent;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int);
	int protocol = protocol_of(fd);
	ssize_t received;

	find(&real, "recvmsg");
	received = real(fd, message, flags);
	if (protocol >= 0 && received > 0)
		change(protocol, message->msg_iov->iov_base, (size_t)received,
		       change_answer);
	return received;
}

/* -------------------------------------------------------------------- files */

static bool is_missing(const char *path)
{
	bool is = (strstr(path, "/force_forwarding") &&
		   lacks("force-forwarding")) ||
		  ((strstr(path, "/sys/net/ipv6") ||
		    strstr(path, "/net/if_inet6")) &&
		   lacks("ipv6")) ||
		  (strstr(path, "/nf_nat_") && lacks("nat-helpers"));

	if (is)
		errno = ENOENT;
	return is;
}

EXPORT int open(const char *file, int oflag, ...)
{
	int (*real)(const char *, int, ...);
	va_list args;
	mode_t mode;

	va_start(args, oflag);
	mode = oflag & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	find(&real, "open");
	return is_missing(file) ? -1 : real(file, oflag, mode);
}

EXPORT FILE *fopen(const char *filename, const char *modes)
{
	FILE *(*real)(const char *, const char *);

	find(&real, "fopen");
	return is_missing(filename) ? NULL : real(filename, modes);
}

EXPORT int access(const char *name, int type)
{
	int (*real)(const char *, int);

	find(&real, "access");
	if (lacks("nat-helpers") && strstr(name, "/nf_conntrack_"))
		return 0;
	return is_missing(name) ? -1 : real(name, type);
}
