/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /proc/net, as kernels write them. */
#include "netlink/proc_net.h"

#include "unit.h"

#include <netinet/tcp.h>
#include <stdio.h>

/* "ADDRESS:PORT state STATE inode INODE", or "none" */
static const char *parse(const char *line, enum pubport_family family,
			 enum pubport_protocol protocol)
{
	static char text[128];
	char addr[PUBPORT_ADDR_TEXT_SIZE];
	struct proc_socket socket;

	if (!proc_net_parse(line, family, protocol, &socket))
		return "none";
	snprintf(text, sizeof(text), "%s:%u state %u inode %u",
		 pubport_addr_format(&socket.addr, addr, sizeof(addr)),
		 socket.port, socket.state, socket.inode);
	return text;
}

static void sockets_of_tcp_and_udp_are_read(void **state)
{
	(void)state;
	assert_string_equal(
		parse("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
		      "00:00000000 00000000     0        0 33124 1 "
		      "0000000000000000 100 0 0 10 0",
		      PUBPORT_IPV4, PUBPORT_TCP),
		"127.0.0.1:8080 state 10 inode 33124");
	assert_string_equal(
		parse("  1: 00000000000000000000000001000000:0035 "
		      "00000000000000000000000000000000:0000 07 "
		      "00000000:00000000 00:00000000 00000000   101        0 "
		      "4294967295 2 0000000000000000 0",
		      PUBPORT_IPV6, PUBPORT_UDP),
		"::1:53 state 7 inode 4294967295");
}

static void sockets_of_sctp_are_read_once(void **state)
{
	const char *line =
		" 00000000c0ffee00 00000000c0ffee01 2   10  1    7777      0 "
		"4711 192.168.33.2 fd33::2 ";

	(void)state;
	assert_string_equal(parse(line, PUBPORT_IPV4, PUBPORT_SCTP),
			    "192.168.33.2:7777 state 10 inode 4711");
	assert_string_equal(parse(line, PUBPORT_IPV6, PUBPORT_SCTP), "none");
}

static void what_is_no_socket_is_none(void **state)
{
	(void)state;
	assert_string_equal(parse("  sl  local_address rem_address   st "
				  "tx_queue rx_queue tr tm->when retrnsmt   "
				  "uid  timeout inode",
				  PUBPORT_IPV4, PUBPORT_TCP),
			    "none");
	assert_string_equal(parse(" ENDPT     SOCK   STY SST HBKT LPORT   UID "
				  "INODE LADDRS",
				  PUBPORT_IPV4, PUBPORT_SCTP),
			    "none");
	assert_string_equal(
		parse("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
		      "00:00000000 00000000     0        0 33124",
		      PUBPORT_IPV6, PUBPORT_TCP),
		"none");
	assert_string_equal(parse("", PUBPORT_IPV4, PUBPORT_UDP), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_of_tcp_and_udp_are_read),
		cmocka_unit_test(sockets_of_sctp_are_read_once),
		cmocka_unit_test(what_is_no_socket_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
