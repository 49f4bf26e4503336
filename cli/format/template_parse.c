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
#include "format/template_node.h"

#include "util/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_DEPTH = 32,
	MAX_NUMBER = 9999
};

/* a parsing function returns NULL once @error is set */
struct parser {
	struct template *template;
	char *at;
	const struct template_field *fields;
	struct pubport_error *error;
	int depth;
	int result;
};

static struct node *parser_fail(struct parser *parser, const char *format, ...)
	PRINTF(2, 3);

static struct node *parser_fail(struct parser *parser, const char *format, ...)
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

static struct node *node_new(struct parser *parser, enum node_kind kind,
			     enum template_type type)
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

static void skip_blanks(struct parser *parser)
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

static struct node *unknown_field(struct parser *parser, size_t length)
{
	const struct template_field *field = parser->fields;

	parser_fail(parser, "no field \"%.*s\"; known are", shown(length),
		    parser->at);
	for (; field->name; field++)
		error_append(parser->error, " .%s", field->name);
	return NULL;
}

static struct node *unknown_function(struct parser *parser, size_t length)
{
	const struct template_function *function = template_functions;

	parser_fail(parser, "no function \"%.*s\"; known are", shown(length),
		    parser->at);
	for (; function->name; function++)
		error_append(parser->error, " %s", function->name);
	return NULL;
}

static struct node *unexpected(struct parser *parser)
{
	if (!*parser->at)
		return parser_fail(parser, "\"}}\" is missing at the end");
	return parser_fail(parser, "unexpected \"%.8s\"", parser->at);
}

static struct node *parse_field(struct parser *parser)
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

static struct node *parse_number(struct parser *parser)
{
	char *end;
	unsigned long number = strtoul(parser->at, &end, 10);
	struct node *node;

	if (number > MAX_NUMBER || word_length(end))
		return parser_fail(parser, "\"%.*s\": not a number up to %d",
				   shown(word_length(parser->at)), parser->at,
				   MAX_NUMBER);
	node = node_new(parser, NODE_NUMBER, TEMPLATE_NUMBER);
	if (node)
		node->number = number;
	parser->at = end;
	return node;
}

/* a string loses its backslashes where it stands */
static struct node *parse_string(struct parser *parser)
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

static struct node *parse_pipeline(struct parser *parser);

static struct node *parse_parentheses(struct parser *parser)
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

static struct node *parse_operand(struct parser *parser)
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

static struct node *check_arguments(struct parser *parser, struct node *call)
{
	const struct template_function *function = call->function;
	size_t count = 0;

	for (struct node *node = call->arguments; node; node = node->next) {
		if (count < function->count &&
		    !(function->arguments[count] & node->type))
			return parser_fail(
				parser,
				"argument %zu of \"%s\" must be %s, not %s",
				count + 1, function->name,
				type_name(function->arguments[count]),
				type_name(node->type));
		count++;
	}
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

static struct node *parse_call(struct parser *parser, struct node *piped)
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

static struct node *parse_pipeline(struct parser *parser)
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

static struct node *parse_text(struct parser *parser)
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

static struct node *parse_action(struct parser *parser)
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

/**
 * template_parse() - read a template
 * @template: its source; gets its nodes
 * @fields: what a row has; borrowed by @template
 * @error: why it failed
 *
 * Return: 0, -EINVAL for a wrong template, -ENOMEM.
 */
int template_parse(struct template *template,
		   const struct template_field *fields,
		   struct pubport_error *error)
{
	struct parser parser = {
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
