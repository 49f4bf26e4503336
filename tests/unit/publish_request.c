/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests as somebody fills them in: what is wrong is refused, untouched. */
#include "unit.h"

#include <sched.h>
#include <stdio.h>

static const char *const target = "192.0.2.2";
static struct pubport *context;

/* what can be published, to be made wrong */
struct filled {
	struct pubport_spec spec;
	struct pubport_network from;
	struct pubport_add_request request;
};

static void fill(struct filled *filled)
{
	memset(filled, 0, sizeof(*filled));
	assert_int_equal(pubport_spec_parse("127.0.0.1:8000-8001:9000-9001",
					    &filled->spec, NULL),
			 0);
	filled->from = network("198.51.100.0/24");
	filled->request = (struct pubport_add_request){
		.size = sizeof(filled->request),
		.specs = &filled->spec,
		.spec_count = 1,
		.targets = &target,
		.target_count = 1,
		.from = &filled->from,
		.flags = PUBPORT_ADD_FORCE,
		.from_count = 1,
	};
}

/* by pubport_add() and by pubport_plan() */
static void refused(const struct filled *filled, const char *words)
{
	struct pubport_mappings untouched = { NULL, 4711 };
	struct pubport_error error = { .code = 0 };

	for (int i = 0; i < 2; i++) {
		assert_int_equal(i ? pubport_add(context, &filled->request,
						 &untouched, &error)
				   : pubport_plan(context, &filled->request,
						  &untouched, NULL, &error),
				 -EINVAL);
		assert_int_equal(error.status, PUBPORT_USAGE);
		if (!strstr(error.message, words))
			fail_msg("no \"%s\" in: %s", words, error.message);
		assert_int_equal(untouched.count, 4711);
	}
}

#define REFUSED(words, ...)                                                    \
	do {                                                                   \
		struct filled filled;                                          \
		fill(&filled);                                                 \
		__VA_ARGS__;                                                   \
		refused(&filled, words);                                       \
	} while (0)

static void a_right_one_is_planned(void **state)
{
	struct pubport_mappings planned;
	struct filled filled;

	(void)state;
	fill(&filled);
	assert_int_equal(pubport_plan(context, &filled.request, &planned, NULL,
				      NULL),
			 0);
	assert_int_equal(planned.count, 1);
	pubport_mappings_done(&planned);
}

static void wrong_specs(void **state)
{
	(void)state;
	REFUSED("protocol", filled.spec.protocol = 77);
	REFUSED("target ports", filled.spec.target_ports.first = 0);
	REFUSED("target ports", filled.spec.target_ports.last = 0);
	REFUSED("target ports", filled.spec.target_ports.first = 9002);
	REFUSED("host ports", filled.spec.host_ports.first = 8002);
	REFUSED("host ports", filled.spec.host_ports.first = 0);
	REFUSED("as many", filled.spec.host_ports.last = 8002);
	REFUSED("host address", filled.spec.host.family = 0);
	REFUSED("host address", filled.spec.host.bytes[4] = 1);
	REFUSED("host address", filled.spec.host = addr("224.0.0.1"));
	REFUSED("interface", strcpy(filled.spec.interface, "eth1"));
	REFUSED("interface", filled.spec.has_host = false;
		memset(filled.spec.interface, 'a',
		       sizeof(filled.spec.interface)));
	REFUSED("target", strcpy(filled.spec.target, "a b"));
	REFUSED("target",
		memset(filled.spec.target, 'a', sizeof(filled.spec.target)));
}

