/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PORTS column. */
#include "unit.h"

#define ONE(port)                                                              \
	{                                                                      \
		port, port                                                     \
	}

struct port {
	const char *host;
	struct pubport_ports ports;
	struct pubport_ports target;
	enum pubport_protocol protocol;
};

static const struct {
	struct port ports[12];
	const char *written;
} rows[] = {
	{ .written = "" },
	{ { { "0.0.0.0", ONE(8080), ONE(80), PUBPORT_TCP },
	    { "::", ONE(8080), ONE(80), PUBPORT_TCP } },
	  "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp" },
	/* docker's own cases, as far as they are about published ports */
	{ { { "4.3.2.1", ONE(8899), ONE(9988), PUBPORT_TCP } },
	  "4.3.2.1:8899->9988/tcp" },
	{ { { "4.3.2.1", ONE(9988), ONE(9988), PUBPORT_TCP } },
	  "4.3.2.1:9988->9988/tcp" },
	{ { { "1.2.3.4", ONE(9998), ONE(9998), PUBPORT_UDP },
	    { "1.2.3.4", ONE(9999), ONE(9999), PUBPORT_UDP } },
	  "1.2.3.4:9998-9999->9998-9999/udp" },
	{ { { "1.2.3.4", ONE(8887), ONE(9998), PUBPORT_UDP },
	    { "1.2.3.4", ONE(8888), ONE(9999), PUBPORT_UDP } },
	  "1.2.3.4:8887->9998/udp, 1.2.3.4:8888->9999/udp" },
	{ { { "1.2.3.4", ONE(8899), ONE(9988), PUBPORT_UDP },
	    { "1.2.3.4", ONE(8899), ONE(9988), PUBPORT_TCP },
	    { "4.3.2.1", ONE(3322), ONE(2233), PUBPORT_TCP } },
	  "4.3.2.1:3322->2233/tcp, 1.2.3.4:8899->9988/tcp, "
	  "1.2.3.4:8899->9988/udp" },
	{ { { "1.1.1.1", ONE(80), ONE(1024), PUBPORT_TCP },
	    { "1.1.1.1", ONE(80), ONE(1024), PUBPORT_UDP },
	    { "1.1.1.1", ONE(1024), ONE(80), PUBPORT_TCP },
	    { "1.1.1.1", ONE(1024), ONE(80), PUBPORT_UDP },
	    { "2.1.1.1", ONE(80), ONE(1024), PUBPORT_TCP },
	    { "2.1.1.1", ONE(80), ONE(1024), PUBPORT_UDP },
	    { "2.1.1.1", ONE(1024), ONE(80), PUBPORT_TCP },
	    { "2.1.1.1", ONE(1024), ONE(80), PUBPORT_UDP } },
	  "1.1.1.1:1024->80/tcp, 1.1.1.1:1024->80/udp, "
	  "2.1.1.1:1024->80/tcp, 2.1.1.1:1024->80/udp, "
	  "1.1.1.1:80->1024/tcp, 1.1.1.1:80->1024/udp, "
	  "2.1.1.1:80->1024/tcp, 2.1.1.1:80->1024/udp" },
	/* addresses are numbers: docker sorts their text */
	{ { { "10.0.0.1", ONE(1), ONE(80), PUBPORT_TCP },
	    { "9.0.0.1", ONE(1), ONE(80), PUBPORT_TCP },
	    { "::1", ONE(1), ONE(80), PUBPORT_TCP } },
	  "9.0.0.1:1->80/tcp, 10.0.0.1:1->80/tcp, [::1]:1->80/tcp" },
	/* target port before address, host port before protocol's name */
	{ { { "1.1.1.1", ONE(1), ONE(81), PUBPORT_TCP },
	    { "2.2.2.2", ONE(2), ONE(80), PUBPORT_UDP },
	    { "2.2.2.2", ONE(1), ONE(80), PUBPORT_UDP },
	    { "2.2.2.2", ONE(1), ONE(80), PUBPORT_TCP },
	    { "2.2.2.2", ONE(1), ONE(80), PUBPORT_SCTP } },
	  "2.2.2.2:1->80/sctp, 2.2.2.2:1->80/tcp, 2.2.2.2:1->80/udp, "
	  "2.2.2.2:2->80/udp, 1.1.1.1:1->81/tcp" },
	/* whether the numbers agree doesn't matter for the order */
	{ { { "1.1.1.1", ONE(8080), ONE(80), PUBPORT_TCP },
	    { "1.1.1.1", ONE(443), ONE(443), PUBPORT_TCP } },
	  "1.1.1.1:8080->80/tcp, 1.1.1.1:443->443/tcp" },
	/* a run stands where its first port stands */
	{ { { "1.1.1.1", ONE(1), ONE(1), PUBPORT_TCP },
	    { "1.1.1.1", ONE(2), ONE(2), PUBPORT_TCP },
	    { "1.1.1.1", ONE(4), ONE(4), PUBPORT_TCP },
	    { "1.1.1.1", ONE(8), ONE(3), PUBPORT_TCP },
	    { "0.0.0.0", ONE(1), ONE(1), PUBPORT_TCP } },
	  "0.0.0.0:1->1/tcp, 1.1.1.1:1-2->1-2/tcp, 1.1.1.1:8->3/tcp, "
	  "1.1.1.1:4->4/tcp" },
	/* runs of two addresses, one through the other */
	{ { { "1.1.1.1", ONE(5), ONE(5), PUBPORT_TCP },
	    { "2.2.2.2", ONE(5), ONE(5), PUBPORT_TCP },
	    { "1.1.1.1", ONE(6), ONE(6), PUBPORT_TCP },
	    { "2.2.2.2", ONE(6), ONE(6), PUBPORT_TCP } },
	  "1.1.1.1:5-6->5-6/tcp, 2.2.2.2:5-6->5-6/tcp" },
	/* protocols and families form runs of their own */
	{ { { "0.0.0.0", ONE(53), ONE(53), PUBPORT_TCP },
	    { "0.0.0.0", ONE(53), ONE(53), PUBPORT_UDP },
	    { "0.0.0.0", ONE(54), ONE(54), PUBPORT_UDP },
	    { "::", ONE(54), ONE(54), PUBPORT_TCP } },
	  "0.0.0.0:53->53/tcp, 0.0.0.0:53-54->53-54/udp, [::]:54->54/tcp" },
	/* ranges published as one */
	{ { { "0.0.0.0", { 8000, 8010 }, { 9000, 9010 }, PUBPORT_TCP } },
	  "0.0.0.0:8000-8010->9000-9010/tcp" },
	{ { { "0.0.0.0", { 1, 65535 }, { 1, 65535 }, PUBPORT_TCP } },
	  "0.0.0.0:1-65535->1-65535/tcp" },
	{ { { "0.0.0.0", ONE(8011), ONE(8011), PUBPORT_TCP },
	    { "0.0.0.0", { 8000, 8010 }, { 8000, 8010 }, PUBPORT_TCP },
	    { "0.0.0.0", ONE(7999), ONE(7999), PUBPORT_TCP } },
	  "0.0.0.0:7999-8011->7999-8011/tcp" },
	{ { { "0.0.0.0", ONE(8005), ONE(8005), PUBPORT_TCP },
	    { "0.0.0.0", { 8000, 8010 }, { 8000, 8010 }, PUBPORT_TCP },
	    { "0.0.0.0", ONE(8012), ONE(8012), PUBPORT_TCP } },
	  "0.0.0.0:8000-8010->8000-8010/tcp, 0.0.0.0:8005->8005/tcp, "
	  "0.0.0.0:8012->8012/tcp" },
	{ { { "0.0.0.0", ONE(65535), ONE(65535), PUBPORT_TCP },
	    { "0.0.0.0", ONE(1), ONE(1), PUBPORT_TCP } },
	  "0.0.0.0:1->1/tcp, 0.0.0.0:65535->65535/tcp" },
};

static void check_row(const struct port *ports, bool backwards,
		      const char *written)
{
	const size_t max = ARRAY_SIZE(rows[0].ports);
	struct pubport_mapping mappings[ARRAY_SIZE(rows[0].ports)];
	const struct pubport_mapping *row[ARRAY_SIZE(rows[0].ports)];
	size_t count = 0;
	char *text = NULL;

	for (; count < max && ports[count].host; count++)
		mappings[count] = mapping(ports[count].host, ports[count].ports,
					  ports[count].target,
					  ports[count].protocol);
	for (size_t i = 0; i < count; i++)
		row[i] = &mappings[backwards ? count - 1 - i : i];
	assert_int_equal(pubport_ports_format(row, count, &text), 0);
	assert_string_equal(text, written);
	free(text);
}

static void rows_are_written_as_docker_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_row(rows[i].ports, false, rows[i].written);
		check_row(rows[i].ports, true, rows[i].written);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_written_as_docker_does),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
