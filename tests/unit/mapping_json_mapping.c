/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings from JSON: what is read, and in which words the rest is refused. */
#include "unit.h"

#include <cjson/cJSON.h>

/* the least that an entry must say, and more */
#define ENTRY(more)                                                            \
	"{\"host_ip\":\"192.168.33.2\",\"host_port\":8080,"                    \
	"\"protocol\":\"tcp\",\"target_ip\":\"192.0.2.2\","                    \
	"\"target_port\":80" more "}"

#define ENTRY6(more)                                                           \
	"{\"host_ip\":\"::\",\"host_port\":8000,\"protocol\":\"udp\","         \
	"\"target_ip\":\"2001:db8::2\",\"target_port\":9000" more "}"

/* as they are printed */
#define WHOLE                                                                  \
	"[\n"                                                                  \
	"{\"host_ip\":\"192.168.33.2\",\"host_port\":8080,"                    \
	"\"host_port_end\":8080,\"protocol\":\"tcp\","                         \
	"\"target_ip\":\"192.0.2.2\",\"target_port\":80,"                      \
	"\"target_port_end\":80,\"name\":\"flask\","                           \
	"\"target\":\"docker:flask\",\"image\":\"webapp:noexpose\","           \
	"\"created\":\"2026-11-23T10:00:00Z\",\"expires\":null,"               \
	"\"from\":[],\"connections\":0,\"host_interface\":null,"               \
	"\"masquerade\":true,\"helper\":\"ftp\"},\n"                           \
	"{\"host_ip\":\"::\",\"host_port\":8000,\"host_port_end\":8010,"       \
	"\"protocol\":\"sctp\",\"target_ip\":\"2001:db8::2\","                 \
	"\"target_port\":9000,\"target_port_end\":9010,\"name\":\"a b\","      \
	"\"target\":\"netns:web\",\"image\":null,"                             \
	"\"created\":\"1970-01-01T00:00:01Z\","                                \
	"\"expires\":\"2100-02-28T23:59:59Z\","                                \
	"\"from\":[\"2001:db8::7/128\",\"fd00::/8\"],\"connections\":0,"       \
	"\"host_interface\":\"eth1\",\"masquerade\":false,"                    \
	"\"helper\":null,\"no_loopback\":true,\"shield\":true}\n"              \
	"]"

static struct pubport_mappings read_all(const char *text)
{
	struct pubport_error error = { .message = "" };
	struct pubport_mappings mappings = { NULL, 0 };

	if (pubport_mappings_from_json(text, &mappings, &error))
		fail_msg("%s: %s", text, error.message);
	return mappings;
}

/* says all of @words, and nothing is stored */
static void refuse(const char *text, const char *words)
{
	struct pubport_mappings untouched = { NULL, 7 };
	struct pubport_error error = { .message = "" };

	assert_int_equal(pubport_mappings_from_json(text, &untouched, &error),
			 -EINVAL);
	assert_string_equal(error.message, words);
	assert_int_equal(error.status, PUBPORT_USAGE);
	assert_int_equal(untouched.count, 7);
}

/* -------------------------------------------------------------- what is read
 */

static void what_is_printed_is_read(void **state)
{
	struct pubport_mappings mappings = read_all(WHOLE);
	char *text;

	(void)state;
	assert_int_equal(pubport_mappings_to_json(&mappings, &text), 0);
	assert_string_equal(text, WHOLE);
	free(text);
	pubport_mappings_done(&mappings);
	mappings = read_all(" [ ] \n");
	assert_int_equal(mappings.count, 0);
}

static void what_is_left_out_has_a_default(void **state)
{
	struct pubport_mappings mappings = read_all(
		"[" ENTRY("") "," ENTRY6(",\"host_port_end\":8010") "]");
	const struct pubport_mapping *one = &mappings.items[0];

	(void)state;
	assert_int_equal(one->key.ports.last, 8080);
	assert_int_equal(one->target_ports.last, 80);
	assert_string_equal(one->name, "192.0.2.2");
	assert_string_equal(one->target, "192.0.2.2");
	assert_int_equal(one->created, 0);
	assert_int_equal(one->expires, 0);
	assert_int_equal(one->flags, 0);
	assert_int_equal(mappings.items[1].target_ports.last, 9010);
	pubport_mappings_done(&mappings);
}

static void a_name_follows_from_a_target(void **state)
{
	struct pubport_mappings mappings = read_all("[" ENTRY(
		",\"target\":\"netns:/run/netns/web\"") ","
							"{\"host_ip\":\"0.0.0.0\",\"host_port\":8888,\"protocol\":"
							"\"TCP\",\"target_ip\":\"0.0.0.0\",\"target_port\":80}]");

	(void)state;
	assert_string_equal(mappings.items[0].name, "web");
	assert_string_equal(mappings.items[1].target, "host");
	assert_string_equal(mappings.items[1].name, "host");
	pubport_mappings_done(&mappings);
}

