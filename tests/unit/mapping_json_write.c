/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings, targets, events, stats and errors as JSON. */
#include "unit.h"

#include <cjson/cJSON.h>

#define FLASK                                                                  \
	"{\"host_ip\":\"192.168.33.2\",\"host_port\":8080,"                    \
	"\"host_port_end\":8080,\"protocol\":\"tcp\","                         \
	"\"target_ip\":\"192.0.2.2\",\"target_port\":80,"                      \
	"\"target_port_end\":80,\"name\":\"flask\","                           \
	"\"target\":\"docker:flask\",\"image\":\"webapp:noexpose\","           \
	"\"created\":\"2026-11-23T10:00:00Z\",\"expires\":null,"               \
	"\"from\":[],\"connections\":12,"                                      \
	"\"host_interface\":null,\"masquerade\":false,\"helper\":null}"

#define RANGE                                                                  \
	"{\"host_ip\":\"::\",\"host_port\":8000,\"host_port_end\":8010,"       \
	"\"protocol\":\"udp\",\"target_ip\":\"2001:db8::2\","                  \
	"\"target_port\":9000,\"target_port_end\":9010,\"name\":\"web\","      \
	"\"target\":\"netns:web\",\"image\":null,"                             \
	"\"created\":\"1970-01-01T00:00:01Z\","                                \
	"\"expires\":\"2000-02-29T23:59:59Z\","                                \
	"\"from\":[\"2001:db8::7/128\",\"fd00::/8\"],"                         \
	"\"connections\":18446744073709551615,"                                \
	"\"host_interface\":null,\"masquerade\":false,\"helper\":null}"

static struct pubport_mapping flask(void)
{
	struct pubport_mapping one =
		mapping("192.168.33.2", (struct pubport_ports){ 8080, 8080 },
			(struct pubport_ports){ 80, 80 }, PUBPORT_TCP);

	strcpy(one.name, "flask");
	strcpy(one.target, "docker:flask");
	strcpy(one.image, "webapp:noexpose");
	one.created = 1795428000;
	one.connections = 12;
	return one;
}

static struct pubport_mapping range(void)
{
	static struct pubport_network from[2];
	struct pubport_mapping one =
		mapping("::", (struct pubport_ports){ 8000, 8010 },
			(struct pubport_ports){ 9000, 9010 }, PUBPORT_UDP);

	strcpy(one.name, "web");
	strcpy(one.target, "netns:web");
	one.created = 1;
	one.expires = 951868799;
	one.connections = UINT64_MAX;
	from[0] = network("2001:db8::7");
	from[1] = network("fd00::/8");
	one.from = from;
	one.from_count = ARRAY_SIZE(from);
	return one;
}

/* takes @text over; it must also be what another parser calls JSON */
static void check(char *text, const char *expected)
{
	cJSON *parsed = cJSON_ParseWithOpts(text, NULL, true);

	assert_string_equal(text, expected);
	assert_non_null(parsed);
	cJSON_Delete(parsed);
	free(text);
}

static void a_mapping_is_one_line(void **state)
{
	const struct pubport_mapping one = flask();
	const struct pubport_mapping two = range();
	char *text = NULL;

	(void)state;
	assert_int_equal(pubport_mapping_to_json(&one, &text), 0);
	check(text, FLASK);
	assert_int_equal(pubport_mapping_to_json(&two, &text), 0);
	check(text, RANGE);
}

static void mappings_are_an_array(void **state)
{
	struct pubport_mapping both[] = { flask(), range() };
	struct pubport_mappings mappings = { NULL, 0 };
	char *text = NULL;

	(void)state;
	assert_int_equal(pubport_mappings_to_json(&mappings, &text), 0);
	check(text, "[]");
	mappings = (struct pubport_mappings){ both, 1 };
	assert_int_equal(pubport_mappings_to_json(&mappings, &text), 0);
	check(text, "[\n" FLASK "\n]");
	mappings.count = 2;
	assert_int_equal(pubport_mappings_to_json(&mappings, &text), 0);
	check(text, "[\n" FLASK ",\n" RANGE "\n]");
}

