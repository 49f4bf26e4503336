/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ls makes of mappings: ages, filters, a row for each target. */
#include "format/filter.h"
#include "format/row.h"
#include "format/units.h"
#include "unit.h"

static void assert_age(int64_t seconds, const char *wanted)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	age_write(out, 0, seconds);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, wanted);
	free(text);
}

static void ages_are_in_dockers_words(void **state)
{
	enum {
		MINUTE = 60,
		HOUR = 3600,
		DAY = 86400
	};

	(void)state;
	assert_age(-5, "Less than a second");
	assert_age(0, "Less than a second");
	assert_age(1, "1 second");
	assert_age(59, "59 seconds");
	assert_age(MINUTE, "About a minute");
	assert_age(2 * MINUTE - 1, "About a minute");
	assert_age(2 * MINUTE, "2 minutes");
	assert_age(HOUR - 1, "59 minutes");
	assert_age(HOUR, "About an hour");
	assert_age(HOUR + HOUR / 2 - 1, "About an hour");
	assert_age(HOUR + HOUR / 2, "2 hours");
	assert_age(2 * DAY - HOUR / 2 - 1, "47 hours");
	assert_age(2 * DAY - HOUR / 2, "2 days");
	assert_age(14 * DAY - HOUR, "13 days");
	assert_age(14 * DAY, "2 weeks");
	assert_age(59 * DAY, "8 weeks");
	assert_age(60 * DAY, "2 months");
	assert_age(729 * DAY, "24 months");
	assert_age(730 * DAY, "2 years");
	assert_age(INT64_MAX, "292471208677 years");
}

#define ONE(port) ((struct pubport_ports){ port, port })

/* three mappings of two targets */
struct sample {
	struct pubport_mapping items[3];
	struct pubport_mappings mappings;
};

static void sample_init(struct sample *sample)
{
	struct pubport_mapping *items = sample->items;

	items[0] = mapping("0.0.0.0", ONE(8080), ONE(80), PUBPORT_TCP);
	items[1] = mapping("192.168.33.2", (struct pubport_ports){ 1000, 2000 },
			   (struct pubport_ports){ 1000, 2000 }, PUBPORT_UDP);
	items[2] = mapping("::", ONE(8080), ONE(80), PUBPORT_TCP);
	strcpy(items[0].name, "flask");
	strcpy(items[0].target, "netns:web");
	strcpy(items[1].name, "dns");
	strcpy(items[1].target, "192.0.2.2");
	strcpy(items[2].name, "alias");
	strcpy(items[2].target, "netns:web");
	items[0].created = 100;
	items[1].created = 200;
	items[2].created = 300;
	items[2].expires = 500;
	sample->mappings = (struct pubport_mappings){ items, 3 };
}

/* text: "KEY=VALUE KEY=VALUE..."; kept: which mappings of the sample remain */
static void assert_filter(const char *text, const char *kept)
{
	CLEANUP(filters) struct filters filters = { 0 };
	struct words words = { 0 };
	struct sample sample;
	char copy[128];
	char *rest;

	sample_init(&sample);
	for (size_t i = 0; i < 3; i++) {
		sample.items[i].connections = i;
		/* freed with what is dropped */
		sample.items[i].from =
			calloc(1, sizeof(struct pubport_network));
		assert_non_null(sample.items[i].from);
	}
	strcpy(copy, text);
	for (char *word = strtok_r(copy, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		assert_int_equal(words_append(&words, word), 0);
	assert_int_equal(filters_parse(&words, &filters, NULL), 0);
	filters_apply(&filters, &sample.mappings);
	assert_int_equal(sample.mappings.count, strlen(kept));
	for (size_t i = 0; i < sample.mappings.count; i++) {
		assert_int_equal(sample.items[i].connections, kept[i] - '0');
		free(sample.items[i].from);
	}
	words_done(&words);
}

static void filters_keep_what_matches(void **state)
{
	(void)state;
	assert_filter("", "012");
	assert_filter("name=las", "0");
	assert_filter("name=a", "02");
	assert_filter("name=flask name=dns", "01");
	assert_filter("name=^fla", "0");
	assert_filter("name=^las", "");
	assert_filter("name=^dns$ name=alias$", "12");
	assert_filter("name=^/dns$", "1");
	assert_filter("name=flask|dns", "01");
	assert_filter("name=^.l", "02");
	assert_filter("name=^(?:d|f)(ns|lask)$", "01");
	assert_filter("name=(?i)LA?[SI]", "02");
	assert_filter("name=^\\w{3}$", "1");
	assert_filter("name=^[^\\d\\-\\]]+?$", "012");
	assert_filter("name=^[[:alpha:]\\d]*$", "012");
	assert_filter("name=^[]a]", "2");
	assert_filter("name=\\D\\.", "");
	assert_filter("name=a host=::", "2");
	assert_filter("target=netns:web", "02");
	assert_filter("target=netns", "");
	assert_filter("target=192.0.2.2", "01");
	assert_filter("host=192.168.33.2 host=0.0.0.0", "01");
	assert_filter("port=8080", "02");
	assert_filter("port=8080/udp", "");
	assert_filter("publish=8080/tcp port=1500", "012");
	assert_filter("publish=1500", "");
	assert_filter("publish=1500/udp", "1");
	assert_filter("port=1500", "1");
	assert_filter("port=1-1000", "1");
	assert_filter("port=2001-8079", "");
	assert_filter("protocol=UDP", "1");
	assert_filter("image=none", "");
}

static void wrong_filters_are_named(void **state)
{
	static const char *const wrong[] = {
		"",	  "name",	"name=",	   "=x",
		"nam=x",  "port=x",	"port=1.2.3.4:80", "port=80/icmp",
		"host=x", "protocol=x", "name=(",	   "name=*",
		"name=[", "name=\\Qx",	"name=x\\",	   "name=(?P<x>y)",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *items[] = { wrong[i] };
		struct words words = { items, 1 };
		struct filters filters = { 0 };
		struct pubport_error error;
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\"", wrong[i]);
		assert_int_equal(filters_parse(&words, &filters, &error),
				 -EINVAL);
		assert_int_equal(error.status, PUBPORT_USAGE);
		assert_non_null(strstr(error.message, quoted));
		assert_null(filters.items);
	}
}

static void rows_are_targets(void **state)
{
	CLEANUP(rows) struct rows rows = { 0 };
	struct sample sample;

	(void)state;
	sample_init(&sample);
	assert_int_equal(rows_group(&sample.mappings, &rows), 0);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.items[0].count, 1);
	assert_ptr_equal(rows.items[0].mappings[0], &sample.items[1]);
	assert_int_equal(rows.items[0].expires, 0);
	assert_int_equal(rows.items[1].count, 2);
	assert_ptr_equal(rows.items[1].mappings[0], &sample.items[0]);
	assert_ptr_equal(rows.items[1].mappings[1], &sample.items[2]);
	assert_string_equal(rows.items[1].name, "alias");
	assert_int_equal(rows.items[1].created, 100);
	assert_int_equal(rows.items[1].expires, 500);
}