static void networks_are_put_in_order(void **state)
{
	struct pubport_mappings mappings = read_all(
		"[" ENTRY(",\"from\":[\"192.168.0.0/16\",\"10.1.0.0/16\","
			  "\"10.0.0.0/8\",\"192.168.0.0/16\"]") "]");
	const struct pubport_mapping *one = &mappings.items[0];

	(void)state;
	assert_int_equal(one->flags, PUBPORT_MAPPING_LIMITED);
	assert_int_equal(one->from_count, 2);
	assert_int_equal(one->from[0].prefix, 8);
	assert_int_equal(one->from[1].prefix, 16);
	pubport_mappings_done(&mappings);
}

/* --------------------------------------------------------- what is no JSON */

struct broken {
	const char *text;
	const char *words;
};

static void refuse_all(const struct broken *broken)
{
	for (; broken->text; broken++)
		refuse(broken->text, broken->words);
}

static void what_is_no_json_is_named_by_its_line(void **state)
{
	static const struct broken texts[] = {
		{ "", "line 1: not an array of mappings" },
		{ "\n\n {}", "line 3: not an array of mappings" },
		{ "[", "line 1: the text ends here, too early for JSON" },
		{ "[\n" ENTRY("") ",\n",
		  "line 3: the text ends here, too early for JSON" },
		{ "[" ENTRY("") "\n",
		  "line 2: the text ends here, too early for JSON" },
		{ "[" ENTRY("") ",]", "line 1: not JSON from \"]\" on" },
		{ "[" ENTRY("") "}", "line 1: not JSON from \"}\" on" },
		{ "[\n" ENTRY(",\n") "]", "line 3: not JSON from \"}]\" on" },
		{ "[\n" ENTRY(",\n\"name\":tru") "]",
		  "line 3: not JSON from \"tru}]\" on" },
		{ "[" ENTRY("") "\n" ENTRY("") "]",
		  "line 2: not JSON from \"{\"host_ip\":\"192.168.33.2\",\"host_\""
		  " on" },
		{ "[" ENTRY("") "]\nx", "line 2: not JSON from \"x\" on" },
		{ "[]]", "line 1: not JSON from \"]\" on" },
		/* blanks to cJSON, but not to anyone else */
		{ "[\b{\"port\":1}]",
		  "line 1: not JSON from \"?{\"port\":1}]\" on" },
		{ "[\xef\xbb\xbf{\"port\":1}]",
		  "line 1: not JSON from \"???{\"port\":1}]\" on" },
		{ "[1]", "line 1, entry 1: it is not an object" },
		{ "[" ENTRY("") ",\n[]]",
		  "line 2, entry 2: it is not an object" },
		{ "[" ENTRY(",\"name\":\"a\\u0000b\"") "]",
		  "line 1, entry 1: it has a NUL in it" },
		{ NULL },
	};

	(void)state;
	refuse_all(texts);
}

/* no stack to run out of */
static void depth_is_bounded(void **state)
{
	struct pubport_mappings mappings;
	char *text = malloc(1000001);

	(void)state;
	memset(text, '[', 1000000);
	text[1000000] = '\0';
	assert_int_equal(pubport_mappings_from_json(text, &mappings, NULL),
			 -EINVAL);
	free(text);
}

static void size_is_bounded(void **state)
{
	const size_t most = (size_t)64 * 1024 * 1024;
	struct pubport_error error = { .message = "" };
	struct pubport_mappings mappings;
	char *text = malloc(most + 2);

	(void)state;
	memset(text, ' ', most + 1);
	text[0] = '[';
	text[most - 1] = ']';
	text[most] = '\0';
	assert_int_equal(pubport_mappings_from_json(text, &mappings, &error),
			 0);
	text[most] = ' ';
	text[most + 1] = '\0';
	assert_int_equal(pubport_mappings_from_json(text, &mappings, &error),
			 -EFBIG);
	assert_string_equal(error.message, "JSON: more than 64 MiB");
	free(text);
}

/* ---------------------------------------------------- what is no mapping -- */

