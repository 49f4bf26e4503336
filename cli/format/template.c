/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of Go's templates that docker's --format is used with:
 *
 *	template = { text | "{{" pipeline "}}" }
 *	pipeline = command { "|" command }	the value becomes the next
 *						command's last argument
 *	command = function { operand } | operand
 *	operand = .Field | . | "string" | `string` | number | ( pipeline )
 *
 * All types are known when the template is read, so that everything that can
 * be wrong with it is found before anything is printed.
 */
#include "format/template.h"

#include "format/template_function.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum node_kind {
	NODE_TEXT,
	NODE_NUMBER,
	NODE_FIELD,
	NODE_ROW,
	NODE_CALL
};

/**
 * struct node - text, or a value in a template
 * @kind: which of the members below count
 * @type: of its value
 * @text: NODE_TEXT: points into the template's source
 * @length: of @text
 * @number: NODE_NUMBER
 * @field: NODE_FIELD: which; NODE_ROW: all of them
 * @function: NODE_CALL
 * @arguments: NODE_CALL: the first
 * @depth: NODE_CALL: how many calls are within each other, with this one
 * @next: next argument, or what follows in the template
 * @older: the node that was made before this one
 */
struct node {
	enum node_kind kind;
	enum template_type type;
	const char *text;
	size_t length;
	size_t number;
	const struct template_field *field;
	const struct template_function *function;
	struct node *arguments;
	int depth;
	struct node *next;
	struct node *older;
};

/**
 * struct template - a template that was read
 * @source: its text
 * @first: what it prints, in order
 * @newest: the node that was made last
 */
struct template
{
	char *source;
	struct node *first;
	struct node *newest;
};

/* ----------------------------------------------------------------- reading */

enum {
	MAX_DEPTH = 32,
	/* "json" of "json" doubles the backslashes each time */
	MAX_CALLS = 16,
};

/* a parsing function returns NULL once @error is set */
struct template_parser {
	struct template *template;
	char *at;
	const struct template_field *fields;
	struct pubport_error *error;
	int depth;
	int result;
};

static struct node *parser_fail(struct template_parser *parser,
				const char *format, ...) PRINTF(2, 3);

static struct node *parser_fail(struct template_parser *parser,
				const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	parser->result = error_set(parser->error, PUBPORT_USAGE, -EINVAL,
				   "--format: %s", why);
	return NULL;
}

static struct node *node_new(struct template_parser *parser,
			     enum node_kind kind, enum template_type type)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node) {
		parser->result = error_memory(parser->error);
		return NULL;
	}
	node->kind = kind;
	node->type = type;
	node->older = parser->template->newest;
	parser->template->newest = node;
	return node;
}

static void skip_blanks(struct template_parser *parser)
{
	parser->at += strspn(parser->at, " \t\r\n");
}

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static bool is_word(const char *word, const char *text, size_t length)
{
	return strlen(word) == length && !memcmp(word, text, length);
}

/* how much of a wrong word is shown, as a precision */
static int shown(size_t length)
{
	return length < 32 ? (int)length : 32;
}

static struct node *unknown_field(struct template_parser *parser, size_t length)
{
	const struct template_field *field = parser->fields;

	parser_fail(parser, "no field \"%.*s\"; known are", shown(length),
		    parser->at);
	for (; field->name; field++)
		error_append(parser->error, " .%s", field->name);
	return NULL;
}

static struct node *unknown_function(struct template_parser *parser,
				     size_t length)
{
	const struct template_function *function = template_functions;

	parser_fail(parser, "no function \"%.*s\"; known are", shown(length),
		    parser->at);
	for (; function->name; function++)
		error_append(parser->error, " %s", function->name);
	return NULL;
}

static struct node *unexpected(struct template_parser *parser)
{
	if (!*parser->at)
		return parser_fail(parser, "\"}}\" is missing at the end");
	return parser_fail(parser, "unexpected \"%.8s\"", parser->at);
}

static struct node *parse_field(struct template_parser *parser)
{
	size_t length = word_length(++parser->at);
	const struct template_field *field = parser->fields;
	struct node *node;

	while (length && field->name &&
	       !is_word(field->name, parser->at, length))
		field++;
	if (!field->name)
		return unknown_field(parser, length);
	node = node_new(parser, length ? NODE_FIELD : NODE_ROW,
			length ? TEMPLATE_STRING : TEMPLATE_ROW);
	if (node)
		node->field = field;
	parser->at += length;
	return node;
}

static struct node *parse_number(struct template_parser *parser)
{
	char *end;
	unsigned long long number = strtoull(parser->at, &end, 10);
	struct node *node;

	if (number > PTRDIFF_MAX || word_length(end))
		return parser_fail(parser, "\"%.*s\": not a number up to %td",
				   shown(word_length(parser->at)), parser->at,
				   PTRDIFF_MAX);
	node = node_new(parser, NODE_NUMBER, TEMPLATE_NUMBER);
	if (node)
		node->number = (size_t)number;
	parser->at = end;
	return node;
}

/* a string loses its backslashes where it stands */
static struct node *parse_string(struct template_parser *parser)
{
	char quote = *parser->at++;
	char *start = parser->at;
	char *end = start;
	struct node *node;

	for (; *parser->at && *parser->at != quote; *end++ = *parser->at++) {
		if (quote == '`' || *parser->at != '\\')
			continue;
		parser->at++;
		if (*parser->at != '"' && *parser->at != '\\')
			return parser_fail(parser, "unknown escape \"\\%.1s\"",
					   parser->at);
	}
	if (!*parser->at)
		return parser_fail(parser, "a string does not end");
	parser->at++;
	node = node_new(parser, NODE_TEXT, TEMPLATE_STRING);
	if (node) {
		node->text = start;
		node->length = (size_t)(end - start);
	}
	return node;
}

