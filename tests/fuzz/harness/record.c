/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records what the kernel answers to a fuzzer, as an input of that fuzzer.
 *
 * usage: record FILE [COMMAND [TYPE]]
 *
 * It runs the fuzzer once, on the real kernel, and appends to FILE what is
 * received.  COMMAND is run where the fuzzer waits for notifications, so that
 * there are some.  TYPE is that of a first message, where the fuzzer has one.
 * See tests/fuzz/record, which has a network for it.
 */
#include "harness/flows.h"
#include "harness/fuzz.h"
#include "harness/host_stub.h"
#include "harness/kernel.h"

#include <dlfcn.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

typedef ssize_t (*receive_fn)(int fd, struct msghdr *received, int flags);

static FILE *output;
static const char *command;
/* whether notifications come */
static bool is_told;

void kernel_begin(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
}

void host_begin(bool settings_are_on)
{
	(void)settings_are_on;
}

static void write_bytes(const void *bytes, size_t size)
{
	CHECK(fwrite(bytes, size, 1, output) == 1);
}

/* flows as kernel.c makes them */
static void write_flow(const struct nlmsghdr *message)
{
	struct nlmsghdr header = *message;
	uint8_t bytes[FLOW_BYTES];

	header.nlmsg_len = sizeof(header) + sizeof(bytes);
	flow_unmake(message, bytes);
	write_bytes(&header, sizeof(header));
	write_bytes(bytes, sizeof(bytes));
}

/* what nobody looks at, and there is much of it */
static bool is_rule(const struct nlmsghdr *message)
{
	return message->nlmsg_type ==
		       (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE) ||
	       message->nlmsg_type ==
		       (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELRULE);
}

static void write_messages(const void *messages, ssize_t size)
{
	const struct nlmsghdr *message = messages;
	int left = (int)size;

	for (; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		if (message->nlmsg_type ==
		    (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW))
			write_flow(message);
		else if (!is_told || !is_rule(message))
			write_bytes(message, (message->nlmsg_len + 3U) & ~3U);
}

/* whether a socket waits for notifications */
static bool listens(int fd)
{
	uint32_t groups[32] = { 0 };
	socklen_t length = sizeof(groups);

	CHECK(!getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups,
			  &length));
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i])
			return true;
	return false;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	receive_fn receive = (receive_fn)dlsym(RTLD_NEXT, __func__);
	ssize_t received = receive(fd, message, flags);

	if (received < 0 && errno == EAGAIN && command && listens(fd)) {
		CHECK(!system(command));
		command = NULL;
		is_told = true;
		received = receive(fd, message, flags);
	}
	if (received > 0)
		write_messages(message->msg_iov->iov_base, received);
	return received;
}

int main(int argc, char **argv)
{
	struct nlmsghdr first = { .nlmsg_len = sizeof(first) };

	CHECK(argc >= 2);
	output = fopen(argv[1], "we");
	CHECK(output);
	if (argc >= 3)
		command = argv[2];
	if (argc >= 4) {
		first.nlmsg_type = (uint16_t)atoi(argv[3]);
		write_bytes(&first, sizeof(first));
	}
	(void)LLVMFuzzerTestOneInput((const uint8_t *)&first, sizeof(first));
	CHECK(!fclose(output));
	return 0;
}
