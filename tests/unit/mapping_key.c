/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocols, ports, keys and mappings as text. */
#include "mapping/key.h"
#include "unit.h"

static void protocols_have_names(void **state)
{
	enum pubport_protocol protocol = PUBPORT_TCP;

	(void)state;
	assert_int_equal(protocol_parse("UdP", &protocol), 0);
	assert_int_equal(protocol, PUBPORT_UDP);
	assert_int_equal(protocol_parse("sctp", &protocol), 0);
	assert_int_equal(protocol, PUBPORT_SCTP);
	assert_int_equal(protocol_parse("icmp", &protocol), -EINVAL);
	assert_int_equal(protocol_parse("", &protocol), -EINVAL);
	assert_int_equal(protocol_parse("tcp ", &protocol), -EINVAL);
	assert_int_equal(protocol, PUBPORT_SCTP);
	assert_string_equal(pubport_protocol_name(PUBPORT_TCP), "tcp");
	assert_string_equal(pubport_protocol_name(PUBPORT_UDP), "udp");
	assert_string_equal(pubport_protocol_name(PUBPORT_SCTP), "sctp");
	assert_string_equal(pubport_protocol_name(1), "unknown");
}

static void ports_follow_addresses(void **state)
{
	const struct pubport_addr four = addr("192.168.33.2");
	const struct pubport_addr six =
		addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	const struct pubport_ports single = { 80, 80 };
	const struct pubport_ports range = { 55555, 65535 };
	char buffer[ADDR_PORTS_TEXT_SIZE];

	(void)state;
	assert_string_equal(addr_ports_format(&four, single, buffer,
					      sizeof(buffer)),
			    "192.168.33.2:80");
	assert_string_equal(
		addr_ports_format(&six, range, buffer, sizeof(buffer)),
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:55555-65535");
	assert_string_equal(ports_format(range, buffer, sizeof(buffer)),
			    "55555-65535");
	assert_string_equal(ports_format(range, buffer, 11), "");
}

static void keys_are_written(void **state)
{
	struct pubport_mapping one =
		mapping("192.168.33.2", (struct pubport_ports){ 8080, 8080 },
			(struct pubport_ports){ 80, 80 }, PUBPORT_TCP);
	struct pubport_mapping range =
		mapping("::", (struct pubport_ports){ 8000, 8010 },
			(struct pubport_ports){ 9000, 9010 }, PUBPORT_UDP);
	char buffer[PUBPORT_MAPPING_TEXT_SIZE];

	(void)state;
	assert_string_equal(pubport_key_format(&one.key, buffer,
					       PUBPORT_KEY_TEXT_SIZE),
			    "192.168.33.2:8080/tcp");
	assert_string_equal(pubport_key_format(&range.key, buffer,
					       PUBPORT_KEY_TEXT_SIZE),
			    "[::]:8000-8010/udp");
	assert_string_equal(pubport_mapping_format(&one, buffer,
						   sizeof(buffer)),
			    "192.168.33.2:8080 -> 192.0.2.2:80/tcp");
	assert_string_equal(pubport_mapping_format(&range, buffer,
						   sizeof(buffer)),
			    "[::]:8000-8010 -> [2001:db8::2]:9000-9010/udp");
}

/* the sizes in pubport.h are enough for whatever there is */
static void the_longest_fit(void **state)
{
	const char *longest = "aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222";
	struct pubport_mapping one =
		mapping(longest, (struct pubport_ports){ 10000, 20000 },
			(struct pubport_ports){ 30000, 40000 }, PUBPORT_SCTP);
	char buffer[PUBPORT_MAPPING_TEXT_SIZE];

	(void)state;
	one.target_addr = one.key.host;
	assert_string_equal(
		pubport_key_format(&one.key, buffer, PUBPORT_KEY_TEXT_SIZE),
		"[aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222]:10000-20000/sctp");
	assert_string_equal(
		pubport_mapping_format(&one, buffer, sizeof(buffer)),
		"[aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222]:10000-20000 -> "
		"[aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222]:30000-40000/sctp");
}

/* half a key would be another key */
static void what_does_not_fit_is_empty(void **state)
{
	struct pubport_mapping one =
		mapping("1.2.3.4", (struct pubport_ports){ 8080, 8080 },
			(struct pubport_ports){ 80, 80 }, PUBPORT_TCP);
	char buffer[40] = "untouched";

	(void)state;
	pubport_key_format(&one.key, buffer, 0);
	assert_string_equal(buffer, "untouched");
	pubport_key_format(&one.key, buffer, sizeof("1.2.3.4:8080/tcp"));
	assert_string_equal(buffer, "1.2.3.4:8080/tcp");
	pubport_key_format(&one.key, buffer, sizeof("1.2.3.4:8080/tcp") - 1);
	assert_string_equal(buffer, "");
	pubport_mapping_format(&one, buffer, 20);
	assert_string_equal(buffer, "");
	addr_ports_format(&one.key.host, one.key.ports, buffer, 12);
	assert_string_equal(buffer, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocols_have_names),
		cmocka_unit_test(ports_follow_addresses),
		cmocka_unit_test(keys_are_written),
		cmocka_unit_test(the_longest_fit),
		cmocka_unit_test(what_does_not_fit_is_empty),
	};

	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
