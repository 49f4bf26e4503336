/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the doctor found: its text, and the commands that mend it. */
#include "unit.h"

#include "mapping/finding.h"
#include "table/mapping_element.h"

#include <stdlib.h>
#include <string.h>

static struct pubport_mapping mapping_of(const char *key, const char *target)
{
	struct pubport_mapping mapping = { .target_ports = { 80, 80 } };
	bool has_host;

	assert_int_equal(pubport_key_parse(key, &has_host, &mapping.key, NULL),
			 0);
	assert_int_equal(pubport_addr_parse("172.17.0.2", &mapping.target_addr),
			 0);
	snprintf(mapping.name, sizeof(mapping.name), "web");
	snprintf(mapping.target, sizeof(mapping.target), "%s", target);
	return mapping;
}

/* the command of the last finding is this */
static void assert_fix(struct report *report, const char *expected)
{
	char *text = NULL;

	assert_int_equal(report->error, 0);
	assert_int_equal(pubport_finding_fix_format(report_last(report), &text),
			 0);
	assert_string_equal(text, expected);
	free(text);
}

static void begin(struct report *report)
{
	memset(report, 0, sizeof(*report));
	report_about_host(report);
	report_wrong(report, PUBPORT_CLIENT_ANY, "test", "wrong %d", 1);
}

static void test_text(void **state)
{
	struct report report;

	(void)state;
	begin(&report);
	report_by(&report, "a\033[31mb");
	assert_string_equal(report_last(&report)->message, "wrong 1");
	assert_string_equal(report_last(&report)->by, "a?[31mb");
	assert_string_equal(report_last(&report)->subject, "this host");
	assert_null(report_last(&report)->key);
	assert_null(report_last(&report)->fix);
	pubport_findings_done(&report.findings);
	assert_int_equal(report.findings.count, 0);
}

static void test_words(void **state)
{
	struct report report;

	(void)state;
	begin(&report);
	report_fix(&report, "ip", "link", "set", "it's here");
	report_fix_word(&report, "%s=%d", "a", 1);
	report_fix(&report, "", "$(x)");
	assert_fix(&report, "ip link set 'it'\\''s here' a=1 '' '$(x)'");
	assert_string_equal(report_last(&report)->fix[3], "it's here");
	assert_null(report_last(&report)->fix[7]);
	pubport_findings_done(&report.findings);
}

static void test_republish(void **state)
{
	struct pubport_mapping a = mapping_of("0.0.0.0:8080/tcp", "netns:web");
	struct pubport_mapping b =
		mapping_of("192.168.33.2:81/udp", "netns:web");
	const struct pubport_mapping *both[] = { &a, &b };
	struct report report;

	(void)state;
	begin(&report);
	assert_int_equal(report_group(both, 2), 2);
	report_fix_republish(&report, both, 2);
	assert_fix(&report, "pubport add --replace --to netns:web --name web "
			    "0.0.0.0:8080:80/tcp 192.168.33.2:81:80/udp");
	pubport_findings_done(&report.findings);
}

static void test_options(void **state)
{
	struct pubport_mapping a = mapping_of("[::]:8080/tcp", "netns:web");
	struct pubport_mapping b = a;
	const struct pubport_mapping *both[] = { &a, &b };
	struct pubport_network networks[2];
	struct report report;

	(void)state;
	assert_int_equal(pubport_network_parse("fd00::/8", &networks[0], NULL),
			 0);
	assert_int_equal(pubport_network_parse("fe00::/8", &networks[1], NULL),
			 0);
	a.flags = PUBPORT_MAPPING_LIMITED | PUBPORT_MAPPING_SHIELD |
		  PUBPORT_MAPPING_NO_LOOPBACK | PUBPORT_MAPPING_MASQUERADE;
	a.from = networks;
	a.from_count = 2;
	assert_int_equal(report_group(both, 2), 1);
	begin(&report);
	report_fix_republish(&report, both, 1);
	assert_fix(&report,
		   "pubport add --replace --no-loopback --shield "
		   "--masquerade --from fd00::/8,fe00::/8 --to netns:web "
		   "--name web '[::]:8080:80/tcp'");
	pubport_findings_done(&report.findings);
}

/* what somebody wrote into the table must not become a word of a command */
static void test_forged(void **state)
{
	struct pubport_mapping a = mapping_of("0.0.0.0:8080/tcp", "--force");
	const struct pubport_mapping *one = &a;
	struct report report;

	(void)state;
	snprintf(a.name, sizeof(a.name), "-x;reboot");
	begin(&report);
	report_fix_republish(&report, &one, 1);
	assert_fix(&report, "pubport add --replace --to 172.17.0.2 "
			    "0.0.0.0:8080:80/tcp");
	pubport_findings_done(&report.findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_republish),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