static void no_mappings_are_no_rows(void **state)
{
	CLEANUP(rows) struct rows rows = { 0 };
	struct pubport_mappings none = { 0 };

	(void)state;
	assert_int_equal(rows_group(&none, &rows), 0);
	assert_int_equal(rows.count, 0);
}

static void assert_row(const struct row *row, const char *text,
		       const char *wanted)
{
	CLEANUP(template) struct template *template = NULL;
	CLEANUP(free) char *written = NULL;
	size_t length;
	FILE *out = open_memstream(&written, &length);

	assert_non_null(out);
	assert_int_equal(template_new(text, row_fields, &template, NULL), 0);
	assert_int_equal(template_write(template, row, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(written, wanted);
}

static void rows_show_their_fields(void **state)
{
	CLEANUP(rows) struct rows rows = { 0 };
	struct sample sample;
	struct row *row;

	(void)state;
	sample_init(&sample);
	assert_int_equal(rows_group(&sample.mappings, &rows), 0);
	row = &rows.items[1];
	row->now = 220;
	assert_row(row, "{{.Name}} {{.Names}}", "alias,flask alias,flask");
	assert_row(row, "{{.Target}}", "netns:web");
	assert_row(row, "{{.Status}}", "Up 2 minutes, 4 minutes left");
	assert_row(row, "{{.RunningFor}}", "2 minutes ago");
	assert_row(row, "{{.Expires}}", "in 4 minutes");
	assert_row(row, "{{.CreatedAt}}", "1970-01-01 00:01:40 +0000 UTC");
	assert_row(row, "{{.Ports}}",
		   "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
	assert_row(row, "{{.Image}} {{.From}} {{.Connections}}", "- - 0");
	assert_row(row, "{{.Options}}", "-");
	for (size_t i = 0; i < sample.mappings.count; i++) {
		sample.mappings.items[i].flags |= PUBPORT_MAPPING_SHIELD |
						  PUBPORT_MAPPING_MASQUERADE;
		strcpy(sample.mappings.items[i].helper, "ftp");
	}
	assert_row(row, "{{.Options}}", "shield,masquerade,helper=ftp");
	assert_row(&rows.items[0], "{{.Expires}}", "-");
}

/* what is shown of all of the sample, as one target */
static void assert_from(struct sample *sample, const char *wanted)
{
	CLEANUP(rows) struct rows rows = { 0 };

	for (size_t i = 0; i < 3; i++)
		strcpy(sample->items[i].target, "netns:web");
	assert_int_equal(rows_group(&sample->mappings, &rows), 0);
	assert_int_equal(rows.count, 1);
	assert_row(&rows.items[0], "{{.From}}", wanted);
}

static void rows_show_who_may_connect(void **state)
{
	struct pubport_network four[] = { network("192.168.0.0/16"),
					  network("10.1.0.0/16") };
	struct pubport_network other[] = { network("10.0.0.0/8"),
					   network("10.1.0.0/16") };
	struct pubport_network six[] = { network("fd00::2") };
	struct sample sample;

	(void)state;
	sample_init(&sample);
	assert_from(&sample, "-");
	sample.items[0].from = four;
	sample.items[0].from_count = 2;
	assert_from(&sample, "0.0.0.0/0,10.1.0.0/16,192.168.0.0/16,::/0");
	sample.items[1].from = other;
	sample.items[1].from_count = 2;
	assert_from(&sample, "10.0.0.0/8,10.1.0.0/16,192.168.0.0/16,::/0");
	sample.items[2].from = six;
	sample.items[2].from_count = 1;
	assert_from(&sample,
		    "10.0.0.0/8,10.1.0.0/16,192.168.0.0/16,fd00::2/128");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages_are_in_dockers_words),
		cmocka_unit_test(filters_keep_what_matches),
		cmocka_unit_test(wrong_filters_are_named),
		cmocka_unit_test(rows_are_targets),
		cmocka_unit_test(no_mappings_are_no_rows),
		cmocka_unit_test(rows_show_their_fields),
		cmocka_unit_test(rows_show_who_may_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
