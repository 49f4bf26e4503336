/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: made from text, written once a row. */
#include "format/template.h"

#include "cleanup.h"
#include "format/template_node.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <errno.h>
#include <string.h>

static int node_write(const struct node *node, const void *row, FILE *out);

/**
 * template_free() - free a template
 * @template: may be NULL
 */
void template_free(struct template *template)
{
	if (!template)
		return;
	while (template->newest) {
		struct node *node = template->newest;

		template->newest = node->older;
		free(node);
	}
	free(template->source);
	free(template);
}

/* docker turns these two escapes into what they mean before all else */
static void replace_escapes(char *text)
{
	char *end = text;

	for (; *text; *end++ = *text++) {
		if (text[0] != '\\' || (text[1] != 't' && text[1] != 'n'))
			continue;
		text++;
		*text = *text == 't' ? '\t' : '\n';
	}
	*end = '\0';
}

static char *strndup_trimmed(const char *text)
{
	size_t length;

	text += strspn(text, " ");
	length = strlen(text);
	while (length && text[length - 1] == ' ')
		length--;
	return strndup(text, length);
}

/**
 * template_new() - read a template
 * @text: as after --format, without its "table"
 * @fields: what a row has; borrowed as long as the template lives
 * @ret_template: free with template_free()
 * @error: why it failed
 *
 * Return: 0, -EINVAL for a wrong template, -ENOMEM.
 */
int template_new(const char *text, const struct template_field *fields,
		 struct template **ret_template, struct pubport_error *error)
{
	CLEANUP(template)
	struct template *template = calloc(1, sizeof(*template));
	int code;

	if (!template)
		return error_memory(error);
	template->source = strndup_trimmed(text);
	if (!template->source)
		return error_memory(error);
	replace_escapes(template->source);
	code = template_parse(template, fields, error);
	if (code < 0)
		return code;
	*ret_template = TAKE_PTR(template);
	return 0;
}

static int value_make(const struct node *node, const void *row,
		      struct template_value *ret_value)
{
	CLEANUP(strbuf) struct strbuf text = { 0 };
	int code = strbuf_open(&text);

	if (!code)
		code = node_write(node, row, text.out);
	if (!code)
		code = strbuf_close(&text);
	if (code < 0)
		return code;
	*ret_value = (struct template_value){
		/* a header passes through split as the string that it is */
		.type = row ? node->type : TEMPLATE_STRING,
		.text = text.string,
		.length = text.length,
		.number = node->number,
	};
	text.string = NULL;
	return 0;
}

static int call_write(const struct node *call, const void *row, FILE *out)
{
	struct template_value values[TEMPLATE_ARGUMENTS + 1] = { 0 };
	size_t count = 0;
	int code = 0;

	for (struct node *node = call->arguments; node && !code;
	     node = node->next)
		code = value_make(node, row, &values[count++]);
	if (!code && !row && call->function->keeps_header)
		template_value_write(out, values);
	else if (!code)
		call->function->run(out, values);
	while (count)
		free(values[--count].text);
	return code;
}

static int row_write(const struct template_field *fields, const void *row,
		     FILE *out)
{
	const char *gap = "{";

	for (; fields->name; fields++) {
		struct node node = { .kind = NODE_FIELD,
				     .type = TEMPLATE_STRING,
				     .field = fields };
		struct template_value value = { 0 };
		int code = value_make(&node, row, &value);

		if (code < 0)
			return code;
		fprintf(out, "%s\"%s\":", gap, fields->name);
		template_json_string(out, value.text, value.length);
		free(value.text);
		gap = ",";
	}
	putc('}', out);
	return 0;
}

/* in the form of struct template_value's text */
static int node_write(const struct node *node, const void *row, FILE *out)
{
	switch (node->kind) {
	case NODE_TEXT:
		fwrite(node->text, 1, node->length, out);
		return 0;
	case NODE_NUMBER:
		fprintf(out, "%zu", node->number);
		return 0;
	case NODE_FIELD:
		if (row)
			return node->field->write(out, row);
		fputs(node->field->header, out);
		return 0;
	case NODE_ROW:
		return row ? row_write(node->field, row, out) : 0;
	case NODE_CALL:
	default:
		return call_write(node, row, out);
	}
}

static int list_write(const struct node *node, const void *row, FILE *out)
{
	struct template_value value = { 0 };
	int code = value_make(node, row, &value);

	if (!code)
		template_value_write(out, &value);
	free(value.text);
	return code;
}

/**
 * template_write() - print what a template makes of a row
 * @template: the template
 * @row: as its fields take it, or NULL for the columns' headers
 * @out: where to, without a newline at the end; its error flag tells a failure
 *
 * Return: 0, what a field's write() returned, or -ENOMEM.
 */
int template_write(const struct template *template, const void *row, FILE *out)
{
	int code = 0;

	for (struct node *node = template->first; node && !code;
	     node = node->next)
		code = node->type == TEMPLATE_LIST ? list_write(node, row, out)
						   : node_write(node, row, out);
	return code;
}