static void a_field_is_named_with_its_entry_and_value(void **state)
{
	static const struct broken texts[] = {
		{ "[\n  {\n    \"host_ip\": \"::1\",\n    \"host_port\": 0\n}]",
		  "line 2, entry 1, \"host_port\": 0 is not a port from 1 to "
		  "65535" },
		{ "[{\n\"host_ip\":\"::1\"}]",
		  "line 1, entry 1, \"host_port\": it is missing" },
		{ "[{}]", "line 1, entry 1, \"host_ip\": it is missing" },
		{ "[" ENTRY("") ",\n" ENTRY6(",\n\"port\":1") "]",
		  "line 2, entry 2, \"port\": unknown field" },
		{ "[" ENTRY(",\"Name\":\"x\"") "]",
		  "line 1, entry 1, \"Name\": unknown field" },
		{ "[" ENTRY(",\n\"host_port\":8081") "]",
		  "line 1, entry 1, \"host_port\": it is there twice" },
		{ "[{\"host_ip\":\"300.1.1.1\"}]",
		  "line 1, entry 1, \"host_ip\": \"300.1.1.1\" is not an "
		  "address" },
		{ "[{\"host_ip\":null}]",
		  "line 1, entry 1, \"host_ip\": null is not an address" },
		{ "[{\"host_port\":\"80\"}]",
		  "line 1, entry 1, \"host_port\": \"80\" is not a port from 1 "
		  "to 65535" },
		{ "[{\"host_port\":80.5}]",
		  "line 1, entry 1, \"host_port\": 80.5 is not a port from 1 to "
		  "65535" },
		{ "[{\"host_port\":65536}]",
		  "line 1, entry 1, \"host_port\": 65536 is not a port from 1 "
		  "to 65535" },
		{ "[{\"protocol\":\"icmp\"}]",
		  "line 1, entry 1, \"protocol\": \"icmp\" is not tcp, udp or "
		  "sctp" },
		{ "[{\"name\":\"\"}]",
		  "line 1, entry 1, \"name\": \"\" is not a text of 1 to 63 "
		  "characters" },
		{ "[{\"name\":\"0123456789012345678901234567890123456789012345"
		  "678901234567890123\"}]",
		  "line 1, entry 1, \"name\": \"0123456789012345678901234567890"
		  "12345678901234567890123456789012... is not a text of 1 to "
		  "63 characters" },
		{ "[{\"created\":\"2026-02-30T10:00:00Z\"}]",
		  "line 1, entry 1, \"created\": \"2026-02-30T10:00:00Z\" is "
		  "not a time such as 2026-11-23T10:00:00Z" },
		{ "[{\"from\":[\"10.0.0.0/8\",\"10.0.0.0/33\"]}]",
		  "line 1, entry 1, \"from\": \"10.0.0.0/33\" is not a network "
		  "such as 10.0.0.0/8 or fd00::/8" },
		{ "[{\"from\":null}]",
		  "line 1, entry 1, \"from\": null is not a list of networks" },
		{ "[{\"shield\":1}]",
		  "line 1, entry 1, \"shield\": 1 is not true or false" },
		{ NULL },
	};

	(void)state;
	refuse_all(texts);
}

static void what_does_not_fit_together_is_refused(void **state)
{
	static const struct broken texts[] = {
		{ "[" ENTRY(",\"host_port_end\":8079") "]",
		  "line 1, entry 1, \"host_port_end\": 8079 is below host_port" },
		{ "[" ENTRY(",\"target_port_end\":81") "]",
		  "line 1, entry 1, \"target_port_end\": 81 does not make as "
		  "many ports as the host's" },
		{ "[{\"host_ip\":\"0.0.0.0\",\"host_port\":1,\"host_port_end\":"
		  "3,\"protocol\":\"tcp\",\"target_ip\":\"192.0.2.2\","
		  "\"target_port\":65534}]",
		  "line 1, entry 1, \"target_port\": 65534 leaves no room for "
		  "as many ports as the host's" },
		{ "[" ENTRY(",\"from\":[\"fd00::/8\"]") "]",
		  "line 1, entry 1, \"from\": [\"fd00::/8\"] has a network of "
		  "another family than host_ip" },
		{ "[" ENTRY(",\"name\":\"\x1b[31m\"") "]",
		  "line 1, entry 1, \"name\": \"\\u001b[31m\" is not 1 to 63 "
		  "printable characters without a quote" },
		{ "[" ENTRY(",\"name\":\"a\\\"b\"") "]",
		  "line 1, entry 1, \"name\": \"a\\\"b\" is not 1 to 63 printable "
		  "characters without a quote" },
		{ "[" ENTRY(",\"target\":\"\xc3\xa4\"") "]",
		  "line 1, entry 1, \"target\": \"??\" is not 1 to 109 "
		  "printable characters" },
		{ "[" ENTRY(",\"expires\":\"9999-01-01T00:00:00Z\"") "]",
		  "line 1, entry 1, \"expires\": \"9999-01-01T00:00:00Z\" is "
		  "more than a century away" },
		{ "[{\"host_ip\":\"127.0.0.1\",\"host_port\":1,\"protocol\":"
		  "\"tcp\",\"target_ip\":\"192.0.2.2\",\"target_port\":1,"
		  "\"no_loopback\":true}]",
		  "line 1, entry 1, \"no_loopback\": true is not for a loopback "
		  "address" },
		{ NULL },
	};

	(void)state;
	refuse_all(texts);
}

