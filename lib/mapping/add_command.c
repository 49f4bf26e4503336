/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that help the user: "pubport add" as it was asked for, with an
 * option more, or as it would publish mappings once more.
 *
 * A command is words, to be run without a shell; only its text for a shell is
 * quoted.
 */
#include "mapping/add_command.h"

#include "mapping/key.h"
#include "mapping/mapping.h"
#include "mapping/prefix.h"
#include "mapping/target_name.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/strbuf.h"
#include "util/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

/* --------------------------------------------------------------- words -- */

/**
 * argv_append() - add a word to a command
 * @words: the command, or NULL before its first word
 * @word: on the heap; taken over; NULL when memory ran out already
 *
 * Return: 0, or -ENOMEM with @words as they were.
 */
int argv_append(char ***words, char *word)
{
	size_t count = 0;
	char **grown = NULL;

	while (*words && (*words)[count])
		count++;
	if (word)
		grown = reallocarray(*words, count + 2, sizeof(*grown));
	if (!grown) {
		free(word);
		return -ENOMEM;
	}
	grown[count] = word;
	grown[count + 1] = NULL;
	*words = grown;
	return 0;
}

/**
 * argv_free() - free a command
 * @words: the command, or NULL
 */
void argv_free(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

/**
 * argv_to_text() - write a command for a shell
 * @words: the command
 * @ret_text: its words, quoted where they must be; printable; free with free()
 *
 * Return: 0 or -ENOMEM.
 */
int argv_to_text(char *const *words, char **ret_text)
{
	struct strbuf text CLEANUP(strbuf_done) = { .out = NULL };

	if (strbuf_open(&text))
		return -ENOMEM;
	for (char *const *word = words; *word; word++) {
		if (word != words)
			fputc(' ', text.out);
		shell_quote(text.out, *word);
	}
	if (strbuf_close(&text))
		return -ENOMEM;
	text_make_printable(text.string);
	*ret_text = TAKE_PTR(text.string);
	return 0;
}

/* --------------------------------------------------------- the command -- */

/**
 * struct command - a "pubport add" being written
 * @words: so far
 * @code: 0, or -ENOMEM: after it nothing is added any more
 */
struct command {
	char **words;
	int code;
};

static void cleanup_command(struct command *command)
{
	argv_free(command->words);
}

__attribute__((format(printf, 2, 3))) static void add(struct command *command,
						      const char *format, ...)
{
	va_list args;
	char *word;

	if (command->code)
		return;
	va_start(args, format);
	if (vasprintf(&word, format, args) < 0)
		word = NULL;
	va_end(args);
	command->code = argv_append(&command->words, word);
}

/**
 * struct flag - an option without a value
 * @flag: in a request
 * @mapping_flag: of the mappings that it publishes, or 0
 * @word: as the user gives it
 */
struct flag {
	enum pubport_add_flag flag;
	unsigned int mapping_flag;
	const char *word;
};

static const struct flag option_flags[] = {
	{ PUBPORT_ADD_REPLACE, 0, "--replace" },
	{ PUBPORT_ADD_FORCE, 0, "--force" },
	{ PUBPORT_ADD_NO_LOOPBACK, PUBPORT_MAPPING_NO_LOOPBACK,
	  "--no-loopback" },
	{ PUBPORT_ADD_SHIELD, PUBPORT_MAPPING_SHIELD, "--shield" },
	{ PUBPORT_ADD_MASQUERADE, PUBPORT_MAPPING_MASQUERADE, "--masquerade" },
	{ PUBPORT_ADD_EVERY_PORT, 0, "--publish-all" },
	{ PUBPORT_ADD_SYMMETRIC, PUBPORT_MAPPING_SYMMETRIC, "--symmetric" },
};

/* @option: which is there already */
static void add_flags(struct command *command, unsigned int flags,
		      const char *option)
{
	const struct flag *flag = option_flags;

	for (; flag < option_flags + ARRAY_SIZE(option_flags); flag++)
		if (flags & flag->flag && strcmp(flag->word, option) != 0)
			add(command, "%s", flag->word);
}

/* what published a mapping with these flags */
static unsigned int request_flags(unsigned int mapping_flags)
{
	const struct flag *flag = option_flags;
	unsigned int flags = 0;

	for (; flag < option_flags + ARRAY_SIZE(option_flags); flag++)
		if (mapping_flags & flag->mapping_flag)
			flags |= flag->flag;
	return flags;
}

static void add_networks(struct command *command,
			 const struct pubport_network *networks, size_t count)
{
	struct strbuf text CLEANUP(strbuf_done) = { .out = NULL };
	char network[PUBPORT_NETWORK_TEXT_SIZE];

	if (!count)
		return;
	if (strbuf_open(&text)) {
		command->code = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < count; i++)
		fprintf(text.out, "%s%s", i ? "," : "",
			pubport_network_format(&networks[i], network,
					       sizeof(network)));
	if (strbuf_close(&text)) {
		command->code = -ENOMEM;
		return;
	}
	add(command, "--from");
	add(command, "%s", text.string);
}

/* all but the SPECs */
static void add_options(struct command *command,
			const struct pubport_add_request *request,
			const char *option, const char *value)
{
	add(command, "pubport");
	add(command, "add");
	add(command, "%s", option);
	if (value)
		add(command, "%s", value);
	add_flags(command, request->flags, option);
	if (request->ttl) {
		add(command, "--ttl");
		add(command, "%us", request->ttl);
	}
	add_networks(command, request->from, request->from_count);
	if (request->helper) {
		add(command, "--helper");
		add(command, "%s", request->helper);
	}
	for (size_t i = 0; i < request->target_count; i++) {
		add(command, "--to");
		add(command, "%s", request->targets[i]);
	}
	if (request->name) {
		add(command, "--name");
		add(command, "%s", request->name);
	}
}

/* --------------------------------------------- as the user asked for it -- */

/**
 * add_command_write() - write the same "pubport add" with an option more
 * @request: what the user asked for
 * @option: such as "--force" or "--to"
 * @value: of the option, or NULL
 * @ret_text: receives the command, to be pasted into a shell; HINT_SIZE bytes
 *
 * Return: true, or false when it doesn't fit, or without memory.
 */
bool add_command_write(const struct pubport_add_request *request,
		       const char *option, const char *value, char *ret_text)
{
	struct command command CLEANUP(command) = { .words = NULL };
	char *text CLEANUP(free) = NULL;

	add_options(&command, request, option, value);
	/* more than that would not fit anyway */
	for (size_t i = 0; i < request->spec_count && i < HINT_SIZE; i++)
		add(&command, "%s",
		    request->specs[i].text ? request->specs[i].text : "");
	if (command.code || argv_to_text(command.words, &text) ||
	    strlen(text) >= HINT_SIZE)
		return false;
	memcpy(ret_text, text, strlen(text) + 1);
	return true;
}

/**
 * add_command_hint() - hint at the same "pubport add" with an option more
 * @error: as filled in by error_set(), or NULL
 * @request: what the user asked for
 * @option: such as "--force"
 */
void add_command_hint(struct pubport_error *error,
		      const struct pubport_add_request *request,
		      const char *option)
{
	char text[HINT_SIZE];

	if (add_command_write(request, option, NULL, text))
		error_hint(error, "%s", text);
}

/* ----------------------------------------------- what is published again -- */

/* HOST:PORTS:PORTS/PROTO */
static void add_spec(struct command *command,
		     const struct pubport_mapping *mapping)
{
	const struct pubport_key *key = &mapping->key;
	char host[ADDR_PORTS_TEXT_SIZE], target[PORTS_TEXT_SIZE];
	bool is6 = key->host.family == PUBPORT_IPV6;

	/* an interface alone would stand for both families */
	add(command, "%s%s:%s/%s",
	    !mapping_is_by_interface(mapping) ? ""
	    : is6			      ? "[::]"
					      : "0.0.0.0",
	    key_ports_format(key, host, sizeof(host)),
	    ports_format(mapping->target_ports, target, sizeof(target)),
	    pubport_protocol_name(key->protocol));
}

static uint32_t ttl_of(const struct pubport_mapping *mapping)
{
	int64_t left = mapping->expires - (int64_t)time(NULL);

	if (!mapping->expires)
		return 0;
	if (left > UINT32_MAX)
		return UINT32_MAX;
	return left > 0 ? (uint32_t)left : 1;
}

/**
 * add_command_republish() - write how to publish mappings as they are
 * @mappings: which; alike but for their keys and target ports
 * @count: number of @mappings, at least 1
 * @ret_words: the command; free with argv_free()
 *
 * What somebody wrote into the table becomes a word of it only if "pubport add"
 * would take it.
 *
 * Return: 0 or -ENOMEM.
 */
int add_command_republish(const struct pubport_mapping *const *mappings,
			  size_t count, char ***ret_words)
{
	const struct pubport_mapping *first = mappings[0];
	const unsigned int flags = first->flags;
	const struct pubport_network loopback =
		prefix_loopback(first->key.host.family);
	char addr[PUBPORT_ADDR_TEXT_SIZE];
	const char *target = first->target;
	struct pubport_add_request request = {
		.flags = request_flags(flags),
		.ttl = ttl_of(first),
		.helper = first->helper[0] ? first->helper : NULL,
		.targets = &target,
		.target_count = 1,
	};
	struct command command CLEANUP(command) = { .words = NULL };

	/* limited to nobody else is not for everyone */
	if (flags & PUBPORT_MAPPING_LIMITED) {
		request.from = first->from_count ? first->from : &loopback;
		request.from_count = first->from_count ? first->from_count : 1;
	}
	if (target_name_why_wrong(target))
		target = pubport_addr_format(&first->target_addr, addr,
					     sizeof(addr));
	if (!pubport_name_check(first->name, NULL))
		request.name = first->name;
	add_options(&command, &request, "--replace", NULL);
	for (size_t i = 0; i < count; i++)
		add_spec(&command, mappings[i]);
	if (command.code)
		return command.code;
	*ret_words = TAKE_PTR(command.words);
	return 0;
}