static void wrong_requests(void **state)
{
	const char *none = NULL;

	(void)state;
	REFUSED("size", filled.request.size = 0);
	REFUSED("size", filled.request.size = 8);
	REFUSED("flag", filled.request.flags = 1U << 31);
	REFUSED("specs", filled.request.spec_count = 0);
	REFUSED("specs", filled.request.specs = NULL);
	REFUSED("targets", filled.request.targets = NULL);
	REFUSED("target", filled.request.targets = &none);
	REFUSED("networks", filled.request.from = NULL);
	REFUSED("network", filled.from.prefix = 33);
	REFUSED("network", filled.from.prefix = (unsigned int)-1);
	REFUSED("network", filled.from.prefix = 8);
	REFUSED("network", filled.from.addr.family = 5);
	REFUSED("century", filled.request.ttl = UINT32_MAX);
	REFUSED("name", filled.request.name = "a\"b");
}

static void what_unpublishes_is_looked_at_too(void **state)
{
	const char *const texts[] = { "8080", NULL };
	struct pubport_remove_request right = { .size = sizeof(right) }, wrong;
	struct pubport_mappings untouched;

	(void)state;
	wrong = right;
	wrong.texts = texts;
	wrong.text_count = 2;
	assert_int_equal(pubport_remove(context, &wrong, &untouched, NULL),
			 -EINVAL);
	wrong.texts = NULL;
	assert_int_equal(pubport_remove(context, &wrong, &untouched, NULL),
			 -EINVAL);
	wrong = right;
	wrong.flags = 1U << 31;
	assert_int_equal(pubport_remove(context, &wrong, &untouched, NULL),
			 -EINVAL);
	assert_int_equal(pubport_flush(context, 1U << 31, NULL), -EINVAL);
	assert_int_equal(pubport_flush(context, PUBPORT_REMOVE_ALL, NULL),
			 -EINVAL);
}

static void mappings_are_looked_at_too(void **state)
{
	struct pubport_mapping one =
		mapping("198.51.100.1", (struct pubport_ports){ 80, 80 },
			(struct pubport_ports){ 80, 80 }, 77);
	struct pubport_mappings wrong = { &one, 1 };
	struct pubport_apply_request request = { .size = sizeof(request),
						 .mappings = &wrong };
	struct pubport_difference untouched;
	struct pubport_keep *keep;

	(void)state;
	strcpy(one.name, "web");
	strcpy(one.target, "192.0.2.2");
	assert_int_equal(pubport_apply(context, &request, &untouched, NULL),
			 -EINVAL);
	assert_int_equal(pubport_keep_open(context, &wrong, &keep, NULL),
			 -EINVAL);
	one.key.protocol = PUBPORT_TCP;
	one.target_addr.bytes[15] = 1;
	assert_int_equal(pubport_apply(context, &request, &untouched, NULL),
			 -EINVAL);
	wrong.items = NULL;
	assert_int_equal(pubport_apply(context, &request, &untouched, NULL),
			 -EINVAL);
	assert_int_equal(pubport_keep_open(context, &wrong, &keep, NULL),
			 -EINVAL);
	request.mappings = NULL;
	assert_int_equal(pubport_apply(context, &request, &untouched, NULL),
			 -EINVAL);
}

static void other_values_are_looked_at_too(void **state)
{
	const struct pubport_addr none = { .family = 5 };
	const struct pubport_doctor_request request = {
		.size = sizeof(request),
		.client = &none,
	};
	struct pubport_findings untouched;

	(void)state;
	assert_int_equal(pubport_doctor(context, &request, &untouched, NULL),
			 -EINVAL);
	assert_string_equal(pubport_change_name(77), "unknown");
	assert_string_equal(pubport_protocol_name(77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_one_is_planned),
		cmocka_unit_test(wrong_specs),
		cmocka_unit_test(wrong_requests),
		cmocka_unit_test(what_unpublishes_is_looked_at_too),
		cmocka_unit_test(mappings_are_looked_at_too),
		cmocka_unit_test(other_values_are_looked_at_too),
	};
	int failed;

	/* what should be refused must not be published here */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ||
	    pubport_open(&context, NULL)) {
		puts("1..0 # SKIP no namespace of its own");
		return 0;
	}
	failed = cmocka_run_group_tests_name("request", tests, NULL, NULL);
	pubport_close(context);
	return failed;
}