static void addresses_must_make_sense(void **state)
{
	static const struct {
		const char *host;
		const char *target;
		const char *words;
	} pairs[] = {
		{ "224.0.0.1", "192.0.2.2",
		  "\"host_ip\": \"224.0.0.1\" is a multicast or broadcast "
		  "address" },
		{ "0.0.0.0", "2001:db8::2",
		  "\"target_ip\": \"2001:db8::2\" is of another family than "
		  "host_ip" },
		{ "192.168.33.2", "0.0.0.0",
		  "\"target_ip\": \"0.0.0.0\" stands for every address; a "
		  "target is one" },
		{ "0.0.0.0", "127.0.0.1",
		  "\"target_ip\": \"127.0.0.1\" is a loopback address, which "
		  "packets from elsewhere can't be led to" },
		{ "0.0.0.0", "0.0.0.0",
		  "\"target_port\": 80 would lead to itself" },
	};
	char text[256], words[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		sprintf(text,
			"[{\"host_ip\":\"%s\",\"host_port\":80,\"protocol\":"
			"\"tcp\",\"target_ip\":\"%s\",\"target_port\":80}]",
			pairs[i].host, pairs[i].target);
		sprintf(words, "line 1, entry 1, %s", pairs[i].words);
		refuse(text, words);
	}
}

static void what_is_there_twice_is_a_conflict(void **state)
{
	struct pubport_error error = { .message = "" };
	struct pubport_mappings mappings;

	(void)state;
	assert_int_equal(
		pubport_mappings_from_json(
			"[" ENTRY("") ",\n" ENTRY6("") ",\n" ENTRY("") "]",
			&mappings, &error),
		-EEXIST);
	assert_int_equal(error.status, PUBPORT_CONFLICT);
	assert_int_equal(error.index, 2);
	assert_string_equal(error.message,
			    "entry 3: 192.168.33.2:8080/tcp is there twice, or "
			    "overlaps another");
	assert_int_equal(
		pubport_mappings_from_json(
			"[" ENTRY6(
				",\"host_port_end\":8010") ",{\"host_ip\":"
							   "\"::\",\"host_port\":8010,\"host_port_end\":8011,"
							   "\"protocol\":\"udp\",\"target_ip\":\"fd00::1\","
							   "\"target_port\":1}]",
			&mappings, NULL),
		-EEXIST);
}

/* ------------------------------------------------------------- what happens */

/* every text that begins like one that is fine, and every one with a byte that
 * is another: read or refused, and nothing else */
static void damage_does_no_harm(void **state)
{
	struct pubport_error error = { .message = "" };
	struct pubport_mappings mappings;
	const size_t length = strlen(WHOLE);
	char *text;

	(void)state;
	for (size_t i = 0; i < length; i++) {
		text = strndup(WHOLE, i);
		assert_int_equal(pubport_mappings_from_json(text, &mappings,
							    &error),
				 -EINVAL);
		free(text);
	}
	for (size_t i = 0; i < length; i++) {
		text = strdup(WHOLE);
		for (const char *byte = "\"\\{}[],: 0\x80"; *byte; byte++) {
			text[i] = *byte;
			if (!pubport_mappings_from_json(text, &mappings,
							&error))
				pubport_mappings_done(&mappings);
		}
		free(text);
	}
}

/* how often memory can still be had */
static unsigned int allocations_left;

static void *allocate(size_t size)
{
	if (allocations_left) {
		allocations_left--;
		return malloc(size);
	}
	errno = ENOMEM;
	return NULL;
}

/* wherever it does: no leak, no result, and nobody says that it is no JSON */
static void memory_may_run_out(void **state)
{
	cJSON_Hooks hooks = { allocate, free };
	struct pubport_mappings mappings = { NULL, 0 };
	unsigned int enough = 0;
	int code;

	(void)state;
	cJSON_InitHooks(&hooks);
	do {
		allocations_left = enough++;
		code = pubport_mappings_from_json(WHOLE, &mappings, NULL);
	} while (code == -ENOMEM && enough < 10000);
	cJSON_InitHooks(NULL);
	assert_int_equal(code, 0);
	assert_in_range(enough, 50, 9999);
	assert_int_equal(mappings.count, 2);
	pubport_mappings_done(&mappings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(what_is_left_out_has_a_default),
		cmocka_unit_test(a_name_follows_from_a_target),
		cmocka_unit_test(networks_are_put_in_order),
		cmocka_unit_test(what_is_no_json_is_named_by_its_line),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(a_field_is_named_with_its_entry_and_value),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(addresses_must_make_sense),
		cmocka_unit_test(what_is_there_twice_is_a_conflict),
		cmocka_unit_test(damage_does_no_harm),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("json_mappings", tests, NULL, NULL);
}
