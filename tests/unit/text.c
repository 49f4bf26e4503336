/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows while it is written, also when memory runs out. */
#include "text.h"
#include "unit.h"

/* how often realloc() still succeeds */
static unsigned int reallocs_left;

void *__real_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_realloc(void *pointer, size_t size)
{
	if (!reallocs_left)
		return NULL;
	reallocs_left--;
	return __real_realloc(pointer, size);
}

static void numbers_are_written(void **state)
{
	char buffer[21];

	(void)state;
	assert_ptr_equal(number_write(buffer, 0), buffer + 1);
	assert_string_equal(buffer, "0");
	number_write(buffer, 65535);
	assert_string_equal(buffer, "65535");
	number_write(buffer, UINT64_MAX);
	assert_string_equal(buffer, "18446744073709551615");
}

static void text_grows(void **state)
{
	struct text text = { .data = NULL };
	char *string = NULL;

	(void)state;
	reallocs_left = 100;
	for (unsigned int i = 0; i < 10000; i++)
		text_add(&text, "0123456789");
	assert_int_equal(text_take(&text, &string), 0);
	assert_int_equal(strlen(string), 100000);
	assert_memory_equal(string + 99990, "0123456789", 11);
	assert_null(text.data);
	free(string);
}

static void an_empty_text_is_a_string(void **state)
{
	struct text text = { .data = NULL };
	char *string = NULL;

	(void)state;
	reallocs_left = 1;
	text_add(&text, "");
	text_add_bytes(&text, "ignored", 0);
	assert_int_equal(text_take(&text, &string), 0);
	assert_string_equal(string, "");
	free(string);
}

/* wherever memory runs out: -ENOMEM, no leak, no result */
static void lack_of_memory_is_remembered(void **state)
{
	char untouched[] = "untouched";

	(void)state;
	for (unsigned int left = 0; left < 4; left++) {
		struct text text = { .data = NULL };
		char *string = untouched;

		reallocs_left = left;
		for (unsigned int i = 0; i < 1000; i++)
			text_add(&text, "0123456789");
		reallocs_left = 100;
		assert_int_equal(text_take(&text, &string), -ENOMEM);
		assert_ptr_equal(string, untouched);
		assert_null(text.data);
	}
}

static void listings_run_out_of_memory(void **state)
{
	const struct pubport_mapping one =
		mapping("::", (struct pubport_ports){ 80, 80 },
			(struct pubport_ports){ 80, 80 }, PUBPORT_TCP);
	const struct pubport_mapping *row[] = { &one };
	char untouched[] = "untouched";
	char *string = untouched;

	(void)state;
	reallocs_left = 0;
	assert_int_equal(pubport_mapping_to_json(&one, &string), -ENOMEM);
	assert_int_equal(pubport_ports_format(row, 1, &string), -ENOMEM);
	assert_ptr_equal(string, untouched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(an_empty_text_is_a_string),
		cmocka_unit_test(lack_of_memory_is_remembered),
		cmocka_unit_test(listings_run_out_of_memory),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
