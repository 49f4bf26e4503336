/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands in hints: nothing of what the user asked for is lost. */
#include "mapping/add_command.h"
#include "unit.h"

static const char *const targets[] = { "netns:web", "[fd17::2]" };

static const struct pubport_spec specs[] = {
	{ .text = "8080:80" },
	{ .text = "[::1]:53:53/udp" },
};

static void check(const struct pubport_add_request *request, const char *option,
		  const char *expected)
{
	char text[HINT_SIZE] = "";

	assert_int_equal(add_command_write(request, option, NULL, text),
			 *expected != '\0');
	assert_string_equal(text, expected);
}

static void all_is_written(void **state)
{
	const struct pubport_network from[] = { network("10.0.0.0/8"),
						network("fd00::2") };
	struct pubport_add_request request = { .specs = specs,
					       .spec_count = 1 };

	(void)state;
	check(&request, "--force", "pubport add --force 8080:80");
	request.spec_count = 2;
	request.targets = targets;
	request.target_count = 2;
	request.name = "flask";
	request.ttl = 90;
	request.from = from;
	request.from_count = ARRAY_SIZE(from);
	request.helper = "ftp";
	request.flags = PUBPORT_ADD_REPLACE | PUBPORT_ADD_SHIELD |
			PUBPORT_ADD_NO_LOOPBACK | PUBPORT_ADD_MASQUERADE;
	check(&request, "--force",
	      "pubport add --force --replace --no-loopback --shield "
	      "--masquerade --ttl 90s --from 10.0.0.0/8,fd00::2/128 --helper ftp "
	      "--to netns:web --to '[fd17::2]' --name flask "
	      "8080:80 '[::1]:53:53/udp'");
}

static void an_option_is_written_once(void **state)
{
	const struct pubport_add_request request = {
		.specs = specs,
		.spec_count = 1,
		.flags = PUBPORT_ADD_REPLACE | PUBPORT_ADD_FORCE,
	};

	(void)state;
	check(&request, "--replace", "pubport add --replace --force 8080:80");
}

static void what_does_not_fit_is_left_out(void **state)
{
	struct pubport_spec wrong = { .text = NULL };
	struct pubport_add_request request = { .specs = &wrong,
					       .spec_count = 1 };
	char word[300];

	(void)state;
	wrong.text = "8080:it's:80";
	check(&request, "--force", "pubport add --force '8080:it'\\''s:80'");
	wrong.text = "8080:$(reboot):80";
	check(&request, "--force", "pubport add --force '8080:$(reboot):80'");
	memset(word, '1', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	wrong.text = word;
	check(&request, "--force", "");
	/* the longest that fits */
	word[HINT_SIZE - sizeof("pubport add --force ")] = '\0';
	assert_true(add_command_write(&request, "--force", NULL,
				      (char[HINT_SIZE]){ 0 }));
	word[HINT_SIZE - sizeof("pubport add --force ")] = '1';
	word[HINT_SIZE - sizeof("pubport add --force ") + 1] = '\0';
	check(&request, "--force", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_written),
		cmocka_unit_test(an_option_is_written_once),
		cmocka_unit_test(what_does_not_fit_is_left_out),
	};

	return cmocka_run_group_tests_name("hint", tests, NULL, NULL);
}
