/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parser of options: before, between and after the operands. */
#include "options.h"

#include "spelling.h"
#include "util/array.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * After a wrong word the parser goes on, so that a --json further right still
 * decides how the error is shown; @result keeps the first error.
 */
struct option_parser {
	const struct option *const *tables;
	char *const *next;
	void *values;
	struct words *operands;
	struct pubport_error *error;
	int result;
};

/**
 * words_append() - add a string
 * @words: initially all zero
 * @word: borrowed
 *
 * Return: 0, or -ENOMEM when memory ran out.
 */
int words_append(struct words *words, const char *word)
{
	const char **items =
		array_grow(words->items, words->count, sizeof(*items));

	if (!items)
		return -ENOMEM;
	words->items = items;
	words->items[words->count++] = word;
	return 0;
}

/**
 * words_done() - free the array, not its strings
 * @words: all zero afterwards
 */
void words_done(struct words *words)
{
	free(words->items);
	*words = (struct words){ 0 };
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

static const struct option *find_name(const struct option *table,
				      const char *name, size_t length)
{
	for (; table->name; table++)
		if (strlen(table->name) == length &&
		    !memcmp(table->name, name, length))
			return table;
	return NULL;
}

static const struct option *find_letter(const struct option *table, char letter)
{
	for (; table->name; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

static bool consists_of_flags(const struct option *table, const char *word)
{
	if (!is_option(word))
		return false;
	if (word[1] == '-')
		return find_name(table, word + 2, strlen(word + 2));
	for (word++; *word; word++)
		if (!find_letter(table, *word))
			return false;
	return true;
}

/**
 * options_leading() - how many words come before the first other one
 * @table: flags only
 * @words: ends with NULL
 *
 * Return: the number of words, from the first on, that are options of @table.
 */
size_t options_leading(const struct option *table, char *const *words)
{
	size_t count = 0;

	while (words[count] && consists_of_flags(table, words[count]))
		count++;
	return count;
}

static void fail(struct option_parser *parser, const char *dashes,
		 size_t length, const char *name, const char *why)
{
	int shown = length < 64 ? (int)length : 64;

	if (!parser->result)
		parser->result = error_set(parser->error, PUBPORT_USAGE,
					   -EINVAL, "\"%s%.*s\": %s", dashes,
					   shown, name, why);
}

static void fail_unknown(struct option_parser *parser, const char *name,
			 size_t length)
{
	struct spelling spelling = { .word = name, .length = length };
	bool is_first = !parser->result;

	for (size_t i = 0; parser->tables[i]; i++)
		for (const struct option *option = parser->tables[i];
		     option->name; option++)
			spelling_try(&spelling, option->name);
	fail(parser, "--", length, name, "unknown option");
	if (is_first && spelling.meant)
		error_append(parser->error, "; is \"--%s\" meant?",
			     spelling.meant);
}

static void store(struct option_parser *parser, const struct option *option,
		  const char *value)
{
	void *place = (char *)parser->values + option->offset;

	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)place = true;
		break;
	case OPTION_TEXT:
		*(const char **)place = value;
		break;
	case OPTION_LIST:
		if (words_append(place, value) < 0 && !parser->result)
			parser->result = error_memory(parser->error);
		break;
	}
}

static void parse_name(struct option_parser *parser, const char *name)
{
	const char *end = strchrnul(name, '=');
	size_t length = (size_t)(end - name);
	const struct option *option = NULL;

	for (size_t i = 0; !option && parser->tables[i]; i++)
		option = find_name(parser->tables[i], name, length);
	if (!option)
		fail_unknown(parser, name, length);
	else if (option->kind == OPTION_FLAG && *end)
		fail(parser, "--", strlen(name), name, "takes no value");
	else if (option->kind == OPTION_FLAG)
		store(parser, option, NULL);
	else if (*end)
		store(parser, option, end + 1);
	else if (*parser->next)
		store(parser, option, *parser->next++);
	else
		fail(parser, "--", length, name, "its value is missing");
}

static void parse_letters(struct option_parser *parser, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *option = NULL;

		for (size_t i = 0; !option && parser->tables[i]; i++)
			option = find_letter(parser->tables[i], *letters);
		if (!option) {
			fail(parser, "-", 1, letters, "unknown option");
			return;
		}
		if (option->kind == OPTION_FLAG) {
			store(parser, option, NULL);
			continue;
		}
		if (letters[1])
			store(parser, option, letters + 1);
		else if (*parser->next)
			store(parser, option, *parser->next++);
		else
			fail(parser, "-", 1, letters, "its value is missing");
		return;
	}
}

static void parse_operand(struct option_parser *parser, const char *word)
{
	if (words_append(parser->operands, word) < 0 && !parser->result)
		parser->result = error_memory(parser->error);
}

/**
 * options_parse() - sort words into options and operands
 * @tables: the options that there are; ends with NULL
 * @words: ends with NULL; borrowed by @values and @operands
 * @values: what the options of @tables store into; initially all zero; free
 *	the lists in it with words_done()
 * @operands: the other words are appended here, all those after "--" too
 * @error: why it failed
 *
 * All words are parsed also after a wrong one.
 *
 * Return: 0, -EINVAL for an unknown option, a missing value or one too many,
 * -ENOMEM.
 */
int options_parse(const struct option *const *tables, char *const *words,
		  void *values, struct words *operands,
		  struct pubport_error *error)
{
	struct option_parser parser = {
		.tables = tables,
		.next = words,
		.values = values,
		.operands = operands,
		.error = error,
	};
	bool ended = false;

	while (*parser.next) {
		const char *word = *parser.next++;

		if (ended || !is_option(word))
			parse_operand(&parser, word);
		else if (!strcmp(word, "--"))
			ended = true;
		else if (word[1] == '-')
			parse_name(&parser, word + 2);
		else
			parse_letters(&parser, word + 1);
	}
	return parser.result;
}
