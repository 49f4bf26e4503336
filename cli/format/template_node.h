/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a template becomes when it is read. */
#ifndef CLI_FORMAT_TEMPLATE_NODE_H
#define CLI_FORMAT_TEMPLATE_NODE_H

#include "format/template_function.h"

struct pubport_error;
struct template_field;

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

int template_parse(struct template *template,
		   const struct template_field *fields,
		   struct pubport_error *error);

#endif
