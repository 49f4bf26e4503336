/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What docker's template functions do. */
#include "format/template_function.h"

#include "format/letter.h"

#include <string.h>
#include <wctype.h>

/* item: each of a list in turn */
#define for_each_item(item, list)                                              \
	for (const char *item = (list)->text;                                  \
	     item < (list)->text + (list)->length; item += strlen(item) + 1)

/* as Go does, lest a program that reads JSON takes them for what they are not
 */
static bool is_escaped(wchar_t letter)
{
	return letter == LETTER_NONE || letter == L'\x2028' ||
	       letter == L'\x2029';
}

/**
 * template_json_string() - print text as a JSON string
 * @out: where to
 * @text: the text
 * @length: of @text
 */
void template_json_string(FILE *out, const char *text, size_t length)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char escaped[] = "\"\\bfnrt";

	putc('"', out);
	for (size_t i = 0, used; i < length; i += used) {
		const char *found = text[i] ? strchr(plain, text[i]) : NULL;
		wchar_t letter;

		used = letter_read(text + i, length - i, &letter);
		if (found)
			fprintf(out, "\\%c", escaped[found - plain]);
		else if (letter < ' ' || is_escaped(letter))
			fprintf(out, "\\u%04x", (unsigned int)letter);
		else
			fwrite(text + i, 1, used, out);
	}
	putc('"', out);
}

/**
 * template_value_write() - print a value as it shows in the output
 * @out: where to
 * @value: the value; a list is printed in brackets, as Go does
 */
void template_value_write(FILE *out, const struct template_value *value)
{
	const char *gap = "[";

	if (value->type != TEMPLATE_LIST) {
		fwrite(value->text, 1, value->length, out);
		return;
	}
	for_each_item(item, value)
	{
		fprintf(out, "%s%s", gap, item);
		gap = " ";
	}
	fputs(*gap == '[' ? "[]" : "]", out);
}

static void list_to_json(FILE *out, const struct template_value *list)
{
	const char *gap = "";

	putc('[', out);
	for_each_item(item, list)
	{
		fputs(gap, out);
		template_json_string(out, item, strlen(item));
		gap = ",";
	}
	putc(']', out);
}

static void run_json(FILE *out, const struct template_value *arguments)
{
	if (arguments->type == TEMPLATE_STRING)
		template_json_string(out, arguments->text, arguments->length);
	else if (arguments->type == TEMPLATE_LIST)
		list_to_json(out, arguments);
	else
		template_value_write(out, arguments);
}

static void run_join(FILE *out, const struct template_value *arguments)
{
	const char *gap = "";

	for_each_item(item, &arguments[0])
	{
		fprintf(out, "%s%s", gap, item);
		gap = arguments[1].text;
	}
}

static void split_letters(FILE *out, const struct template_value *value)
{
	const char *end = value->text + value->length;
	wchar_t letter;
	size_t used;

	for (const char *at = value->text; at < end; at += used) {
		used = letter_read(at, (size_t)(end - at), &letter);
		fwrite(at, 1, used, out);
		putc('\0', out);
	}
}

static void run_split(FILE *out, const struct template_value *arguments)
{
	const char *text = arguments[0].text;
	const char *gap = arguments[1].text;
	const char *found;

	if (!*gap) {
		split_letters(out, &arguments[0]);
		return;
	}
	while ((found = strstr(text, gap))) {
		fwrite(text, 1, (size_t)(found - text), out);
		putc('\0', out);
		text = found + strlen(gap);
	}
	fwrite(text, 1, strlen(text) + 1, out);
}

/* @first: for letters that begin a word; @other: for the others */
static void change_case(FILE *out, const struct template_value *value,
			const char *first, const char *other)
{
	const char *end = value->text + value->length;
	bool inside = false;
	wchar_t letter;
	size_t used;

	for (const char *at = value->text; at < end; at += used) {
		const char *to = inside ? other : first;

		used = letter_read(at, (size_t)(end - at), &letter);
		inside = iswalnum((wint_t)letter) || letter == '_';
		if (to && letter != LETTER_NONE)
			letter_write((wchar_t)towctrans((wint_t)letter,
							wctrans(to)),
				     out);
		else
			fwrite(at, 1, used, out);
	}
}

static void run_lower(FILE *out, const struct template_value *arguments)
{
	change_case(out, arguments, "tolower", "tolower");
}

static void run_upper(FILE *out, const struct template_value *arguments)
{
	change_case(out, arguments, "toupper", "toupper");
}

static void run_title(FILE *out, const struct template_value *arguments)
{
	change_case(out, arguments, "toupper", NULL);
}

static void run_pad(FILE *out, const struct template_value *arguments)
{
	if (arguments[0].length)
		fprintf(out, "%*s%s%*s", (int)arguments[1].number, "",
			arguments[0].text, (int)arguments[2].number, "");
}

static void run_println(FILE *out, const struct template_value *arguments)
{
	for (size_t i = 0; arguments[i].type != TEMPLATE_NONE; i++) {
		if (i)
			putc(' ', out);
		template_value_write(out, &arguments[i]);
	}
	putc('\n', out);
}

static void run_truncate(FILE *out, const struct template_value *arguments)
{
	size_t length = arguments[0].length, most = arguments[1].number;

	fwrite(arguments[0].text, 1, length < most ? length : most, out);
}

const struct template_function template_functions[] = {
	{ .name = "join",
	  .result = TEMPLATE_STRING,
	  .arguments = { TEMPLATE_LIST, TEMPLATE_STRING },
	  .count = 2,
	  .run = run_join },
	{ .name = "json",
	  .result = TEMPLATE_STRING,
	  .arguments = { TEMPLATE_ANY },
	  .count = 1,
	  .run = run_json },
	{ .name = "lower",
	  .result = TEMPLATE_STRING,
	  .arguments = { TEMPLATE_STRING },
	  .count = 1,
	  .run = run_lower },
	{ .name = "pad",
	  .result = TEMPLATE_STRING,
	  .arguments = { TEMPLATE_STRING, TEMPLATE_NUMBER, TEMPLATE_NUMBER },
	  .count = 3,
	  .most = 1000000,
	  .changes_header = true,
	  .run = run_pad },
	{ .name = "println",
	  .result = TEMPLATE_STRING,
	  .any_number = true,
	  .changes_header = true,
	  .run = run_println },
	{ .name = "split",
	  .result = TEMPLATE_LIST,
	  .arguments = { TEMPLATE_STRING, TEMPLATE_STRING },
	  .count = 2,
	  .run = run_split },
	{ .name = "title",
	  .result = TEMPLATE_STRING,
	  .arguments = { TEMPLATE_STRING },
	  .count = 1,
	  .run = run_title },
	{ .name = "truncate",
	  .result = TEMPLATE_STRING,
	  .arguments = { TEMPLATE_STRING, TEMPLATE_NUMBER },
	  .count = 2,
	  .run = run_truncate },
	{ .name = "upper",
	  .result = TEMPLATE_STRING,
	  .arguments = { TEMPLATE_STRING },
	  .count = 1,
	  .run = run_upper },
	{ .name = NULL },
};
