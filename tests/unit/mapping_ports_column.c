/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PORTS column. */
#include "mapping/key.h"
#include "mapping/mapping.h"
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
	/* addresses are numbers, as for docker from version 29 on */
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
	/* what keeps its number goes before what doesn't */
	{ { { "1.1.1.1", ONE(8080), ONE(80), PUBPORT_TCP },
	    { "1.1.1.1", ONE(443), ONE(443), PUBPORT_TCP } },
	  "1.1.1.1:443->443/tcp, 1.1.1.1:8080->80/tcp" },
	/* the last run of an address goes after the others */
	{ { { "1.1.1.1", ONE(1), ONE(1), PUBPORT_TCP },
	    { "1.1.1.1", ONE(2), ONE(2), PUBPORT_TCP },
	    { "1.1.1.1", ONE(4), ONE(4), PUBPORT_TCP },
	    { "1.1.1.1", ONE(8), ONE(3), PUBPORT_TCP },
	    { "0.0.0.0", ONE(1), ONE(1), PUBPORT_TCP } },
	  "1.1.1.1:1-2->1-2/tcp, 0.0.0.0:1->1/tcp, 1.1.1.1:4->4/tcp, "
	  "1.1.1.1:8->3/tcp" },
	/* also if it begins with the lowest port of all */
	{ { { "1.1.1.1", ONE(5), ONE(5), PUBPORT_TCP },
	    { "1.1.1.1", ONE(9), ONE(9), PUBPORT_TCP },
	    { "1.1.1.1", ONE(1), ONE(1), PUBPORT_UDP },
	    { "1.1.1.1", ONE(9), ONE(9), PUBPORT_UDP },
	    { "0.0.0.0", ONE(2), ONE(2), PUBPORT_TCP } },
	  "1.1.1.1:5->5/tcp, 1.1.1.1:1->1/udp, 1.1.1.1:9->9/udp, "
	  "0.0.0.0:2->2/tcp, 1.1.1.1:9->9/tcp" },
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

/* ------------------------------------------------------------ random rows --
 */

enum {
	RANDOM_PORTS = 12
};

/**
 * struct docker - docker's client at work on one row
 * @out: what it prints
 * @groups: the runs that it has not printed yet, each the only one of its
 *	address and protocol
 * @count: number of @groups
 */
struct docker {
	FILE *out;
	struct pubport_mapping groups[RANDOM_PORTS];
	size_t count;
};

static void docker_print(struct docker *docker,
			 const struct pubport_mapping *piece)
{
	char host[64], target[64];

	fprintf(docker->out, "%s%s->%s/%s", ftell(docker->out) ? ", " : "",
		addr_ports_format(&piece->key.host, piece->key.ports, host,
				  sizeof(host)),
		ports_format(piece->target_ports, target, sizeof(target)),
		pubport_protocol_name(piece->key.protocol));
}

static int docker_compare(const void *left, const void *right)
{
	const struct pubport_mapping *a = left, *b = right;
	int order = a->target_ports.first - b->target_ports.first;

	if (!order)
		order = pubport_addr_compare(&a->key.host, &b->key.host);
	if (!order)
		order = a->key.ports.first - b->key.ports.first;
	return order ? order : (int)a->key.protocol - (int)b->key.protocol;
}

static void docker_group(struct docker *docker,
			 const struct pubport_mapping *port)
{
	struct pubport_mapping *group = docker->groups;
	struct pubport_mapping *end = group + docker->count;

	while (group < end &&
	       (group->key.protocol != port->key.protocol ||
		pubport_addr_compare(&group->key.host, &port->key.host)))
		group++;
	if (group == end) {
		docker->count++;
		*group = *port;
	} else if (port->target_ports.first == group->target_ports.last + 1) {
		group->key.ports.last = port->key.ports.last;
		group->target_ports.last = port->target_ports.last;
	} else {
		docker_print(docker, group);
		*group = *port;
	}
}

static bool docker_groups(const struct pubport_mapping *port)
{
	return port->key.ports.first == port->target_ports.first;
}

/* as its DisplayablePorts() goes through them; sorts @ports */
static void docker_ports(struct pubport_mapping *ports, size_t count, FILE *out)
{
	struct docker docker = { .out = out };

	qsort(ports, count, sizeof(*ports), docker_compare);
	for (size_t i = 0; i < count; i++)
		if (docker_groups(&ports[i]))
			docker_group(&docker, &ports[i]);
	for (size_t i = 0; i < docker.count; i++)
		docker_print(&docker, &docker.groups[i]);
	for (size_t i = 0; i < count; i++)
		if (!docker_groups(&ports[i]))
			docker_print(&docker, &ports[i]);
}

static uint16_t random_port(void)
{
	return (uint16_t)(80 + random() % 10);
}

static struct pubport_mapping random_mapping(void)
{
	static const char *const hosts[] = { "0.0.0.0", "::", "192.168.33.2" };
	uint16_t host = random_port();
	uint16_t target = random() % 3 ? host : random_port();

	return mapping(hosts[random() % 3], (struct pubport_ports)ONE(host),
		       (struct pubport_ports)ONE(target),
		       random() % 3 ? PUBPORT_TCP : PUBPORT_UDP);
}

/* no two of a row have the same key */
static size_t random_row(struct pubport_mapping *ports)
{
	size_t wanted = 1 + (size_t)random() % RANDOM_PORTS;
	size_t count = 0;

	while (count < wanted) {
		size_t same = 0;

		ports[count] = random_mapping();
		while (key_compare(&ports[same].key, &ports[count].key))
			same++;
		count += same == count;
	}
	return count;
}

static void random_rows_are_written_as_docker_does(void **state)
{
	(void)state;
	srandom(1);
	for (int i = 0; i < 10000; i++) {
		struct pubport_mapping ports[RANDOM_PORTS];
		const struct pubport_mapping *row[RANDOM_PORTS];
		size_t count = random_row(ports);
		char *text = NULL, expected[2048] = "";
		FILE *out = fmemopen(expected, sizeof(expected), "w");

		assert_non_null(out);
		for (size_t j = 0; j < count; j++)
			row[j] = &ports[j];
		assert_int_equal(pubport_ports_format(row, count, &text), 0);
		docker_ports(ports, count, out);
		fclose(out);
		assert_string_equal(text, expected);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_written_as_docker_does),
		cmocka_unit_test(random_rows_are_written_as_docker_does),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
