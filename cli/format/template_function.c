/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What docker's template functions do; letters are those of ASCII. */
#include "format/template_function.h"

#include <ctype.h>
#include <string.h>

/* item: each of a list in turn */
#define for_each_item(item, list)                                              \
	for (const char *item = (list)->text;                                  \
	     item < (list)->text + (list)->length; item += strlen(item) + 1)

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
	for (size_t i = 0; i < length; i++) {
		const char *found = text[i] ? strchr(plain, text[i]) : NULL;

		if (found)
			fprintf(out, "\\%c", escaped[found - plain]);
		else if ((unsigned char)text[i] < ' ')
			fprintf(out, "\\u%04x", (unsigned int)text[i]);
		else
			putc(text[i], out);
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

static void run_split(FILE *out, const struct template_value *arguments)
{
	const char *text = arguments[0].text;
	const char *gap = arguments[1].text;
	const char *found;

	if (!*gap) { /* into its letters */
		for (; *text; text++)
			fprintf(out, "%c%c", *text, '\0');
		return;
	}
	while ((found = strstr(text, gap))) {
		fwrite(text, 1, (size_t)(found - text), out);
		putc('\0', out);
		text = found + strlen(gap);
	}
	fwrite(text, 1, strlen(text) + 1, out);
}

static void run_lower(FILE *out, const struct template_value *arguments)
{
	for (const char *at = arguments->text; *at; at++)
		putc(tolower((unsigned char)*at), out);
}

static void run_upper(FILE *out, const struct template_value *arguments)
{
	for (const char *at = arguments->text; *at; at++)
		putc(toupper((unsigned char)*at), out);
}

static void run_title(FILE *out, const struct template_value *arguments)
{
	bool inside = false;

	for (const char *at = arguments->text; *at; at++) {
		int letter = (unsigned char)*at;

		putc(inside ? letter : toupper(letter), out);
		inside = isalnum(letter) || letter == '_';
	}
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
	fprintf(out, "%.*s", (int)arguments[1].number, arguments[0].text);
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
