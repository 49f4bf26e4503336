/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that are found by protocol and ports. */
#include "netlink/sock_diag.h"

#include "unit.h"

/* sorted, as sockets_read() leaves them */
static struct socket_entry items[] = {
	{ .protocol = PUBPORT_TCP, .port = 22, .inode = 1 },
	{ .protocol = PUBPORT_TCP, .port = 80, .inode = 2 },
	{ .protocol = PUBPORT_TCP, .port = 80, .inode = 3 },
	{ .protocol = PUBPORT_TCP, .port = 65535, .inode = 4 },
	{ .protocol = PUBPORT_UDP, .port = 53, .inode = 5 },
	{ .protocol = PUBPORT_SCTP, .port = 1, .inode = 6 },
};
static const struct sockets sockets = { items, ARRAY_SIZE(items) };

/* the inodes of those that are found, as digits of a number */
static unsigned int found(const struct sockets *among,
			  enum pubport_protocol protocol, uint16_t first,
			  uint16_t last)
{
	const struct pubport_ports ports = { first, last };
	const struct socket_entry *socket = NULL;
	unsigned int inodes = 0;

	while ((socket = sockets_find(among, protocol, ports, socket)))
		inodes = 10 * inodes + socket->inode;
	return inodes;
}

static void those_with_the_ports_are_found_in_order(void **state)
{
	(void)state;
	assert_int_equal(found(&sockets, PUBPORT_TCP, 1, 65535), 1234);
	assert_int_equal(found(&sockets, PUBPORT_TCP, 22, 22), 1);
	assert_int_equal(found(&sockets, PUBPORT_TCP, 80, 80), 23);
	assert_int_equal(found(&sockets, PUBPORT_TCP, 81, 65535), 4);
	assert_int_equal(found(&sockets, PUBPORT_TCP, 1, 79), 1);
}

static void those_of_other_protocols_are_not_found(void **state)
{
	(void)state;
	assert_int_equal(found(&sockets, PUBPORT_UDP, 1, 65535), 5);
	assert_int_equal(found(&sockets, PUBPORT_SCTP, 1, 65535), 6);
	assert_int_equal(found(&sockets, PUBPORT_UDP, 54, 65535), 0);
}

static void where_there_are_none_none_is_found(void **state)
{
	const struct sockets none = { NULL, 0 };

	(void)state;
	assert_int_equal(found(&none, PUBPORT_TCP, 1, 65535), 0);
	assert_int_equal(found(&sockets, PUBPORT_TCP, 23, 79), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_with_the_ports_are_found_in_order),
		cmocka_unit_test(those_of_other_protocols_are_not_found),
		cmocka_unit_test(where_there_are_none_none_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
