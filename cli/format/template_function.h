/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values and functions that templates know. */
#ifndef CLI_FORMAT_TEMPLATE_FUNCTION_H
#define CLI_FORMAT_TEMPLATE_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* what an argument may be, or'ed */
enum template_type {
	TEMPLATE_NONE = 0,
	TEMPLATE_STRING = 1 << 0,
	TEMPLATE_NUMBER = 1 << 1,
	TEMPLATE_LIST = 1 << 2,
	TEMPLATE_ROW = 1 << 3,
	TEMPLATE_ANY = (1 << 4) - 1,
};

/**
 * struct template_value - an argument
 * @type: one of enum template_type
 * @text: a string; a list's items, each with its NUL; a row as JSON
 * @length: of @text
 * @number: a number, never negative
 */
struct template_value {
	enum template_type type;
	char *text;
	size_t length;
	size_t number;
};

#define TEMPLATE_ARGUMENTS 8 /* most that a call can have */

/**
 * struct template_function - a function; a table of them ends with a NULL name
 * @name: as written
 * @result: type of what @run writes
 * @arguments: types of the arguments; unused ones are 0
 * @count: number of arguments
 * @most: numbers among the arguments are no larger, or 0
 * @any_number: takes up to TEMPLATE_ARGUMENTS of any type instead
 * @changes_header: a column's header does not pass through it as it is
 * @run: writes the result, in the form of struct template_value's text; the
 *	last argument is followed by one of TEMPLATE_NONE
 */
struct template_function {
	const char *name;
	enum template_type result;
	enum template_type arguments[3];
	size_t count;
	size_t most;
	bool any_number;
	bool changes_header;
	void (*run)(FILE *out, const struct template_value *arguments);
};

extern const struct template_function template_functions[];

void template_value_write(FILE *out, const struct template_value *value);
void template_json_string(FILE *out, const char *text, size_t length);

#endif
