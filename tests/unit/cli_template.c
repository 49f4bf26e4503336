/* SPDX-License-Identifier: GPL-2.0-or-later */
/* docker's --format. */
#include "format/template.h"
#include "unit.h"

struct pet {
	const char *names;
	const char *kind;
};

static int write_kind(FILE *out, const void *row)
{
	fputs(((const struct pet *)row)->kind, out);
	return 0;
}

static int write_names(FILE *out, const void *row)
{
	fputs(((const struct pet *)row)->names, out);
	return 0;
}

static int write_nothing(FILE *out, const void *row)
{
	(void)out;
	(void)row;
	return -ENOMEM;
}

static const struct template_field fields[] = {
	{ "Kind", "KIND OF PET", write_kind },
	{ "Names", "NAMES", write_names },
	{ NULL, NULL, NULL },
};

static const struct pet pet = { "tom,thomas", "a \"cat\"" };

static void assert_written(const char *text, const struct pet *row,
			   const char *wanted)
{
	struct template *template = NULL;
	struct pubport_error error = { 0 };
	char *written = NULL;
	size_t length;
	FILE *out = open_memstream(&written, &length);

	assert_non_null(out);
	if (template_new(text, fields, &template, &error))
		fail_msg("%s: %s", text, error.message);
	assert_int_equal(template_write(template, row, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(written, wanted);
	free(written);
	template_free(template);
}

#define assert_row(text, wanted) assert_written(text, &pet, wanted)
#define assert_header(text, wanted) assert_written(text, NULL, wanted)

static void assert_wrong(const char *text, const char *message)
{
	struct template *template = NULL;
	struct pubport_error error = { 0 };

	assert_int_equal(template_new(text, fields, &template, &error),
			 -EINVAL);
	assert_null(template);
	assert_int_equal(error.status, PUBPORT_USAGE);
	assert_string_equal(error.message, message);
}

static void text_and_fields_are_written(void **state)
{
	(void)state;
	assert_row("", "");
	assert_row("just } text {", "just } text {");
	assert_row("{{.Names}}", "tom,thomas");
	assert_row("<{{ .Kind }}/{{.Names}}>", "<a \"cat\"/tom,thomas>");
	assert_row("{{\"}}\"}}", "}}");
	assert_row("{{5}}", "5");
}

static void escapes_and_blanks_are_as_in_docker(void **state)
{
	(void)state;
	assert_row("  {{.Kind}}  ", "a \"cat\"");
	assert_row("a\\tb\\nc\\d", "a\tb\nc\\d");
	assert_row("{{\"a\\\"b\\\\c\"}}", "a\"b\\c");
	assert_row("{{`a\\\\b`}}", "a\\\\b");
	assert_row("{{join (split .Names \",\") \"\\n\"}}", "tom\nthomas");
}

static void functions_are_as_in_docker(void **state)
{
	(void)state;
	assert_row("{{upper .Names}}", "TOM,THOMAS");
	assert_row("{{lower \"ABC\"}}", "abc");
	assert_row("{{title .Names}}", "Tom,Thomas");
	assert_row("{{truncate .Names 3}}", "tom");
	assert_row("{{truncate .Names 0}}", "");
	assert_row("{{truncate .Names 99}}", "tom,thomas");
	assert_row("[{{pad .Names 1 2}}]", "[ tom,thomas  ]");
	assert_row("[{{pad \"\" 1 2}}]", "[]");
	assert_row("{{split .Names \",\"}}", "[tom thomas]");
	assert_row("{{split \"abc\" \"\"}}", "[a b c]");
	assert_row("{{join (split .Names \",\") \" and \"}}", "tom and thomas");
	assert_row("{{println .Names \"is\" 1}}", "tom,thomas is 1\n");
	assert_row("{{println}}", "\n");
}

static void letters_are_those_of_utf8(void **state)
{
	(void)state;
	assert_row("{{title \"éa b.çd d'é _x 1é 日本a\"}}",
		   "Éa B.Çd D'É _x 1é 日本a");
	assert_row("{{upper \"éßǆÿa日\"}}", "ÉßǄŸA日");
	assert_row("{{lower \"ÉİΣA日\"}}", "éiσa日");
	assert_row("{{split \"é日a\" \"\"}}", "[é 日 a]");
	assert_row("{{json (split \"é日\" \"\")}}", "[\"é\",\"日\"]");
	assert_row("{{split \"aéb\" \"é\"}}", "[a b]");
	assert_row("{{truncate \"éa\" 2}}", "é");
	assert_row("{{json (truncate \"é\" 1)}}", "\"\\ufffd\"");
	assert_row("{{json (truncate \"日本\" 4)}}", "\"日\\ufffd\"");
	assert_row("{{json \"\xff é \xf8\x88\x80\x80\"}}",
		   "\"\\ufffd é \\ufffd\\ufffd\\ufffd\\ufffd\"");
	assert_row("{{json \"\xe2\x80\xa8\"}}", "\"\\u2028\"");
	assert_row("{{upper \"a\xff\xc3\"}}", "A\xff\xc3");
}

static void numbers_are_large(void **state)
{
	(void)state;
	assert_row("{{10000}}", "10000");
	assert_row("{{json 9223372036854775807}}", "9223372036854775807");
	assert_row("{{truncate .Names 4294967299}}", "tom,thomas");
	assert_row("{{truncate (pad \"x\" 10000 1000000) 3}}", "   ");
}

static void json_is_json(void **state)
{
	(void)state;
	assert_row("{{json .Kind}}", "\"a \\\"cat\\\"\"");
	assert_row("{{json 5}}", "5");
	assert_row("{{json (split .Names \",\")}}", "[\"tom\",\"thomas\"]");
	assert_row("{{json .}}",
		   "{\"Kind\":\"a \\\"cat\\\"\",\"Names\":\"tom,thomas\"}");
	assert_row("{{json `\t\\\001`}}", "\"\\t\\\\\\u0001\"");
}

static void pipelines_pass_the_last_argument(void **state)
{
	(void)state;
	assert_row("{{.Names | upper}}", "TOM,THOMAS");
	assert_row("{{.Names|upper|lower|println \"x\"}}", "x tom,thomas\n");
	assert_row("{{ ((.Names) | upper) }}", "TOM,THOMAS");
	assert_row("{{\",\" | split .Names | json}}", "[\"tom\",\"thomas\"]");
}

static void headers_pass_through_functions(void **state)
{
	(void)state;
	assert_header("{{.Kind}}\\t{{.Names}}", "KIND OF PET\tNAMES");
	assert_header("{{lower .Names}} {{truncate .Names 1}}", "NAMES NAMES");
	assert_header("{{json .Names}} {{.Names | title}}", "NAMES NAMES");
	assert_header("{{join (split .Names \"A\") \"x\"}}", "NAMES");
	assert_header("{{split .Names \"A\"}}", "NAMES");
	assert_header("{{pad .Names 1 1}}|", " NAMES |");
	assert_header("{{json .}}", "");
}

static void unknown_words_list_the_known(void **state)
{
	(void)state;
	assert_wrong("{{.Name}}",
		     "--format: no field \"Name\"; known are .Kind .Names");
	assert_wrong("{{.names}}",
		     "--format: no field \"names\"; known are .Kind .Names");
	assert_wrong("{{.Names}}{{if .Names}}",
		     "--format: no function \"if\"; known are join json lower "
		     "pad println split title truncate upper");
}

static void wrong_templates_are_refused(void **state)
{
	(void)state;
	assert_wrong("{{", "--format: \"}}\" is missing at the end");
	assert_wrong("{{.Names", "--format: \"}}\" is missing at the end");
	assert_wrong("{{.Names}", "--format: unexpected \"}\"");
	assert_wrong("{{}}", "--format: unexpected \"}}\"");
	assert_wrong("{{.Names | }}", "--format: unexpected \"}}\"");
	assert_wrong("{{.Names \"x\"}}", "--format: unexpected \"\"x\"}}\"");
	assert_wrong("{{.Names | \"x\"}}", "--format: unexpected \"\"x\"}}\"");
	assert_wrong("{{(.Names}}", "--format: unexpected \"}}\"");
	assert_wrong("{{\"x}}", "--format: a string does not end");
	assert_wrong("{{\"\\q\"}}", "--format: unknown escape \"\\q\"");
	assert_wrong("{{\"\\", "--format: unknown escape \"\\\"");
	assert_wrong("{{truncate .Names -1}}", "--format: unexpected \"-1}}\"");
	assert_wrong("{{pad .Names 1 99999999999999999999}}",
		     "--format: \"99999999999999999999\": not a number up to "
		     "9223372036854775807");
	assert_wrong("{{pad .Names 1 1000001}}",
		     "--format: \"pad\": 1000001 is more than 1000000");
}

static void wrong_arguments_are_refused(void **state)
{
	(void)state;
	assert_wrong("{{upper}}", "--format: \"upper\": 0 arguments, not 1");
	assert_wrong("{{json .Names .Kind}}",
		     "--format: \"json\": 2 arguments, not 1");
	assert_wrong("{{println 1 2 3 4 5 6 7 8 9}}",
		     "--format: \"println\": 9 arguments, more than 8");
	assert_wrong("{{upper .}}", "--format: argument 1 of \"upper\" must be "
				    "a string, not the row");
	assert_wrong("{{truncate .Names \"3\"}}",
		     "--format: argument 2 of \"truncate\" must be a number, "
		     "not a string");
	assert_wrong("{{.Names | truncate 3}}",
		     "--format: argument 1 of \"truncate\" must be a string, "
		     "not a number");
}

static void deep_templates_are_refused(void **state)
{
	char text[100003] = "{{";

	(void)state;
	memset(text + 2, '(', sizeof(text) - 3);
	assert_wrong(text, "--format: too many parentheses");
}

static void long_pipelines_are_refused(void **state)
{
	char text[16 + 20000 * sizeof("|upper")] = "{{.Names";
	char *end = text + strlen(text);

	(void)state;
	for (int i = 1; i <= 20000; i++) {
		end = stpcpy(end, "|upper");
		if (i == 16) {
			strcpy(end, "}}");
			assert_row(text, "TOM,THOMAS");
		}
	}
	strcpy(end, "}}");
	assert_wrong(text, "--format: more than 16 functions in a row");
	assert_wrong("{{upper(upper(upper(upper(upper(upper(upper(upper(upper("
		     "upper(upper(upper(upper(upper(upper(upper(upper .Names"
		     "))))))))))))))))}}",
		     "--format: more than 16 functions in a row");
}

static void a_field_that_fails_is_reported(void **state)
{
	static const struct template_field failing[] = {
		{ "Nothing", "NOTHING", write_nothing },
		{ NULL, NULL, NULL },
	};
	static const char *const texts[] = { "{{.Nothing}}", "{{.}}",
					     "{{upper .Nothing}}",
					     "{{split .Nothing \",\"}}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct template *template = NULL;

		assert_int_equal(
			template_new(texts[i], failing, &template, NULL), 0);
		assert_int_equal(template_write(template, "", stderr), -ENOMEM);
		template_free(template);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_fields_are_written),
		cmocka_unit_test(escapes_and_blanks_are_as_in_docker),
		cmocka_unit_test(functions_are_as_in_docker),
		cmocka_unit_test(letters_are_those_of_utf8),
		cmocka_unit_test(numbers_are_large),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(pipelines_pass_the_last_argument),
		cmocka_unit_test(headers_pass_through_functions),
		cmocka_unit_test(unknown_words_list_the_known),
		cmocka_unit_test(wrong_templates_are_refused),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(deep_templates_are_refused),
		cmocka_unit_test(long_pipelines_are_refused),
		cmocka_unit_test(a_field_that_fails_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
