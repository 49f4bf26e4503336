/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels differ in, from Linux 5.10 on.
 *
 * All of it is looked for at run time, and here: nobody else asks whether
 * something is there.
 *
 *	IPv6				may be left out, or off since the boot
 *	tcp_diag, udp_diag, sctp_diag	are modules, which may be left out
 *	helpers that translate		are modules that nothing loads by itself
 *	nfnetlink, nf_tables, nft_...,
 *	nf_conntrack_netlink		are modules, too
 *	the number of elements of a set	is told since Linux 6.16
 *	force_forwarding of IPv6	is there since Linux 6.17
 */
#include "netlink/kernel.h"

#include "netlink/nfnetlink.h"
#include "util/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
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

/**
 * kernel_forwards_alone() - look whether one interface alone can forward IPv6
 *
 * Return: whether there is force_forwarding.
 */
bool kernel_forwards_alone(void)
{
	return !access("/proc/sys/net/ipv6/conf/all/force_forwarding", F_OK);
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

/* ------------------------------------------------------ modules of nf_tables
 */

/* expressions of the table's rules and sets that the kernel may have in a
 * module
 */
static const struct {
	const char *expression;
	const char *module;
} modules[] = {
	{ "fib", "nft_fib_inet" },    { "ct", "nft_ct" },
	{ "nat", "nft_nat" },	      { "masq", "nft_masq" },
	{ "counter", "nft_counter" }, { "reject", "nft_reject_inet" },
};

#define TRIAL "pubport trial"

static void put_batch(struct request *trial, uint16_t type)
{
	struct nfgenmsg *generic;

	nfnl_begin(trial, type, 0, NFPROTO_UNSPEC);
	generic = mnl_nlmsg_get_payload(trial->header);
	generic->res_id = htons(NFNL_SUBSYS_NFTABLES);
}

static void put_message(struct request *trial, uint16_t type)
{
	nfnl_begin(trial, NFNL_NFT(type), NLM_F_CREATE, NFPROTO_INET);
	mnl_attr_put_strz(trial->header, NFTA_TABLE_NAME, TRIAL);
}

/* @type: of a base chain, or NULL */
static void put_chain(struct request *trial, const char *name, const char *type)
{
	struct nlattr *hook;

	put_message(trial, NFT_MSG_NEWCHAIN);
	mnl_attr_put_strz(trial->header, NFTA_CHAIN_NAME, name);
	if (!type)
		return;
	hook = mnl_attr_nest_start(trial->header, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(trial->header, NFTA_HOOK_HOOKNUM,
			 htonl(NF_INET_PRE_ROUTING));
	mnl_attr_put_u32(trial->header, NFTA_HOOK_PRIORITY, htonl(0));
	mnl_attr_nest_end(trial->header, hook);
	mnl_attr_put_strz(trial->header, NFTA_CHAIN_TYPE, type);
}

static void put_rule(struct request *trial, const char *chain,
		     const char *expression)
{
	struct nlattr *list, *element;

	put_message(trial, NFT_MSG_NEWRULE);
	mnl_attr_put_strz(trial->header, NFTA_RULE_CHAIN, chain);
	list = mnl_attr_nest_start(trial->header, NFTA_RULE_EXPRESSIONS);
	element = mnl_attr_nest_start(trial->header, NFTA_LIST_ELEM);
	mnl_attr_put_strz(trial->header, NFTA_EXPR_NAME, expression);
	mnl_attr_nest_end(trial->header, element);
	mnl_attr_nest_end(trial->header, list);
}

/* number of the message in the trial that is about chains of type nat; then
 * come those about modules[] */
#define TRIAL_NAT 3

static void write_trial(struct request *trial)
{
	put_batch(trial, NFNL_MSG_BATCH_BEGIN);
	put_message(trial, NFT_MSG_NEWTABLE);
	put_chain(trial, "rules", NULL);
	put_chain(trial, "nat", "nat");
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		put_rule(trial, "rules", modules[i].expression);
	/* there is no such chain, so that nothing of all this comes to be */
	put_rule(trial, "none", "immediate");
	put_batch(trial, NFNL_MSG_BATCH_END);
}

/**
 * struct trial - a trial whose answers are read
 * @first: sequence number of its first message
 * @missing: the first module that is missing, or NULL
 */
struct trial {
	uint32_t first;
	const char *missing;
};

static bool hear_trial(const struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	uint32_t number, last = TRIAL_NAT + ARRAY_SIZE(modules) + 1;
	struct trial *trial = data;

	number = message->nlmsg_seq - trial->first;
	if (message->nlmsg_type != NLMSG_ERROR || number > last ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*error))
		return false;
	if (error->error == -ENOENT && !trial->missing && number < last &&
	    number >= TRIAL_NAT)
		trial->missing =
			number == TRIAL_NAT
				? "nft_chain_nat"
				: modules[number - TRIAL_NAT - 1].module;
	/* the whole batch may be refused, by its first message */
	return !number || number == last;
}

static int read_nothing(const struct nlmsghdr *message, void *data)
{
	(void)message;
	(void)data;
	return MNL_CB_OK;
}

/**
 * kernel_missing_module() - find out which module the kernel lacks
 * @nft: NETLINK_NETFILTER socket, or one that could not be opened
 *
 * Each expression is tried in a transaction that fails, so that nothing
 * changes. What can be loaded is loaded by that.
 *
 * Return: a name for modprobe(8), or NULL where all of nf_tables that pubport
 * needs is there, or it can't be found out.
 */
const char *kernel_missing_module(struct netlink *nft)
{
	struct request question = { .header = NULL },
		       request = { .header = NULL };
	struct trial trial = { .missing = NULL };
	int code;

	if (!nft->socket)
		return "nfnetlink";
	nfnl_begin(&question, NFNL_NFT(NFT_MSG_GETGEN), 0, NFPROTO_UNSPEC);
	code = netlink_talk(nft, &question, read_nothing, NULL);
	if (code == -EINVAL || code == -EOPNOTSUPP)
		return "nf_tables";
	write_trial(&request);
	if (code || netlink_send_all(nft, &request, &trial.first) ||
	    netlink_receive_answer(nft, hear_trial, &trial))
		return NULL;
	return trial.missing;
}

/**
 * kernel_missing_conntrack() - tell why connections can't be asked for
 * @code: what ctnetlink answered
 *
 * Return: the name of the module that is missing, for modprobe(8), or NULL.
 */
const char *kernel_missing_conntrack(int code)
{
	return code == -EINVAL || code == -EPROTONOSUPPORT
		       ? "nf_conntrack_netlink"
		       : NULL;
}