static void hostile_words_stay_data(void **state)
{
	struct pubport_mapping one = flask();
	char *text = NULL;
	cJSON *parsed;

	(void)state;
	strcpy(one.name, "a\"b\\c\x1b[31m\n\x7f");
	strcpy(one.target, "\xff\xc3");
	assert_int_equal(pubport_mapping_to_json(&one, &text), 0);
	assert_non_null(strstr(text, "\"a\\\"b\\\\c\\u001b[31m\\n?\""));
	assert_non_null(strstr(text, "\"target\":\"??\""));
	parsed = cJSON_Parse(text);
	assert_non_null(parsed);
	assert_string_equal(
		cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(parsed, "name")),
		"a\"b\\c\x1b[31m\n?");
	cJSON_Delete(parsed);
	free(text);
}

/* the table can say anything */
static void impossible_times_are_null(void **state)
{
	struct pubport_mapping one = flask();
	char *text = NULL;

	(void)state;
	one.created = INT64_MAX;
	one.expires = INT64_MIN;
	assert_int_equal(pubport_mapping_to_json(&one, &text), 0);
	assert_non_null(strstr(text, "\"created\":null,\"expires\":null"));
	free(text);
	/* the last second of four digits, and one more */
	one.created = INT64_C(253402300799);
	one.expires = one.created + 1;
	assert_int_equal(pubport_mapping_to_json(&one, &text), 0);
	assert_non_null(strstr(text, "\"created\":\"9999-12-31T23:59:59Z\","
				     "\"expires\":null"));
	free(text);
}

static void targets_are_an_array(void **state)
{
	struct pubport_listener listeners[] = {
		{ addr("0.0.0.0"), PUBPORT_TCP, 80 },
		{ addr("::"), PUBPORT_UDP, 53 },
	};
	struct pubport_target items[] = {
		{ .text = "netns:web",
		  .process = "nginx",
		  .pid = 4711,
		  .addrs = { { addr("172.17.0.2"), "docker0" },
			     { addr("fd00::2"), "docker0" } },
		  .addr_count = 2,
		  .listeners = listeners,
		  .listener_count = 2 },
		{ .text = "docker:flask", .image = "webapp:noexpose" },
	};
	const struct pubport_targets targets = { items, ARRAY_SIZE(items) };
	char *text = NULL;

	(void)state;
	assert_int_equal(pubport_targets_to_json(&targets, &text), 0);
	check(text,
	      "[\n"
	      "{\"target\":\"netns:web\",\"image\":null,"
	      "\"process\":\"nginx\",\"pid\":4711,\"addresses\":["
	      "{\"address\":\"172.17.0.2\",\"interface\":\"docker0\"},"
	      "{\"address\":\"fd00::2\",\"interface\":\"docker0\"}],"
	      "\"listening\":["
	      "{\"protocol\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":80},"
	      "{\"protocol\":\"udp\",\"address\":\"::\",\"port\":53}]},\n"
	      "{\"target\":\"docker:flask\",\"image\":\"webapp:noexpose\","
	      "\"process\":null,\"pid\":null,\"addresses\":[],"
	      "\"listening\":[]}\n"
	      "]");
}

static void events_are_objects(void **state)
{
	const struct pubport_mapping one = flask();
	const struct pubport_mapping two = range();
	struct pubport_event event = {
		.change = PUBPORT_CHANGE_REPLACED,
		.mapping = &one,
		.before = &two,
		.time = 1795428000,
		.pid = 4711,
		.process = "pubport",
	};
	char *text = NULL;

	(void)state;
	assert_int_equal(pubport_event_to_json(&event, &text), 0);
	check(text,
	      "{\"event\":\"replaced\","
	      "\"time\":\"2026-11-23T10:00:00Z\",\"mapping\":" FLASK
	      ",\"before\":" RANGE ",\"process\":\"pubport\",\"pid\":4711}");
	event = (struct pubport_event){
		.change = PUBPORT_CHANGE_TABLE_LOST,
		.time = 1795428000,
	};
	assert_int_equal(pubport_event_to_json(&event, &text), 0);
	check(text, "{\"event\":\"table lost\","
		    "\"time\":\"2026-11-23T10:00:00Z\",\"mapping\":null,"
		    "\"before\":null,\"process\":null,\"pid\":null}");
}