static struct node *parse_pipeline(struct template_parser *parser);

static struct node *parse_parentheses(struct template_parser *parser)
{
	struct node *node;

	if (++parser->depth > MAX_DEPTH)
		return parser_fail(parser, "too many parentheses");
	parser->at++;
	node = parse_pipeline(parser);
	if (!node)
		return NULL;
	if (*parser->at != ')')
		return unexpected(parser);
	parser->at++;
	parser->depth--;
	return node;
}

static struct node *parse_operand(struct template_parser *parser)
{
	switch (*parser->at) {
	case '.':
		return parse_field(parser);
	case '"':
	case '`':
		return parse_string(parser);
	case '(':
		return parse_parentheses(parser);
	default:
		if (isdigit((unsigned char)*parser->at))
			return parse_number(parser);
		return unexpected(parser);
	}
}

static const char *type_name(enum template_type type)
{
	switch (type) {
	case TEMPLATE_STRING:
		return "a string";
	case TEMPLATE_NUMBER:
		return "a number";
	case TEMPLATE_LIST:
		return "a list";
	case TEMPLATE_ROW:
		return "the row";
	case TEMPLATE_NONE:
	case TEMPLATE_ANY:
	default:
		return "nothing";
	}
}

static struct node *check_arguments(struct template_parser *parser,
				    struct node *call)
{
	const struct template_function *function = call->function;
	size_t count = 0;

	for (struct node *node = call->arguments; node; node = node->next) {
		if (node->depth >= call->depth)
			call->depth = node->depth + 1;
		if (count < function->count &&
		    !(function->arguments[count] & node->type))
			return parser_fail(
				parser,
				"argument %zu of \"%s\" must be %s, not %s",
				count + 1, function->name,
				type_name(function->arguments[count]),
				type_name(node->type));
		if (function->most && node->number > function->most)
			return parser_fail(parser,
					   "\"%s\": %zu is more than %zu",
					   function->name, node->number,
					   function->most);
		count++;
	}
	if (call->depth > MAX_CALLS)
		return parser_fail(parser, "more than %d functions in a row",
				   MAX_CALLS);
	if (function->any_number && count > TEMPLATE_ARGUMENTS)
		return parser_fail(parser,
				   "\"%s\": %zu arguments, more than %d",
				   function->name, count, TEMPLATE_ARGUMENTS);
	if (!function->any_number && count != function->count)
		return parser_fail(parser, "\"%s\": %zu arguments, not %zu",
				   function->name, count, function->count);
	return call;
}

static bool ends_command(char letter)
{
	return !letter || strchr("|)}", letter);
}

static struct node *parse_call(struct template_parser *parser,
			       struct node *piped)
{
	size_t length = word_length(parser->at);
	const struct template_function *function = template_functions;
	struct node *call, **tail;

	if (!length)
		return unexpected(parser);
	while (function->name && !is_word(function->name, parser->at, length))
		function++;
	if (!function->name)
		return unknown_function(parser, length);
	call = node_new(parser, NODE_CALL, function->result);
	if (!call)
		return NULL;
	call->function = function;
	parser->at += length;
	tail = &call->arguments;
	for (skip_blanks(parser); !ends_command(*parser->at);
	     skip_blanks(parser)) {
		*tail = parse_operand(parser);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	}
	*tail = piped;
	return check_arguments(parser, call);
}

static struct node *parse_pipeline(struct template_parser *parser)
{
	struct node *node;

	skip_blanks(parser);
	if (isalpha((unsigned char)*parser->at))
		node = parse_call(parser, NULL);
	else
		node = parse_operand(parser);
	for (skip_blanks(parser); node && *parser->at == '|';
	     skip_blanks(parser)) {
		parser->at++;
		skip_blanks(parser);
		node = parse_call(parser, node);
	}
	return node;
}

static struct node *parse_text(struct template_parser *parser)
{
	const char *end = strstr(parser->at, "{{");
	size_t length = end ? (size_t)(end - parser->at) : strlen(parser->at);
	struct node *node = node_new(parser, NODE_TEXT, TEMPLATE_STRING);

	if (node) {
		node->text = parser->at;
		node->length = length;
	}
	parser->at += length;
	return node;
}

static struct node *parse_action(struct template_parser *parser)
{
	struct node *node;

	parser->at += 2;
	node = parse_pipeline(parser);
	if (!node)
		return NULL;
	if (strncmp(parser->at, "}}", 2))
		return unexpected(parser);
	parser->at += 2;
	return node;
}

static int parse_template(struct template *template,
			  const struct template_field *fields,
			  struct pubport_error *error)
{
	struct template_parser parser = {
		.template = template,
		.at = template->source,
		.fields = fields,
		.error = error,
	};
	struct node **tail = &template->first;

	while (*parser.at) {
		*tail = strncmp(parser.at, "{{", 2) ? parse_text(&parser)
						    : parse_action(&parser);
		if (!*tail)
			return parser.result;
		tail = &(*tail)->next;
	}
	return 0;
}

/* ----------------------------------------------------------------- writing */

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
	code = parse_template(template, fields, error);
	if (code < 0)
		return code;
	*ret_template = TAKE_PTR(template);
	return 0;
}

static int value_make(const struct node *node, const void *row,
		      struct template_value *ret_value)
{
	CLEANUP(strbuf_done) struct strbuf text = { 0 };
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
	if (!code && !row && !call->function->changes_header)
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
