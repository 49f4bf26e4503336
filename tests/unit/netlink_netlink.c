/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets: what the kernel says is heard, what others say is not. */
#include "netlink/netlink.h"

#include "netlink/link.h"
#include "unit.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>

/* somebody else, in the same namespace, with all rights there */
static struct mnl_socket *stranger;

/* to one port, or to all who listen to a group */
static int sends(uint32_t port, uint32_t groups)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK,
					.nl_pid = port,
					.nl_groups = groups };
	const struct nlmsghdr done = { .nlmsg_len = sizeof(done),
				       .nlmsg_type = NLMSG_DONE,
				       .nlmsg_seq = 1,
				       .nlmsg_pid = port };

	return sendto(mnl_socket_get_fd(stranger), &done, sizeof(done),
		      MSG_DONTWAIT, (const struct sockaddr *)&to,
		      sizeof(to)) < 0
		       ? -errno
		       : 0;
}

static void open_one(struct netlink *netlink)
{
	assert_int_equal(netlink_open(netlink, NETLINK_ROUTE), 0);
}

static void nobody_else_can_answer(void **state)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };
	struct links links CLEANUP(links_done) = { .items = NULL };

	(void)state;
	open_one(&netlink);
	assert_int_equal(sends(mnl_socket_get_portid(netlink.socket), 0),
			 -ECONNREFUSED);
	assert_int_equal(links_read(&netlink, &links), 0);
	assert_int_equal(links.count, 1);
	assert_int_equal(links.items->index, LOOPBACK_IFINDEX);
}

static void nobody_else_can_tell(void **state)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };

	(void)state;
	open_one(&netlink);
	assert_int_equal(netlink_subscribe(&netlink, RTNLGRP_LINK), 0);
	for (int i = 0; i < 2500; i++)
		assert_int_equal(sends(0, 1 << (RTNLGRP_LINK - 1)), 0);
	/* others have their turn in between */
	for (int i = 0; i < 4; i++)
		assert_int_equal(netlink_receive(&netlink), -EAGAIN);
}

static void nobody_is_waited_for(void **state)
{
	struct netlink netlink CLEANUP(netlink_close) = { .socket = NULL };

	(void)state;
	open_one(&netlink);
	assert_int_equal(netlink_receive(&netlink), -EAGAIN);
	assert_int_equal(netlink_receive_answer(&netlink, NULL, NULL),
			 -ENOBUFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_else_can_answer),
		cmocka_unit_test(nobody_else_can_tell),
		cmocka_unit_test(nobody_is_waited_for),
	};
	int failed;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		puts("1..0 # SKIP no namespace of its own");
		return 0;
	}
	stranger = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!stranger || mnl_socket_bind(stranger, 0, MNL_SOCKET_AUTOPID) < 0)
		return 1;
	failed = cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
	mnl_socket_close(stranger);
	return failed;
}