static void stats_are_mappings_with_more_members(void **state)
{
	const char *rest = FLASK;
	struct pubport_stat stat = {
		.mapping = flask(),
		.time = 1795428000,
		.connections_now = 3,
		.packets_in = 1,
		.packets_out = UINT64_MAX,
		.bytes_in = 52,
	};
	const struct pubport_stats stats = { &stat, 1 };
	char expected[1024];
	char *text = NULL;

	(void)state;
	/* without its braces */
	snprintf(expected, sizeof(expected),
		 "{\"time\":\"2026-11-23T10:00:00Z\",%.*s,"
		 "\"connections_now\":3,\"counted_since\":null,"
		 "\"packets_in\":null,"
		 "\"packets_out\":null,\"bytes_in\":null,"
		 "\"bytes_out\":null}",
		 (int)strlen(rest) - 2, rest + 1);
	assert_int_equal(pubport_stat_to_json(&stat, &text), 0);
	check(text, expected);
	stat.is_counted = true;
	stat.counted_since = 1795428000;
	snprintf(expected, sizeof(expected),
		 "[\n{\"time\":\"2026-11-23T10:00:00Z\",%.*s,"
		 "\"connections_now\":3,"
		 "\"counted_since\":\"2026-11-23T10:00:00Z\","
		 "\"packets_in\":1,"
		 "\"packets_out\":18446744073709551615,\"bytes_in\":52,"
		 "\"bytes_out\":0}\n]",
		 (int)strlen(rest) - 2, rest + 1);
	assert_int_equal(pubport_stats_to_json(&stats, &text), 0);
	check(text, expected);
}

static void errors_are_objects(void **state)
{
	struct pubport_error error = {
		.status = PUBPORT_CONFLICT,
		.message = "\"8080:80\": port in use",
		.hint = "ss -ltnp",
	};
	char *text = NULL;

	(void)state;
	assert_int_equal(pubport_error_to_json(&error, &text), 0);
	check(text, "{\"error\":{\"status\":3,\"message\":"
		    "\"\\\"8080:80\\\": port in use\","
		    "\"hint\":\"ss -ltnp\"}}");
	error.hint[0] = '\0';
	assert_int_equal(pubport_error_to_json(&error, &text), 0);
	assert_non_null(strstr(text, "\"hint\":\"\""));
	free(text);
}

/* how often memory can still be had */
static unsigned int allocations_left;

static void *allocate(size_t size)
{
	if (!allocations_left)
		return NULL;
	allocations_left--;
	return malloc(size);
}

static int write_all(char **ret_text)
{
	struct pubport_mapping both[] = { flask(), range() };
	const struct pubport_mappings mappings = { both, ARRAY_SIZE(both) };
	struct pubport_listener listener = { addr("::"), PUBPORT_TCP, 80 };
	struct pubport_target target = {
		.text = "netns:web",
		.addrs = { { addr("172.17.0.2"), "docker0" } },
		.addr_count = 1,
		.listeners = &listener,
		.listener_count = 1,
	};
	const struct pubport_targets targets = { &target, 1 };
	const struct pubport_error error = { .message = "no" };
	const struct pubport_event event = { .mapping = both, .before = both };
	char *texts[4] = { NULL };
	int code;

	code = pubport_mappings_to_json(&mappings, &texts[0]);
	if (!code)
		code = pubport_targets_to_json(&targets, &texts[1]);
	if (!code)
		code = pubport_error_to_json(&error, &texts[2]);
	if (!code)
		code = pubport_event_to_json(&event, &texts[3]);
	if (!code)
		code = pubport_mapping_to_json(&both[0], ret_text);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	return code;
}

/* wherever it does: no leak, no result */
static void memory_may_run_out(void **state)
{
	cJSON_Hooks hooks = { allocate, free };
	char untouched[] = "untouched";
	char *text = untouched;
	unsigned int enough = 0;
	int code;

	(void)state;
	cJSON_InitHooks(&hooks);
	do {
		assert_ptr_equal(text, untouched);
		allocations_left = enough++;
		code = write_all(&text);
	} while (code == -ENOMEM && enough < 10000);
	cJSON_InitHooks(NULL);
	assert_int_equal(code, 0);
	assert_in_range(enough, 100, 9999);
	assert_string_equal(text, FLASK);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapping_is_one_line),
		cmocka_unit_test(mappings_are_an_array),
		cmocka_unit_test(hostile_words_stay_data),
		cmocka_unit_test(impossible_times_are_null),
		cmocka_unit_test(targets_are_an_array),
		cmocka_unit_test(events_are_objects),
		cmocka_unit_test(stats_are_mappings_with_more_members),
		cmocka_unit_test(errors_are_objects),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
